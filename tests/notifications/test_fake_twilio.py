import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.parse import parse_qsl

import pytest

from notifications.messages import Sms
from notifications.transports import TransportError
from notifications.transports.twilio import TwilioTransport, valid_signature
from tests.fake_twilio import FakeTwilio
from tests.notifications.conftest import AUTH_TOKEN

SMS = Sms("+491713920055", "Hallo", "7")


class Webhook(HTTPServer):
    """The service's side: keeps each post as url, form and signature."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.posts: Queue[tuple[str, dict[str, str], str | None]] = Queue()


class _Hook(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.server.posts.put((self.server.url + self.path, form, self.headers.get("X-Twilio-Signature")))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        pass


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def a_transport(url: str, token: str = AUTH_TOKEN, callbacks: str = "") -> TwilioTransport:
    return TwilioTransport(
        account_sid="AC1",
        auth_token=token,
        from_="+493023125000",
        status_callback_base=callbacks,
        api_base=url,
        timeout=5,
    )


def test_a_message_is_reported_as_sent_and_then_delivered_with_valid_signatures(webhook: Webhook) -> None:
    with FakeTwilio(auth_token=AUTH_TOKEN) as twilio:
        receipt = a_transport(twilio.url, callbacks=webhook.url).send(SMS)
        reports = [webhook.posts.get(timeout=5) for _ in range(2)]
    assert [form["MessageStatus"] for _, form, _ in reports] == ["sent", "delivered"]
    for url, form, signature in reports:
        assert url == f"{webhook.url}/webhooks/twilio/status?message=7"
        assert form["MessageSid"] == receipt.provider_id
        assert valid_signature(AUTH_TOKEN, url, form, signature)


def test_a_message_whose_answer_was_lost_is_reported_all_the_same(webhook: Webhook) -> None:
    with FakeTwilio(auth_token=AUTH_TOKEN) as twilio:
        twilio.fault("reset_after")
        with pytest.raises(TransportError):
            a_transport(twilio.url, callbacks=webhook.url).send(SMS)
        url, form, _ = webhook.posts.get(timeout=5)
    assert url.endswith("?message=7")
    assert form["MessageStatus"] == "sent"


def test_a_failed_delivery_is_reported_with_its_code(twilio: FakeTwilio, webhook: Webhook) -> None:
    receipt = a_transport(twilio.url, callbacks=webhook.url).send(SMS)
    twilio.report(receipt.provider_id, "undelivered", "30005")
    _, form, _ = webhook.posts.get(timeout=5)
    assert (form["MessageStatus"], form["ErrorCode"]) == ("undelivered", "30005")


def test_an_inbound_message_is_posted_with_a_valid_signature(twilio: FakeTwilio, webhook: Webhook) -> None:
    status, _ = twilio.inbound(f"{webhook.url}/webhooks/twilio/inbound", "+491713920055", "JA 42")
    url, form, signature = webhook.posts.get(timeout=5)
    assert status == 204
    assert (form["From"], form["Body"]) == ("+491713920055", "JA 42")
    assert valid_signature(AUTH_TOKEN, url, form, signature)


def test_who_writes_stop_gets_nothing_until_start(twilio: FakeTwilio, webhook: Webhook) -> None:
    twilio.inbound(webhook.url, SMS.to, "stop")
    with pytest.raises(TransportError, match="opted_out"):
        a_transport(twilio.url).send(SMS)
    twilio.inbound(webhook.url, SMS.to, "START")
    a_transport(twilio.url).send(SMS)
    assert len(twilio.messages) == 1


def test_the_date_filter_misses_what_is_still_queued_as_twilios_does(twilio: FakeTwilio) -> None:
    a_transport(twilio.url).send(SMS)
    assert len(twilio.matching({"To": SMS.to})) == 1
    assert twilio.matching({"To": SMS.to, "DateSent>": "2020-01-01"}) == []
    twilio.messages[0]["_sent"] = "2026-12-01T09:00:00+00:00"
    assert len(twilio.matching({"DateSent>": "2026-12-01T08:00:00Z"})) == 1
    assert twilio.matching({"DateSent<": "2026-12-01T08:00:00Z"}) == []
    assert len(twilio.matching({"DateSent": "2026-12-01"})) == 1


def test_an_unknown_fault_is_refused_with_the_choices(twilio: FakeTwilio) -> None:
    with pytest.raises(ValueError, match="timeout_after"):
        twilio.fault("earthquake")


@pytest.mark.processes
def test_started_by_hand_it_counts_across_processes(tmp_path: Path) -> None:
    log = tmp_path / "messages.jsonl"
    command = [sys.executable, "-m", "tests.fake_twilio", "--port", "0", "--token", "secret", "--log", str(log)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            assert process.stdout
            url = process.stdout.readline().strip()
            a_transport(url, token="secret").send(SMS)
        finally:
            process.terminate()
    (line,) = [json.loads(line) for line in log.read_text().splitlines()]
    assert (line["event"], line["to"], line["body"]) == ("message", SMS.to, SMS.body)
