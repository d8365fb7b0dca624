"""The exact model as rows and columns: one boolean per option, and what at most may be chosen together.

A row per maximal clique of a person's clashes keeps the linear relaxation within some tenths of a per cent of the best
plan, which is what exact solvers live on.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.tables.arrays import UNBOUND, Ints
from scheduler.tables.cliques import cliques
from scheduler.tables.instance import Need, grouped
from scheduler.tables.objective import Objective


class Unfinished(Exception):
    """Time ran out before all rows were written."""


@dataclass(frozen=True)
class Row:
    """`least` <= sum of `sizes` times columns <= `most`.

    `seats_of` is the need whose seats it counts, `limit_of` the person (row), the first appointment (row) of the day or
    week, whether it is a week, and whether it counts seconds; both None for other rows.
    """

    columns: Ints
    sizes: Ints
    least: int
    most: int
    seats_of: int | None = None
    limit_of: tuple[int, int, bool, bool] | None = None

    @property
    def is_choice(self) -> bool:
        """Whether at most one of its columns may be chosen."""
        return self.least == 0 and self.most == 1 and bool((self.sizes == 1).all())


class Linear:
    """Columns and rows over some options (ascending indices) of an objective's instance.

    The first columns stand for the options, those after them for appointments that need all of their people and for
    the languages these agree on. `taken` is a person's row -> rows of appointments that count towards their limits and
    are not up for choice. `coverage`, `kept` and `cost` say per column what it adds to the three sums. `keep_on` is
    asked before each person's rows; raises `Unfinished` if it says no.
    """

    def __init__(
        self,
        objective: Objective,
        options: Ints,
        taken: Mapping[int, Sequence[int]],
        keep_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self.objective, self.options, self.taken, self._keep_on = objective, options, taken, keep_on
        self._given = objective.instance.options
        self._extra: list[int] = []
        self.rows = [*self._seats(), *self._people()]
        aside = np.zeros(len(self._extra), np.int64)
        self.coverage = np.concatenate((objective.share[options], np.array(self._extra, np.int64)))
        self.kept = np.concatenate((self._given.asked[options].astype(np.int64), aside))
        self.cost = np.concatenate((self._given.cost[options], aside))

    def __len__(self) -> int:
        """The number of columns."""
        return len(self.options) + len(self._extra)

    @property
    def one_number(self) -> Ints:
        """The three sums as one, per column."""
        objective = self.objective
        return self.coverage * objective.coverage_units + self.kept * objective.asked_units - self.cost

    def _seats(self) -> Iterator[Row]:
        for index, columns in grouped(self._given.need[self.options]):
            need = self.objective.instance.needs[index]
            yield from self._agreement(need, columns)
            seats = need.appointment.open_seats
            if self.objective.rigid[index]:
                covered = self._another(int(self.objective.worths[index]))
                yield Row(np.append(columns, covered), np.append(np.ones_like(columns), -seats), 0, 0)
            else:
                yield Row(columns, np.ones_like(columns), 0, seats, seats_of=index)

    def _agreement(self, need: Need, columns: Ints) -> Iterator[Row]:
        """All people of an appointment work in one language."""
        languages = self._given.language[self.options[columns]]
        different = np.unique(languages)
        if need.appointment.mediators_needed == 1 or len(different) < 2:
            return
        spoken = np.array([self._another(0) for _ in different], np.int64)
        yield Row(spoken, np.ones_like(spoken), 0, 1)
        for language, column in zip(different.tolist(), spoken.tolist(), strict=True):
            for own in columns[languages == language].tolist():
                yield Row(np.array([own, column], np.int64), np.array([1, -1], np.int64), -1, 0)

    def _another(self, coverage: int) -> int:
        self._extra.append(coverage)
        return len(self) - 1

    def _people(self) -> Iterator[Row]:
        for person, columns in grouped(self._given.person[self.options]):
            if not self._keep_on():
                raise Unfinished
            yield from self._cliques(columns)
            yield from self._limits(person, columns)

    def _cliques(self, columns: Ints) -> Iterator[Row]:
        rows = self._given.appointment[self.options[columns]]
        tables = self.objective.instance.tables
        different, place = np.unique(rows, return_inverse=True)
        by_start = np.lexsort((tables.ends[different], tables.starts[different]))
        different, count = different[by_start], len(different)
        clashing = tables.clash(np.repeat(different, count), np.tile(different, count)).reshape(count, count)
        np.fill_diagonal(clashing, val=False)
        groups = [columns[own] for _, own in grouped(place)]
        alone = [group for group in groups if len(group) > 1]
        ordered = [groups[index] for index in by_start.tolist()]
        members = (np.concatenate([ordered[index] for index in clique.tolist()]) for clique in cliques(clashing))
        for choice in (*members, *alone):
            yield Row(choice, np.ones_like(choice), 0, 1)

    def _limits(self, person: int, columns: Ints) -> Iterator[Row]:
        tables = self.objective.instance.tables
        caps = tables.limits[:, person]
        if caps.min() == UNBOUND:
            return
        rows = self._given.appointment[self.options[columns]]
        before = np.array(self.taken.get(person, ()), np.int64)
        for is_week, periods in enumerate((tables.days, tables.weeks)):
            for period, own in grouped(periods[rows]):
                done = before[periods[before] == period]
                left = int(caps[2 * is_week]) - len(done)
                seconds_left = int(caps[2 * is_week + 1]) * 60 - int(tables.lengths[done].sum())
                about = person, int(rows[own[0]]), bool(is_week)
                counted = ((False, np.ones_like(own), left), (True, tables.lengths[rows[own]], seconds_left))
                for is_seconds, sizes, most in counted:
                    if sizes.sum() > max(0, most):
                        yield Row(columns[own], sizes, 0, max(0, most), limit_of=(*about, is_seconds))
