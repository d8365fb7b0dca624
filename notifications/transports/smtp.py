"""E-mail through any SMTP server (RFC 5321)."""

import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from notifications.messages import Email
from notifications.transports.base import Receipt, TransportError

_PORTS: Final = {"smtp": 25, "smtps": 465}
_SUBMISSION: Final = 587


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
        """Hand the e-mail over; a break before it was handed over is transient, one meanwhile is unknown."""
        mime = message.as_mime(self._clock())
        try:
            connection = self._connect()
        except (OSError, smtplib.SMTPException) as error:
            raise _explain(error, otherwise="transient") from error
        try:
            connection.send_message(mime)
        except (OSError, smtplib.SMTPException) as error:
            raise _explain(error, otherwise="unknown") from error
        finally:
            # the server has answered by now: whether the good-bye works changes nothing
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()
        return Receipt(str(mime["Message-ID"]), "sent")

    def find(self, message: Email, since: datetime) -> Receipt | None:  # noqa: ARG002 - the Protocol's shape
        """Give None: SMTP has no way to ask; the Message-ID lets mail programs drop a duplicate."""
        return None

    def _connect(self) -> smtplib.SMTP:
        # the host's own name, because smtplib would otherwise ask DNS for it on every message
        name = socket.gethostname()
        connection: smtplib.SMTP
        if self._tls:
            context = ssl.create_default_context()
            connection = smtplib.SMTP_SSL(self._host, self._port, name, timeout=self._timeout, context=context)
        else:
            connection = smtplib.SMTP(self._host, self._port, name, timeout=self._timeout)
        try:
            if self._starttls:
                connection.starttls(context=ssl.create_default_context())
            if self._user:
                connection.login(self._user, self._password)
        except BaseException:
            connection.close()
            raise
        return connection


def _explain(error: OSError | smtplib.SMTPException, *, otherwise: str) -> TransportError:
    code = _reply_code(error)
    if otherwise == "transient":
        # no message was named yet: a refused login or greeting says nothing about it, and can be mended
        return TransportError("transient", str(code or "connect"), "the mail server cannot be reached or refuses us")
    if code is not None:
        # RFC 5321, 4.2.1: 4yz may work later, 5yz never will; either way the message was not taken
        if 400 <= code < 500:
            return TransportError("transient", str(code), "the mail server asks to come back later")
        return TransportError("permanent", str(code), "the mail server refuses this message")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return TransportError("permanent", "not_supported", "the mail server lacks what this message or address needs")
    return TransportError("unknown", "connection", "the connection broke before the mail server answered")


def _reply_code(error: OSError | smtplib.SMTPException) -> int | None:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return max(code for code, _ in error.recipients.values())
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 400:
        return error.smtp_code
    return None
