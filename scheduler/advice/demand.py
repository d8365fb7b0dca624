"""The seats a plan leaves open that one more person could fill, and the best of them for one person."""

import math
from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import numpy as np

from scheduler.advice.best_day import BestDay
from scheduler.advice.time_slots import hour_of
from scheduler.model.participants import GENDERS, Appointment
from scheduler.model.plan import Plan
from scheduler.model.problem import Problem
from scheduler.model.rules import open_languages
from scheduler.tables.arrays import Bools, Ints, Tables, seconds_of

Hours = tuple[int, int]


class Demand:
    """What one person could take of what is uncovered; asked for many languages, days and hours.

    `languages` are those in which anything could be taken, in order.
    """

    def __init__(self, problem: Problem, plan: Plan, most_per_day: int) -> None:
        self.problem, self.tables, self.most_per_day = problem, Tables(problem), most_per_day
        seats = sorted(_seats(problem, plan), key=lambda seat: (seat[0].starts, seat[0].ends, seat[0].id))
        # makes every share of a partial appointment whole
        self._scale = math.lcm(*(one.mediators_needed for one, _ in seats if one.partial))
        self._gains = np.zeros(len(problem.appointments), np.int64)
        found: dict[str, list[int]] = {}
        for one, languages in seats:
            row = self.tables.appointment[one.id]
            self._gains[row] = one.weight * self._scale // (one.mediators_needed if one.partial else 1)
            for language in languages:
                found.setdefault(language, []).append(row)
        self._rows = {language: np.array(found[language], np.int64) for language in sorted(found)}
        self.languages = tuple(self._rows)
        self._pairs: dict[tuple[str, int], tuple[Ints, Bools]] = {}
        self._tours: dict[tuple[str, str | None, int, Hours], list[int]] = {}

    def best(
        self, language: str, days: tuple[int, ...], hours: Hours
    ) -> tuple[Fraction, str | None, list[Appointment]]:
        """What somebody free at these hours of these weekdays adds, their gender if it matters, and by what."""
        wished = {self.problem.appointments[row].gender for row in self._rows[language].tolist()}
        genders = [None, *(gender for gender in GENDERS if gender in wished)]
        weeks = [self._week(language, gender, days, hours) for gender in genders]
        gains = [int(self._gains[week].sum()) for week in weeks]
        choice = gains.index(max(gains))
        own = [self.problem.appointments[row] for row in weeks[choice]]
        return Fraction(gains[choice], self._scale), genders[choice], own

    def _week(self, language: str, gender: str | None, days: tuple[int, ...], hours: Hours) -> list[int]:
        """The best of each day, in the order of time; where two days leave too little between them, the weightier."""
        dates = np.unique(self.tables.days[self._rows[language]]).tolist()
        own = [day for day in dates if date.fromordinal(day).weekday() in days]
        rows = [row for day in own for row in self._day(language, gender, day, hours)]
        kept: list[int] = []
        for row in sorted(rows, key=lambda row: -self._gains[row]):
            if not self.tables.clash(np.full(len(kept), row, np.int64), np.array(kept, np.int64)).any():
                kept.append(row)
        return [row for row in rows if row in kept]

    def _day(self, language: str, gender: str | None, day: int, hours: Hours) -> list[int]:
        key = (language, gender, day, hours)
        if key not in self._tours:
            rows, together = self._compatible(language, day)
            opens, closes = (seconds_of(hour_of(self.problem.timezone, date.fromordinal(day), hour)) for hour in hours)
            wishes = [self.problem.appointments[row].gender in {None, gender} for row in rows.tolist()]
            fits = (self.tables.starts[rows] >= opens) & (self.tables.ends[rows] <= closes) & wishes
            own = np.flatnonzero(fits)
            tour = BestDay(self._gains[rows[own]], together[np.ix_(own, own)], self.most_per_day)
            self._tours[key] = rows[own[list(tour.members)]].tolist()
        return self._tours[key]

    def _compatible(self, language: str, day: int) -> tuple[Ints, Bools]:
        """The rows of a local day, and which of them one person can do after which."""
        if (language, day) not in self._pairs:
            rows = self._rows[language][self.tables.days[self._rows[language]] == day]
            count = len(rows)
            clash = self.tables.clash(np.repeat(rows, count), np.tile(rows, count)).reshape(count, count)
            self._pairs[language, day] = rows, np.triu(~clash, 1)
        return self._pairs[language, day]


def _seats(problem: Problem, plan: Plan) -> Iterator[tuple[Appointment, tuple[str, ...]]]:
    """The appointments that one more person would cover, or cover a share of, and the languages they could speak."""
    assigned = {one.appointment: one for one in plan.assignments}
    for uncovered in plan.uncovered:
        one = problem.appointment[uncovered.appointment]
        people = assigned[one.id].mediators if one.id in assigned else ()
        enough = one.partial or len(people) + 1 == one.mediators_needed
        if enough and one.candidates is None and one.starts >= problem.now:
            agreed = len(people) > len(one.fixed)
            yield one, (assigned[one.id].language,) if agreed else open_languages(problem, one)
