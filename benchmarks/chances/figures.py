"""What was shown beside what came, in tenths."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt

from benchmarks.chances.simulation import Shown

TENTHS = 10
# of the chances that a tenth comes to lie so far off by luck alone, one in twenty is left over
SPREADS = 1.96
# fewer say nothing
FEWEST = 30


@dataclass(frozen=True)
class Tenth:
    """The requests whose chance lay in one tenth: how many, what was said on average, how many were filled."""

    number: int
    said: float
    came: float

    @property
    def off(self) -> float:
        """By how much too much was said."""
        return self.said - self.came

    @property
    def luck(self) -> float:
        """How far it may lie off by luck alone."""
        return SPREADS * sqrt(max(self.said * (1 - self.said), 0.01) / self.number)


def tenths(shown: Iterable[Shown], said: Callable[[Shown], float]) -> list[Tenth]:
    """Those that are not empty, the lowest first."""
    groups: list[list[Shown]] = [[] for _ in range(TENTHS)]
    for one in shown:
        groups[min(int(said(one) * TENTHS), TENTHS - 1)].append(one)
    return [_tenth(group, said) for group in groups if group]


def worst(found: Sequence[Tenth]) -> float:
    """The largest error of a tenth that says anything; 0 where none does."""
    return max((abs(one.off) for one in found if one.number >= FEWEST), default=0.0)


def counted(one: Shown) -> float:
    """The chance as independent people would have it."""
    return one.counted


def corrected(one: Shown) -> float:
    """The chance that was shown."""
    return one.chance


def _tenth(group: Sequence[Shown], said: Callable[[Shown], float]) -> Tenth:
    number = len(group)
    return Tenth(number, sum(map(said, group)) / number, sum(one.filled for one in group) / number)
