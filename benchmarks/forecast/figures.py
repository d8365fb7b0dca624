"""What trials amount to: bias and error of the total, how often ranges hold, how well gaps are ranked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import TypeVar

import numpy as np

from benchmarks.forecast.backtest import Trial, Unfilled

FORECAST, COUNTING = "forecast", "counting the past"
WAYS = (FORECAST, COUNTING)
# of a Poisson distribution, which is what whoever counts would go by
LOW, HIGH = 0.1, 0.9

Key = TypeVar("Key")


@dataclass(frozen=True)
class Figures:
    """Of one way to foretell, over the towns of one kind; shares of 1.

    `bias` and `error` are those of the total relative to the truth's mean, `bias_error` the standard error of the bias;
    `held` is how often a replayed total lay in the 80 % range; `ranks` is Spearman's correlation over languages and
    `cells` Pearson's over language and time, both with the truth's mean; `top` is how often the language that lacks
    most was named.
    """

    towns: int
    bias: float
    bias_error: float
    error: float
    held: float
    ranks: float
    cells: float
    top: float


def figures(trials: Sequence[Trial], way: str) -> Figures:
    """The figures of some trials, one at least."""
    off = np.array([(said(one, way).total - one.truth.total) / one.truth.total for one in trials])
    held = [np.mean([low <= total <= high for total in one.totals]) for one in trials for low, high in [span(one, way)]]
    tops = [_top(said(one, way).languages) == _top(one.truth.languages) for one in trials]
    return Figures(
        len(trials),
        float(off.mean()),
        float(off.std(ddof=1) / sqrt(len(off))) if len(off) > 1 else float("nan"),
        float(np.abs(off).mean()),
        float(np.mean(held)),
        float(np.mean([spearman(said(one, way).languages, one.truth.languages) for one in trials])),
        float(np.mean([pearson(said(one, way).cells, one.truth.cells) for one in trials])),
        float(np.mean(tops)),
    )


def said(trial: Trial, way: str) -> Unfilled:
    """What was foretold that way."""
    return trial.said if way == FORECAST else trial.counted


def span(trial: Trial, way: str) -> tuple[int, int]:
    """The range that eight of ten totals should lie in."""
    if way == FORECAST:
        return trial.low, trial.high
    return poisson_quantile(trial.counted.total, LOW), poisson_quantile(trial.counted.total, HIGH)


def poisson_quantile(mean: float, share: float) -> int:
    """The least number that is not exceeded with this chance."""
    number, chance = 0, exp(-mean)
    reached = chance
    while reached < share:
        number += 1
        chance *= mean / number
        reached += chance
    return number


def spearman(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The correlation of ranks, equal values sharing theirs; what is named in one alone counts 0 in the other."""
    first, second = _paired(one, other)
    return _correlation(_ranks(first), _ranks(second))


def pearson(one: Mapping[tuple[str, int, int], float], other: Mapping[tuple[str, int, int], float]) -> float:
    """The correlation of the values, likewise."""
    return _correlation(*_paired(one, other))


def _paired(one: Mapping[Key, float], other: Mapping[Key, float]) -> tuple[list[float], list[float]]:
    keys = sorted({*one, *other}, key=str)
    return [one.get(key, 0.0) for key in keys], [other.get(key, 0.0) for key in keys]


def _ranks(values: Sequence[float]) -> list[float]:
    return [sum(other < own for other in values) + sum(other == own for other in values) / 2 for own in values]


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    return float(np.corrcoef(one, other)[0, 1]) if len(set(one)) > 1 and len(set(other)) > 1 else 0.0


def _top(languages: Mapping[str, float]) -> str | None:
    return max(languages, key=lambda language: (languages[language], language), default=None)
