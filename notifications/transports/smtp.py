"""E-mail through any SMTP server (RFC 5321), step by step, so that it is known at which one something went wrong."""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from notifications.messages import Email
from notifications.transports.base import Receipt
from notifications.transports.smtp_failures import Stage, explain, refusal

_PORTS: Final = {"smtp": 25, "smtps": 465}
_SUBMISSION: Final = 587
_GO_ON: Final = 354
# As many steps as may take as long as they can before the text is sent.
_STEPS: Final = 3
# Seconds.
_COURTESY: Final = 1.0


def _now() -> datetime:
    return datetime.now(UTC)


class SmtpTransport:
    """Hands e-mails to the server of `url`: smtp://user:pass@host:port?starttls=1, or smtps:// for TLS from the start.

    Without a port: 25, 587 with starttls, 465 for smtps. User and password are percent-encoded. `timeout` counts
    seconds; `clock` gives the time for the Date header. Raises ValueError for a URL of another kind.
    """

    def __init__(self, url: str, *, timeout: float = 10.0, clock: Callable[[], datetime] = _now) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("a mail server is smtp://host:port or smtps://host:port")
        self._starttls = parse_qs(parts.query).get("starttls") == ["1"]
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname
        self._port = parts.port or (_SUBMISSION if self._starttls else _PORTS[parts.scheme])
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._timeout = timeout
        self._clock = clock

    def send(self, message: Email) -> Receipt:
        """Hand the e-mail over; what broke before the text was on its way is transient, what broke then is unknown."""
        mime = message.as_mime(self._clock())
        raw = mime.as_bytes()
        latest = monotonic() + _STEPS * self._timeout
        connection = self._connect()
        try:
            self._prepare(connection)
            _announce(connection, message.envelope, raw)
            if monotonic() > latest:
                # whoever counts on an answer in time would take this one for lost, and send a second
                raise explain(TimeoutError(), "data")
            _deliver(connection, raw)
        finally:
            _leave(connection)
        return Receipt(str(mime["Message-ID"]), "sent")

    def find(self, message: Email, since: datetime) -> Receipt | None:  # noqa: ARG002 - the Protocol's shape
        """Give None: SMTP has no way to ask; the Message-ID lets mail programs drop a duplicate."""
        return None

    def _connect(self) -> smtplib.SMTP:
        # the host's own name, because smtplib would otherwise ask DNS for it on every message
        name = socket.gethostname()
        with _during("connect"):
            if self._tls:
                context = ssl.create_default_context()
                return smtplib.SMTP_SSL(self._host, self._port, name, timeout=self._timeout, context=context)
            return smtplib.SMTP(self._host, self._port, name, timeout=self._timeout)

    def _prepare(self, connection: smtplib.SMTP) -> None:
        with _during("connect"):
            connection.ehlo_or_helo_if_needed()
        if self._starttls:
            with _during("tls"):
                connection.starttls(context=ssl.create_default_context())
                connection.ehlo_or_helo_if_needed()
        if self._user:
            with _during("login"):
                connection.login(self._user, self._password)


@contextmanager
def _during(stage: Stage) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # smtplib's own errors are of that kind, too
        raise explain(error, stage) from error


def _announce(connection: smtplib.SMTP, envelope: tuple[str, str], raw: bytes) -> None:
    sender, recipient = envelope
    sizes = [f"size={len(raw)}"] if connection.has_extn("size") else []
    with _during("sender"):
        _expect_done("sender", connection.mail(sender, sizes))
    with _during("recipient"):
        _expect_done("recipient", connection.rcpt(recipient))
    with _during("data"):
        code, said = connection.docmd("DATA")
    if code != _GO_ON:
        raise refusal("data", code, said)


def _deliver(connection: smtplib.SMTP, raw: bytes) -> None:
    with _during("end"):
        connection.send(_stuffed(raw))
        _expect_done("end", connection.getreply())


def _leave(connection: smtplib.SMTP) -> None:
    # the server has answered, or will not: the good-bye is worth no wait
    with suppress(OSError):
        if connection.sock is not None:
            connection.sock.settimeout(_COURTESY)
        connection.quit()
    connection.close()


def _expect_done(stage: Stage, reply: tuple[int, bytes]) -> None:
    code, said = reply
    if not 200 <= code < 300:
        raise refusal(stage, code, said)


def _stuffed(raw: bytes) -> bytes:
    """The text as it goes over the wire: a line that begins with a dot gets another, one alone ends it (4.5.2)."""
    text = re.sub(rb"(?m)^\.", b"..", raw)
    return text + (b".\r\n" if text.endswith(b"\r\n") else b"\r\n.\r\n")
