"""What a rival hands in, and what the judge makes of it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from scheduler.model.plan import Assigned


@dataclass(frozen=True)
class Moment:
    """From so many seconds on, an answer of this coverage was there."""

    seconds: float
    coverage: int


@dataclass(frozen=True)
class Answer:
    """The assignments of a rival, and what it claims to know about them.

    `coverage_bound` and `preference_bound` are what no plan can beat (the latter only among plans of this coverage and
    as few changes), None where the rival knows none. `moments` tell how its coverage grew.
    """

    assignments: tuple[Assigned, ...]
    coverage_bound: int | None = None
    preference_bound: int | None = None
    coverage_proved: bool = False
    all_proved: bool = False
    moments: tuple[Moment, ...] = ()


@dataclass
class Clock:
    """Counts from when a rival is handed the problem, and notes its moments."""

    limit: float
    began: float = field(default_factory=time.perf_counter)
    moments: list[Moment] = field(default_factory=list)

    def restart(self) -> None:
        """What went before was preparation that a user would have done once and for all."""
        self.began = time.perf_counter()
        self.moments.clear()

    def elapsed(self) -> float:
        """Seconds gone."""
        return time.perf_counter() - self.began

    def left(self) -> float:
        """Seconds of the limit that are left, 0 or more."""
        return max(0.0, self.limit - self.elapsed())

    def note(self, coverage: int, seconds: float | None = None) -> None:
        """A better answer is there, now or at the given second."""
        if not self.moments or coverage > self.moments[-1].coverage:
            self.moments.append(Moment(round(self.elapsed() if seconds is None else seconds, 3), coverage))


def seconds_until(moments: Sequence[Moment], coverage: float) -> float | None:
    """When the coverage was first at least this; None if it never was."""
    return next((moment.seconds for moment in moments if moment.coverage >= coverage), None)
