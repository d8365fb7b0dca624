from datetime import UTC, datetime, timedelta

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from werkzeug.datastructures import MultiDict

from notifications.messages import Call, Sms
from notifications.transports import TransportError
from notifications.transports.twilio import TwilioTransport
from notifications.transports.twilio_webhooks import call_state_of, state_of, valid_signature
from tests.fake_twilio import FakeTwilio
from tests.fake_twilio.payloads import NUMBER
from tests.notifications.conftest import AUTH_TOKEN, free_port

SMS = Sms("+491713920055", "Türkisch, Di 01.12. 10:00, https://pool.example/o/abc", "7")
CALL = Call("+491713920055", "7")
VOICE = "+493023125001"
SERVICE = "MG" + "1" * 32
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def a_transport(twilio: FakeTwilio, token: str = AUTH_TOKEN, timeout: float = 5, url: str = "") -> TwilioTransport:
    return TwilioTransport(
        account_sid="AC1",
        auth_token=token,
        messaging_service_sid=SERVICE,
        voice_from=VOICE,
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
    assert (taken["to"], taken["body"], taken["messaging_service_sid"]) == (SMS.to, SMS.body, SERVICE)
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


@pytest.mark.thorough
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
        twilio.take("AC1", {"To": SMS.to, "Body": f"Nachricht {number}", "MessagingServiceSid": SERVICE})
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


def test_a_search_with_a_wrong_token_says_so(twilio: FakeTwilio) -> None:
    with pytest.raises(TransportError) as failure:
        a_transport(twilio, token="falsch").find(SMS, LONG_AGO)
    assert (failure.value.outcome, failure.value.code) == ("transient", "401")


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


@pytest.mark.parametrize("values", [["a", "b"], ["b", "a"], ["a", "a"], ["", "x"]])
def test_a_field_that_stands_twice_is_signed_with_all_its_values(values: list[str]) -> None:
    form = MultiDict([*FORM.items(), *(("MediaUrl", value) for value in values)])
    signature = RequestValidator(AUTH_TOKEN).compute_signature(URL, form)
    assert valid_signature(AUTH_TOKEN, URL, form, signature)
    assert not valid_signature(AUTH_TOKEN, URL, MultiDict([*form.items(multi=True), ("MediaUrl", "c")]), signature)
    assert not valid_signature(AUTH_TOKEN, URL, MultiDict([*FORM.items(), ("MediaUrl", "c")]), signature)


@pytest.mark.parametrize(
    ("url", "form"),
    [
        (URL, {"Body": "\ud800"}),
        (URL, {"\udfff": "x"}),
        (f"{URL}&x=\ud800", {}),
        ("https://pool.example:99999/webhooks", {}),
        ("https://[pool.example/webhooks", {}),
    ],
)
def test_what_nobody_could_have_signed_is_refused_and_no_failure(url: str, form: dict[str, str]) -> None:
    assert not valid_signature(AUTH_TOKEN, url, form, "c2lnbmF0dXJl")


def calling_fails(transport: TwilioTransport) -> TransportError:
    with pytest.raises(TransportError) as failure:
        transport.call(CALL)
    return failure.value


def test_a_call_says_where_to_ask_what_to_say_and_where_to_report_its_end(twilio: FakeTwilio) -> None:
    receipt = a_transport(twilio).call(CALL)
    (taken,) = twilio.calls
    assert (taken["sid"], taken["to"], taken["from"]) == (receipt.provider_id, CALL.to, VOICE)
    assert taken["_form"]["Url"] == "https://pool.example/webhooks/twilio/voice?message=7"
    assert taken["_form"]["StatusCallback"] == "https://pool.example/webhooks/twilio/status?message=7"
    assert taken["_form"]["StatusCallbackEvent"] == "completed"
    assert taken["_form"]["Timeout"] == "25"


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("fault", "outcome", "taken"),
    [
        ("timeout_after", "unknown", 1), ("reset", "unknown", 0), ("malformed", "unknown", 1), ("500", "unknown", 0),
        ("429", "transient", 0), ("21211", "permanent", 0),
    ],
)  # fmt: skip
def test_a_call_that_fails_says_whether_to_retry(twilio: FakeTwilio, fault: str, outcome: str, taken: int) -> None:
    twilio.fault(fault)
    assert calling_fails(a_transport(twilio, timeout=0.2 if fault.startswith("timeout") else 5)).outcome == outcome
    found = a_transport(twilio).find_call(CALL, LONG_AGO)
    assert (found is not None) == (taken == 1)


