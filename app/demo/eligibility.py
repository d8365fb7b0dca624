"""Who could come to an appointment: the engine's own rules, asked without its solver."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from zoneinfo import ZoneInfo

from app.demo.calendar_days import Around
from app.demo.demand import Draft
from app.journey.participants import NOTHING_LATELY, mediator_value, travel_of
from app.journey.timing.availability import windows
from app.models import Mediator, MediatorStatus, Pool
from scheduler.model import problem as engine
from scheduler.model import rules
from scheduler.model.travel import Place

# The oldest request lies this long before the first appointment.
LOOK_BACK = timedelta(days=90)


@dataclass
class Fitting:
    """The active mediators of a pool, and the appointments that each of them has by now."""

    pool: Pool
    mediators: dict[int, Mediator]
    problem: engine.Problem
    taken: dict[int, list[engine.Appointment]] = field(default_factory=dict)
    _ids: "count[int]" = field(default_factory=count)

    @classmethod
    def of(
        cls, pool: Pool, around: Around, people: Sequence[Mediator], offices: Sequence[tuple[float, float]]
    ) -> "Fitting":
        """The people with their free times in the four weeks; `offices` are the places where they may be needed."""
        places: dict[str, Place] = {_key(lat, lon): Place(lat, lon) for lat, lon in offices}
        zone = ZoneInfo(pool.timezone)
        active = [one for one in people if one.status is MediatorStatus.ACTIVE]
        days = around.working_days()
        values = [mediator_value(one, frozenset(), windows(one, days, zone), NOTHING_LATELY, places) for one in active]
        problem = engine.Problem(
            now=around.now - LOOK_BACK,
            timezone=pool.timezone,
            mediators=tuple(values),
            appointments=(),
            places=places,
            travel=travel_of(pool),
            remote_gap_minutes=pool.remote_gap_minutes,
        )
        return cls(pool, {one.id: one for one in active}, problem)

    @property
    def spoken(self) -> frozenset[str]:
        """The languages that somebody speaks."""
        return frozenset(self.problem.speakers)

    def able(self, draft: Draft) -> int:
        """How many could come, were they free of others."""
        appointment = self.value(draft)
        return sum(not self._refusals(draft, appointment, key) for key in self._speakers(appointment))

    def free(self, draft: Draft) -> list[Mediator]:
        """Who could come now, those with the fewest appointments first."""
        appointment = self.value(draft)
        found = [
            self.mediators[key]
            for key in self._speakers(appointment)
            if not self._refusals(draft, appointment, key) and not self._beside(appointment, key)
        ]
        return sorted(found, key=lambda one: (len(self.taken.get(one.id, ())), one.id))

    def still_free(self, draft: Draft, mediator_id: int) -> bool:
        """Whether a person's other appointments leave room for this one."""
        return not self._beside(self.value(draft), mediator_id)

    def reasons(self, draft: Draft) -> dict[str, int]:
        """Named refusals counted over those who speak a language of it, as in a plan; asked in vain means excluded."""
        appointment = self.value(draft)
        found = (
            self._refusals(draft, appointment, key) or self._beside(appointment, key) or (rules.Refusal.EXCLUDED,)
            for key in self._speakers(appointment)
        )
        counted = Counter(refusals[0] for refusals in found)
        return {refusal.value: counted[refusal] for refusal in rules.Refusal if counted[refusal]}

    def take(self, mediator_id: int, draft: Draft) -> None:
        """Count an appointment among those of a person."""
        self.taken.setdefault(mediator_id, []).append(self.value(draft))

    def release(self, mediator_id: int, draft: Draft) -> None:
        """Forget it again."""
        kept = [one for one in self.taken.get(mediator_id, ()) if one.starts != draft.wanted.starts_at]
        self.taken[mediator_id] = kept

    def value(self, draft: Draft) -> engine.Appointment:
        """A draft as the engine sees it."""
        wanted = draft.wanted
        return engine.Appointment(
            id=str(next(self._ids)),
            language=wanted.language,
            accepted_languages=wanted.accepted_languages,
            min_level=wanted.min_level or self.pool.min_level,
            starts=wanted.starts_at,
            ends=wanted.starts_at + timedelta(minutes=wanted.duration_minutes),
            mode=wanted.mode,
            place=_key(wanted.place.lat, wanted.place.lon) if wanted.place else None,
            gender=wanted.gender,
            mediators_needed=wanted.mediators_needed,
        )

    def _speakers(self, appointment: engine.Appointment) -> set[int]:
        return {int(one.id) for code in appointment.languages for one in self.problem.speakers.get(code, ())}

    def _refusals(self, draft: Draft, appointment: engine.Appointment, key: int) -> tuple[rules.Refusal, ...]:
        person = self.mediators[key]
        shunned = draft.wanted.topic in person.excluded_topics or any(
            one.organisation_id == draft.office.organisation.id for one in person.exclusions
        )
        found = rules.refusals(self.problem, self.problem.mediator[str(key)], appointment)
        return found or ((rules.Refusal.EXCLUDED,) if shunned else ())

    def _beside(self, appointment: engine.Appointment, key: int) -> tuple[rules.Refusal, ...]:
        person = self.problem.mediator[str(key)]
        return rules.refusals_beside(self.problem, person, appointment, self.taken.get(key, ()))


def _key(lat: float, lon: float) -> str:
    return f"{lat:.5f},{lon:.5f}"
