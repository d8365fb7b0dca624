import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from notifications.messages import Sms
from notifications.transports import TransportError, delivery_errors
from notifications.transports.delivery_errors import Fault, fault_of, parts_of
from notifications.transports.twilio import TwilioTransport
from tests.fake_twilio import FakeTwilio, payloads
from tests.notifications.conftest import AUTH_TOKEN


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("21211", Fault.NUMBER_WRONG), ("21614", Fault.NUMBER_WRONG), ("21265", Fault.NUMBER_WRONG),
        ("21635", Fault.NUMBER_WRONG), ("30005", Fault.NUMBER_WRONG), ("30006", Fault.NUMBER_WRONG),
        ("21610", Fault.OPTED_OUT), ("opted_out", Fault.OPTED_OUT), ("30007", Fault.FILTERED),
        ("30004", Fault.FILTERED), ("30003", Fault.UNREACHABLE), ("no-answer", Fault.UNREACHABLE),
        ("busy", Fault.UNREACHABLE), ("30008", Fault.AGAIN), ("30001", Fault.BUSY), ("21611", Fault.BUSY),
        ("20429", Fault.BUSY), ("20003", Fault.ACCOUNT), ("30002", Fault.ACCOUNT), ("21660", Fault.ACCOUNT),
        ("connect", Fault.AWAY), ("503", Fault.AWAY),
        ("mail_recipient:550 5.1.1", Fault.NUMBER_WRONG), ("mail_full:552", Fault.UNREACHABLE),
        ("mail_later:451", Fault.BUSY), ("mail_size:552", Fault.OTHER), ("mail_auth:535 5.7.8", Fault.ACCOUNT),
        ("mail_certificate", Fault.ACCOUNT), ("mail_starttls", Fault.ACCOUNT), ("mail_tls", Fault.ACCOUNT),
        ("mail_sender:550 5.1.0", Fault.ACCOUNT), ("mail_refused:554", Fault.ACCOUNT),
        ("mail_connect", Fault.AWAY), ("mail_broken", Fault.AWAY),
    ],
)  # fmt: skip
def test_a_code_says_whose_fault_it_is(code: str, fault: Fault) -> None:
    assert fault_of(code) is fault


@pytest.mark.parametrize(
    "code",
    [
        "10001", "10002", "10005", "20006", "20008", "20010", "20404", "21205", "21213", "21218", "21472", "21603",
        "21606", "21607", "21609", "21616", "21657", "21662", "21663", *map(str, range(21701, 21716)),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_set_up_is_the_accounts_and_nobody_elses(code: str) -> None:
    assert fault_of(code) is Fault.ACCOUNT


@pytest.mark.parametrize("code", ["13227", "21203", "21215", "21408", "32205"])
def test_a_country_that_is_not_enabled_is_a_cause_of_its_own(code: str) -> None:
    assert fault_of(code) is Fault.REGION


@pytest.mark.parametrize("code", ["no-key", "machine"])
def test_a_call_in_which_nobody_pressed_a_key_reached_nobody(code: str) -> None:
    assert fault_of(code) is Fault.UNREACHABLE


def test_no_code_has_two_meanings() -> None:
    listed = [code for codes in delivery_errors._TWILIO.values() for code in codes]
    assert len(listed) == len(set(listed))
    assert set(Fault) - {Fault.OTHER, Fault.AWAY} <= set(delivery_errors._TWILIO)


@pytest.mark.parametrize("code", ["", "99999", "malformed: x", "worker_died", "None", "failed", "550", "mail_new:599"])
def test_what_the_table_lacks_is_for_good(code: str) -> None:
    assert fault_of(code) is Fault.OTHER


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("30008", ("30008", "30008")),
        ("mail_auth:535 5.7.8", ("mail_auth", "535 5.7.8")),
        ("mail_tls", ("mail_tls",) * 2),
    ],
)
def test_what_the_provider_said_stands_behind_the_word(code: str, parts: tuple[str, str]) -> None:
    assert parts_of(code) == parts


@pytest.mark.parametrize(
    ("code", "outcome", "told"),
    [
        (30001, "transient", "30001"), (21611, "transient", "21611"), (20003, "transient", "20003"),
        (21606, "transient", "21606"), (21610, "permanent", "opted_out"), (21614, "permanent", "21614"),
        (21612, "permanent", "21612"), (99999, "permanent", "99999"),
        (21609, "transient", "21609"), (21657, "transient", "21657"), (21704, "transient", "21704"),
        (20010, "transient", "20010"), (21408, "permanent", "21408"),
    ],
)  # fmt: skip
def test_a_refusal_at_sending_follows_the_same_table(
    twilio: FakeTwilio, monkeypatch: pytest.MonkeyPatch, code: int, outcome: str, told: str
) -> None:
    monkeypatch.setattr("tests.fake_twilio.server.refusal", lambda *_: (code, "refused"))
    transport = TwilioTransport(account_sid="AC1", auth_token=AUTH_TOKEN, from_=payloads.NUMBER, api_base=twilio.url)
    with pytest.raises(TransportError) as failure:
        transport.send(Sms("+491713920055", "Hallo", "7"))
    assert (failure.value.outcome, failure.value.code) == (outcome, told)


class Gateway(HTTPServer):
    """Something on the way that is not Twilio and answers every request with this status."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status, self.body = status, body
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        pass


@pytest.mark.parametrize("body", [b"<html>Not here</html>", b'{"detail": "who are you?"}'], ids=["page", "json"])
@pytest.mark.parametrize(
    ("status", "outcome"), [(401, "transient"), (403, "transient"), (404, "transient"), (405, "transient"),
                            (407, "transient"), (502, "unknown"), (504, "unknown")],
)  # fmt: skip
def test_an_answer_that_is_not_twilios_is_about_the_way_and_not_the_person(
    status: int, outcome: str, body: bytes
) -> None:
    with Gateway(status, body) as gateway:
        thread = threading.Thread(target=gateway.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        transport = TwilioTransport(account_sid="AC1", auth_token="x", from_=payloads.NUMBER, api_base=gateway.url)
        try:
            with pytest.raises(TransportError) as failure:
                transport.send(Sms("+491713920055", "Hallo", "7"))
        finally:
            gateway.shutdown()
            thread.join()
    assert (failure.value.outcome, failure.value.code) == (outcome, str(status))
    assert outcome == "unknown" or fault_of(failure.value.code) is Fault.ACCOUNT
