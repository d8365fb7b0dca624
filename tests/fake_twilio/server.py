"""The stand-in's side of the wire: HTTP/1.1 with connections kept open, as Twilio's."""

from __future__ import annotations

import base64
import json
import re
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.fake_twilio.faults import AFTER
from tests.fake_twilio.payloads import Resource, error, page, public
from tests.fake_twilio.refusals import refusal

if TYPE_CHECKING:
    from tests.fake_twilio.fake import FakeTwilio

RESOURCE: Final = re.compile(r"/2010-04-01/Accounts/(\w+)/(Messages|Calls)(?:/(\w+))?\.json")


class Server(ThreadingHTTPServer):
    """Listens on 127.0.0.1 between start and stop."""

    # joined on closing, so that no socket outlives its test
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, port: int, fake: FakeTwilio) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.fake = fake
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        for connection in list(self._open):
            # wakes the threads that wait for another request
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.server_close()
        self._thread.join(5)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: a caller that hung up is what most faults are about."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # head and body leave in one packet
    wbufsize = -1

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
        if self.path.startswith("/_fake/"):
            self._order(form)
            return
        named = self._named()
        if named is None:
            return
        account_sid, kind, _ = named
        fake = self.server.fake
        take = fake.take if kind == "Messages" else fake.take_call
        fault = fake.next_fault("POST")
        if fault in AFTER:
            take(account_sid, form)
        if self._fail(fault):
            return
        refused = refusal(kind, form, fake.opted_out, fake.closed)
        if refused:
            self._answer(400, error(400, *refused))
            return
        self._answer(201, public(take(account_sid, form)))

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: entries[0] for name, entries in parse_qs(parts.query).items()}
        if parts.path.startswith("/_fake/"):
            self._show(parts.path.removeprefix("/_fake/"), int(query.get("from", "0")))
            return
        named = self._named()
        fake = self.server.fake
        if named is None or self._fail(fake.next_fault("GET")):
            return
        _, kind, sid = named
        if not sid:
            self._answer(200, page(kind, parts.path, query, fake.matching(query, kind), fake.longest_page))
            return
        one = fake.find(sid)
        self._answer(200, public(one)) if one else self._answer(404, error(404, 20404, "not found"))

    def _named(self) -> tuple[str, str, str | None] | None:
        """Account, kind of resource and sid; None if the request is refused already."""
        resource = RESOURCE.fullmatch(urlsplit(self.path).path)
        if not resource:
            self._answer(404, error(404, 20404, "not found"))
            return None
        given = self.headers.get("Authorization", "").removeprefix("Basic ")
        if base64.b64decode(given).decode() != f"{resource[1]}:{self.server.fake.auth_token}":
            self._answer(401, error(401, 20003, "Authenticate"))
            return None
        return resource[1], resource[2], resource[3]

    def _fail(self, fault: str) -> bool:
        """Act out a fault; False if the request is to be answered all the same."""
        fake = self.server.fake
        if fault in {"", "slow"}:
            if fault:
                fake.closing.wait(fake.slow_for)
            return False
        if fault.startswith("timeout"):
            self.close_connection = True
            # nothing comes until the caller, or the server, hangs up
            self.connection.recv(1, socket.MSG_PEEK)
        elif fault.startswith("reset"):
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif fault == "malformed":
            self._answer_bytes(201, b'{"sid": "SM1000')
        elif fault == "429":
            self._answer(429, error(429, 20429, "Too Many Requests"), {"Retry-After": "7"})
        elif fault in {"21610", "21211"}:
            self._answer(400, error(400, int(fault), "refused"))
        else:
            self._answer(int(fault[:3]), error(int(fault[:3]), 20500, "Internal Server Error"))
        return True

    def _order(self, form: dict[str, str]) -> None:
        fake = self.server.fake
        times = int(form.get("times", "1"))
        orders: dict[str, Callable[[], object]] = {
            "fault": lambda: fake.fault(form["kind"], times, form.get("method", "POST")),
            "chaos": lambda: fake.chaos(int(form.get("seed", "0")), float(form["share"])),
            "outage": lambda: fake.set_outage(on=form["on"] == "1"),
            "undeliver": lambda: fake.undeliver(form["code"], times),
            "report": lambda: fake.report(form["sid"], form["status"], form.get("code")),
            "inbound": lambda: fake.inbound(form.get("url", ""), form["from"], form["body"]),
            "press": lambda: fake.press(form["sid"], form.get("digits", ""), end_first=form.get("end") == "first"),
            "machine": lambda: fake.machine(form["sid"]),
            "close": lambda: fake.closed.add(form["country"]),
            "open": lambda: fake.closed.discard(form["country"]),
            "no_answer": lambda: fake.no_answer(form["sid"], form.get("status", "no-answer")),
        }
        name = self.path.removeprefix("/_fake/")
        if name not in orders:
            self._answer(404, {"error": f"no such order; there are {', '.join(orders)}"})
            return
        try:
            outcome = orders[name]()
        except (KeyError, ValueError) as wrong:
            self._answer(400, {"error": str(wrong)})
            return
        if name == "inbound" and isinstance(outcome, tuple):
            self._answer(200, {"status": outcome[0], "body": outcome[1]})
        else:
            self._answer(200, {"said": outcome} if name in {"press", "machine"} else {})

    def _show(self, name: str, first: int) -> None:
        fake = self.server.fake
        lists = {"messages": fake.messages, "calls": fake.calls, "received": fake.received}
        if name in lists:
            self._answer_bytes(200, json.dumps([public(one) for one in lists[name][first:]]).encode())
        elif name == "count":
            self._answer(200, dict(fake.count()))
        else:
            self._answer(404, {"error": f"nothing there; there are {', '.join(lists)}, count"})

    def _answer(self, status: int, payload: Resource, headers: dict[str, str] | None = None) -> None:
        self._answer_bytes(status, json.dumps(payload).encode(), headers)

    def _answer_bytes(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        """Stay silent: the tests say what happened."""
