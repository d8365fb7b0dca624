"""The plain clique model: what anybody would write down first who knows the literature.

A boolean per person and appointment they could take, one at-most-one row per maximal clique of a person's clashes, and
rows for the limits per day and week. Nothing is sifted, aggregated or strengthened; it shares the list of eligible
pairs, the test for clashes and the search for cliques with the engine, and no more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from scheduler.model.participants import LIMITS
from scheduler.model.problem import Problem
from scheduler.tables.arrays import NONE, UNBOUND, Bools, Ints
from scheduler.tables.cliques import bits, maximal_cliques
from scheduler.tables.instance import Instance

# columns, their sizes, and the most they may add up to
Row: TypeAlias = tuple[Ints, Ints, int]


@dataclass(frozen=True)
class Rows:
    """Rows in compressed form: row r has the columns `members[begins[r]:begins[r + 1]]`; a column is an option."""

    columns: int
    begins: Ints
    members: Ints
    sizes: Ints
    most: Ints

    def __len__(self) -> int:
        return len(self.most)

    def row(self, index: int) -> Row:
        """One row."""
        own = slice(self.begins[index], self.begins[index + 1])
        return self.members[own], self.sizes[own], int(self.most[index])


def plain_instance(problem: Problem) -> Instance:
    """The eligible pairs; raises ValueError for what the rivals' models leave out, to keep them short."""
    for one in problem.appointments:
        if one.mediators_needed > 1 or one.fixed:
            message = f"{one.id} needs several people or has fixed ones; rivals take neither"
            raise ValueError(message)
    return Instance.of(problem)


def clique_rows(instance: Instance) -> Rows:
    """The whole model of an instance."""
    found = [_choice(np.arange(need.first, need.last)) for need in instance.needs]
    for person, options in instance.by_person.items():
        found += (_choice(clique) for clique in cliques(instance, options))
        found += limits(instance, person, options)
    return _compressed(len(instance.options), [row for row in found if row[1].sum() > row[2]])


def cliques(instance: Instance, options: Ints) -> Iterator[Ints]:
    """The maximal sets of two or more of a person's options that exclude one another."""
    tables, rows = instance.tables, instance.options.appointment[options]
    options = options[np.lexsort((tables.ends[rows], tables.starts[rows]))]
    rows = instance.options.appointment[options]
    if (tables.sites[rows] == NONE).all():
        gap = 60 * instance.problem.remote_gap_minutes
        for members in at_one_time(tables.starts[rows], tables.ends[rows] + gap):
            yield options[members]
        return
    count = len(rows)
    clashing = tables.clash(np.repeat(rows, count), np.tile(rows, count)).reshape(count, count)
    np.fill_diagonal(clashing, val=False)
    for first, last in _blocks(clashing):
        for clique in sorted(maximal_cliques(_masks(clashing[first:last, first:last]))):
            yield options[first:last][list(bits(clique))]


def at_one_time(starts: Ints, ends: Ints) -> Iterator[Ints]:
    """The maximal sets of two or more of these half-open intervals, in order of start, that share a point in time."""
    points = np.unique(starts)
    last = np.searchsorted(starts, points, side="right")
    for point, count in zip(points.tolist(), last.tolist(), strict=True):
        members = np.flatnonzero(ends[:count] > point)
        following = starts[count] if count < len(starts) else ends.max()
        # a set that only grows with the next start is no maximal one
        if len(members) > 1 and ends[members].min() <= following:
            yield members


def limits(instance: Instance, person: int, options: Ints) -> Iterator[Row]:
    """What a person may do at most per day and week, in number and in the largest unit of time that fits."""
    tables, rows = instance.tables, instance.options.appointment[options]
    seconds = tables.ends[rows] - tables.starts[rows]
    for name, most in zip(LIMITS, tables.limits[:, person].tolist(), strict=True):
        if most == UNBOUND:
            continue
        periods = tables.days[rows] if name.endswith("day") else tables.weeks[rows]
        for period in np.unique(periods):
            own = periods == period
            in_minutes = "minutes" in name
            sizes = seconds[own] if in_minutes else np.ones(int(own.sum()), np.int64)
            unit = int(np.gcd.reduce(sizes))
            yield options[own], sizes // unit, (60 * most if in_minutes else most) // unit


def _blocks(clashing: Bools) -> Iterator[tuple[int, int]]:
    """Ranges without a clash between them, so that cliques are sought in one day rather than in a week."""
    count = len(clashing)
    farthest = np.where(clashing.any(axis=1), count - 1 - np.argmax(clashing[:, ::-1], axis=1), 0)
    reach = np.maximum.accumulate(np.maximum(farthest, np.arange(count)))
    ends = np.flatnonzero(reach == np.arange(count)) + 1
    for first, last in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
        if last - first > 1:
            yield first, last


def _masks(clashing: Bools) -> list[int]:
    packed = np.packbits(clashing, axis=1, bitorder="little")
    return [int.from_bytes(row.tobytes(), "little") for row in packed]


def _choice(columns: Ints) -> Row:
    return columns, np.ones(len(columns), np.int64), 1


def _compressed(columns: int, rows: list[Row]) -> Rows:
    nothing = [np.zeros(0, np.int64)]
    begins = np.concatenate(([0], np.cumsum([len(row[0]) for row in rows]))).astype(np.int64)
    members = np.concatenate([row[0] for row in rows] or nothing)
    sizes = np.concatenate([row[1] for row in rows] or nothing)
    return Rows(columns, begins, members, sizes, np.array([row[2] for row in rows], np.int64))
