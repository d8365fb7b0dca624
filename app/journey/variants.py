"""An appointment with one thing changed: who could come to it then, beside what is agreed."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from app.journey import matching
from app.models import Appointment
from scheduler.model.plan import Assigned


@dataclass(frozen=True)
class Variant:
    """What is accepted beside its language, how and when it would be, how many come into question, how likely."""

    languages: tuple[str, ...]
    mode: str
    starts: datetime
    people: int = 0
    chance: float = 0.0

    @classmethod
    def of(cls, appointment: Appointment) -> "Variant":
        """As it stands."""
        return cls(tuple(appointment.accepted_languages), appointment.mode, appointment.starts_at)

    def make_of(self, appointment: Appointment) -> None:
        """Write it into the row; it lasts as long as before."""
        length = appointment.duration
        appointment.accepted_languages = list(self.languages)
        appointment.mode = self.mode
        appointment.starts_at = self.starts
        appointment.ends_at = self.starts + length


def likeliest(session: Session, now: datetime, appointment: Appointment, variants: Iterable[Variant]) -> Variant:
    """That of some variants to which somebody comes likeliest; the caller holds the row, which is left as it was."""
    before, first_round, rated = Variant.of(appointment), appointment.first_round, []
    for one in variants:
        if one.starts != before.starts:
            # whoever was asked for this time may be asked for that one
            appointment.first_round = appointment.round + 1
        one.make_of(appointment)
        session.flush()
        rated.append(_rated(session, now, appointment, one))
        before.make_of(appointment)
        appointment.first_round = first_round
    session.flush()
    return max(rated, key=lambda one: (one.chance, one.people))


def _rated(session: Session, now: datetime, appointment: Appointment, variant: Variant) -> Variant:
    # numpy is not to be loaded with every page: staff permit a way out while nobody is found, which is seldom
    from scheduler.advice.alternatives import rate  # noqa: PLC0415 - loads numpy
    from scheduler.tables.free_times import FreeTimes  # noqa: PLC0415 - loads numpy

    around = matching.snapshots_around(session, now, {appointment.pool_id: (appointment.id,)})
    problem = around[appointment.pool_id].problem
    fixed = [Assigned(one.id, one.fixed, one.language) for one in problem.appointments if one.fixed]
    chances = {one.id: one.chance for one in problem.mediators}
    found = rate(FreeTimes(problem, fixed, chances), problem.appointment[str(appointment.id)], ()).itself
    return replace(variant, people=found.people, chance=found.chance)
