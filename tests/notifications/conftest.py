import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from types import TracebackType
from typing import Any, Self

import pytest
from aiosmtpd.controller import Controller
from hypothesis import HealthCheck, settings

from tests.fake_twilio import FakeTwilio

# how long an example takes says more about the machine's other work than about the code
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
AUTH_TOKEN = "a-token-of-the-tests"


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

    It answers a recipient and the end of a message as told; "hang up" breaks the connection instead.
    """

    def __init__(self, recipient: str = "250 OK", data: str = "250 OK", **options: Any) -> None:
        self.messages: list[Message] = []
        self.recipient = recipient
        self.data = data
        self.port = free_port()
        self._controller = Controller(self, "127.0.0.1", self.port, **options)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802, ARG002 - aiosmtpd's own
        if self.recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802, ARG002 - aiosmtpd's own
        if self.data == "hang up":
            server.transport.abort()
        elif self.data.startswith("250"):
            self.messages.append(message_from_bytes(envelope.content))
        return self.data

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
