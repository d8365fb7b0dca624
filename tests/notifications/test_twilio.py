from datetime import UTC, datetime, timedelta

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from notifications.messages import Sms
from notifications.transports import TransportError
from notifications.transports.twilio import TwilioTransport, state_of, valid_signature
from tests.fake_twilio import FakeTwilio
from tests.notifications.conftest import AUTH_TOKEN, free_port

SMS = Sms("+491713920055", "Türkisch, Di 01.12. 10:00, https://pool.example/o/abc", "7")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def a_transport(twilio: FakeTwilio, token: str = AUTH_TOKEN, timeout: float = 5, url: str = "") -> TwilioTransport:
    return TwilioTransport(
        account_sid="AC1",
        auth_token=token,
        messaging_service_sid="MG1",
        status_callback_base="https://pool.example/",
        api_base=url or twilio.url,
        timeout=timeout,
    )


def sending_fails(transport: TwilioTransport) -> TransportError:
    with pytest.raises(TransportError) as failure:
        transport.send(SMS)
    return failure.value


def test_a_message_names_its_sender_and_where_to_report(twilio: FakeTwilio) -> None:
    a_transport(twilio).send(SMS)
    (taken,) = twilio.messages
    assert (taken["to"], taken["body"], taken["messaging_service_sid"]) == (SMS.to, SMS.body, "MG1")
    assert taken["_form"]["StatusCallback"] == "https://pool.example/webhooks/twilio/status?message=7"
    assert "ValidityPeriod" not in taken["_form"]


@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        (timedelta(minutes=20), "1200"),
        (timedelta(days=3), "36000"),
        (timedelta(milliseconds=5), "1"),
        (timedelta(seconds=-9), "1"),
    ],
)
def test_an_offer_expires_at_twilio_too_within_its_limits(twilio: FakeTwilio, left: timedelta, seconds: str) -> None:
    a_transport(twilio).send(Sms(SMS.to, SMS.body, "7", left))
    assert twilio.messages[0]["_form"]["ValidityPeriod"] == seconds


@pytest.mark.parametrize(
    ("fault", "outcome", "taken"),
    [
        ("timeout_before", "unknown", 0),
        ("timeout_after", "unknown", 1),
        ("reset", "unknown", 0),
        ("reset_after", "unknown", 1),
        ("malformed", "unknown", 1),
        ("500", "unknown", 0),
        ("500_after", "unknown", 1),
        ("503", "unknown", 0),
        ("429", "transient", 0),
        ("21610", "permanent", 0),
        ("21211", "permanent", 0),
    ],
)
def test_a_failure_says_whether_to_retry(twilio: FakeTwilio, fault: str, outcome: str, taken: int) -> None:
    twilio.fault(fault)
    transport = a_transport(twilio, timeout=0.2 if fault.startswith("timeout") else 5)
    assert sending_fails(transport).outcome == outcome
    assert len(twilio.messages) == taken
    assert twilio.requests == 1
    found = a_transport(twilio).find(SMS, LONG_AGO)
    assert (found is not None) == (taken == 1)


def test_a_slow_answer_is_still_an_answer(twilio: FakeTwilio) -> None:
    twilio.fault("slow")
    assert a_transport(twilio).send(SMS).state == "sent"


def test_a_person_who_opted_out_is_told_apart(twilio: FakeTwilio) -> None:
    twilio.opted_out.add(SMS.to)
    failure = sending_fails(a_transport(twilio))
    assert (failure.outcome, failure.code) == ("permanent", "opted_out")


def test_twilio_may_say_how_long_to_wait(twilio: FakeTwilio) -> None:
    twilio.fault("429")
    assert sending_fails(a_transport(twilio)).retry_after == timedelta(seconds=7)


def test_a_server_that_is_not_there_took_nothing(twilio: FakeTwilio) -> None:
    failure = sending_fails(a_transport(twilio, url=f"http://127.0.0.1:{free_port()}"))
    assert failure.outcome == "transient"


def test_a_wrong_token_can_be_mended_and_stays_unsaid(twilio: FakeTwilio) -> None:
    failure = sending_fails(a_transport(twilio, token="falsch"))
    assert (failure.outcome, failure.code) == ("transient", "20003")
    assert "falsch" not in str(failure)


def test_a_failure_tells_neither_number_nor_text(twilio: FakeTwilio) -> None:
    twilio.fault("21211")
    told = str(sending_fails(a_transport(twilio)))
    assert SMS.to not in told
    assert SMS.body not in told


def test_a_search_looks_no_further_back_than_asked(twilio: FakeTwilio) -> None:
    a_transport(twilio).send(SMS)
    assert a_transport(twilio).find(SMS, datetime.now(UTC) + timedelta(hours=1)) is None


def test_a_search_takes_a_moment_in_any_zone(twilio: FakeTwilio) -> None:
    a_transport(twilio).send(SMS)
    assert a_transport(twilio).find(SMS, datetime.fromisoformat("2020-01-01T01:00:00+01:00")) is not None


def test_a_search_tells_how_far_the_message_got(twilio: FakeTwilio) -> None:
    receipt = a_transport(twilio).send(SMS)
    twilio.messages[0].update(status="undelivered", error_code=30005)
    found = a_transport(twilio).find(SMS, LONG_AGO)
    assert found is not None
    assert (found.provider_id, found.state, found.error_code) == (receipt.provider_id, "failed", "30005")


def test_a_search_reads_on_over_several_pages(twilio: FakeTwilio) -> None:
    twilio.longest_page = 20
    receipt = a_transport(twilio).send(SMS)
    for number in range(60):
        twilio.take("AC1", {"To": SMS.to, "Body": f"Nachricht {number}", "MessagingServiceSid": "MG1"})
    found = a_transport(twilio).find(SMS, LONG_AGO)
    assert found is not None
    assert found.provider_id == receipt.provider_id
    assert twilio.requests == 1 + 4


@pytest.mark.parametrize("fault", ["500", "reset", "malformed", "429"])
def test_a_search_that_fails_does_not_claim_the_message_is_missing(twilio: FakeTwilio, fault: str) -> None:
    twilio.fault(fault, method="GET")
    with pytest.raises(TransportError) as failure:
        a_transport(twilio).find(SMS, LONG_AGO)
    assert failure.value.outcome in {"unknown", "transient"}


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("accepted", "sent"), ("queued", "sent"), ("sending", "sent"), ("sent", "sent"), ("delivered", "delivered"),
        ("read", "delivered"), ("undelivered", "failed"), ("failed", "failed"), ("canceled", "failed"),
    ],
)  # fmt: skip
def test_twilios_many_states_become_three(status: str, state: str) -> None:
    assert state_of(status) == state


URL = "https://pool.example/webhooks/twilio/status?message=7"
FORM = {"MessageSid": "SM1", "MessageStatus": "delivered", "To": "+491713920055"}


def test_only_what_twilio_signed_is_believed() -> None:
    signature = RequestValidator(AUTH_TOKEN).compute_signature(URL, FORM)
    assert valid_signature(AUTH_TOKEN, URL, FORM, signature)
    assert not valid_signature("another", URL, FORM, signature)
    assert not valid_signature(AUTH_TOKEN, URL.replace("7", "8"), FORM, signature)
    assert not valid_signature(AUTH_TOKEN, URL, {**FORM, "MessageStatus": "failed"}, signature)
    assert not valid_signature(AUTH_TOKEN, URL, FORM, None)
    assert not valid_signature(AUTH_TOKEN, URL, FORM, "")
    assert not valid_signature(AUTH_TOKEN, URL, FORM, "ü")
