import socket
from datetime import UTC, datetime
from email.header import decode_header, make_header
from itertools import count
from threading import Thread

import pytest

from notifications.messages import Email
from notifications.transports import TransportError
from notifications.transports.smtp import SmtpTransport
from tests.notifications.conftest import CERTIFICATE, Mailbox, free_port, tls

EMAIL = Email("amal@example.org", "Zugesagt: Türkisch", "Grüße\n", "7", "Pool <pool@example.org>")


def sending_fails(url: str, timeout: float = 5) -> TransportError:
    with pytest.raises(TransportError) as failure:
        SmtpTransport(url, timeout=timeout).send(EMAIL)
    return failure.value


def test_a_mail_arrives_with_its_date_and_its_id() -> None:
    with Mailbox() as mailbox:
        clock = datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
        receipt = SmtpTransport(f"smtp://127.0.0.1:{mailbox.port}", clock=lambda: clock).send(EMAIL)
    (arrived,) = mailbox.messages
    assert arrived["Message-ID"] == receipt.provider_id == "<7@example.org>"
    assert arrived["Date"] == "Tue, 01 Dec 2026 09:00:00 +0000"
    assert str(make_header(decode_header(arrived["Subject"]))) == "Zugesagt: Türkisch"


# what servers say, at which step, and what that means for the mail
@pytest.mark.parametrize(
    ("step", "answer", "outcome", "code"),
    [
        ("recipient", "550 no such user", "permanent", "mail_recipient:550"),
        ("recipient", "550 5.1.1 User unknown", "permanent", "mail_recipient:550 5.1.1"),
        ("recipient", "551 User not local", "permanent", "mail_recipient:551"),
        ("recipient", "553 5.1.3 Bad recipient address syntax", "permanent", "mail_recipient:553 5.1.3"),
        ("recipient", "556 5.1.10 Recipient domain takes no mail", "permanent", "mail_recipient:556 5.1.10"),
        ("recipient", "552 5.2.2 Mailbox full", "permanent", "mail_full:552 5.2.2"),
        ("recipient", "552 5.3.4 Message too big", "permanent", "mail_size:552 5.3.4"),
        ("recipient", "451 4.7.1 Greylisted", "transient", "mail_later:451 4.7.1"),
        ("recipient", "452 4.2.2 Mailbox full", "transient", "mail_later:452 4.2.2"),
        # Postfix says only now what it holds of the sender, the host and the login
        ("recipient", "553 5.7.1 Sender address rejected: not owned by user", "transient", "mail_sender:553 5.7.1"),
        ("recipient", "550 5.1.8 Sender address rejected: Domain not found", "transient", "mail_sender:550 5.1.8"),
        ("recipient", "554 5.7.1 <a@b>: Relay access denied", "transient", "mail_refused:554 5.7.1"),
        ("recipient", "550 relay not permitted", "transient", "mail_refused:550"),
        ("recipient", "550 5.7.54 Unable to relay recipient", "transient", "mail_refused:550 5.7.54"),
        ("recipient", "554 5.7.1 Client host blocked using a list", "transient", "mail_refused:554 5.7.1"),
        ("recipient", "504 5.5.2 Helo command rejected", "transient", "mail_refused:504 5.5.2"),
        ("recipient", "530 5.7.0 Authentication required", "transient", "mail_auth:530 5.7.0"),
        ("sender", "530 5.7.0 Authentication required", "transient", "mail_auth:530 5.7.0"),
        ("sender", "550 5.1.0 rejected", "transient", "mail_sender:550 5.1.0"),
        ("sender", "553 not allowed", "transient", "mail_sender:553"),
        ("sender", "452 4.3.1 no room", "transient", "mail_later:452 4.3.1"),
        ("sender", "552 5.3.4 too large", "permanent", "mail_size:552 5.3.4"),
        ("data", "554 5.7.1 Transaction failed", "transient", "mail_refused:554 5.7.1"),
        ("data", "554 refused", "transient", "mail_refused:554"),
        ("data", "550 5.7.60 Client may not send as this sender", "transient", "mail_sender:550 5.7.60"),
        ("data", "550 5.1.1 User unknown", "permanent", "mail_recipient:550 5.1.1"),
        ("data", "552 too large", "permanent", "mail_size:552"),
        ("data", "451 4.3.0 later", "transient", "mail_later:451 4.3.0"),
        ("sender", "hang up", "transient", "mail_connect"),
        ("recipient", "hang up", "transient", "mail_connect"),
        ("data", "hang up", "unknown", "mail_broken"),
    ],
)  # fmt: skip
def test_the_step_and_the_answer_say_whose_fault_it_is(step: str, answer: str, outcome: str, code: str) -> None:
    with Mailbox() as mailbox:
        setattr(mailbox, step, answer)
        failure = sending_fails(f"smtp://127.0.0.1:{mailbox.port}")
    assert (failure.outcome, failure.code) == (outcome, code)


