"""A problem in the shape solvers want: who could take which seat, at what cost, and what stands against what."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import numpy as np

from scheduler.model.plan import Assigned
from scheduler.model.problem import Appointment, Problem
from scheduler.model.rules import open_languages
from scheduler.tables.arrays import Bools, Ints, Tables
from scheduler.tables.eligibility import fitting, speakers, usable
from scheduler.tables.preferences import Preferences


@dataclass(frozen=True)
class Options:
    """One entry per person who could take a seat of an appointment in a language; all arrays of one length.

    `need` is an index into `Instance.needs`, `appointment` and `person` are rows of `Tables`, `language` is a place in
    `Appointment.languages`. They are ordered by need, then person, then language.
    """

    need: Ints
    appointment: Ints
    person: Ints
    language: Ints
    cost: Ints
    asked: Bools

    def __len__(self) -> int:
        return len(self.need)


@dataclass(frozen=True)
class Need:
    """An appointment with open seats, its row in `Tables`, and where its options begin and end."""

    appointment: Appointment
    row: int
    first: int
    last: int


@dataclass(frozen=True)
class Instance:
    """What every solver starts from.

    `needs` keeps the order of the problem. What clashes with a fixed appointment of a person is no option at all.
    `fixed` is a person's row -> the rows of the appointments they are fixed for.
    """

    problem: Problem
    tables: Tables
    preferences: Preferences
    options: Options
    needs: tuple[Need, ...]
    fixed: Mapping[int, tuple[int, ...]]

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """Build it; takes time in the order of the eligible pairs."""
        tables, preferences = Tables(problem), Preferences(problem)
        fixed = fixed_rows(tables)
        busy = np.array(sorted(fixed), np.int64)
        found: list[_Found] = []
        needs: list[Need] = []
        for row, appointment in enumerate(problem.appointments):
            if appointment.open_seats:
                begun = needs[-1].last if needs else 0
                more = _options(tables, preferences, row, busy, fixed)
                needs.append(Need(appointment, row, begun, begun + sum(len(one.people) for one in more)))
                found += more
        return cls(problem, tables, preferences, _join(tables, found, needs), tuple(needs), fixed)

    def plus(self, appointment: Appointment) -> "Instance":
        """The same with one more appointment, without looking at the others again.

        Costs keep the scarcity of languages that the problem had. Raises `ProblemError` if it does not fit.
        """
        problem = self.problem.plus(appointment)
        tables = self.tables.plus(problem)
        row = len(problem.appointments) - 1
        fixed = dict(self.fixed)
        for name in appointment.fixed:
            person = tables.person[name]
            fixed[person] = (*fixed.get(person, ()), row)
        busy = np.array(sorted(fixed), np.int64)
        found = _options(tables, self.preferences, row, busy, fixed) if appointment.open_seats else []
        begun = len(self.options)
        need = Need(appointment, row, begun, begun + sum(len(one.people) for one in found))
        needs = (*self.needs, need) if appointment.open_seats else self.needs
        more = _join(tables, found, [need], len(self.needs))
        names = [one.name for one in fields(Options)]
        joined = Options(*(np.concatenate((getattr(self.options, name), getattr(more, name))) for name in names))
        larger = Instance(problem, tables, self.preferences, joined, needs, fixed)
        by_person = dict(self.by_person)
        for index, person in enumerate(more.person.tolist(), begun):
            by_person[person] = np.append(by_person.get(person, np.zeros(0, np.int64)), index)
        # what is known of the others is not looked up again
        larger.__dict__["by_person"] = by_person
        if appointment.open_seats:
            larger.__dict__["rows"] = np.append(self.rows, row)
            larger.__dict__["need_of"] = {**self.need_of, row: len(self.needs)}
        larger.__dict__["_ranges"] = np.append(self._ranges, [[begun, len(joined)]], axis=0)
        return larger

    def assignments(self, chosen: Iterable[int]) -> tuple[Assigned, ...]:
        """The fixed people and the chosen options together, in the order of the problem."""
        return self.assigned(range(len(self.problem.appointments)), np.array(sorted(chosen), np.int64))

    def assigned(self, rows: Iterable[int], chosen: Ints) -> tuple[Assigned, ...]:
        """The part of `assignments` that concerns some appointments (rows)."""
        people: dict[int, list[str]] = {}
        languages: dict[int, str] = {}
        wanted = list(rows)
        if len(wanted) < len(self.problem.appointments):
            own = self.options_of(np.array(wanted, np.int64))
            chosen = own[np.isin(own, chosen, assume_unique=True)]
        for index in chosen.tolist():
            row = int(self.options.appointment[index])
            appointment = self.problem.appointments[row]
            people.setdefault(row, []).append(self.problem.mediators[self.options.person[index]].id)
            languages[row] = appointment.languages[self.options.language[index]]
        given = ((row, self.problem.appointments[row]) for row in wanted)
        return tuple(
            Assigned(
                one.id,
                (*one.fixed, *people.get(row, ())),
                languages.get(row) or open_languages(self.problem, one)[0],
            )
            for row, one in given
            if one.fixed or row in people
        )

    @cached_property
    def rows(self) -> Ints:
        """Need -> row of its appointment."""
        return np.array([need.row for need in self.needs], np.int64)

    @cached_property
    def need_of(self) -> Mapping[int, int]:
        """The row of an appointment with open seats -> its place in `needs`."""
        return {need.row: place for place, need in enumerate(self.needs)}

    @cached_property
    def _ranges(self) -> Ints:
        ranges = np.zeros((len(self.problem.appointments), 2), np.int64)
        for need in self.needs:
            ranges[need.row] = need.first, need.last
        return ranges

    def options_of(self, rows: Ints) -> Ints:
        """The indices of all options of some appointments (rows), in the order given."""
        ranges = self._ranges[rows]
        counts = ranges[:, 1] - ranges[:, 0]
        begins = np.repeat(ranges[:, 0] - np.cumsum(counts) + counts, counts)
        return begins + np.arange(int(counts.sum()))

    @cached_property
    def by_person(self) -> Mapping[int, Ints]:
        """A person's row -> the indices of their options, in the order of options."""
        return dict(grouped(self.options.person))


