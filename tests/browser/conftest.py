"""A real browser on a real server; the clock is the test's, so that nobody waits."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from werkzeug.serving import make_server

from app import demo, services
from app.worker import jobs
from app.worker.tools import Worker
from notifications.transports.local import LocalTransport
from scheduler.solve import solve
from tests.conftest import application

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


@pytest.fixture(scope="module")
def service(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The demo, served on a free port of the loopback."""
    path = tmp_path_factory.mktemp("browser") / "pool.sqlite3"
    shutil.copy(sqlite_template, path)
    with application(f"sqlite:///{path}") as app:
        yield from served(app)


def served(app: Flask) -> Iterator[Service]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    service = Service(app, f"http://127.0.0.1:{server.server_port}", datetime(2026, 11, 23, 8, 0, tzinfo=UTC))
    services.of(app).clock = lambda: service.now
    services.of(app).links.public_url = service.url
    with app.app_context():
        demo.load(services.of(app).links, service.now, progress=lambda _line: None)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield service
    server.shutdown()
    thread.join()
    server.server_close()


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
