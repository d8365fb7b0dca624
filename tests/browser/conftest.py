"""A real browser on a real server; the clock is the test's, so that nobody waits."""

import shutil
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from app import demo, services
from app.models import Pool
from app.transaction import reading
from app.worker import jobs
from app.worker.tools import Worker
from notifications.transports.local import LocalTransport
from scheduler.solve import solve
from tests.conftest import application

MORNING = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
PASSWORD = "demo-demo-demo-demo"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass
class Ways:
    """Messages stay in the house, as in the demo."""

    sms: LocalTransport
    mail: LocalTransport
    voice: LocalTransport


@dataclass
class Service:
    """A running service with the demo pools: its address, its clock, its worker."""

    app: Flask
    url: str
    now: datetime

    def work(self) -> None:
        """Let the worker do everything that is due."""
        ways = Ways(LocalTransport(), LocalTransport(), LocalTransport())
        links = services.of(self.app).links
        jobs.run_once(Worker("browser test", self.app, lambda: self.now, ways, links, solve))

    def log_in(self, page: Page, role: str) -> None:
        """Log in as a demo account of that role."""
        page.goto(f"{self.url}/login")
        page.get_by_label("E-Mail").fill(f"{role}@beckum.example")
        page.get_by_label("Passwort").fill(PASSWORD)
        page.locator("main").get_by_role("button", name="Anmelden").click()


def beckum(service: Service) -> int:
    """The demo pool everybody logs in to."""
    with service.app.app_context():
        return reading(None).execute(select(Pool.id).where(Pool.key == "beckum")).scalar_one()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("no Chromium: make test installs it where it may")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        yield chromium
        chromium.close()


class Turns:
    """What a server answers with: the application whose turn it is."""

    app: Flask

    def __call__(self, environment: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        return self.app(environment, start_response)


@pytest.fixture(scope="session")
def turns() -> Iterator[tuple[Turns, str]]:
    """A server on a free port of the loopback, and its address, which all modules share as they share the demo."""
    turns = Turns()
    server = make_server("127.0.0.1", 0, turns, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield turns, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def demo_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, turns: tuple[Turns, str]) -> Path:
    """A file with the demo as it is at `MORNING`; inventing it takes longer than most modules."""
    path = tmp_path_factory.mktemp("demo") / "template.sqlite3"
    shutil.copy(sqlite_template, path)
    with application(f"sqlite:///{path}") as app, app.app_context():
        services.of(app).links.public_url = turns[1]
        demo.load(services.of(app).links, MORNING, progress=lambda _line: None)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="module")
def service(
    demo_template: Path, tmp_path_factory: pytest.TempPathFactory, turns: tuple[Turns, str]
) -> Iterator[Service]:
    """The demo, served to this module alone."""
    path = tmp_path_factory.mktemp("browser") / "pool.sqlite3"
    shutil.copy(demo_template, path)
    with application(f"sqlite:///{path}") as app:
        turns[0].app = app
        service = Service(app, turns[1], MORNING)
        services.of(app).clock = lambda: service.now
        services.of(app).links.public_url = service.url
        yield service


@pytest.fixture(params=[390, 1280], ids=["phone", "desk"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page at the width of a phone and of a desk; what the browser complains about fails the test."""
    context = browser.new_context(viewport={"width": request.param, "height": 844}, locale="de-DE")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    # a page that says 410 or 422 is one the browser logs, and one we want
    assert [one for one in complaints if "status of 4" not in one] == []
