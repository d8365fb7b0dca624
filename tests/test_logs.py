"""No logger of the process writes out what opens a page or reaches a person."""

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog

from app import logs
from app.links import TOKEN_LENGTH
from tests.real_web import gunicorn

TOKEN = "Ab3_-" + "x7Yz" * 4 + "Q"
BEARER = "k" * 20 + "-_" + "Z" * 21
PHONE = "+4915112345678"


@pytest.fixture
def heard() -> Iterator[list[str]]:
    """What reaches a handler that formats plainly and stands at a logger which passes nothing on, as gunicorn's do."""
    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(self.format(record))
            # what a handler of another maker would look at
            said.append(repr((record.msg, record.args, record.exc_info, record.exc_text)))

    ear, logger = Ear(), logging.getLogger("somebody.elses")
    logger.addHandler(ear)
    logger.propagate = False
    yield said
    logger.removeHandler(ear)


@pytest.mark.parametrize(
    "written",
    [
        f"/o/{TOKEN}",
        f"/m/{TOKEN}",
        f"/m/{TOKEN}/times",
        f"/calendar/{TOKEN}.ics",
        f"https://pool.example.org/o/{TOKEN}?lang=en",
        f"/login?next=/o/{TOKEN}",
        f"/login?next={quote(f'/o/{TOKEN}', safe='')}",
        f"/login?next={quote(quote(f'/o/{TOKEN}', safe=''), safe='')}",
        f"Referer: https://pool.example.org/m/{TOKEN}",
        json.dumps({"path": f"/o/{TOKEN}"}).replace("/", "\\/"),
        "/o/" + "".join(f"%{ord(one):02X}" for one in TOKEN),
        f"Authorization: Bearer {BEARER}",
        f"from {PHONE} to",
        f"From=%2B{PHONE[1:]}&Body=JA",
        "0049 151 12345678",
        "0151/12345678",
        "smtp://pool:a-secret-word@mail.example.org",
    ],
)
def test_what_opens_a_page_or_reaches_a_person_is_masked(written: str, heard: list[str]) -> None:
    logs.configure()
    hidden = (TOKEN, TOKEN[1:], BEARER, PHONE[1:], "12345678", "a-secret-word", "%41%62%33")
    logger = logging.getLogger("somebody.elses")
    logger.error(written)
    logger.error("asked for %s", written)
    logger.error("asked for %(r)s", {"r": written})
    logger.error("failed", exc_info=ValueError(written))
    assert len(heard) == 8
    for line in heard:
        assert "…" in line
        assert not [one for one in hidden if one in line]


@pytest.mark.parametrize(
    "harmless", ["/appointments/17", "/o/", "2026-11-25T10:00:00+01:00", "[2026-11-25 00:31:21 +0000] [32723]"]
)
def test_what_tells_nothing_stays_readable(harmless: str) -> None:
    assert logs.mask(harmless) == harmless


@pytest.fixture
def afresh() -> Iterator[None]:
    """Afterwards logs go where everybody else's go again."""
    yield
    logs.configure()


def test_our_own_lines_are_masked_however_deep_it_hides(afresh: None, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    structlog.get_logger().warning("something", about={"ways": [f"/o/{TOKEN}", PHONE]}, path=f"/m/{TOKEN}")
    said = capsys.readouterr().err
    assert TOKEN not in said
    assert "12345" not in said
    assert json.loads(said.splitlines()[-1])["event"] == "something"


def test_a_thread_that_dies_says_so_masked(heard: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.__excepthook__)
    logs.configure()
    ear = logging.getLogger("somebody.elses").handlers[0]
    logging.getLogger("app").addHandler(ear)

    def die() -> None:
        raise ValueError(f"/o/{TOKEN}")

    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    logging.getLogger("app").removeHandler(ear)
    assert any("ValueError: /o/…" in line for line in heard)
    assert not any(TOKEN in line for line in heard)


@pytest.mark.processes
def test_a_crash_under_gunicorn_tells_no_token(sqlite_template: Path, tmp_path: Path) -> None:
    assert len(TOKEN) == TOKEN_LENGTH
    options = ("--access-logfile", "-", "--log-level", "debug")
    with gunicorn(tmp_path, f"sqlite:///{sqlite_template}", *options, app="tests.crashing:app") as web:
        for path in (
            f"/o/{TOKEN}",
            f"/m/{TOKEN}",
            f"/calendar/{TOKEN}.ics",
            f"/login?next=%2Fo%2F{TOKEN}&phone={PHONE}",
        ):
            headers = {"Referer": f"https://pool.example.org/o/{TOKEN}", "Authorization": f"Bearer {BEARER}"}
            assert web.status(path, **headers) == 500
    said = web.errors.read_text()
    assert said.count("RuntimeError: no idea what to do with") == 4
    assert "GET /o/… HTTP" in said, "the access log is written, too"
    for secret in (TOKEN, BEARER, PHONE, PHONE[1:]):
        assert secret not in said


@pytest.mark.processes
def test_a_service_without_its_tables_answers_with_a_page_and_tells_no_token(tmp_path: Path) -> None:
    with gunicorn(tmp_path, f"sqlite:///{tmp_path}/empty.sqlite3") as web:
        assert web.status(f"/o/{TOKEN}?endpoint=x&_external=1") == 500
    said = web.errors.read_text()
    assert "no such table" in said
    assert TOKEN not in said
