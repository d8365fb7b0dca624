"""Too much on the wire is refused as such, also where nobody said beforehand how much it will be."""

import shutil
import socket
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import application
from tests.real_web import Web, gunicorn
from tests.world import World

pytestmark = pytest.mark.processes
BLANKS = b" " * 100_000


@pytest.fixture(scope="module")
def service(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, str]]:
    """A real web process, and a token of its API."""
    folder = tmp_path_factory.mktemp("large")
    shutil.copy(sqlite_template, folder / "pool.sqlite3")
    address = f"sqlite:///{folder / 'pool.sqlite3'}"
    with application(address) as app:
        token = World.build(app, datetime.now(UTC)).token()
    with gunicorn(folder, address) as web:
        yield web, token


def send(web: Web, path: str, token: str, chunks: list[bytes], kind: str = "application/json") -> int:
    """POST a body in chunks, without saying how long it will be; gives the status.

    The service may answer and close before all is sent, so the answer is read whatever became of the rest.
    """
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\nAuthorization: Bearer {token}\r\n"
    with socket.create_connection(("127.0.0.1", web.port), timeout=60) as connection:
        connection.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        with suppress(OSError):
            for chunk in (*chunks, b""):
                connection.sendall(b"%x\r\n%s\r\n" % (len(chunk), chunk))
        return int(connection.recv(100).split()[1])


@pytest.mark.parametrize("path", ["/api/v1/mediators", "/api/v1/plan", "/api/v1/alerts/1/resolve"])
@pytest.mark.parametrize("chunks", [11, 100])
def test_a_body_in_chunks_is_too_large_like_any_other(service: tuple[Web, str], path: str, chunks: int) -> None:
    web, token = service
    assert send(web, path, token, [BLANKS] * chunks) == 413
    # what fits would be an object by itself, and must not be taken for the whole
    assert send(web, path, token, [b"{}", *[BLANKS] * chunks]) == 413


def test_a_form_in_chunks_is_too_large_like_any_other(service: tuple[Web, str]) -> None:
    assert send(service[0], "/login", "", [b"email=", *[BLANKS] * 11], "application/x-www-form-urlencoded") == 413


@pytest.mark.parametrize("chunks", [[b"{}"], [b"{", b"}"], [b"{}", *[b" " * 99_999] * 10]])
def test_a_body_in_chunks_that_fits_is_read(service: tuple[Web, str], chunks: list[bytes]) -> None:
    web, token = service
    assert send(web, "/api/v1/mediators", token, chunks) == 422
