import socket
import ssl
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
from aiosmtpd.controller import Controller
from hypothesis import HealthCheck, settings

from tests.fake_twilio import FakeTwilio

# how long an example takes says more about the machine's other work than about the code
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
AUTH_TOKEN = "a-token-of-the-tests"
# of 127.0.0.1, with its key, which is therefore worth nothing
CERTIFICATE = Path(__file__).parent / "loopback.pem"


def tls() -> ssl.SSLContext:
    """What a server on the loopback shows who it is with; nobody trusts it who is not told to."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    return context


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


@pytest.fixture
def twilio() -> Iterator[FakeTwilio]:
    with FakeTwilio(auth_token=AUTH_TOKEN, callbacks=False) as fake:
        yield fake


class Mailbox:
    """A mail server on the loopback that keeps what it accepts.

    It answers a sender, a recipient and the end of a message as told; "hang up" breaks the connection instead. With
    `login` None it asks for none; otherwise user and password must be equal to it. It does not know `nobody`.
    """

    def __init__(
        self,
        *,
        sender: str = "250 OK",
        recipient: str = "250 OK",
        data: str = "250 OK",
        login: tuple[bytes, bytes] | None = None,
        port: int = 0,
        **options: Any,
    ) -> None:
        self.messages: list[Message] = []
        self.logins: list[tuple[bytes, bytes]] = []
        self.sender = sender
        self.recipient = recipient
        self.data = data
        self.login = login
        self.nobody = ""
        self.port = port or free_port()
        if login is not None:
            options |= {"auth_callback": self._check, "auth_require_tls": False, "auth_required": True}
        self._controller = Controller(self, "127.0.0.1", self.port, **options)

    def _check(self, _mechanism: str, login: bytes, password: bytes) -> bool:
        self.logins.append((login, password))
        return (login, password) == self.login

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802, ARG002 - aiosmtpd's own
        if self.sender.startswith("250"):
            envelope.mail_from = address
        return self._answer(server, self.sender)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802, ARG002 - aiosmtpd's own
        if address == self.nobody:
            return "550 5.1.1 User unknown"
        if self.recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self._answer(server, self.recipient)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802, ARG002 - aiosmtpd's own
        if self.data.startswith("250"):
            self.messages.append(message_from_bytes(envelope.content))
        return self._answer(server, self.data)

    def _answer(self, server: Any, said: str) -> str:
        if said == "hang up":
            server.transport.abort()
        return said

    def __enter__(self) -> Self:
        self._controller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
