from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from notifications.messages import Call, Email, Received, Sms
from notifications.transports import (
    MailTransport,
    SmsSettings,
    SmsTransport,
    TransportError,
    VoiceTransport,
    mail_transport,
    sms_transport,
)
from notifications.transports.local import LocalTransport
from notifications.transports.memory import MemoryTransport
from notifications.transports.smtp import SmtpTransport
from notifications.transports.twilio import TwilioTransport
from tests.fake_twilio import FakeTwilio
from tests.notifications.conftest import AUTH_TOKEN, Mailbox

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
SMS = Sms("+491713920055", "Türkisch, Di 01.12. 10:00", "7")
CALL = Call("+491713920055", "7")
EMAIL = Email("amal@example.org", "Zugesagt", "Grüße\n", "7", "Pool <pool@example.org>")


@dataclass
class SmsCase:
    transport: SmsTransport
    bodies: Callable[[], list[str]] | None


@dataclass
class VoiceCase:
    transport: VoiceTransport
    called: Callable[[], list[str]] | None


@dataclass
class MailCase:
    transport: MailTransport
    subjects: Callable[[], list[str]] | None


@pytest.fixture(params=["local", "memory", "twilio"])
def sms_case(request: pytest.FixtureRequest, twilio: FakeTwilio) -> SmsCase:
    if request.param == "local":
        return SmsCase(sms_transport(SmsSettings()), None)
    if request.param == "memory":
        memory: MemoryTransport[Sms] = MemoryTransport()
        return SmsCase(memory, lambda: [message.body for message in memory.sent])
    settings = SmsSettings("twilio", "AC1", AUTH_TOKEN, from_="+493023125000", api_base=twilio.url)
    return SmsCase(sms_transport(settings), lambda: [message["body"] for message in twilio.messages])


@pytest.fixture(params=["local", "memory", "twilio"])
def voice_case(request: pytest.FixtureRequest, twilio: FakeTwilio) -> VoiceCase:
    if request.param == "local":
        return VoiceCase(LocalTransport(), None)
    if request.param == "memory":
        memory: MemoryTransport[Sms] = MemoryTransport()
        return VoiceCase(memory, lambda: [call.to for call in memory.called])
    number = "+493023125000"
    transport = TwilioTransport(
        account_sid="AC1", auth_token=AUTH_TOKEN, from_=number, voice_from=number,
        status_callback_base="https://pool.example", api_base=twilio.url,
    )  # fmt: skip
    return VoiceCase(transport, lambda: [call["to"] for call in twilio.calls])


@pytest.fixture(params=["local", "memory", "smtp"])
def mail_case(request: pytest.FixtureRequest) -> Iterator[MailCase]:
    if request.param == "local":
        yield MailCase(mail_transport("local"), None)
    elif request.param == "memory":
        memory: MemoryTransport[Email] = MemoryTransport()
        yield MailCase(memory, lambda: [message.subject for message in memory.sent])
    else:
        with Mailbox() as mailbox:
            transport = mail_transport(f"smtp://127.0.0.1:{mailbox.port}", timeout=5)
            yield MailCase(transport, lambda: [str(message["Subject"]) for message in mailbox.messages])


def test_an_sms_handed_over_gives_a_receipt_and_arrives_once(sms_case: SmsCase) -> None:
    receipt = sms_case.transport.send(SMS)
    assert receipt.provider_id
    assert receipt.state in {"sent", "delivered"}
    assert receipt.error_code is None
    if sms_case.bodies:
        assert sms_case.bodies() == [SMS.body]


def test_an_sms_is_found_by_the_receipt_it_was_given(sms_case: SmsCase) -> None:
    receipt = sms_case.transport.send(SMS)
    found = sms_case.transport.find(SMS, LONG_AGO)
    if sms_case.bodies:
        assert found is not None
        assert found.provider_id == receipt.provider_id


def test_an_sms_never_handed_over_is_not_found(sms_case: SmsCase) -> None:
    sms_case.transport.send(SMS)
    assert sms_case.transport.find(Sms(SMS.to, "Etwas anderes", "8"), LONG_AGO) is None
    assert sms_case.transport.find(Sms("+491713920056", SMS.body, "9"), LONG_AGO) is None


def test_looking_for_an_sms_sends_nothing(sms_case: SmsCase) -> None:
    sms_case.transport.find(SMS, LONG_AGO)
    if sms_case.bodies:
        assert sms_case.bodies() == []


def test_two_sms_get_two_receipts(sms_case: SmsCase) -> None:
    first = sms_case.transport.send(SMS)
    second = sms_case.transport.send(Sms(SMS.to, "Noch eine", "8"))
    assert first.provider_id != second.provider_id


def test_a_call_started_gives_a_receipt_and_rings_once(voice_case: VoiceCase) -> None:
    assert voice_case.transport.can_call
    receipt = voice_case.transport.call(CALL)
    assert receipt.provider_id
    assert receipt.state in {"sent", "delivered"}
    if voice_case.called:
        assert voice_case.called() == [CALL.to]
        found = voice_case.transport.find_call(CALL, LONG_AGO)
        assert found is not None
        assert found.provider_id == receipt.provider_id


