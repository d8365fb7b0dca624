"""What happened before the pool came here: past appointments as they ended, for statistics and forecast alone.

They are closed from the first moment on: nobody is sought for them, and nobody is told. Who came is not among what is
kept, for an answer nobody was asked for would teach the service wrong chances.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.errors import FieldProblem, Invalid
from app.journey import history
from app.journey.history import Actor
from app.journey.request import Request, check
from app.models import Appointment, AppointmentStatus, Role

WRITTEN_BY: Final = Role.COORDINATOR
# so many are written by one statement a table
TOGETHER: Final = 1000
# outcome -> how the appointment stands, and who did not come
OUTCOMES: Final[Mapping[str, tuple[AppointmentStatus, str | None]]] = {
    "done": (AppointmentStatus.DONE, None),
    "unfilled": (AppointmentStatus.UNFILLED, None),
    "cancelled": (AppointmentStatus.CANCELLED, None),
    "missed_by_client": (AppointmentStatus.MISSED, "client"),
    "missed_by_mediator": (AppointmentStatus.MISSED, "mediator"),
}


@dataclass(frozen=True)
class PastAppointment:
    """A past appointment in plain values: what was asked for by whom and when, and what came of it (see OUTCOMES)."""

    organisation_id: int
    request: Request
    outcome: str
    requested_at: datetime
    site_id: int | None = None
    filled_at: datetime | None = None
    cancelled_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """When it was over."""
        return self.request.starts_at + timedelta(minutes=self.request.duration_minutes)


def add_all(
    session: Session,
    now: datetime,
    data: Sequence[PastAppointment],
    actor: Actor,
    progress: Callable[[int], None],
) -> Sequence[Appointment]:
    """Enter many, all or none, each with a line of history. Raises Invalid. `progress` is told how many so far."""
    problems = [problem for one in data for problem in problems_of(session, now, one)]
    if problems:
        raise Invalid(problems)
    entered: list[Appointment] = []
    for start in range(0, len(data), TOGETHER):
        made = [_row(one) for one in data[start : start + TOGETHER]]
        session.add_all(made)
        session.flush()
        for row in made:
            history.record(session, now, "past_added", actor, row)
        session.flush()
        entered += made
        progress(len(entered))
    return entered


def problems_of(session: Session, now: datetime, data: PastAppointment) -> list[FieldProblem]:
    """Everything that is wrong, field by field; empty if nothing."""
    # as it would have been looked at just before it began
    problems = check(session, data.request.starts_at - timedelta(minutes=1), data.request)
    if data.ends_at > now:
        problems.append(FieldProblem("starts_at", "not_past"))
    if data.outcome not in OUTCOMES:
        said = {"value": data.outcome, "choices": ", ".join(OUTCOMES)}
        problems.append(FieldProblem("outcome", "unknown_choice", said))
    for name in ("requested_at", "filled_at", "cancelled_at"):
        at: datetime | None = getattr(data, name)
        if at is not None and at > now:
            problems.append(FieldProblem(name, "not_past"))
    return problems


def _row(data: PastAppointment) -> Appointment:
    wanted, place = data.request, data.request.place
    status, missed_by = OUTCOMES[data.outcome]
    return Appointment(
        organisation_id=data.organisation_id,
        site_id=data.site_id,
        language=wanted.language,
        accepted_languages=list(wanted.accepted_languages),
        min_level=wanted.min_level,
        starts_at=wanted.starts_at,
        ends_at=data.ends_at,
        mode=wanted.mode,
        place_name=place.name if place else "",
        place_address=place.address if place else "",
        place_district=place.district if place else "",
        place_lat=place.lat if place else None,
        place_lon=place.lon if place else None,
        topic=wanted.topic,
        gender=wanted.gender,
        mediators_needed=wanted.mediators_needed,
        urgent=wanted.urgent,
        reference=wanted.reference,
        note=wanted.note,
        contact_name=wanted.contact_name,
        contact_email=wanted.contact_email,
        contact_phone=wanted.contact_phone,
        status=status,
        missed_by=missed_by,
        created_at=data.requested_at,
        filled_at=data.filled_at,
        cancelled_at=data.cancelled_at,
    )
