"""How often each language is asked for: a Gamma–Poisson model with a memory that fades.

A language's requests in a week are Poisson with a rate of its own; the rates of the languages ever asked for are Gamma
distributed, with the shape and scale under which the pool's past is likeliest (marginal likelihood, negative binomial).
Requests and weeks count half for each `HALF_LIFE` that has gone by, so that the rate follows a pool that changes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import lgamma, log
from zoneinfo import ZoneInfo

import numpy as np

from scheduler.forecast.history import History, PastRequest
from scheduler.tables.arrays import Floats

HALF_LIFE = timedelta(weeks=26)
# rates move between the past and the weeks to come: the variance of a further Gamma factor of mean 1
DRIFT = 0.1
# the share of a day's requests that come on a holiday, and how many requests' worth of doubt there is about it
KEPT, KEPT_DOUBT = 0.1, 5.0
# the prior's shape and its mean relative to the pool's are looked for on these grids
SHAPES: Sequence[float] = tuple(np.geomspace(0.05, 20, 25).tolist())
MEANS: Sequence[float] = tuple(np.geomspace(0.2, 5, 17).tolist())
# how evenly requests come on the seven weekdays before any is known, in requests
EVENLY = 0.1
DAYS = 7


@dataclass(frozen=True)
class Demand:
    """What is known of each language's requests in a week without holidays: Gamma(`shape`, 1 / `weeks`).

    `languages` are those ever asked for, in order. `kept` is the share of requests that come on a holiday all the same.
    """

    languages: tuple[str, ...]
    shapes: Floats
    weeks: float
    kept: float

    @property
    def rates(self) -> Floats:
        """Requests expected in a week without holidays."""
        rates: Floats = self.shapes / self.weeks
        return rates

    def draw(self, dice: np.random.Generator, periods: int) -> Floats:
        """Rates of so many periods (rows), one column for each language: what is not known of them, and drift."""
        shape = (periods, len(self.languages))
        drift = dice.gamma(1 / DRIFT, DRIFT, shape)
        drawn: Floats = dice.gamma(self.shapes, 1 / self.weeks, shape) * drift
        return drawn


def learn_demand(history: History, now: datetime, timezone: str) -> Demand:
    """What the requests of the time observed teach; no language is known where none was asked for."""
    past, zone = history.until(now), ZoneInfo(timezone)
    if not past:
        return Demand((), np.zeros(0), 1.0, KEPT)
    calendar = _Calendar(history, now, zone, past)
    languages = tuple(sorted({one.wanted.language for one in past}))
    column = {language: index for index, language in enumerate(languages)}
    counts = np.zeros(len(languages))
    np.add.at(counts, [column[one.wanted.language] for one in past], [_recent(now, one.wanted.starts) for one in past])
    shape, weeks = _prior(counts, calendar.weeks)
    return Demand(languages, counts + shape, calendar.weeks + weeks, calendar.kept)


def _recent(now: datetime, then: datetime) -> float:
    return float(0.5 ** ((now - then) / HALF_LIFE))


class _Calendar:
    """The days observed: how many weeks they amount to, recent ones counting more and holidays less."""

    def __init__(self, history: History, now: datetime, zone: ZoneInfo, past: Sequence[PastRequest]) -> None:
        first, last = history.since.astimezone(zone).date(), now.astimezone(zone).date()
        days = [first + timedelta(days=number) for number in range(max((last - first).days, 1))]
        held = Counter(one.wanted.starts.astimezone(zone).date() for one in past)
        shares = _weekdays(held, history.holidays)
        usual = [shares[day.weekday()] for day in days]
        ordinary = [day not in history.holidays for day in days]
        a_week = sum(held[day] for day, free in zip(days, ordinary, strict=True) if free) / max(
            sum(share for share, free in zip(usual, ordinary, strict=True) if free), 1e-9
        )
        missed = a_week * sum(share for share, free in zip(usual, ordinary, strict=True) if not free)
        seen = sum(held[day] for day, free in zip(days, ordinary, strict=True) if not free)
        self.kept = min(1.0, (seen + KEPT * KEPT_DOUBT) / (missed + KEPT_DOUBT))
        self.weeks = sum(
            share * (1.0 if free else self.kept) * 0.5 ** (timedelta(days=(last - day).days) / HALF_LIFE)
            for day, share, free in zip(days, usual, ordinary, strict=True)
        )


def _weekdays(held: Counter[date], holidays: frozenset[date]) -> list[float]:
    """The share of a week's requests that fall on each weekday, holidays left aside."""
    counts = [EVENLY] * DAYS
    for day, number in held.items():
        if day not in holidays:
            counts[day.weekday()] += number
    return [one / sum(counts) for one in counts]


def _prior(counts: Floats, weeks: float) -> tuple[float, float]:
    """The shape and the weeks' worth of the Gamma prior under which these counts are likeliest."""
    mean = float(counts.mean()) / weeks
    tried = [(shape, shape / (mean * factor)) for shape in SHAPES for factor in MEANS]
    return max(tried, key=lambda pair: _likelihood(counts.tolist(), weeks, *pair))


def _likelihood(counts: Sequence[float], weeks: float, shape: float, prior: float) -> float:
    """The logarithm, without what depends on the counts alone."""
    alike = len(counts) * (shape * log(prior) - lgamma(shape))
    return alike + sum(lgamma(shape + one) - (shape + one) * log(prior + weeks) for one in counts)
