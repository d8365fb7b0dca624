"""The only reading of the wall clock.

Hosts differ and their clocks jump; the database is one. On PostgreSQL everybody therefore takes its time: asked for now
and then, carried on with a clock that never jumps. On SQLite there is one machine, and its wall clock is the time.
"""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

ASK_AGAIN_AFTER = 5.0


def utc_now() -> datetime:
    """The wall clock of this machine, aware, in UTC."""
    return datetime.now(UTC)


class SteadyClock:
    """The time that `read` gives, carried on by the monotonic clock for `ASK_AGAIN_AFTER` seconds each.

    While `read` fails (a database that is away), time goes on from its last answer; before the first, from the wall
    clock. Any number of threads may call it.
    """

    def __init__(self, read: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._monotonic = monotonic
        self._asking = threading.Lock()
        self._known: tuple[datetime, float] | None = None
        self._asked = float("-inf")

    def __call__(self) -> datetime:
        """The time now."""
        # one asks while the others take the last answer: a source that hangs holds up one thread; only the first
        # answer is waited for by all
        if self._is_due() and self._asking.acquire(blocking=self._known is None):
            try:
                if self._is_due():
                    self._asked = self._monotonic()
                    self._ask()
            finally:
                self._asking.release()
        if self._known is None:
            return utc_now()
        at, then = self._known
        return at + timedelta(seconds=self._monotonic() - then)

    def _is_due(self) -> bool:
        return self._monotonic() - self._asked >= ASK_AGAIN_AFTER

    def _ask(self) -> None:
        try:
            found = self._read()
        except Exception:  # noqa: BLE001 - whatever keeps the source from answering, time goes on
            return
        # marked after the answer: the clock is late by the way back at most, never early
        self._known = (found, self._monotonic())
