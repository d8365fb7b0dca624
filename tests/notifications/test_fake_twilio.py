import json
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlencode

import pytest

from notifications.messages import Call, Sms
from notifications.transports import TransportError
from notifications.transports.twilio import TwilioTransport
from notifications.transports.twilio_webhooks import valid_signature
from notifications.transports.voice_xml import ask, tell
from tests.fake_twilio import NINE, FakeTwilio
from tests.fake_twilio.faults import Faults
from tests.notifications.conftest import AUTH_TOKEN

SMS = Sms("+491713920055", "Hallo", "7")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Webhook(HTTPServer):
    """The service's side: keeps each post as url, form and signature; `says` are its next answers in a call."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.posts: Queue[tuple[str, dict[str, str], str | None]] = Queue()
        self.says: list[str] = []


class _Hook(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.server.posts.put((self.server.url + self.path, form, self.headers.get("X-Twilio-Signature")))
        if "/voice" in self.path and self.server.says:
            body = self.server.says.pop(0).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
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
        voice_from="+493023125000",
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


def test_the_next_messages_end_undelivered_and_those_after_them_arrive(webhook: Webhook) -> None:
    with FakeTwilio(auth_token=AUTH_TOKEN) as twilio:
        twilio.undeliver("30003")
        transport = a_transport(twilio.url, callbacks=webhook.url)
        reports = []
        for reference in ("7", "8"):
            transport.send(Sms(SMS.to, SMS.body, reference))
            reports += [webhook.posts.get(timeout=5)[1] for _ in range(2)]
    assert [(form["MessageStatus"], form.get("ErrorCode")) for form in reports] == [
        ("sent", None), ("undelivered", "30003"), ("sent", None), ("delivered", None),
    ]  # fmt: skip


def test_an_outage_refuses_everything_until_it_ends(twilio: FakeTwilio) -> None:
    transport = a_transport(twilio.url)
    with twilio.outage():
        with pytest.raises(TransportError, match="503"):
            transport.send(SMS)
        with pytest.raises(TransportError, match="503"):
            transport.find(SMS, LONG_AGO)
    transport.send(SMS)
    assert len(twilio.messages) == 1


def test_chaos_mixes_all_nine_faults_in_its_share_and_the_same_seed_gives_the_same() -> None:
    def drawn(seed: int, share: float) -> list[str]:
        faults = Faults()
        faults.chaos(seed, share)
        return [faults.next("POST") for _ in range(2_000)]

    assert set(drawn(1, 0.5)) == {"", *NINE}
    assert 0.45 < sum(map(bool, drawn(1, 0.5))) / 2_000 < 0.55
    assert drawn(1, 0.5) == drawn(1, 0.5) != drawn(2, 0.5)
    assert set(drawn(1, 0)) == {""}
    assert "" not in drawn(1, 1)


def test_chaos_leaves_searches_alone(twilio: FakeTwilio) -> None:
    twilio.chaos(1, 1)
    assert a_transport(twilio.url).find(SMS, LONG_AGO) is None


def test_a_person_hears_the_question_presses_a_key_and_the_service_learns_the_end(
    twilio: FakeTwilio, webhook: Webhook
) -> None:
    receipt = a_transport(twilio.url, callbacks=webhook.url).call(Call(SMS.to, "7"))
    action = f"{webhook.url}/webhooks/twilio/voice?message=7&asked=1"
    webhook.says = [ask("Kommen Sie?", action=action), tell("Danke!")]
    assert twilio.press(receipt.provider_id, "1") == ["Kommen Sie?", "Danke!"]
    first, second, last = (webhook.posts.get(timeout=5) for _ in range(3))
    assert first[0] == f"{webhook.url}/webhooks/twilio/voice?message=7"
    assert "Digits" not in first[1]
    assert (second[0], second[1]["Digits"]) == (action, "1")
    assert last[0] == f"{webhook.url}/webhooks/twilio/status?message=7"
    assert (last[1]["CallSid"], last[1]["CallStatus"]) == (receipt.provider_id, "completed")
    for url, form, signature in (first, second, last):
        assert valid_signature(AUTH_TOKEN, url, form, signature)


def test_a_person_who_wants_to_hear_it_again_presses_several_keys(twilio: FakeTwilio, webhook: Webhook) -> None:
    receipt = a_transport(twilio.url, callbacks=webhook.url).call(Call(SMS.to, "7"))
    question = ask("Kommen Sie?", action="/webhooks/twilio/voice?message=7")
    webhook.says = [question, question, tell("Danke!")]
    assert twilio.press(receipt.provider_id, "32") == ["Kommen Sie?", "Kommen Sie?", "Danke!"]
    assert [webhook.posts.get(timeout=5)[1].get("Digits") for _ in range(3)] == [None, "3", "2"]


def test_who_presses_nothing_hears_everything_and_answers_nothing(twilio: FakeTwilio, webhook: Webhook) -> None:
    receipt = a_transport(twilio.url, callbacks=webhook.url).call(Call(SMS.to, "7"))
    webhook.says = [ask("Kommen Sie?", action="/webhooks/twilio/voice?message=7")]
    assert twilio.press(receipt.provider_id, "") == ["Kommen Sie?", "Kommen Sie?"]
    assert [webhook.posts.get(timeout=5)[1]["CallStatus"] for _ in range(2)] == ["in-progress", "completed"]


def test_a_service_that_says_nothing_usable_is_heard_as_an_error(twilio: FakeTwilio, webhook: Webhook) -> None:
    receipt = a_transport(twilio.url, callbacks=webhook.url).call(Call(SMS.to, "7"))
    webhook.says = ["<Response>"]
    (said,) = twilio.press(receipt.provider_id, "1")
    assert "application error" in said


def test_a_call_that_nobody_takes_is_reported(twilio: FakeTwilio, webhook: Webhook) -> None:
    receipt = a_transport(twilio.url, callbacks=webhook.url).call(Call(SMS.to, "7"))
    twilio.no_answer(receipt.provider_id)
    url, form, signature = webhook.posts.get(timeout=5)
    assert (form["CallStatus"], form["CallSid"]) == ("no-answer", receipt.provider_id)
    assert valid_signature(AUTH_TOKEN, url, form, signature)


def test_a_reply_whose_webhook_was_lost_is_in_the_list(twilio: FakeTwilio) -> None:
    assert twilio.inbound("", SMS.to, "JA 42") == (0, "")
    assert [one.text for one in a_transport(twilio.url).received(LONG_AGO)] == ["JA 42"]


def order(url: str, name: str, **form: str) -> Any:
    return told(f"{url}/_fake/{name}", urlencode(form).encode())


def told(url: str, data: bytes | None = None) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, data, timeout=10) as answer:
        return json.loads(answer.read())


def test_everything_can_be_ordered_from_another_process(twilio: FakeTwilio, webhook: Webhook) -> None:
    transport = a_transport(twilio.url, callbacks=webhook.url)
    order(twilio.url, "outage", on="1")
    with pytest.raises(TransportError, match="503"):
        transport.send(SMS)
    order(twilio.url, "outage", on="0")
    order(twilio.url, "fault", kind="429")
    with pytest.raises(TransportError, match="20429"):
        transport.send(SMS)
    order(twilio.url, "chaos", seed="1", share="1")
    order(twilio.url, "chaos", share="0")
    order(twilio.url, "undeliver", code="30007")
    sid = transport.send(SMS).provider_id
    assert [webhook.posts.get(timeout=5)[1].get("ErrorCode") for _ in range(2)] == [None, "30007"]
    order(twilio.url, "report", sid=sid, status="delivered")
    assert webhook.posts.get(timeout=5)[1]["MessageStatus"] == "delivered"
    call = transport.call(Call(SMS.to, "8")).provider_id
    webhook.says = [tell("Hallo")]
    assert order(twilio.url, "press", sid=call, digits="1") == {"said": ["Hallo"]}
    order(twilio.url, "no_answer", sid=call)
    order(twilio.url, "inbound", **{"from": SMS.to, "body": "JA 42"})
    assert [message["body"] for message in told(f"{twilio.url}/_fake/messages")] == [SMS.body]
    assert told(f"{twilio.url}/_fake/messages?from=1") == []
    assert [one["status"] for one in told(f"{twilio.url}/_fake/calls")] == ["no-answer"]
    assert [one["body"] for one in told(f"{twilio.url}/_fake/received")] == ["JA 42"]
    assert told(f"{twilio.url}/_fake/count") == {"messages": 1, "calls": 1, "received": 1, "requests": 4}


@pytest.mark.parametrize(
    ("name", "form", "status"),
    [("fault", {"kind": "earthquake"}, 400), ("press", {"sid": "CA404"}, 400), ("undeliver", {}, 400), ("x", {}, 404)],
)
def test_an_order_that_makes_no_sense_is_refused(
    twilio: FakeTwilio, name: str, form: dict[str, str], status: int
) -> None:
    with pytest.raises(HTTPError) as refused:
        order(twilio.url, name, **form)
    with refused.value as answer:
        assert answer.code == status


def test_a_connection_serves_many_requests(twilio: FakeTwilio) -> None:
    connection = HTTPConnection("127.0.0.1", int(twilio.url.rpartition(":")[2]), timeout=5)
    connection.connect()
    first = connection.sock
    for _ in range(3):
        connection.request("GET", "/_fake/count")
        assert connection.getresponse().read()
        assert connection.sock is first
    connection.close()


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
