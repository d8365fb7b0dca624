"""How many are asked at once, as next_wave.py decides, looked up by a few rounded figures.

Waves do not change whether somebody is found as long as there is time to ask everybody; they change who comes, since
of those asked at once the fastest does. A rounded answer is good enough for that, and next_wave() takes milliseconds.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from scheduler.waves.acceptance import Acceptance
from scheduler.waves.next_wave import Candidate, next_wave, promise

TARGET = 0.95
# the morning of a working day: what counts is the time until the answers are due, not when that is
MORNING = datetime(2026, 1, 5, 9, tzinfo=UTC)
# more people in line make the first wave hardly smaller
LONGEST_LINE = 10
TENTHS = 10
HOURS = (0.5, 1.0, 2.0, 4.0, 12.0)


def first_wave(chance: float, people: int, seats: int, patience: timedelta) -> int:
    """How many of so many people who say yes with about this chance are asked at once; 1 at least."""
    hours = patience / timedelta(hours=1)
    nearest = min(HOURS, key=lambda one: abs(one - hours))
    tenths = min(max(round(chance * TENTHS), 1), TENTHS - 1)
    return _first_wave(tenths, min(people, LONGEST_LINE), min(seats, LONGEST_LINE), nearest)


@lru_cache(maxsize=4096)
def _first_wave(tenths: int, people: int, seats: int, hours: float) -> int:
    deadline = MORNING + timedelta(hours=hours)
    wave = next_wave(
        [Candidate(tenths / TENTHS, MORNING)] * max(people, 1),
        [],
        seats=seats,
        now=MORNING,
        deadline=promise(MORNING, deadline),
        answered=Acceptance.prior("UTC").answered,
        target=TARGET,
    )
    return max(len(wave.ask), 1)