@pytest.mark.parametrize(("voice_from", "base"), [("", "https://pool.example"), (VOICE, "")])
def test_without_a_number_or_an_address_nobody_is_called(twilio: FakeTwilio, voice_from: str, base: str) -> None:
    transport = TwilioTransport(
        account_sid="AC1", auth_token=AUTH_TOKEN, messaging_service_sid=SERVICE, voice_from=voice_from,
        status_callback_base=base, api_base=twilio.url,
    )  # fmt: skip
    assert not transport.can_call
    failure = calling_fails(transport)
    assert (failure.outcome, failure.code) == ("permanent", "no_voice")
    assert twilio.requests == 0


def test_the_newest_call_to_a_number_is_found_and_none_from_before(twilio: FakeTwilio) -> None:
    transport = a_transport(twilio)
    transport.call(Call(CALL.to, "6"))
    newest = transport.call(CALL)
    found = transport.find_call(CALL, LONG_AGO)
    assert found is not None
    assert found.provider_id == newest.provider_id
    assert transport.find_call(CALL, datetime.now(UTC) + timedelta(hours=1)) is None


def test_a_search_tells_how_a_call_ended(twilio: FakeTwilio) -> None:
    receipt = a_transport(twilio).call(CALL)
    twilio.no_answer(receipt.provider_id)
    found = a_transport(twilio).find_call(CALL, LONG_AGO)
    assert found is not None
    assert (found.state, found.error_code) == ("failed", "no-answer")


@pytest.mark.parametrize(
    ("status", "by", "state", "code"),
    [
        ("queued", "", "sent", None), ("initiated", "", "sent", None), ("ringing", "", "sent", None),
        ("in-progress", "human", "sent", None), ("answered", "", "sent", None),
        ("completed", "", "sent", "no-key"), ("completed", "human", "sent", "no-key"),
        ("completed", "unknown", "sent", "no-key"), ("completed", "machine_start", "failed", "machine"),
        ("in-progress", "machine_start", "failed", "machine"), ("completed", "fax", "failed", "machine"),
        ("busy", "", "failed", "busy"), ("no-answer", "", "failed", "no-answer"), ("failed", "", "failed", "failed"),
        ("canceled", "", "failed", "canceled"), ("what?", "", "sent", None),
    ],
)  # fmt: skip
def test_only_a_key_shows_that_somebody_heard_a_call(status: str, by: str, state: str, code: str | None) -> None:
    assert call_state_of(status, by) == (state, code)


def test_a_call_asks_who_took_it(twilio: FakeTwilio) -> None:
    a_transport(twilio).call(CALL)
    assert twilio.calls[0]["_form"]["MachineDetection"] == "Enable"


@pytest.mark.parametrize(
    ("by", "found"),
    [("human", ("sent", "no-key")), ("machine_start", ("failed", "machine")), (None, ("sent", "no-key"))],
)
def test_a_search_tells_who_took_a_call(twilio: FakeTwilio, by: str | None, found: tuple[str, str]) -> None:
    a_transport(twilio).call(CALL)
    twilio.calls[0].update(status="completed", answered_by=by)
    receipt = a_transport(twilio).find_call(CALL, LONG_AGO)
    assert receipt is not None
    assert (receipt.state, receipt.error_code) == found


@pytest.mark.parametrize("service", [SERVICE, ""], ids=["messaging service", "number"])
def test_what_came_in_is_listed_newest_first_without_what_went_out(twilio: FakeTwilio, service: str) -> None:
    transport = TwilioTransport(
        account_sid="AC1", auth_token=AUTH_TOKEN, messaging_service_sid=service, from_=NUMBER, api_base=twilio.url
    )
    transport.send(SMS)
    twilio.report(twilio.messages[0]["sid"], "sent")
    for body in ("JA 42", "NEIN 43"):
        twilio.inbound("", SMS.to, body)
    found = list(transport.received(LONG_AGO))
    assert [(one.sender, one.text) for one in found] == [(SMS.to, "NEIN 43"), (SMS.to, "JA 42")]
    assert {one.provider_id for one in found} == {message["sid"] for message in twilio.received}
    assert all(one.at.utcoffset() is not None for one in found)


def test_what_came_in_before_is_not_listed(twilio: FakeTwilio) -> None:
    twilio.inbound("", SMS.to, "JA 42")
    assert list(a_transport(twilio).received(datetime.now(UTC) + timedelta(hours=1))) == []


def test_what_came_in_is_read_over_several_pages(twilio: FakeTwilio) -> None:
    twilio.longest_page = 2
    for number in range(5):
        twilio.inbound("", SMS.to, f"JA {number}")
    assert len(list(a_transport(twilio).received(LONG_AGO))) == 5


@pytest.mark.parametrize("fault", ["500", "reset", "malformed", "429"])
def test_a_list_that_cannot_be_read_is_no_empty_list(twilio: FakeTwilio, fault: str) -> None:
    twilio.fault(fault, method="GET")
    with pytest.raises(TransportError):
        list(a_transport(twilio).received(LONG_AGO))
