"""What happens after the plan: a no, an absence, a new appointment; and whether one more could be covered.

First whoever is free and cheapest, then everything at the same moment anew (see `moments`), then the weeks of the
people around it anew (see `neighbourhoods`). The first two take milliseconds however large the pool is.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np

from scheduler.audit import AuditFailed, faults_of
from scheduler.model import checks
from scheduler.model.plan import Assigned
from scheduler.model.problem import Appointment, Problem
from scheduler.search.exact_model import Effort, Interrupt
from scheduler.search.neighbourhoods import MANY, Neighbourhoods
from scheduler.search.time_slices import TimeSlices
from scheduler.tables.arrays import Bools, Ints, seconds_of
from scheduler.tables.instance import Instance
from scheduler.tables.objective import Objective
from scheduler.tables.roster import Roster

# deterministic seconds for the weeks around one appointment
STEPS = 0.2
# moments of one appointment that are settled: its start, and so many more until its end
MOMENTS = 3


class LivePlan:
    """A plan in use: takes in what happens and keeps the plan valid.

    Each event gives the appointments whose people changed, as they now are, also those that nobody has any more; what
    it gives has passed the audit. `assignments` is the whole plan. Fixed people are not moved: for them the problem is
    another, and is solved anew. Raises `ProblemError` for assignments that are no valid plan of the problem.
    """

    def __init__(self, problem: Problem, assignments: Iterable[Assigned], seed: int = 0) -> None:
        self.dice = np.random.default_rng(seed)
        self._absences: list[tuple[str, int, int]] = []
        self._take_over(Instance.of(problem))
        self.roster.put(self._options(assignments))
        broken = faults_of(problem, self.assignments, [one.id for one in problem.mediators])
        if broken:
            checks.refuse("assignments", f"{broken[0]}; give a plan of this problem")

    def _take_over(self, instance: Instance) -> None:
        self.instance, self.objective, self.roster = instance, Objective(instance), Roster(instance)
        self.moments = TimeSlices(self.roster, self.objective, self.dice)

    @property
    def assignments(self) -> tuple[Assigned, ...]:
        """Who goes where now."""
        return self.instance.assignments(self.roster.choice.tolist())

    def refuse(self, appointment: str, mediator: str) -> tuple[Assigned, ...]:
        """A no: this person does not come to this appointment."""
        row, owned = self._row(appointment), self._owned(mediator)
        if self.instance.tables.person[mediator] in [
            person for person, rows in self.instance.fixed.items() if row in rows
        ]:
            checks.refuse("mediator", f"{mediator!r} is fixed for {appointment!r}; plan anew without them in fixed")
        return self._close(owned[self.instance.options.appointment[owned] == row])

    def absent(self, mediator: str, starts: datetime, ends: datetime) -> tuple[Assigned, ...]:
        """An absence: this person takes nothing between two times."""
        absence = mediator, seconds_of(starts), seconds_of(ends)
        away = self._within(absence)
        # what is added later falls into it as well
        self._absences.append(absence)
        return self._close(away)

    def _within(self, absence: tuple[str, int, int]) -> Ints:
        """The options that somebody's absence rules out."""
        mediator, starts, ends = absence
        tables, owned = self.instance.tables, self._owned(mediator)
        rows = self.instance.options.appointment[owned]
        return owned[(tables.starts[rows] < ends) & (tables.ends[rows] > starts)]

    def add(self, appointment: Appointment) -> tuple[Assigned, ...]:
        """One more appointment; who is fixed for it gives up what does not go with it.

        Raises `ProblemError` if it does not fit the problem.
        """
        had, closed = self.roster.choice, self.roster.closed
        self._take_over(self.instance.plus(appointment))
        self.roster.closed[: len(closed)] = closed
        for absence in self._absences:
            self.roster.closed[self._within(absence)] = True
        before = np.isin(np.arange(len(self.roster.chosen)), had)
        people = [self.instance.tables.person[name] for name in appointment.fixed]
        rows = self._lose(self._put_beside(had, people))
        return self._fill([*rows, len(self.instance.problem.appointments) - 1], before, people)

    def improve(self, appointment: str) -> tuple[Assigned, ...]:
        """Plan the weeks of the people around an appointment anew: the best there is without moving anybody else."""
        before = self.roster.chosen.copy()
        for need in self._needs_of([self._row(appointment)]):
            neighbourhoods = self._neighbourhoods()
            neighbourhoods.improve(neighbourhoods.around(need, MANY), Effort(steps=STEPS))
        return self._changed(before)

    def cover(self, appointment: str) -> bool:
        """Cover this appointment while all others keep as many people; False, and nothing changed, if none is found.

        Others may get other people.
        """
        return all(self._seat(need) or self._rearrange(need) for need in self._needs_of([self._row(appointment)]))

    def _rearrange(self, need: int) -> bool:
        neighbourhoods = self._neighbourhoods()
        people = neighbourhoods.around(need, MANY)
        return neighbourhoods.cover(need, people, Effort(steps=STEPS)) if len(people) else False

    def _neighbourhoods(self) -> Neighbourhoods:
        return Neighbourhoods(self.roster, self.objective, self.dice, Interrupt())

    def _close(self, options: Ints) -> tuple[Assigned, ...]:
        before = self.roster.chosen.copy()
        lost = options[self.roster.chosen[options]]
        self.roster.closed[options] = True
        self.roster.take(lost)
        return self._fill(self._lose(lost), before)

    def _put_beside(self, options: Ints, people: Sequence[int]) -> Ints:
        """Choose these options, those of some people as far as they go with what these have; gives what is left."""
        theirs = np.isin(self.instance.options.person[options], people)
        self.roster.put(options[~theirs])
        left = options[theirs]
        worths = self.objective.worths[self.instance.options.need[left]]
        for option in left[np.argsort(-worths, kind="stable")].tolist():
            self.roster.put(self.roster.allowed(np.array([option], np.int64)))
        return left[~self.roster.chosen[left]]

    def _lose(self, lost: Ints) -> list[int]:
        """The appointments (rows) that lost people; of some, the others are of no use without them, and are free."""
        rows: list[int] = np.unique(self.instance.options.appointment[lost]).tolist()
        for need in self._needs_of(rows):
            if self.objective.rigid[need]:
                self.roster.take(self._here(need))
        return rows

    def _fill(self, rows: Sequence[int], before: Bools, fixed: Sequence[int] = ()) -> tuple[Assigned, ...]:
        tables = self.instance.tables
        for need in self._needs_of(rows):
            if not self._seat(need):
                row = self.instance.needs[need].row
                starts, last = int(tables.starts[row]), int(tables.ends[row]) - 1
                for moment in np.unique(np.linspace(starts, last, MOMENTS, dtype=np.int64)).tolist():
                    self.moments.settle(moment)
                    if len(self._here(need)) == self.instance.needs[need].appointment.open_seats:
                        break
        return self._changed(before, fixed)

    def _seat(self, need: int) -> bool:
        """Fill all open seats with whoever is free, cheapest first; False, and nothing changed, if they are too few."""
        given, options, here = self.instance.needs[need], self.instance.options, self._here(need)
        missing = given.appointment.open_seats - len(here)
        if missing <= 0:
            return True
        own = np.arange(given.first, given.last)
        free = self.roster.allowed(own[~self.roster.chosen[own]])
        several = given.appointment.mediators_needed > 1
        spoken = options.language[here if len(here) else free]
        for language in np.unique(spoken).tolist() if several else [None]:
            able = free if language is None else free[options.language[free] == language]
            able = able[np.lexsort((options.cost[able], ~options.asked[able]))][:missing]
            if len(able) == missing:
                self.roster.put(able)
                return True
        return False

    def _here(self, need: int) -> Ints:
        own = np.arange(self.instance.needs[need].first, self.instance.needs[need].last)
        return own[self.roster.chosen[own]]

    def _changed(self, before: Bools, fixed: Sequence[int] = ()) -> tuple[Assigned, ...]:
        """The appointments whose people changed since, and the last one if people are fixed for it; all audited."""
        options, problem = self.instance.options, self.instance.problem
        moved = np.flatnonzero(before != self.roster.chosen)
        people = np.union1d(options.person[moved], np.array(fixed, np.int64))
        theirs = [row for rows in self.roster.rows_of(people).values() for row in rows]
        added = [len(problem.appointments) - 1] if fixed else []
        rows = np.union1d(options.appointment[moved], np.array(added, np.int64))
        concerned = self.instance.assigned(np.union1d(rows, np.array(theirs, np.int64)).tolist(), self.roster.choice)
        broken = faults_of(problem, concerned, [problem.mediators[person].id for person in people.tolist()])
        if broken:
            raise AuditFailed(broken)
        found = {one.appointment: one for one in concerned}
        changed = (problem.appointments[row] for row in rows.tolist())
        return tuple(found.get(one.id) or Assigned(one.id, (), one.language) for one in changed)

    def _row(self, appointment: str) -> int:
        return _known("appointment", self.instance.tables.appointment, appointment)

    def _owned(self, mediator: str) -> Ints:
        person = _known("mediator", self.instance.tables.person, mediator)
        return self.instance.by_person.get(person, np.zeros(0, np.int64))

    def _needs_of(self, rows: Iterable[int]) -> list[int]:
        """The needs of appointments (rows) that have open seats."""
        return [self.instance.need_of[row] for row in rows if row in self.instance.need_of]

    def _options(self, assignments: Iterable[Assigned]) -> Ints:
        """The options that make up assignments; raises `ProblemError` for a person who is none."""
        found: list[int] = []
        for assigned in assignments:
            row = self._row(assigned.appointment)
            appointment = self.instance.problem.appointments[row]
            own = self.instance.options_of(np.array([row], np.int64))
            added = (name for name in assigned.mediators if name not in appointment.fixed)
            found.extend(self._option(own, appointment, name, assigned.language) for name in added)
        return np.unique(np.array(found, np.int64))

    def _option(self, own: Ints, appointment: Appointment, name: str, language: str) -> int:
        options, person = self.instance.options, self.instance.tables.person.get(name, -1)
        spoken = appointment.languages.index(language) if language in appointment.languages else -1
        match = own[(options.person[own] == person) & (options.language[own] == spoken)]
        if not len(match):
            checks.refuse("assignments", f"{name!r} cannot take {appointment.id!r}; give a plan of this problem")
        return int(match[0])


def covering(problem: Problem, assignments: Iterable[Assigned], appointment: str) -> tuple[Assigned, ...] | None:
    """The assignments changed so that this appointment is covered and no other loses people; None if none are found.

    Others may get other people. Raises `ProblemError` if the assignments are no plan of this problem.
    """
    desk = LivePlan(problem, assignments)
    return desk.assignments if desk.cover(appointment) else None


def _known(key: str, rows: dict[str, int], name: str) -> int:
    if name not in rows:
        checks.refuse(key, f"{checks.shown(name)} is unknown; name one of the problem")
    return rows[name]