def test_a_call_never_started_is_not_found_and_looking_for_it_rings_nowhere(voice_case: VoiceCase) -> None:
    voice_case.transport.call(CALL)
    assert voice_case.transport.find_call(Call("+491713920056", "8"), LONG_AGO) is None
    if voice_case.called:
        assert voice_case.called() == [CALL.to]


def test_only_the_way_that_leads_nowhere_lets_no_phone_ring(twilio: FakeTwilio) -> None:
    settings = SmsSettings("twilio", "AC1", AUTH_TOKEN, from_="+493023125000", api_base=twilio.url)
    assert not sms_transport(SmsSettings()).rings
    assert sms_transport(SmsSettings("memory")).rings
    assert sms_transport(settings).rings


def test_nobody_writes_to_the_way_that_leads_nowhere() -> None:
    assert list(sms_transport(SmsSettings()).received(LONG_AGO)) == []


def test_memory_lists_what_came_in_since_then_newest_first() -> None:
    memory: MemoryTransport[Sms] = MemoryTransport()
    noon = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
    memory.inbox = [Received(f"SM{hour}", SMS.to, "JA 42", noon + timedelta(hours=hour)) for hour in range(3)]
    assert [one.provider_id for one in memory.received(noon + timedelta(hours=1))] == ["SM2", "SM1"]


def test_memory_fails_a_call_as_it_is_told() -> None:
    memory: MemoryTransport[Sms] = MemoryTransport()
    memory.fail(TransportError("unknown", "timeout", "no answer"))
    with pytest.raises(TransportError):
        memory.call(CALL)
    assert memory.find_call(CALL, LONG_AGO) is not None
    assert memory.sent == []


def test_an_email_handed_over_gives_a_receipt_and_arrives_once(mail_case: MailCase) -> None:
    receipt = mail_case.transport.send(EMAIL)
    assert receipt.provider_id
    assert receipt.state in {"sent", "delivered"}
    if mail_case.subjects:
        assert mail_case.subjects() == [EMAIL.subject]


def test_an_email_never_handed_over_is_not_found(mail_case: MailCase) -> None:
    assert mail_case.transport.find(EMAIL, LONG_AGO) is None
    if mail_case.subjects:
        assert mail_case.subjects() == []


def test_memory_fails_as_often_as_it_is_told_and_says_whether_to_retry() -> None:
    memory: MemoryTransport[Sms] = MemoryTransport()
    memory.fail(TransportError("transient", "busy", "later"), times=2)
    for _ in range(2):
        with pytest.raises(TransportError) as failure:
            memory.send(SMS)
        assert failure.value.outcome == "transient"
    memory.send(SMS)
    assert memory.sent == [SMS]


def test_memory_keeps_what_it_took_although_the_outcome_is_unknown() -> None:
    memory: MemoryTransport[Sms] = MemoryTransport()
    memory.fail(TransportError("unknown", "timeout", "no answer"))
    with pytest.raises(TransportError):
        memory.send(SMS)
    found = memory.find(SMS, LONG_AGO)
    assert found is not None
    assert memory.send(Sms(SMS.to, SMS.body, "8")).provider_id != found.provider_id


@pytest.mark.parametrize(
    ("name", "kind"), [("local", LocalTransport), ("memory", MemoryTransport), ("twilio", TwilioTransport)]
)
def test_a_setting_names_the_way_sms_take(name: str, kind: type) -> None:
    settings = SmsSettings(name, "AC1", "token", messaging_service_sid="MG1")
    assert isinstance(sms_transport(settings), kind)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("local", LocalTransport),
        ("memory", MemoryTransport),
        ("smtp://mail.example.org", SmtpTransport),
        ("smtps://pool:p%40ss@mail.example.org:465", SmtpTransport),
    ],
)
def test_a_url_names_the_way_emails_take(url: str, kind: type) -> None:
    assert isinstance(mail_transport(url), kind)


def test_an_unknown_way_is_refused_with_the_choices() -> None:
    with pytest.raises(ValueError, match=r"'carrier-pigeon'.*local, memory, twilio"):
        sms_transport(SmsSettings("carrier-pigeon"))
    with pytest.raises(ValueError, match=r"'imap'.*local, memory, smtp://"):
        mail_transport("imap://user:geheim@host")
    with pytest.raises(ValueError, match="smtp://host:port"):
        mail_transport("smtp://")


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        (SmsSettings("twilio", auth_token="t", from_="+49"), "account_sid"),
        (SmsSettings("twilio", "AC1", from_="+49"), "auth_token"),
        (SmsSettings("twilio", "AC1", "t"), "messaging_service_sid or from_"),
        (SmsSettings("twilio", "AC1", "t", from_="+49", api_base="localhost:1"), "api_base"),
    ],
)
def test_a_missing_setting_of_twilio_is_refused_by_name(settings: SmsSettings, missing: str) -> None:
    with pytest.raises(ValueError, match=missing):
        sms_transport(settings)


def test_settings_show_no_secret_in_a_log() -> None:
    assert "geheim" not in repr(SmsSettings("twilio", "AC1", "geheim"))
