"""The past in the order it happened: steps that are due at an instant, and that add further steps."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

Step = Callable[[datetime], None]


@dataclass
class Timeline:
    """Steps by time; those of one instant keep their order."""

    _steps: list[tuple[datetime, int, Step]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)

    def later(self, at: datetime, step: Step) -> None:
        """Have a step done at an instant, at the next whole second; it is handed that instant."""
        if at.microsecond:
            at = at.replace(microsecond=0) + timedelta(seconds=1)
        heapq.heappush(self._steps, (at, next(self._order), step))

    def run(self, until: datetime, before_each: Step) -> None:
        """Do whatever is due by then, also what comes of it; what is due later is dropped."""
        while self._steps and self._steps[0][0] <= until:
            at, _, step = heapq.heappop(self._steps)
            before_each(at)
            step(at)
        self._steps.clear()
