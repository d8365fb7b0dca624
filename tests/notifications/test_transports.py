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
    """A way that leads somewhere, and what arrived there."""

    transport: SmsTransport
    bodies: Callable[[], list[str]]


@dataclass
class VoiceCase:
    """A way to call, and which phones rang."""

    transport: VoiceTransport
    called: Callable[[], list[str]]


@dataclass
class MailCase:
    """A way for e-mails, and the subjects of those that arrived."""

    transport: MailTransport
    subjects: Callable[[], list[str]]


@pytest.fixture(params=["memory", "twilio"])
def sms_case(request: pytest.FixtureRequest, twilio: FakeTwilio) -> SmsCase:
    if request.param == "memory":
        memory: MemoryTransport[Sms] = MemoryTransport()
        return SmsCase(memory, lambda: [message.body for message in memory.sent])
    settings = SmsSettings("twilio", "AC1", AUTH_TOKEN, from_="+493023125000", api_base=twilio.url)
    return SmsCase(sms_transport(settings), lambda: [message["body"] for message in twilio.messages])


@pytest.fixture(params=["memory", "twilio"])
def voice_case(request: pytest.FixtureRequest, twilio: FakeTwilio) -> VoiceCase:
    if request.param == "memory":
        memory: MemoryTransport[Sms] = MemoryTransport()
        return VoiceCase(memory, lambda: [call.to for call in memory.called])
    number = "+493023125000"
    transport = TwilioTransport(
        account_sid="AC1", auth_token=AUTH_TOKEN, from_=number, voice_from=number,
        status_callback_base="https://pool.example", api_base=twilio.url,
    )  # fmt: skip
    return VoiceCase(transport, lambda: [call["to"] for call in twilio.calls])


@pytest.fixture(params=["memory", "smtp"])
def mail_case(request: pytest.FixtureRequest) -> Iterator[MailCase]:
    if request.param == "memory":
        memory: MemoryTransport[Email] = MemoryTransport()
        yield MailCase(memory, lambda: [message.subject for message in memory.sent])
    else:
        with Mailbox() as mailbox:
            transport = mail_transport(f"smtp://127.0.0.1:{mailbox.port}", timeout=5)
            yield MailCase(transport, lambda: [str(message["Subject"]) for message in mailbox.messages])


def test_an_sms_handed_over_arrives_once_and_is_found_by_its_receipt(sms_case: SmsCase) -> None:
    receipt = sms_case.transport.send(SMS)
    assert (receipt.state, receipt.error_code) == ("sent", None)
    assert sms_case.bodies() == [SMS.body]
    assert sms_case.transport.find(SMS, LONG_AGO) == receipt
    assert sms_case.bodies() == [SMS.body], "looking for it sends nothing"


def test_an_sms_never_handed_over_is_not_found(sms_case: SmsCase) -> None:
    receipt = sms_case.transport.send(SMS)
    assert sms_case.transport.find(Sms(SMS.to, "Etwas anderes", "8"), LONG_AGO) is None
    assert sms_case.transport.find(Sms("+491713920056", SMS.body, "9"), LONG_AGO) is None
    assert sms_case.transport.find(SMS, LONG_AGO) == receipt


def test_two_sms_get_two_receipts_and_each_is_found_by_its_own(sms_case: SmsCase) -> None:
    another = Sms(SMS.to, "Noch eine", "8")
    first, second = sms_case.transport.send(SMS), sms_case.transport.send(another)
    assert first.provider_id != second.provider_id
    assert sms_case.bodies() == [SMS.body, another.body]
    assert sms_case.transport.find(SMS, LONG_AGO) == first
    assert sms_case.transport.find(another, LONG_AGO) == second


def test_a_call_started_rings_once_and_is_found_by_its_receipt(voice_case: VoiceCase) -> None:
    assert voice_case.transport.can_call
    receipt = voice_case.transport.call(CALL)
    assert (receipt.state, receipt.error_code) == ("sent", None)
    assert voice_case.called() == [CALL.to]
    assert voice_case.transport.find_call(CALL, LONG_AGO) == receipt
    assert voice_case.transport.find_call(Call("+491713920056", "8"), LONG_AGO) is None
    assert voice_case.called() == [CALL.to], "looking for it rings nowhere"


def test_an_email_handed_over_arrives_once(mail_case: MailCase) -> None:
    receipt = mail_case.transport.send(EMAIL)
    assert receipt.provider_id
    assert (receipt.state, receipt.error_code) == ("sent", None)
    assert mail_case.subjects() == [EMAIL.subject]


def test_looking_for_an_email_sends_none(mail_case: MailCase) -> None:
    assert mail_case.transport.find(EMAIL, LONG_AGO) is None
    assert mail_case.subjects() == []
    mail_case.transport.send(EMAIL)
    assert mail_case.subjects() == [EMAIL.subject]


def test_the_way_that_leads_nowhere_takes_all_as_delivered_and_keeps_nothing() -> None:
    local = LocalTransport()
    for receipt in (local.send(SMS), local.send(EMAIL), local.call(CALL)):
        assert (receipt.provider_id, receipt.state, receipt.error_code) == ("local-7", "delivered", None)
    assert local.send(Sms(SMS.to, SMS.body, "8")).provider_id == "local-8"
    assert local.can_call
    assert (local.find(SMS, LONG_AGO), local.find(EMAIL, LONG_AGO), local.find_call(CALL, LONG_AGO)) == (
        None,
        None,
        None,
    )
    assert list(local.received(LONG_AGO)) == []


def test_only_the_way_that_leads_nowhere_lets_no_phone_ring(twilio: FakeTwilio) -> None:
    settings = SmsSettings("twilio", "AC1", AUTH_TOKEN, from_="+493023125000", api_base=twilio.url)
    assert not sms_transport(SmsSettings()).rings
    assert sms_transport(SmsSettings("memory")).rings
    assert sms_transport(settings).rings


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