def test_a_server_that_is_not_there_took_nothing() -> None:
    assert sending_fails(f"smtp://127.0.0.1:{free_port()}").outcome == "transient"


def test_a_server_that_never_greets_took_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert sending_fails(f"smtp://127.0.0.1:{silent.getsockname()[1]}", timeout=0.1).outcome == "transient"


@pytest.mark.parametrize(
    ("greeting", "code"),
    [
        (b"554 5.7.1 not for you\r\n", "mail_refused:554 5.7.1"),
        (b"421 too many\r\n", "mail_later:421"),
        (b"hello\r\n", "mail_broken"),
    ],
)
def test_a_greeting_that_is_none_takes_nothing(greeting: bytes, code: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(greeting)

        greeter = Thread(target=greet)
        greeter.start()
        failure = sending_fails(f"smtp://127.0.0.1:{server.getsockname()[1]}")
        greeter.join()
    assert (failure.outcome, failure.code) == ("transient", code)


def test_a_server_without_tls_is_refused_where_tls_is_asked_for() -> None:
    with Mailbox() as mailbox:
        failure = sending_fails(f"smtp://127.0.0.1:{mailbox.port}?starttls=1")
    assert (failure.outcome, failure.code, failure.holds_all) == ("transient", "mail_starttls", True)
    assert mailbox.messages == []


def test_a_certificate_that_nobody_vouches_for_is_named() -> None:
    with Mailbox(tls_context=tls()) as mailbox:
        failure = sending_fails(f"smtp://127.0.0.1:{mailbox.port}?starttls=1")
    assert (failure.outcome, failure.code, failure.holds_all) == ("transient", "mail_certificate", True)


def test_a_certificate_that_is_vouched_for_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    with Mailbox(tls_context=tls()) as mailbox:
        SmtpTransport(f"smtp://127.0.0.1:{mailbox.port}?starttls=1").send(EMAIL)
    assert len(mailbox.messages) == 1


def test_a_server_that_speaks_no_tls_took_nothing() -> None:
    with Mailbox() as mailbox:
        failure = sending_fails(f"smtps://127.0.0.1:{mailbox.port}", timeout=0.3)
    assert (failure.outcome, failure.code) == ("transient", "mail_tls")


def test_a_server_that_knows_no_login_is_named() -> None:
    with Mailbox() as mailbox:
        failure = sending_fails(f"smtp://pool:secret@127.0.0.1:{mailbox.port}")
    assert (failure.outcome, failure.code, failure.holds_all) == ("transient", "mail_auth", True)


# aiosmtpd warns of passwords without TLS, which on the loopback harms nobody
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
def test_user_and_password_are_decoded_and_a_wrong_one_can_be_mended() -> None:
    with Mailbox(login=(b"pool@example.org", b"p@ss/wort")) as mailbox:
        SmtpTransport(f"smtp://pool%40example.org:p%40ss%2Fwort@127.0.0.1:{mailbox.port}").send(EMAIL)
        assert mailbox.logins == [(b"pool@example.org", b"p@ss/wort")]
        assert len(mailbox.messages) == 1
        failure = sending_fails(f"smtp://pool:falsch@127.0.0.1:{mailbox.port}")
    assert (failure.outcome, failure.code, failure.holds_all) == ("transient", "mail_auth:535 5.7.8", True)
    assert "falsch" not in str(failure)


def test_only_what_is_about_the_login_or_tls_holds_every_other_mail() -> None:
    with Mailbox(sender="550 5.1.0 rejected") as mailbox:
        assert not sending_fails(f"smtp://127.0.0.1:{mailbox.port}").holds_all


@pytest.mark.thorough
def test_a_server_that_takes_its_time_at_every_step_is_not_given_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another worker would take the mail for lost meanwhile, and send a second."""
    clock = count(step=20)
    monkeypatch.setattr("notifications.transports.smtp.monotonic", lambda: next(clock))
    with Mailbox() as mailbox:
        failure = sending_fails(f"smtp://127.0.0.1:{mailbox.port}")
    assert (failure.outcome, failure.code) == ("transient", "mail_connect")
    assert mailbox.messages == []


def test_a_line_that_begins_with_a_dot_arrives_as_it_is() -> None:
    dotted = Email("amal@example.org", "Punkte", ".\n..\nEnde\n", "7", "Pool <pool@example.org>", html="")
    with Mailbox() as mailbox:
        SmtpTransport(f"smtp://127.0.0.1:{mailbox.port}").send(dotted)
    (arrived,) = mailbox.messages
    assert arrived.get_payload() == ".\r\n..\r\nEnde\r\n"
