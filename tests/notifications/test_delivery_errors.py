import pytest

from notifications.messages import Sms
from notifications.transports import TransportError
from notifications.transports.delivery_errors import Fault, fault_of
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
        ("550", Fault.NUMBER_WRONG), ("554", Fault.FILTERED), ("552", Fault.UNREACHABLE),
    ],
)  # fmt: skip
def test_a_code_says_whose_fault_it_is(code: str, fault: Fault) -> None:
    assert fault_of(code) is fault


@pytest.mark.parametrize("code", ["", "99999", "malformed: x", "worker_died", "None", "failed"])
def test_what_the_table_lacks_is_for_good(code: str) -> None:
    assert fault_of(code) is Fault.OTHER


@pytest.mark.parametrize(
    ("code", "outcome", "told"),
    [
        (30001, "transient", "30001"), (21611, "transient", "21611"), (20003, "transient", "20003"),
        (21606, "transient", "21606"), (21610, "permanent", "opted_out"), (21614, "permanent", "21614"),
        (21612, "permanent", "21612"), (99999, "permanent", "99999"),
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
