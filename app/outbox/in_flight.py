"""What one worker process is handing over at this moment; the only thing it knows that the database does not."""

import threading
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from notifications.messages import Call, Email, Sms
from notifications.transports.base import Receipt, TransportError


@dataclass(frozen=True)
class Claim:
    """A message this worker may send: plain values, so that no session is open while the provider is called."""

    id: int
    outgoing: Sms | Email | Call
    attempt: int
    looked_for_since: datetime
    # what the log says of it
    kind: str
    appointment_id: int | None


class Tried(NamedTuple):
    """A message that was handed over, and what the provider said."""

    claim: Claim
    outcome: Receipt | TransportError


class InFlight:
    """What one process is sending just now, and what it could not write down because the database was away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: set[int] = set()
        self._unwritten: list[Tried] = []

    def take(self, claim: Claim) -> None:
        """A message is about to be handed over."""
        with self._lock:
            self._ids.add(claim.id)

    def let_go(self, claim: Claim) -> None:
        """What came of it is written down."""
        with self._lock:
            self._ids.discard(claim.id)

    def keep(self, tried: Tried) -> None:
        """What came of it cannot be written down yet."""
        with self._lock:
            self._unwritten.append(tried)

    def unwritten(self) -> list[Tried]:
        """Everything kept so far; the caller keeps again what still cannot be written."""
        with self._lock:
            found, self._unwritten = self._unwritten, []
        return found

    @property
    def ids(self) -> frozenset[int]:
        """The messages in hand."""
        with self._lock:
            return frozenset(self._ids)
