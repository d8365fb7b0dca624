"""A usual week as people tap it: four stretches a day, and exact times beside them."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from app.registry.weekly_times import Span, joined

# minutes of the local day
STRETCHES: Final = ((480, 720), (720, 900), (900, 1080), (1080, 1260))
PRESETS: Final = {
    "mornings": frozenset((day, 0) for day in range(5)),
    "afternoons": frozenset((day, one) for day in range(5) for one in (2, 3)),
    "weekend": frozenset((day, one) for day in (5, 6) for one in range(4)),
}


class Week(NamedTuple):
    """Which stretches are tapped, as (weekday from 0, number), and what else is free: (weekday, minute, end minute)."""

    tapped: frozenset[tuple[int, int]]
    exact: tuple[Span, ...]

    def spans(self) -> tuple[Span, ...]:
        """All of it as weekly free times; what touches is one, for an appointment may go across noon."""
        return joined([*((day, *STRETCHES[one]) for day, one in self.tapped), *self.exact])


def week_of(spans: Iterable[Span]) -> Week:
    """Weekly free times as they are tapped; what does not begin and end with a stretch stays an exact time."""
    tapped, exact = set[tuple[int, int]](), list[Span]()
    begins, ends_at = {one[0] for one in STRETCHES}, {one[1] for one in STRETCHES}
    for day, starts, ends in joined(spans):
        if starts in begins and ends in ends_at:
            tapped |= {(day, n) for n, (first, last) in enumerate(STRETCHES) if starts <= first and last <= ends}
        else:
            exact.append((day, starts, ends))
    return Week(frozenset(tapped), tuple(exact))
