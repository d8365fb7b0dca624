import socket
from datetime import UTC, datetime
from email.header import decode_header, make_header

import pytest

from notifications.messages import Email
from notifications.transports import TransportError
from notifications.transports.smtp import SmtpTransport
from tests.notifications.conftest import Mailbox, free_port

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


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [("550 no such user", "permanent", "550"), ("451 greylisted", "transient", "451")],
)
def test_the_first_digit_of_an_answer_says_whether_to_retry(answer: str, outcome: str, code: str) -> None:
    with Mailbox(recipient=answer) as mailbox:
        failure = sending_fails(f"smtp://127.0.0.1:{mailbox.port}")
        assert (failure.outcome, failure.code) == (outcome, code)
    with Mailbox(data=answer) as mailbox:
        failure = sending_fails(f"smtp://127.0.0.1:{mailbox.port}")
        assert (failure.outcome, failure.code) == (outcome, code)


def test_a_server_that_is_not_there_took_nothing() -> None:
    assert sending_fails(f"smtp://127.0.0.1:{free_port()}").outcome == "transient"


def test_a_server_that_never_greets_took_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert sending_fails(f"smtp://127.0.0.1:{silent.getsockname()[1]}", timeout=0.1).outcome == "transient"


def test_a_connection_that_breaks_after_the_text_leaves_the_outcome_unknown() -> None:
    with Mailbox(data="hang up") as mailbox:
        assert sending_fails(f"smtp://127.0.0.1:{mailbox.port}").outcome == "unknown"


def test_a_server_without_tls_is_refused_where_tls_is_asked_for() -> None:
    with Mailbox() as mailbox:
        failure = sending_fails(f"smtp://127.0.0.1:{mailbox.port}?starttls=1")
    assert (failure.outcome, failure.code) == ("transient", "connect")
    assert mailbox.messages == []


def test_a_server_that_speaks_no_tls_took_nothing() -> None:
    with Mailbox() as mailbox:
        assert sending_fails(f"smtps://127.0.0.1:{mailbox.port}", timeout=0.3).outcome == "transient"


# aiosmtpd warns of passwords without TLS, which on the loopback harms nobody
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
def test_user_and_password_are_decoded_and_a_wrong_one_can_be_mended() -> None:
    seen = []

    def check(mechanism: str, login: bytes, password: bytes) -> bool:
        seen.append((login, password))
        return password == b"p@ss/wort"

    with Mailbox(auth_callback=check, auth_require_tls=False, auth_required=True) as mailbox:
        SmtpTransport(f"smtp://pool%40example.org:p%40ss%2Fwort@127.0.0.1:{mailbox.port}").send(EMAIL)
        assert seen == [(b"pool@example.org", b"p@ss/wort")]
        assert len(mailbox.messages) == 1
        failure = sending_fails(f"smtp://pool:falsch@127.0.0.1:{mailbox.port}")
    assert (failure.outcome, failure.code) == ("transient", "535")
    assert "falsch" not in str(failure)
