"""What follows from assignments: what stays open and why, and who else could do what."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np

from scheduler.model.plan import Assigned, Uncovered
from scheduler.model.problem import Appointment, Problem
from scheduler.model.rules import Refusal, refusals_beside
from scheduler.tables.arrays import Ints, Tables
from scheduler.tables.eligibility import PAIRWISE, speakers
from scheduler.tables.instance import Instance, grouped
from scheduler.tables.roster import Roster
from scheduler.tables.score import covered_weight, figure

# as many as a coordinator would ever telephone
MOST_ALTERNATES = 20

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
    def tables(self) -> Tables:
        """The problem as arrays."""
        return Tables(self.problem)

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

    def _reasons(self, appointment: Appointment) -> dict[Refusal, int]:
        tables = self.tables
        assigned = self.assigned.get(appointment.id)
        own = [tables.person[name] for name in (assigned.mediators if assigned else ())]
        people = speakers(tables, appointment)
        people = people[~np.isin(people, own)]
        counted: Counter[Refusal] = Counter()
        for refusal, predicate in PAIRWISE.items():
            broken = predicate(tables, people, appointment)
            counted[refusal] += int(broken.sum())
            people = people[~broken]
        for person in people.tolist():
            mediator = self.problem.mediators[person]
            beside = refusals_beside(self.problem, mediator, appointment, self.taken.get(mediator.id, ()))
            counted.update(beside[:1])
        return {refusal: counted[refusal] for refusal in Refusal if counted[refusal]}

    def _people(self, appointment: Appointment) -> int:
        assigned = self.assigned.get(appointment.id)
        return len(assigned.mediators) if assigned else 0


def alternates(instance: Instance, chosen: Ints, of: Collection[str] | None = None) -> dict[str, tuple[str, ...]]:
    """Appointment id -> the others who could do it beside what they have, cheapest first, `MOST_ALTERNATES` at most.

    Where several people work together, an alternate speaks the language they have agreed on. With `of`, only for the
    appointments named there.
    """
    roster = Roster(instance)
    roster.put(chosen)
    options = instance.options
    wanted = [of is None or need.appointment.id in of for need in instance.needs]
    free = roster.allowed(np.flatnonzero(~roster.chosen & np.array(wanted, dtype=bool)[options.need]))
    agreed = {int(options.need[index]): int(options.language[index]) for index in chosen.tolist()}
    parts = dict(grouped(options.need[free]))
    return {
        need.appointment.id: _line(instance, free[parts[place]], agreed.get(place)) if place in parts else ()
        for place, need in enumerate(instance.needs)
        if wanted[place]
    }


def _line(instance: Instance, free: Ints, agreed: int | None) -> tuple[str, ...]:
    options, people = instance.options, instance.problem.mediators
    several = instance.needs[int(options.need[free[0]])].appointment.mediators_needed > 1
    able = free[options.language[free] == agreed] if several and agreed is not None else free
    # of a person's languages the first is the best
    _, firsts = np.unique(options.person[able], return_index=True)
    # of two who are alike the one who stands first in the problem comes first
    line = sorted((int(options.cost[index]), int(options.person[index])) for index in able[firsts].tolist())
    return tuple(people[person].id for _, person in line[:MOST_ALTERNATES])


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
