"""Who has what at the moment: a choice of options that can be changed, and what it still allows."""

from collections.abc import Callable

import numpy as np

from scheduler.tables.arrays import NONE, Bools, Ints
from scheduler.tables.instance import Instance

SLOTS = 8


class Roster:
    """The chosen options of an instance, always valid if only `allowed` ones are put in.

    `schedule` is person × slot -> row of an appointment, or -1; fixed appointments stand in it from the start. `closed`
    marks options that must not be chosen (any more).
    """

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        tables = self.tables = instance.tables
        people = len(tables.homes)
        self.chosen: Bools = np.zeros(len(instance.options), bool)
        self.closed: Bools = np.zeros(len(instance.options), bool)
        self._day, self._week = (_from_zero(periods) for periods in (tables.days, tables.weeks))
        shapes = [(people, int(period.max(initial=0)) + 1) for period in (self._day, self._week)]
        self._counts = [np.zeros(shape, np.int64) for shape in shapes]
        self._seconds = [np.zeros(shape, np.int64) for shape in shapes]
        self._caps = tables.limits
        self.schedule = np.full((people, SLOTS), NONE, np.int64)
        for person, rows in instance.fixed.items():
            for row in rows:
                self._enter(np.array([person]), np.array([row]))

    def put(self, options: Ints) -> None:
        """Choose these options."""
        self.chosen[options] = True
        self._each(options, self._enter)

    def take(self, options: Ints) -> None:
        """Choose these options no more."""
        self.chosen[options] = False
        self._each(options, self._leave)

    def _each(self, options: Ints, step: Callable[[Ints, Ints], None]) -> None:
        given = self.instance.options
        people, rows = given.person[options], given.appointment[options]
        order = np.argsort(people, kind="stable")
        ordered = people[order]
        begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(people) else order
        turn = np.arange(len(people)) - np.repeat(begins, np.diff(np.append(begins, len(people))))
        for place in range(int(turn.max(initial=-1)) + 1):
            # each person once at a time
            now = order[turn == place]
            step(people[now], rows[now])

    def _enter(self, people: Ints, rows: Ints) -> None:
        empty = self.schedule[people] == NONE
        if not empty.any(axis=1).all():
            more = np.full((len(self.schedule), SLOTS), NONE, np.int64)
            self.schedule = np.concatenate((self.schedule, more), axis=1)
            empty = self.schedule[people] == NONE
        self.schedule[people, empty.argmax(axis=1)] = rows
        self._count(people, rows, 1)

    def _leave(self, people: Ints, rows: Ints) -> None:
        self.schedule[people, (self.schedule[people] == rows[:, None]).argmax(axis=1)] = NONE
        self._count(people, rows, -1)

    def _count(self, people: Ints, rows: Ints, sign: int) -> None:
        for index, periods in enumerate((self._day, self._week)):
            self._counts[index][people, periods[rows]] += sign
            self._seconds[index][people, periods[rows]] += sign * self.tables.lengths[rows]

    def allowed(self, options: Ints) -> Ints:
        """Those options whose person could take them beside all they have; seats are the caller's affair."""
        options = options[~self.closed[options]]
        given = self.instance.options
        people, rows = given.person[options], given.appointment[options]
        good = np.ones(len(options), bool)
        for index, periods in enumerate((self._day, self._week)):
            when = periods[rows]
            good &= self._counts[index][people, when] < self._caps[2 * index, people]
            seconds = self._seconds[index][people, when] + self.tables.lengths[rows]
            good &= seconds <= 60 * self._caps[2 * index + 1, people]
        options, people, rows = options[good], people[good], rows[good]
        taken = self.schedule[people]
        place, slot = np.nonzero(taken != NONE)
        clashing = self.tables.clash(rows[place], taken[place, slot])
        free = np.ones(len(options), bool)
        free[place[clashing]] = False
        return options[free]

    def rows_of(self, people: Ints) -> dict[int, tuple[int, ...]]:
        """A person's row -> the rows of all appointments they have."""
        return {
            person: tuple(row for row in slots if row != NONE)
            for person, slots in zip(people.tolist(), self.schedule[people].tolist(), strict=True)
        }

    @property
    def choice(self) -> Ints:
        """The chosen options, ascending."""
        return np.flatnonzero(self.chosen)

    def become(self, choice: Ints) -> None:
        """Choose exactly these."""
        wanted = np.zeros_like(self.chosen)
        wanted[choice] = True
        self.take(np.flatnonzero(self.chosen & ~wanted))
        self.put(np.flatnonzero(wanted & ~self.chosen))


def _from_zero(periods: Ints) -> Ints:
    return periods - periods.min(initial=2**40) if len(periods) else periods
