"""What the stand-in knows, and what a test may order of it."""

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.fake_twilio import payloads, phone, webhooks
from tests.fake_twilio.faults import Faults
from tests.fake_twilio.payloads import NUMBER, Resource
from tests.fake_twilio.server import Server
from tests.fake_twilio.webhooks import Line, Webhooks

STOP_WORDS: Final = {"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "REVOKE", "OPTOUT", "CANCEL"}
START_WORDS: Final = {"START", "YES", "UNSTOP"}


def _now() -> datetime:
    return datetime.now(UTC)


class FakeTwilio:
    """Serves on 127.0.0.1 while its `with` block runs.

    `messages` and `calls` are those it took from the API, `received` the messages that people sent in; `closed` holds
    the countries that are not enabled, as +380. `slow_for` is in seconds. With `callbacks`, each message goes to sent
    and delivered by itself; else use `report`. A call rings until `press`, `machine` or `no_answer`.
    """

    def __init__(
        self,
        port: int = 0,
        auth_token: str = "fake-token",  # noqa: S107 - guards nothing
        callbacks: bool = True,
        *,
        log: Path | None = None,
        slow_for: float = 0.2,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.auth_token = auth_token
        self.callbacks = callbacks
        self.messages: list[Resource] = []
        self.calls: list[Resource] = []
        self.received: list[Resource] = []
        self.opted_out: set[str] = set()
        self.closed: set[str] = set()
        self.requests = 0
        self.slow_for = slow_for
        self.longest_page = 1000
        self.closing = threading.Event()
        self._log = log and log.open("a", encoding="utf-8")
        self._clock = clock
        self._faults = Faults()
        self._by_sid: dict[str, Resource] = {}
        self._by_number: dict[tuple[str, str], list[Resource]] = defaultdict(list)
        self._lock = threading.RLock()
        self._webhooks = Webhooks(auth_token)
        self._server = Server(port, self)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._webhooks.start()
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._webhooks.close()
        self._server.stop()
        if self._log:
            self._log.close()

    def fault(self, kind: str, times: int = 1, method: str = "POST") -> None:
        """Make the next requests of this method go wrong; kinds ending in _after take the message all the same."""
        self._faults.order(kind, times, method)

    def chaos(self, seed: int, share: float) -> None:
        """Make a share (0 to 1) of all requests that send go wrong, each in one of nine ways; a share of 0 ends it."""
        self._faults.chaos(seed, share)

    def undeliver(self, code: str, times: int = 1) -> None:
        """Make the next messages that are taken end undelivered with this error code."""
        self._faults.undeliver(code, times)

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Answer 503 to everything meanwhile."""
        self.set_outage(on=True)
        try:
            yield
        finally:
            self.set_outage(on=False)

    def set_outage(self, *, on: bool) -> None:
        self._faults.outage = on

    def next_fault(self, method: str) -> str:
        with self._lock:
            self.requests += 1
        return self._faults.next(method)

    def take(self, account_sid: str, form: dict[str, str]) -> Resource:
        """Keep a message as accepted and start its reports."""
        with self._lock:
            message = payloads.message(account_sid, form, "outbound-api", len(self.messages) + 1, self._clock())
            self._keep("message", self.messages, message)
        code = self._faults.next_undelivered()
        if self.callbacks or code:
            self.report(message["sid"], "sent")
            self.report(message["sid"], "undelivered" if code else "delivered", code or None)
        return message

    def take_call(self, account_sid: str, form: dict[str, str]) -> Resource:
        """Keep a call; it rings until somebody presses a key, or nobody answers."""
        with self._lock:
            call = payloads.call(account_sid, form, len(self.calls) + 1, self._clock())
            self._keep("call", self.calls, call)
        return call

    def report(self, sid: str, status: str, error_code: str | None = None) -> None:
        """Queue a new status of a message and its signed callback, if it asked for one."""
        message = self._by_sid[sid]
        self._webhooks.put(sid, lambda line: self._advance(line, message, status, error_code))

    def settle(self) -> None:
        """Wait until every report ordered so far is out."""
        self._webhooks.flush()

    def press(self, sid: str, digits: str, *, end_first: bool = False) -> list[str]:
        """Let a person take the call, press these keys one after another when asked, and hang up.

        Gives every sentence that was said to them; the service has been told of the end when it returns, with
        `end_first` even before it was told of the keys.
        """
        return self._taken(sid, "human", digits, end_first=end_first)

    def machine(self, sid: str) -> list[str]:
        """Let an answering machine take the call; gives what is on its tape."""
        return self._taken(sid, "machine_start", "", end_first=False)

    def _taken(self, sid: str, by: str, digits: str, *, end_first: bool) -> list[str]:
        call = self._by_sid[sid]
        call["start_time"] = format_datetime(self._clock())
        call["answered_by"] = by if "MachineDetection" in call["_form"] else None
        self._update(call, "in-progress")
        ended: Callable[[], None] = partial(self._end, call, "completed", duration="12")
        with self._webhooks.line() as line:
            said = phone.listen(line, call, digits, before_keys=ended if end_first else None)
        if not end_first:
            ended()
        return said

    def no_answer(self, sid: str, status: str = "no-answer") -> None:
        """Let it ring in vain; `status` may also be busy, failed or canceled."""
        self._end(self._by_sid[sid], status, duration="0")

    def inbound(self, url: str, from_: str, body: str) -> tuple[int, str]:
        """Let a person send an SMS in: posts it, signed, to the service's webhook and gives the status and answer.

        Without a `url` the webhook is lost, and only the list of messages shows it.
        """
        word = body.strip().upper()
        with self._lock:
            if word in STOP_WORDS:
                self.opted_out.add(from_)
            elif word in START_WORDS:
                self.opted_out.discard(from_)
            form = {"To": NUMBER, "From": from_, "Body": body}
            message = payloads.message("AC" + "0" * 32, form, "inbound", len(self.received) + 1, self._clock())
            message["status"], message["date_sent"] = "received", message["date_created"]
            message["_sent"] = message["_created"]
            self._keep("inbound", self.received, message)
        if not url:
            return 0, ""
        with self._webhooks.line() as line:
            return line.post(url, webhooks.from_person(message))

    def matching(self, query: dict[str, str], kind: str = "Messages") -> list[Resource]:
        """Give what the list resource would, newest first."""
        with self._lock:
            if "To" in query:
                candidates = list(self._by_number[kind, query["To"]])
            else:
                candidates = self.received + self.messages if kind == "Messages" else list(self.calls)
        found = [resource for resource in candidates if payloads.matches(resource, query)]
        return sorted(found, key=lambda resource: str(resource["_created"]), reverse=True)

    def find(self, sid: str) -> Resource | None:
        return self._by_sid.get(sid)

    def count(self) -> dict[str, int]:
        return {
            "messages": len(self.messages),
            "calls": len(self.calls),
            "received": len(self.received),
            "requests": self.requests,
        }

    def _keep(self, event: str, where: list[Resource], resource: Resource) -> None:
        where.append(resource)
        self._by_sid[resource["sid"]] = resource
        self._by_number["Calls" if event == "call" else "Messages", resource["to"]].append(resource)
        if self._log:
            self._log.write(json.dumps({"event": event, **resource}) + "\n")
            self._log.flush()

    def _advance(self, line: Line, message: Resource, status: str, error_code: str | None) -> None:
        now = self._clock()
        with self._lock:
            message["error_code"] = error_code and int(error_code)
            if message["from"] is None:
                message["from"], message["num_segments"] = NUMBER, payloads.segments_of(message["body"])
            if message["date_sent"] is None:
                message["date_sent"], message["_sent"] = format_datetime(now), now.isoformat()
            self._update(message, status)
        callback = message["_form"].get("StatusCallback")
        if callback:
            line.post(callback, webhooks.about_message(message, status, error_code))

    def _end(self, call: Resource, status: str, duration: str) -> None:
        call["duration"], call["end_time"] = duration, format_datetime(self._clock())
        self._update(call, status)
        callback = call["_form"].get("StatusCallback")
        if callback:
            with self._webhooks.line() as line:
                line.post(callback, {**webhooks.about_call(call, status), "CallDuration": duration})

    def _update(self, resource: Resource, status: str) -> None:
        resource.update({"status": status, "date_updated": format_datetime(self._clock())})
