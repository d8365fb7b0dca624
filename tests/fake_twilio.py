"""A stand-in for Twilio's Messages API on the loopback: it keeps state, reports deliveries and fails on demand.

In a test: `with FakeTwilio(auth_token="secret") as twilio: …`. By hand: `python -m tests.fake_twilio --port 8900`,
then TWILIO_API_BASE=http://127.0.0.1:8900. From another process faults and inbound messages are ordered with
`curl -d kind=429 -d times=2 URL/_fake/fault` and `curl -d url=… -d from=… -d body=… URL/_fake/inbound`.
"""

import argparse
import base64
import json
import re
import socket
import struct
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

Message = dict[str, Any]

FAULTS: Final = frozenset(
    {"timeout_before", "timeout_after", "reset", "reset_after", "429", "500", "500_after", "503", "slow", "malformed",
     "21610", "21211"}
)  # fmt: skip
NUMBER: Final = "+493023125000"
STOP_WORDS: Final = {"STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "REVOKE", "OPTOUT", "CANCEL"}
START_WORDS: Final = {"START", "YES", "UNSTOP"}
# whatever proxy the environment names is not for the loopback
DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))
RESOURCE: Final = re.compile(r"/2010-04-01/Accounts/(\w+)/Messages(?:/(\w+))?\.json")


def _now() -> datetime:
    return datetime.now(UTC)


class FakeTwilio:
    """Serves on 127.0.0.1 while its `with` block runs.

    `messages` are those it took from the API, `received` those that people sent in. `slow_for` is in seconds.
    With `callbacks`, each message goes to sent and delivered by itself; else use `report`.
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
        self.messages: list[Message] = []
        self.received: list[Message] = []
        self.opted_out: set[str] = set()
        self.requests = 0
        self.slow_for = slow_for
        self.longest_page = 1000
        self.closing = threading.Event()
        self._log = log
        self._clock = clock
        self._faults: list[tuple[str, str]] = []
        self._lock = threading.RLock()
        self._reports: SimpleQueue[tuple[Message, str, str | None] | None] = SimpleQueue()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.fake = self
        self._threads = [
            threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True),
            threading.Thread(target=self._report_all, daemon=True),
        ]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._reports.put(None)
        self._server.shutdown()
        self._server.server_close()
        for thread in self._threads:
            thread.join(5)

    def fault(self, kind: str, times: int = 1, method: str = "POST") -> None:
        """Make the next requests of this method go wrong; kinds ending in _after take the message all the same."""
        if kind not in FAULTS:
            raise ValueError(f"unknown fault {kind!r}: choose one of {', '.join(sorted(FAULTS))}")
        with self._lock:
            self._faults.extend([(method, kind)] * times)

    def next_fault(self, method: str) -> str:
        with self._lock:
            self.requests += 1
            for index, (wanted, kind) in enumerate(self._faults):
                if wanted == method:
                    del self._faults[index]
                    return kind
        return ""

    def take(self, account_sid: str, form: dict[str, str]) -> Message:
        """Keep a message as accepted and start its reports."""
        with self._lock:
            message = self._message(account_sid, form, "outbound-api", len(self.messages) + 1)
            self.messages.append(message)
            self._write("message", message)
        if self.callbacks:
            self.report(message["sid"], "sent")
            self.report(message["sid"], "delivered")
        return message

    def report(self, sid: str, status: str, error_code: str | None = None) -> None:
        """Queue a new status of a message and its signed callback, if it asked for one."""
        message = next(message for message in self.messages if message["sid"] == sid)
        self._reports.put((message, status, error_code))

    def inbound(self, url: str, from_: str, body: str) -> tuple[int, str]:
        """Let a person send an SMS in: posts it, signed, to the service's webhook and gives the status and answer."""
        word = body.strip().upper()
        with self._lock:
            if word in STOP_WORDS:
                self.opted_out.add(from_)
            elif word in START_WORDS:
                self.opted_out.discard(from_)
            form = {"To": NUMBER, "From": from_, "Body": body}
            message = self._message("AC" + "0" * 32, form, "inbound", len(self.received) + 1)
            message["status"], message["date_sent"] = "received", message["date_created"]
            message["_sent"] = message["_created"]
            self.received.append(message)
            self._write("inbound", message)
        return self._post(
            url,
            {
                "MessageSid": message["sid"],
                "SmsSid": message["sid"],
                "SmsMessageSid": message["sid"],
                "AccountSid": message["account_sid"],
                "From": from_,
                "To": NUMBER,
                "Body": body,
                "NumMedia": "0",
                "NumSegments": "1",
                "SmsStatus": "received",
                "ApiVersion": "2010-04-01",
            },
        )

    def matching(self, query: dict[str, str]) -> list[Message]:
        """Give what the list resource would, newest first; like Twilio's, its DateSent filters miss what is queued."""
        with self._lock:
            everything = self.received + self.messages
        found = [message for message in everything if _matches(message, query)]
        return sorted(found, key=lambda message: str(message["_created"]), reverse=True)

    def _message(self, account_sid: str, form: dict[str, str], direction: str, number: int) -> Message:
        now = self._clock()
        sid = f"SM{'0' if direction == 'inbound' else '1'}{number:031x}"
        return {
            "sid": sid,
            "account_sid": account_sid,
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "to": form["To"],
            "from": form.get("From", NUMBER),
            "body": form["Body"],
            "direction": direction,
            "status": "accepted" if "MessagingServiceSid" in form else "queued",
            "date_created": format_datetime(now),
            "date_updated": format_datetime(now),
            "date_sent": None,
            "error_code": None,
            "error_message": None,
            "num_segments": "1",
            "num_media": "0",
            "price": None,
            "price_unit": "USD",
            "api_version": "2010-04-01",
            "uri": f"/2010-04-01/Accounts/{account_sid}/Messages/{sid}.json",
            "subresource_uris": {"media": f"/2010-04-01/Accounts/{account_sid}/Messages/{sid}/Media.json"},
            "_created": now.isoformat(),
            "_sent": None,
            "_form": form,
        }

    def _report_all(self) -> None:
        while (report := self._reports.get()) is not None:
            message, status, error_code = report
            now = self._clock()
            with self._lock:
                message["status"], message["error_code"] = status, error_code and int(error_code)
                message["date_updated"] = format_datetime(now)
                if message["date_sent"] is None:
                    message["date_sent"], message["_sent"] = format_datetime(now), now.isoformat()
            callback = message["_form"].get("StatusCallback")
            if callback:
                self._post(callback, _callback_form(message, status, error_code))

    def _post(self, url: str, form: dict[str, str]) -> tuple[int, str]:
        signature = RequestValidator(self.auth_token).compute_signature(url, form)
        request = urllib.request.Request(  # noqa: S310 - the test itself chose the address
            url, urlencode(form).encode(), {"X-Twilio-Signature": signature, "User-Agent": "TwilioProxy/1.1"}
        )
        try:
            with DIRECT.open(request, timeout=15) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            # Twilio gives up as well; the service under test has to live without this report
            return 0, str(error)

    def _write(self, event: str, message: Message) -> None:
        if self._log:
            with self._log.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"event": event, **message}) + "\n")


