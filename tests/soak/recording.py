"""Who said what to the provider, in order: posts, acceptances and listings of one message."""

import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from notifications.messages import Sms
from notifications.transports.base import Receipt
from notifications.transports.twilio import TwilioTransport
from tests.fake_twilio import FakeTwilio

Message = dict[str, Any]


class Diary:
    """Events of each recipient: `post`, `taken`, `shown` (a listing held it), `not shown`."""

    def __init__(self) -> None:
        self.events: dict[str, list[str]] = defaultdict(list)
        self._lock = threading.Lock()

    def note(self, recipient: str, event: str) -> None:
        """Add an event."""
        with self._lock:
            self.events[recipient].append(event)

    def count(self, recipient: str, event: str) -> int:
        """How often it happened."""
        return self.events[recipient].count(event)

    def resent_blindly(self, recipient: str) -> bool:
        """Whether it was posted again after the provider had taken it and no listing since then lacked it."""
        known = False
        for event in self.events[recipient]:
            if event == "post" and known:
                return True
            if event == "taken":
                known = True
            elif event == "not shown":
                known = False
        return False


class RecordingTransport(TwilioTransport):
    """Writes down each post before it is made."""

    def __init__(self, diary: Diary, **settings: Any) -> None:
        super().__init__(**settings)
        self._diary = diary

    def send(self, message: Sms) -> Receipt:
        """Hand the message over, once; raises TransportError."""
        self._diary.note(message.to, "post")
        return super().send(message)


class RecordingTwilio(FakeTwilio):
    """Writes down what it took and what it showed; a message appears in listings only after `lag`."""

    def __init__(self, diary: Diary, clock: Callable[[], datetime], lag: timedelta, **settings: Any) -> None:
        super().__init__(clock=clock, **settings)
        self._now = clock
        self._diary = diary
        self._lag = lag

    def take(self, account_sid: str, form: dict[str, str]) -> Message:
        """Keep a message as accepted."""
        taken = super().take(account_sid, form)
        self._diary.note(form["To"], "taken")
        return taken

    def matching(self, query: dict[str, str], *kind: str) -> list[Message]:
        """Give what the list resource would, except for what is too young."""
        before = self._now() - self._lag
        shown = [one for one in super().matching(query, *kind) if datetime.fromisoformat(one["_created"]) <= before]
        if "To" in query:
            self._diary.note(query["To"], "shown" if shown else "not shown")
        return shown


def reference_of(message: Message) -> int:
    """The outbox's number of a message that the provider took, as its callback address carries it."""
    [number] = parse_qs(urlsplit(message["_form"]["StatusCallback"]).query)["message"]
    return int(number)