def grouped(keys: Ints) -> Iterator[tuple[int, Ints]]:
    """Each key, ascending, and where it stands."""
    order = np.argsort(keys, kind="stable")
    different, begins = np.unique(keys[order], return_index=True)
    return zip(different.tolist(), np.split(order, begins[1:]) if len(keys) else [], strict=True)


@dataclass(frozen=True)
class _Found:
    """The people who could take one appointment in one language, and what they would cost."""

    row: int
    language: int
    people: Ints
    costs: Ints


def fixed_rows(tables: Tables) -> dict[int, tuple[int, ...]]:
    """A person's row -> the rows of the appointments they are fixed for."""
    fixed: dict[int, tuple[int, ...]] = {}
    for row, appointment in enumerate(tables.problem.appointments):
        for name in appointment.fixed:
            person = tables.person[name]
            fixed[person] = (*fixed.get(person, ()), row)
    return fixed


def _options(
    tables: Tables, preferences: Preferences, row: int, busy: Ints, fixed: Mapping[int, Sequence[int]]
) -> list[_Found]:
    appointment = tables.problem.appointments[row]
    people = fitting(tables, speakers(tables, appointment), appointment)
    people = _without_clashes(tables, row, people, busy, fixed)
    own = [tables.person[name] for name in appointment.fixed]
    if own:
        people = people[~np.isin(people, own)]
    found, left = [], np.ones(len(people), bool)
    for language, able in usable(tables, people, appointment):
        chosen = people[able & left]
        costs = preferences.costs(tables, chosen, appointment, language)
        found.append(_Found(row, appointment.languages.index(language), chosen, costs))
        if appointment.mediators_needed == 1:
            # who works alone takes their best language; only several people have to agree on one
            left &= ~able
    return found


def _without_clashes(tables: Tables, row: int, people: Ints, busy: Ints, fixed: Mapping[int, Sequence[int]]) -> Ints:
    taken = np.intersect1d(people, busy, assume_unique=True) if len(busy) else busy
    pairs = [(person, other) for person in taken.tolist() for other in fixed[person] if other != row]
    if not pairs:
        return people
    persons, others = np.array(pairs, np.int64).T
    clashing = persons[tables.clash(np.full(len(others), row), others)]
    return people[~np.isin(people, clashing)]


def _join(tables: Tables, found: Sequence[_Found], needs: Sequence[Need], known: int = 0) -> Options:
    """The options of `needs`, before which there are so many others."""
    counts = [len(one.people) for one in found]
    need_of = {need.row: known + index for index, need in enumerate(needs)}
    row = np.repeat(np.array([one.row for one in found], np.int64), counts)
    need = np.repeat(np.array([need_of[one.row] for one in found], np.int64), counts)
    language = np.repeat(np.array([one.language for one in found], np.int64), counts)
    nobody = [np.zeros(0, np.int64)]
    person = np.concatenate([one.people for one in found] or nobody)
    cost = np.concatenate([one.costs for one in found] or nobody)
    order = np.lexsort((language, person, need))
    asked = np.zeros(len(order), bool)
    begun = needs[0].first if needs else 0
    for one in needs:
        if one.appointment.asked:
            own = [tables.person[name] for name in one.appointment.asked]
            part = slice(one.first - begun, one.last - begun)
            asked[part] = np.isin(person[order][part], own)
    return Options(need[order], row[order], person[order], language[order], cost[order], asked)
