"""A mail server that takes nothing from us: no mail is lost, coordinators know why, and once mended all leaves."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import outbox
from app.journey import answering
from app.journey.history import SERVICE
from app.journey.telling import alerts
from app.models import Mediator
from app.outbox.drafts import To, draft
from app.worker import jobs
from notifications.alerts import alert_words
from notifications.messages import Sms
from notifications.transports import MailTransport, TransportError
from notifications.transports.memory import MemoryTransport
from notifications.transports.smtp import SmtpTransport
from notifications.wording import Text
from tests.notifications.conftest import CERTIFICATE, Mailbox, free_port, tls
from tests.world import World

MAILS = 13
# over a long weekend
WEEKEND: tuple[dict[str, float], ...] = (
    {"seconds": 11}, {"minutes": 1}, {"minutes": 6}, {"minutes": 30}, {"hours": 20}, {"hours": 20}, {"hours": 20},
)  # fmt: skip


@dataclass
class Ways:
    """SMS into a list, mail to a server."""

    mail: MailTransport
    sms: MemoryTransport[Sms] = field(default_factory=MemoryTransport)

    @property
    def voice(self) -> MemoryTransport[Sms]:
        return self.sms


@dataclass(frozen=True)
class Trouble:
    """What is wrong with the server, what the alert then says, and what mends it."""

    kind: str
    says: str
    broken: dict[str, Any] | None
    mended: Callable[[], dict[str, Any]] = dict
    query: str = ""
    login: str = ""
    trusted_later: bool = False


TROUBLES = {
    "530": Trouble("mail_account", "Anmeldung", {"sender": "530 5.7.0 Authentication required"}),
    "535": Trouble(
        "mail_account", "Anmeldung", {"login": (b"pool", b"new")}, lambda: {"login": (b"pool", b"old")},
        login="pool:old@",
    ),
    "550 at MAIL FROM": Trouble("mail_account", "Absender", {"sender": "550 5.1.0 Sender rejected"}),
    "553 at RCPT about the sender": Trouble(
        "mail_account", "Absender", {"recipient": "553 5.7.1 Sender address rejected: not owned by user pool"},
    ),
    "554 at RCPT": Trouble("mail_account", "weist", {"recipient": "554 5.7.1 Relay access denied"}),
    "554 after DATA": Trouble("mail_account", "weist", {"data": "554 5.7.1 Transaction failed"}),
    "no STARTTLS": Trouble(
        "mail_account", "verschlüsselte", {}, lambda: {"tls_context": tls()}, query="?starttls=1", trusted_later=True,
    ),
    "wrong certificate": Trouble(
        "mail_account", "Zertifikat", {"tls_context": tls}, lambda: {"tls_context": tls()}, query="?starttls=1",
        trusted_later=True,
    ),
    "connection refused": Trouble("mail_outage", "nicht erreichbar", None),
    "hangs up": Trouble("mail_outage", "nicht erreichbar", {"recipient": "hang up"}),
    "451": Trouble("mail_outage", "nimmt zurzeit nichts an", {"recipient": "451 4.7.1 greylisted"}),
}  # fmt: skip


def thirteen_mails(world: World) -> None:
    """Six people are found, both sides are told; for one more nobody is."""
    amira = world.mediator("Amira", "kmr")
    for day in range(6):
        appointment = world.appointment("kmr", world.now + timedelta(days=7 + day, hours=3))
        with world.change() as session:
            mediator = session.execute(select(Mediator).where(Mediator.id == amira)).scalar_one()
            answering.assign(session, world.now, world.links, appointment, mediator, SERVICE)
    world.appointment("tir", world.now + timedelta(days=7, hours=3))


def served(port: int, options: dict[str, Any] | None) -> AbstractContextManager[Mailbox | None]:
    if options is None:
        return nullcontext()
    made = {name: value() if callable(value) else value for name, value in options.items()}
    return Mailbox(port=port, **made)


def waiting(world: World) -> list[tuple[str, str, str]]:
    """The open alerts: kind, headline, advice."""
    with world.change() as session:
        found = []
        for one in alerts.unresolved(session):
            words = alert_words(one.kind, one.data)
            found.append((one.kind, words.headline, words.advice))
        return found


# aiosmtpd warns of passwords without TLS, which on the loopback harms nobody
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
@pytest.mark.thorough
@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_all_mail_waits_until_the_server_is_mended(
    world: World, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    url = f"smtp://{trouble.login}localhost:{port}{trouble.query}"
    worker = replace(world.worker, transports=Ways(SmtpTransport(url, clock=lambda: world.now)))
    thirteen_mails(world)
    with served(port, trouble.broken):
        for later in WEEKEND:
            world.now += timedelta(**later)
            jobs.run_once(worker)
        assert {one.status.value for one in world.messages(channel="email")} == {"queued"}
        [(kind, headline, advice)] = waiting(world)
        assert kind == trouble.kind
        assert trouble.says in headline
        assert "13 E-Mails warten" in headline
        assert "SMS-Anbieter" not in headline + advice
    if trouble.trusted_later:
        monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with Mailbox(port=port, **trouble.mended()) as mailbox:
        world.now += timedelta(minutes=6)
        jobs.run_once(worker)
        assert len({mail["Message-ID"] for mail in mailbox.messages}) == len(mailbox.messages) == MAILS
    assert waiting(world) == []
    assert {one.status.value for one in world.messages(channel="email")} == {"sent"}


# the same warning
@pytest.mark.thorough
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
def test_a_login_that_is_refused_is_tried_once_for_all_mails(sqlite_world: World) -> None:
    thirteen_mails(sqlite_world)
    with Mailbox(login=(b"pool", b"new")) as mailbox:
        worker = replace(
            sqlite_world.worker, transports=Ways(SmtpTransport(f"smtp://pool:old@127.0.0.1:{mailbox.port}"))
        )
        for later in ({"seconds": 11}, {"minutes": 2}, {"minutes": 4}, {"minutes": 6}):
            sqlite_world.now += timedelta(**later)
            jobs.run_once(worker)
    # once each time, by both the ways that the server offers
    assert len(mailbox.logins) == 4 * 2


@pytest.mark.thorough
def test_an_address_that_does_not_exist_is_told_apart_from_a_sender_that_is_refused(world: World) -> None:
    thirteen_mails(world)
    with Mailbox() as mailbox:
        worker = replace(world.worker, transports=Ways(SmtpTransport(f"smtp://127.0.0.1:{mailbox.port}")))
        mailbox.nobody = "amira@mail.example"
        world.now += timedelta(seconds=11)
        jobs.run_once(worker)
    assert {mail["To"] for mail in mailbox.messages} == {"sozialamt@beckum.example", "pool@beckum.example"}
    [(kind, headline, _)] = waiting(world)
    assert kind == "address_wrong"
    assert "Amira" in headline


@pytest.mark.thorough
def test_an_address_of_a_requester_that_is_wrong_is_told_once(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=7, hours=3), contact_email="weg@beckum.example")
    world.work()
    world.accept(appointment, amira)
    with Mailbox() as mailbox:
        mailbox.nobody = "weg@beckum.example"
        worker = replace(world.worker, transports=Ways(SmtpTransport(f"smtp://127.0.0.1:{mailbox.port}")))
        for hours in (1, 2):
            world.now += timedelta(hours=hours)
            jobs.run_once(worker)
            world.edit(appointment, starts_at=world.now + timedelta(days=8))
        jobs.run_once(worker)
    assert [one[0] for one in waiting(world)] == ["address_wrong"]


@pytest.mark.thorough
def test_one_mail_that_is_refused_while_others_leave_is_given_up_and_told(world: World) -> None:
    thirteen_mails(world)
    refused = TransportError("transient", "mail_refused:554 5.7.1", "refused", timedelta(minutes=5))
    world.ways.mail.fail(refused)
    world.work(seconds=11)
    assert [one[0] for one in waiting(world)] == ["mail_account"]
    # others leave from time to time, only this one is refused whenever it is tried
    for hours in (20, 20, 9):
        world.ways.mail.fail(refused)
        world.work(hours=hours)
        with world.change() as session:
            first = session.execute(select(Mediator).where(Mediator.name == "Amira")).scalar_one()
            to = To.mailbox(first)
            words = Text(subject="Gruß", mail="Hallo")
            outbox.put(session, draft(to, first, "test", words, key=f"later:{hours}:{world.now}", now=world.now))
        world.work()
    [lost] = world.messages(status="failed")
    assert lost.error_code == "mail_refused:554 5.7.1"
    [(kind, headline, _)] = waiting(world)
    assert kind == "provider_error"
    assert "Meldung 554 5.7.1" in headline


@pytest.mark.thorough
def test_a_message_written_long_before_it_is_due_is_tried_as_often_as_any_other(world: World) -> None:
    thirteen_mails(world)
    world.work(days=5)
    world.ways.sms.fail(TransportError("transient", "20429", "busy", timedelta(seconds=7)))
    world.work(days=1, hours=4)
    [reminder] = [one for one in world.messages(kind="reminder_day", channel="sms") if one.attempts]
    assert reminder.status.value == "queued"
    world.work(seconds=8)
    assert sum("Erinnerung" in text for text in world.texts_to("Amira")) == 1


@pytest.mark.thorough
def test_an_account_that_is_refused_is_no_outage_and_is_told_while_texts_wait(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.appointment("kmr", world.now + timedelta(days=4))
    world.ways.sms.fail(TransportError("transient", "20003", "the token is wrong", timedelta(minutes=5)), times=100)
    for minutes in (0, 6, 6):
        world.work(minutes=minutes)
        [(kind, headline, _)] = waiting(world)
        assert kind == "account"
        assert "Meldung 20003" in headline
        assert "Eine SMS wartet" in headline
    world.ways.sms.failures.clear()
    world.work(minutes=6)
    world.work(minutes=2)
    assert waiting(world) == []
    assert len(world.texts_to("Amira")) == 1


@pytest.mark.thorough
def test_an_alert_that_is_over_is_not_written_about_any_more(world: World) -> None:
    """An outage of both: the mail about the texts waits until the texts leave again."""
    world.mediator("Amira", "kmr")
    world.appointment("kmr", world.now + timedelta(days=4))
    world.ways.sms.fail(TransportError("transient", "503", "away"), times=1000)
    world.ways.mail.fail(TransportError("transient", "mail_connect", "away"), times=1000)
    for _ in range(4):
        world.work(minutes=3)
    assert {one[0] for one in waiting(world)} == {"outage"}
    world.ways.sms.failures.clear()
    world.work(minutes=6)
    world.work()
    assert waiting(world) == []
    world.ways.mail.failures.clear()
    world.work(minutes=6)
    assert world.ways.mail.sent == []
