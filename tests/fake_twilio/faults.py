"""What is ordered to go wrong next."""

import random
import threading
from collections import deque
from typing import Final

FAULTS: Final = frozenset(
    {"timeout_before", "timeout_after", "reset", "reset_after", "429", "500", "500_after", "503", "slow", "malformed",
     "21610", "21211"}
)  # fmt: skip
# what chaos mixes: each way a request can end that a service has to live with
NINE: Final = ("timeout_before", "timeout_after", "reset", "429", "500", "503", "slow", "malformed", "21610")
# these keep the message all the same
AFTER: Final = frozenset({"timeout_after", "reset_after", "500_after", "malformed"})


class Faults:
    """Hands out one fault per request, or none: an outage first, then what was ordered, then chaos."""

    def __init__(self) -> None:
        self.outage = False
        self._ordered: dict[str, deque[str]] = {"GET": deque(), "POST": deque()}
        self._undelivered: deque[str] = deque()
        self._share = 0.0
        self._dice = random.Random()
        self._lock = threading.Lock()

    def order(self, kind: str, times: int, method: str) -> None:
        if kind not in FAULTS:
            raise ValueError(f"unknown fault {kind!r}: choose one of {', '.join(sorted(FAULTS))}")
        self._ordered[method].extend([kind] * times)

    def chaos(self, seed: int, share: float) -> None:
        with self._lock:
            self._dice, self._share = random.Random(seed), share

    def undeliver(self, code: str, times: int) -> None:
        self._undelivered.extend([code] * times)

    def next(self, method: str) -> str:
        with self._lock:
            if self.outage:
                return "503"
            if self._ordered[method]:
                return self._ordered[method].popleft()
            if method == "POST" and self._share and self._dice.random() < self._share:
                return self._dice.choice(NINE)
        return ""

    def next_undelivered(self) -> str:
        with self._lock:
            return self._undelivered.popleft() if self._undelivered else ""
