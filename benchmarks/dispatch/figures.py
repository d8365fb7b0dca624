"""What the courses of many appointments amount to, with errors where chance is at play."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt
from statistics import median_low

from benchmarks.dispatch.simulation import Course, Guess

# standard errors of a 95 per cent interval
WIDE = 1.96
BINS = 10


@dataclass(frozen=True)
class Figures:
    """What the appointments of one policy amount to.

    The share filled before the deadline and its standard error, texts per appointment filled, the minutes until half of
    all appointments were filled (infinity: never), and of those asked the share who would have come in vain.
    """

    share: float
    error: float
    texts: float
    minutes: float
    vain: float


def figures(courses: Sequence[Course]) -> Figures:
    """The figures of some appointments, of which at least one was filled."""
    filled = [one for one in courses if one.filled]
    share, texts = len(filled) / len(courses), sum(one.texts for one in courses)
    return Figures(
        share,
        sqrt(share * (1 - share) / len(courses)),
        texts / len(filled),
        median_low(one.minutes if one.filled else inf for one in courses),
        sum(one.vain for one in courses) / texts,
    )


def difference(courses: Sequence[Course], others: Sequence[Course]) -> tuple[float, float]:
    """By how much the share filled differs between two policies on the same appointments, and its standard error.

    Everybody's dice are the same under both, so that this is far better known than either share.
    """
    count = len(courses)
    signs = [one.filled - other.filled for one, other in zip(courses, others, strict=True)]
    mean = sum(signs) / count
    return mean, sqrt(max(0.0, sum(sign * sign for sign in signs) / count - mean * mean) / count)


@dataclass(frozen=True)
class Bin:
    """Guesses of about the same chance: their mean, how often it was a yes, and a 95 per cent (Wilson) interval."""

    count: int
    judged: float
    seen: float
    low: float
    high: float


def bins(guesses: Sequence[Guess]) -> list[Bin]:
    """Ten bins of equal width, without those that are empty."""
    found = []
    for number in range(BINS):
        own = [one for one in guesses if min(int(one.judged * BINS), BINS - 1) == number]
        if own:
            count, seen = len(own), sum(one.yes for one in own) / len(own)
            square = WIDE * WIDE / count
            middle = (seen + square / 2) / (1 + square)
            half = WIDE * sqrt(seen * (1 - seen) / count + square / count / 4) / (1 + square)
            found.append(Bin(count, sum(one.judged for one in own) / count, seen, middle - half, middle + half))
    return found


def brier(chances: Sequence[float], said: Sequence[bool]) -> float:
    """The mean squared distance of chances from what was said; lower is better."""
    return sum((chance - yes) ** 2 for chance, yes in zip(chances, said, strict=True)) / len(said)
