"""The requests of many simulated periods: how many per language, then when, how long, where, how and at what notice.

All of that is taken together from one request of the past: one of the language's own with the chance n / (n + 5), n
being how many there are, else one of the whole pool. It is held on the same weekday at the same local time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from scheduler.forecast.demand import HALF_LIFE, Demand
from scheduler.forecast.history import History
from scheduler.model import checks
from scheduler.model.participants import Appointment
from scheduler.model.problem import Problem
from scheduler.tables.arrays import NONE, Bools, Floats, Ints

# so many own requests are believed as much as all the pool's
OWN_DOUBT = 5
DAYS = 7
# who had to do with a past request has nothing to do with its like
NOBODY: Mapping[str, Any] = {"preferred": (), "fixed": (), "asked": (), "candidates": None}


@dataclass(frozen=True)
class Request:
    """An appointment and when it is asked for; `of` is the id of the one it is, or is like."""

    wanted: Appointment
    asked: datetime
    of: str = ""


@dataclass(frozen=True)
class Periods:
    """Many simulated periods: `sequence` has one row for each, of places in `requests`, in the order of asking.

    Rows are filled up with -1. A request that many periods have in common stands once in `requests`; some of these
    are in no sequence: they only keep people busy, such as what has begun, for the limits of its day and week.
    """

    requests: tuple[Request, ...]
    sequence: Ints


def draw(problem: Problem, history: History, demand: Demand, *, weeks: int, periods: int, seed: int) -> Periods:
    """The requests of so many periods that begin on the local day of `problem.now`.

    The problem's own appointments of these weeks come first in each, as they are; drawn requests that would have been
    asked for before now are dropped, for these appointments are what came of them.
    """
    horizon = _Horizon(problem, history, demand, weeks)
    own = horizon.own()
    dice = np.random.default_rng(seed)
    drawn = horizon.drawn(dice, dice.poisson(demand.draw(dice, periods) * weeks))
    rows, asked = drawn.period, drawn.asked
    order = np.lexsort((asked, rows))
    rows, places = rows[order], drawn.request[order] + len(own)
    begins = np.searchsorted(rows, np.arange(periods))
    steps = int(np.bincount(rows, minlength=periods).max(initial=0)) + len(own)
    sequence = np.full((periods, steps), NONE, np.int64)
    sequence[:, : len(own)] = np.arange(len(own))
    sequence[rows, np.arange(len(rows)) - begins[rows] + len(own)] = places
    return Periods((*own, *drawn.requests, *horizon.beside(own)), sequence)


def draw_more(
    problem: Problem, history: History, language: str, number: int, *, weeks: int, periods: int, seed: int
) -> "Drawn":
    """In each of so many periods so many requests of a language, like those of the past; none is known of by now.

    Raises `ProblemError` where nothing was ever asked for, for nothing says then when and where.
    """
    if not history.until(problem.now):
        checks.refuse("requests", "nothing was asked for so far; more of the same cannot be drawn")
    demand = Demand((language,), np.zeros(1), 1.0, 1.0)
    numbers = np.full((periods, 1), number, np.int64)
    drawn = _Horizon(problem, history, demand, weeks).drawn(np.random.default_rng(seed), numbers, all_come=True)
    named = [replace(one, wanted=replace(one.wanted, id=f"more {language} {one.wanted.id}")) for one in drawn.requests]
    return replace(drawn, requests=tuple(named))


@dataclass(frozen=True)
class Drawn:
    """One entry for each drawn request: its period, its place in `requests`, when it is asked for (seconds)."""

    requests: tuple[Request, ...]
    period: Ints
    request: Ints
    asked: Ints


class _Horizon:
    """The weeks ahead, and the past that they are drawn from."""

    def __init__(self, problem: Problem, history: History, demand: Demand, weeks: int) -> None:
        self._problem, self._history, self._demand, self._weeks = problem, history, demand, weeks
        self._zone = ZoneInfo(problem.timezone)
        self._today = problem.now.astimezone(self._zone).date()
        self._past = history.until(problem.now)
        ages = np.array([(problem.now - one.wanted.starts) / HALF_LIFE for one in self._past])
        self._recent: Floats = 0.5**ages
        self._locals = [one.wanted.starts.astimezone(self._zone) for one in self._past]

    def own(self) -> tuple[Request, ...]:
        """The problem's appointments that start in these weeks; they seek from now on."""
        ends = self._today + timedelta(days=DAYS * self._weeks)
        found = [one for one in self._problem.appointments if one.starts >= self._problem.now]
        found = [one for one in found if one.starts.astimezone(self._zone).date() < ends]
        order = sorted(found, key=lambda one: (one.starts, one.id))
        return tuple(Request(one, self._problem.now, one.id) for one in order)

    def beside(self, own: tuple[Request, ...]) -> tuple[Request, ...]:
        """What else the problem's people have."""
        known = {one.wanted.id for one in own}
        others = [one for one in self._problem.appointments if one.fixed and one.id not in known]
        return tuple(Request(one, self._problem.now) for one in others)

    def drawn(self, dice: np.random.Generator, numbers: Ints, *, all_come: bool = False) -> Drawn:
        """Those to come; `numbers` says how many of each language (columns) in each period (rows).

        With `all_come` none is left out because it would have been asked for before now, or falls on a holiday.
        """
        parts = [self._language(dice, column, numbers[:, column]) for column in range(len(self._demand.languages))]
        empty = np.zeros((0, 2), np.int64)
        period, code = np.concatenate([empty, *parts]).T
        unique, place = np.unique(code, return_inverse=True)
        different = unique.tolist()
        dates = [self._dated(one) for one in different]
        if all_come:
            dates = [one._replace(asked=max(one.asked, self._problem.now)) for one in dates]
        asked = np.array([one.asked.timestamp() for one in dates], np.int64)
        holiday = np.array([one.day in self._history.holidays for one in dates], bool)
        comes = asked >= self._problem.now.timestamp()
        kept = comes[place] & (~holiday[place] | (dice.random(len(place)) < self._demand.kept)) | all_come
        # those that no period has are not looked at any further
        used, again = np.unique(place[kept], return_inverse=True)
        requests = tuple(self._held(different[index], dates[index]) for index in used.tolist())
        return Drawn(requests, period[kept], again, asked[place[kept]])

    def _language(self, dice: np.random.Generator, column: int, numbers: Ints) -> Ints:
        """Rows of a period and a code of what is drawn for it: language, past request and week."""
        total = int(numbers.sum())
        language = self._demand.languages[column]
        own = np.array([one.wanted.language == language for one in self._past], bool)
        share = own.sum() / (own.sum() + OWN_DOUBT)
        anybody = np.ones(len(own), bool)
        of_own = dice.random(total) < share
        likely = self._chosen(dice, own if own.any() else anybody, total)
        taken = np.where(of_own, likely, self._chosen(dice, anybody, total))
        code = (column * len(self._past) + taken) * self._weeks + dice.integers(self._weeks, size=total)
        return np.column_stack((np.repeat(np.arange(len(numbers)), numbers), code))

    def _chosen(self, dice: np.random.Generator, among: Bools, total: int) -> Ints:
        weights = self._recent * among
        return dice.choice(len(weights), total, p=weights / weights.sum())

    def _dated(self, code: int) -> "_Dated":
        """When it is held, on its weekday of its week, and when it is asked for."""
        rest, week = divmod(code, self._weeks)
        model, local = self._past[rest % len(self._past)], self._locals[rest % len(self._past)]
        ahead = (local.weekday() - self._today.weekday()) % DAYS + DAYS * week
        day = self._today + timedelta(days=ahead)
        starts = _instant(day, local.time(), self._zone)
        return _Dated(starts.astimezone(self._zone).date(), starts, starts - (model.wanted.starts - model.asked))

    def _held(self, code: int, dated: "_Dated") -> Request:
        """What was wanted in the past, in this language at this time."""
        column, index = divmod(code // self._weeks, len(self._past))
        wanted, language = self._past[index].wanted, self._demand.languages[column]
        held = replace(
            wanted,
            **NOBODY,
            id=f"drawn {code}",
            language=language,
            accepted_languages=wanted.accepted_languages if language == wanted.language else (),
            starts=dated.starts,
            ends=dated.starts + (wanted.ends - wanted.starts),
        )
        return Request(held, dated.asked, wanted.id)


class _Dated(NamedTuple):
    """The local day and the moments of a drawn request."""

    day: date
    starts: datetime
    asked: datetime


def without_people(wanted: Appointment) -> Appointment:
    """The same with nobody named."""
    return replace(wanted, **NOBODY)


def _instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock.replace(tzinfo=None, fold=0), zone).astimezone(UTC)
