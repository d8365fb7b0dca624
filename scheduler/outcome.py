"""What follows from assignments: what stays open and why, and who else could do what."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from scheduler.plan import Assigned, Uncovered
from scheduler.preferences import Preferences
from scheduler.problem import Appointment, Mediator, Problem
from scheduler.rules import Refusal, open_languages, refusals_given, usable_languages
from scheduler.score import covered_weight, figure

NUMBERS = ("no", "one", "two", "three", "four", "five")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MODES = {"on_site": "on site", "phone": "by phone", "video": "by video"}
GENDERS = {"f": "female", "m": "male", "d": "non-binary"}


@dataclass(frozen=True)
class Outcome:
    """Assignments and what the rules say beside them."""

    problem: Problem
    assignments: tuple[Assigned, ...]

    @cached_property
    def taken(self) -> Mapping[str, Sequence[Appointment]]:
        """Mediator id -> the appointments they have."""
        taken: dict[str, list[Appointment]] = {}
        for assigned in self.assignments:
            for person in assigned.mediators:
                taken.setdefault(person, []).append(self.problem.appointment[assigned.appointment])
        return taken

    @cached_property
    def assigned(self) -> Mapping[str, Assigned]:
        """Appointment id -> its people and language."""
        return {one.appointment: one for one in self.assignments}

    def uncovered(self) -> tuple[Uncovered, ...]:
        """The appointments that lack people, in the order of the problem, with one reason per person."""
        return tuple(
            Uncovered(
                one.id,
                figure(one.weight - covered_weight(one, self._people(one))),
                self._reasons(one),
                needs(self.problem, one, one.mediators_needed - self._people(one)),
            )
            for one in self.problem.appointments
            if self._people(one) < one.mediators_needed
        )

    def alternates(self, preferences: Preferences) -> dict[str, tuple[str, ...]]:
        """Appointment id -> the other people who could do it beside what they have, cheapest first.

        Where several people work together, an alternate speaks the language they have agreed on.
        """
        return {one.id: self._alternates(one, preferences) for one in self.problem.appointments if one.open_seats}

    def _alternates(self, appointment: Appointment, preferences: Preferences) -> tuple[str, ...]:
        agreed = self.assigned.get(appointment.id) if appointment.mediators_needed > 1 else None
        found: list[tuple[int, str]] = []
        for mediator in self._others(appointment):
            languages = usable_languages(self.problem, mediator, appointment)
            usable = [one for one in languages if agreed is None or one == agreed.language]
            if usable and not self._refusals(mediator, appointment):
                found.append((preferences.cost(mediator, appointment, usable[0]), mediator.id))
        return tuple(person for _, person in sorted(found))

    def _reasons(self, appointment: Appointment) -> dict[Refusal, int]:
        refusals = [self._refusals(mediator, appointment) for mediator in self._others(appointment)]
        counted = Counter(found[0] for found in refusals if found)
        return {refusal: counted[refusal] for refusal in Refusal if counted[refusal]}

    def _refusals(self, mediator: Mediator, appointment: Appointment) -> tuple[Refusal, ...]:
        return refusals_given(self.problem, mediator, appointment, self.taken.get(mediator.id, ()))

    def _people(self, appointment: Appointment) -> int:
        assigned = self.assigned.get(appointment.id)
        return len(assigned.mediators) if assigned else 0

    def _others(self, appointment: Appointment) -> Iterable[Mediator]:
        """Everybody who speaks a language of the appointment and is not among its people."""
        assigned = self.assigned.get(appointment.id)
        people = assigned.mediators if assigned else ()
        spoken = (self.problem.speakers.get(language, ()) for language in open_languages(self.problem, appointment))
        unique = {mediator.id: mediator for speakers in spoken for mediator in speakers}
        return [mediator for mediator in unique.values() if mediator.id not in people]


def needs(problem: Problem, appointment: Appointment, missing: int) -> str:
    """What would help, in short English: `one more of kmr (B2 or better), by phone, Tue 2026-11-24 08:00–10:00`."""
    zone = ZoneInfo(problem.timezone)
    starts, ends = appointment.starts.astimezone(zone), appointment.ends.astimezone(zone)
    number = NUMBERS[missing] if missing < len(NUMBERS) else str(missing)
    wishes = [GENDERS[appointment.gender]] if appointment.gender else []
    wishes += [f"{appointment.min_level} or better"] if appointment.min_level else []
    who = f"{number} more of {appointment.language}" + (f" ({', '.join(wishes)})" if wishes else "")
    day = f"{DAYS[starts.weekday()]} {starts.date()}"
    return f"{who}, {MODES[appointment.mode]}, {day} {starts:%H:%M}–{ends:%H:%M}"
