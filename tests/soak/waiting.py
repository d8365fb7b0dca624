"""Waiting for something to become true, never for time to pass."""

import threading
from collections.abc import Callable

import pytest

PATIENCE = 120.0
LOOK_EVERY = 0.02


def wait_until(true: Callable[[], bool], what: str, patience: float = PATIENCE, *, every: float = LOOK_EVERY) -> None:
    """Return as soon as it is true; the test fails if it does not become so (both in seconds)."""
    pause = threading.Event()
    for _ in range(int(patience / every)):
        if true():
            return
        pause.wait(every)
    pytest.fail(f"{what}: not within {patience:.0f} s")