class _Server(ThreadingHTTPServer):
    # joined on closing, so that no socket outlives its test
    daemon_threads = False
    fake: FakeTwilio

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a caller that hung up is what most faults are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
        if self.path.startswith("/_fake/"):
            self._order(form)
            return
        account_sid = self._account()
        if account_sid is None:
            return
        fault = self.server.fake.next_fault("POST")
        if fault in {"timeout_after", "reset_after", "500_after", "malformed"}:
            self.server.fake.take(account_sid, form)
        if self._fail(fault):
            return
        refusal = _refusal(form, self.server.fake.opted_out)
        if refusal:
            self._answer(400, _error(400, *refusal))
            return
        self._answer(201, self.server.fake.take(account_sid, form))

    def do_GET(self) -> None:
        account_sid = self._account()
        if account_sid is None or self._fail(self.server.fake.next_fault("GET")):
            return
        parts = urlsplit(self.path)
        resource = RESOURCE.fullmatch(parts.path)
        sid = resource and resource[2]
        query = {name: entries[0] for name, entries in parse_qs(parts.query).items()}
        found = self.server.fake.matching(query)
        if not sid:
            self._answer(200, _page(parts.path, query, found, self.server.fake.longest_page))
            return
        one = [message for message in found if message["sid"] == sid]
        self._answer(200, one[0]) if one else self._answer(404, _error(404, 20404, "not found"))

    def _account(self) -> str | None:
        resource = RESOURCE.fullmatch(urlsplit(self.path).path)
        if not resource:
            self._answer(404, _error(404, 20404, "not found"))
            return None
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        if base64.b64decode(given).decode() != f"{resource[1]}:{self.server.fake.auth_token}":
            self._answer(401, _error(401, 20003, "Authenticate"))
            return None
        return resource[1]

    def _fail(self, fault: str) -> bool:
        """Act out a fault; False if the request is to be answered all the same."""
        fake = self.server.fake
        if fault in {"", "slow"}:
            fake.closing.wait(fake.slow_for if fault else 0)
            return False
        if fault.startswith("timeout"):
            fake.closing.wait()
        elif fault.startswith("reset"):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif fault == "malformed":
            self._answer_bytes(201, b'{"sid": "SM1000')
        elif fault == "429":
            self._answer(429, _error(429, 20429, "Too Many Requests"), {"Retry-After": "7"})
        elif fault in {"21610", "21211"}:
            self._answer(400, _error(400, int(fault), "refused"))
        else:
            self._answer(int(fault[:3]), _error(int(fault[:3]), 20500, "Internal Server Error"))
        return True

    def _order(self, form: dict[str, str]) -> None:
        if self.path == "/_fake/fault":
            self.server.fake.fault(form["kind"], int(form.get("times", "1")), form.get("method", "POST"))
            self._answer(200, {})
        else:
            status, body = self.server.fake.inbound(form["url"], form["from"], form["body"])
            self._answer(200, {"status": status, "body": body})

    def _answer(self, status: int, payload: Message, headers: dict[str, str] | None = None) -> None:
        public = {name: value for name, value in payload.items() if not name.startswith("_")}
        self._answer_bytes(status, json.dumps(public).encode(), headers)

    def _answer_bytes(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Stay silent: the tests say what happened."""


def _refusal(form: dict[str, str], opted_out: set[str]) -> tuple[int, str] | None:
    to, body = form.get("To", ""), form.get("Body", "")
    checks = (
        (not to, 21604, "A 'To' phone number is required."),
        (not re.fullmatch(r"\+[1-9]\d{6,14}", to), 21211, "The 'To' number is not a valid phone number."),
        (not form.get("From") and not form.get("MessagingServiceSid"), 21603, "A 'From' phone number is required."),
        (not body, 21602, "Message body is required."),
        (len(body) > 1600, 21617, "The message body exceeds the 1600 character limit."),
        (not 1 <= int(form.get("ValidityPeriod", "1")) <= 36_000, 20001, "ValidityPeriod is out of range."),
        (to in opted_out, 21610, "Attempt to send to unsubscribed recipient"),
    )
    return next(((code, message) for wrong, code, message in checks if wrong), None)


def _error(status: int, code: int, message: str) -> Message:
    return {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }


def _callback_form(message: Message, status: str, error_code: str | None) -> dict[str, str]:
    form = {
        "AccountSid": message["account_sid"],
        "ApiVersion": "2010-04-01",
        "From": message["from"],
        "MessageSid": message["sid"],
        "MessageStatus": status,
        "SmsSid": message["sid"],
        "SmsStatus": status,
        "To": message["to"],
    }
    return {**form, "ErrorCode": error_code} if error_code else form


def _matches(message: Message, query: dict[str, str]) -> bool:
    if query.get("To", message["to"]) != message["to"] or query.get("From", message["from"]) != message["from"]:
        return False
    sent = str(message["_sent"] or "")[:19]
    day, before, after = (query.get(name, "").rstrip("Z") for name in ("DateSent", "DateSent<", "DateSent>"))
    if (day or before or after) and not sent:
        return False
    return sent.startswith(day[:10]) and (not before or sent <= before) and (not after or sent >= after)


def _page(path: str, query: dict[str, str], found: list[Message], longest: int) -> Message:
    size, number = min(int(query.get("PageSize", "50")), longest), int(query.get("Page", "0"))
    chosen = found[number * size : (number + 1) * size]
    more = len(found) > (number + 1) * size
    following = urlencode({**query, "PageSize": size, "Page": number + 1, "PageToken": f"PA{number + 1}"})
    public = [{name: value for name, value in message.items() if not name.startswith("_")} for message in chosen]
    return {
        "messages": public,
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + len(chosen) - 1,
        "uri": f"{path}?{urlencode(query)}",
        "first_page_uri": f"{path}?{urlencode({**query, 'PageSize': size, 'Page': 0})}",
        "next_page_uri": f"{path}?{following}" if more else None,
        "previous_page_uri": None,
    }


def main() -> None:
    """Serve until interrupted, and say where."""
    parser = argparse.ArgumentParser(description="A stand-in for Twilio's Messages API on 127.0.0.1")
    parser.add_argument("--port", type=int, default=8900)
    parser.add_argument("--token", default="fake-token", help="the auth token, also used to sign callbacks")
    parser.add_argument("--log", type=Path, help="append every message taken to this file, one JSON object a line")
    parser.add_argument("--no-callbacks", action="store_true", help="leave every message queued")
    chosen = parser.parse_args()
    with FakeTwilio(chosen.port, chosen.token, not chosen.no_callbacks, log=chosen.log) as fake:
        sys.stdout.write(f"{fake.url}\n")
        sys.stdout.flush()
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.stdout.write("stopped\n")


if __name__ == "__main__":
    main()
