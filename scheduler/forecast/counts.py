"""How many requests come in a period and stay unfilled: a mean, and the range that most periods lie in."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Self

from scheduler.model import checks

MOST = 1_000_000
# eight of ten periods lie between these
LOW, HIGH = 0.1, 0.9
DIGITS = 4
COUNTS = ("requests", "unfilled")


@dataclass(frozen=True)
class Count:
    """A number of requests in one period: its mean, and the range that eight of ten periods lie in."""

    mean: float
    low: int
    high: int

    @classmethod
    def over(cls, numbers: Sequence[int]) -> Self:
        """Of what was counted in each period."""
        order = sorted(numbers)
        low, high = (order[ceil(share * len(order)) - 1] for share in (LOW, HIGH))
        return cls(round(sum(order) / len(order), DIGITS), low, high)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read `[mean, low, high]`."""
        parts = checks.sequence("", value)
        if len(parts) != 3:
            checks.refuse("", f"{len(parts)} values; give mean, low and high")
        low, high = (checks.whole(f"[{index}]", parts[index], 0) for index in (1, 2))
        return cls(checks.number("[0]", parts[0], 0, MOST), low, high)

    def to_json(self) -> list[float]:
        """Write `[mean, low, high]`."""
        return [self.mean, self.low, self.high]


@dataclass(frozen=True)
class Expected:
    """How many requests come, and of these stay unfilled."""

    requests: Count
    unfilled: Count

    @property
    def share_filled(self) -> float | None:
        """The share of the requests that are filled; None where none is expected."""
        return 1 - self.unfilled.mean / self.requests.mean if self.requests.mean else None

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` gave, whatever else stands beside it."""
        data = checks.mapping("", value)
        requests, unfilled = (checks.inside(key, data.get(key), Count.from_json) for key in COUNTS)
        return cls(requests, unfilled)

    def to_json(self) -> dict[str, object]:
        """Numbers that `from_json` reads back without loss."""
        return {"requests": self.requests.to_json(), "unfilled": self.unfilled.to_json()}


NOTHING = Expected(Count(0.0, 0, 0), Count(0.0, 0, 0))
