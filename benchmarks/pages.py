"""Every page and every GET of the API on pools of several sizes: milliseconds, CPU and statements of each.

    python -m benchmarks.pages postgresql+psycopg://USER@127.0.0.1:5432 --scales 1,10,100

makes a database `large_pool_SCALE` for each size where there is none (see benchmarks/large_pool.py; a hundred takes
some minutes) and writes pages.md and, with the dependency group bench, pages.svg. CPU is that of the web process; the
time the database takes stands in the milliseconds.
"""

import argparse
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import services
from app.config import Config
from app.extensions import db, limiter
from app.factory import create_app
from app.insight import forecast, forecast_input
from app.journey.history import SERVICE
from app.models import (
    Appointment,
    AppointmentStatus,
    Assignment,
    ForecastRun,
    Heartbeat,
    LinkKind,
    Mediator,
    Message,
    Offer,
    OfferStatus,
    Pool,
    Role,
)
from app.registry import accounts
from app.registry.accounts import TokenData
from app.transaction import transaction
from app.worker import apart
from benchmarks.large_pool import ADDRESS, PASSWORD, SECRET, make
from benchmarks.request_history import NOW

HERE: Final = Path(__file__).parent
TIMES: Final = 7
# beyond this nobody waits gladly
MOST_MS: Final = 300
_TOKEN: Final = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"|value="([^"]+)"[^>]* name="csrf_token"')
# who asks -> what; {names} are filled in from the pool
PAGES: Final[Mapping[str, Sequence[str]]] = {
    "coordinator": (
        "/board", "/board/rows", "/board/rows?language={language}", "/board?q=AZ", "/board?all=1", "/board?page=20",
        "/board/{open}/candidates", "/coverage", "/coverage?view=free", "/coverage?view=past", "/coverage.csv",
        "/coverage?view=past&mode=phone&topic=medical", "/coverage?mode=on_site&topic=medical",
        "/coverage/{language}/wed/10:00", "/coverage/report", "/recruiting", "/gaps", "/mediators",
        "/mediators?language={language}", "/mediators?renew=1", "/mediators/{mediator}", "/mediators/new",
        "/announcements", "/announcements/new", "/messages",
        "/messages?after={message}", "/messages?status=failed", "/messages?channel=email",
        "/messages?appointment={done}", "/statistics", "/statistics?from=2022-01&to=2026-12", "/statistics.csv",
        "/settings", "/appointments?show=past", "/appointments?show=past&after={long_ago}", "/appointments",
        "/appointments/new", "/appointments/bulk", "/appointments/{done}",
        "/appointments/{open}", "/appointments/{open}/status", "/appointments/{open}/edit", "/phone", "/phone/rows",
        "/account/password",
    ),
    "admin": (
        "/settings/accounts", "/settings/accounts/new", "/settings/accounts/1", "/settings/tokens",
        "/settings/organisations/1", "/settings/organisations/new", "/settings", "/settings/neighbours",
        "/appointments/templates",
    ),
    "staff": (
        "/appointments", "/appointments?show=past", "/appointments/new", "/appointments/bulk", "/appointments/{own}",
        "/appointments/{own}/status",
    ),
    "nobody": ("/login", "/healthz", "/readyz", "/metrics", "{offer}", "{own_page}", "{own_page}/open",
               "{own_page}/times", "/m"),
    "token": (
        "/api/v1/openapi.json", "/api/v1/languages", "/api/v1/alerts", "/api/v1/appointments",
        "/api/v1/appointments?page=1000", "/api/v1/appointments?status=open",
        "/api/v1/appointments?language={language}",
        "/api/v1/appointments?from=2026-11-23&to=2026-11-30", "/api/v1/appointments/{done}",
        "/api/v1/appointments/{open}/candidates", "/api/v1/appointments/{open}/offers", "/api/v1/mediators",
        "/api/v1/mediators/{mediator}", "/api/v1/organisations", "/api/v1/organisations/1", "/api/v1/messages",
        "/api/v1/messages?page=1000", "/api/v1/messages?status=failed", "/api/v1/messages?mediator={mediator}",
        "/api/v1/messages?channel=email", "/api/v1/messages?kind=offer", "/api/v1/plan", "/api/v1/coverage",
        "/api/v1/coverage?from=2025-11-24&to=2026-11-22", "/api/v1/recruiting", "/api/v1/statistics",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """One page on one pool: medians of some visits."""

    who: str
    page: str
    scale: float
    status: int
    ms: float
    cpu_ms: float
    statements: int
    kilobytes: float


class Visits:
    """Asks for pages as somebody, and counts what the database is asked."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._count = 0
        with app.app_context():
            sa.event.listen(db.engine, "before_cursor_execute", self._one_more)
            self._names = _names()
            bearer = _bearer()
        self._clients = {who: _client(app, who) for who in PAGES}
        self._headers = {"token": {"Authorization": f"Bearer {bearer}"}}

    def _one_more(self, *_: object) -> None:
        self._count += 1

    def measure(self, scale: float, times: int, wanted: str = "") -> Iterator[Figure]:
        """All pages, or those whose address contains what is `wanted`, one after another."""
        for who, pages in PAGES.items():
            for page in pages:
                if wanted in page:
                    yield self._one(who, page, scale, times)

    def visit(self, who: str, page: str) -> TestResponse:
        """Ask for one of PAGES."""
        return self._clients[who].get(self.path(page), headers=self._headers.get(who))

    def path(self, page: str) -> str:
        """Where one of PAGES is."""
        return page.format(**self._names)

    def _one(self, who: str, page: str, scale: float, times: int) -> Figure:
        self.visit(who, page)
        wall, cpu = [], []
        for _ in range(times):
            self._count = 0
            began, worked = time.perf_counter(), time.process_time()
            answer = self.visit(who, page)
            wall.append(1000 * (time.perf_counter() - began))
            cpu.append(1000 * (time.process_time() - worked))
        return Figure(
            who, page, scale, answer.status_code, median(wall), median(cpu), self._count, len(answer.data) / 1000
        )


def _names() -> dict[str, Any]:
    """Rows whose pages are looked at, and the paths of two links."""
    links = services.links()
    with transaction(1) as session:
        rows = select(Appointment.id).order_by(Appointment.starts_at, Appointment.id)
        done = rows.where(Appointment.status == AppointmentStatus.DONE)
        asking = rows.where(Appointment.status == AppointmentStatus.OFFERING, Appointment.starts_at > NOW)
        own = rows.where(Appointment.organisation_id == 1, Appointment.starts_at > NOW)
        sent = select(Offer).join(Appointment).where(Offer.status == OfferStatus.SENT, Offer.due_at > NOW)
        offer = _first(session, sent.order_by(Offer.id.desc()))
        session.merge(Heartbeat(worker="bench", started_at=NOW, seen_at=NOW))
        person = _first(session, select(Mediator).join(Assignment).order_by(Assignment.id.desc()))
        return {
            "language": _first(
                session, select(Appointment.language).group_by(Appointment.language).order_by(sa.func.count().desc())
            ),
            "done": _first(session, done.order_by(None).order_by(Appointment.starts_at.desc())),
            "open": _first(session, asking),
            "own": _first(session, own),
            "mediator": person.id,
            "message": (session.scalar(select(sa.func.max(Message.id))) or 0) // 2,
            "long_ago": (session.scalar(select(sa.func.max(Appointment.id))) or 0) // 2,
            "offer": _path(links.url(links.issue(session, NOW, LinkKind.OFFER, offer.mediator, offer))),
            "own_page": _path(links.url(links.issue(session, NOW, LinkKind.MEDIATOR, person))),
        }


def _path(url: str) -> str:
    return url.removeprefix(ADDRESS)


def _first(session: Session, rows: Any) -> Any:
    return session.scalars(rows.limit(1)).one()


def _bearer() -> str:
    with transaction(1) as session:
        return accounts.create_token(session, NOW, TokenData(Role.COORDINATOR.value, None, "bench", 30), SERVICE)[1]


def _client(app: Flask, who: str) -> FlaskClient:
    client = app.test_client()
    if who in {one.value for one in Role}:
        found = _TOKEN.search(client.get("/login").text)
        token = found and (found[1] or found[2])
        sent = {"email": f"{who}@large.example", "password": PASSWORD, "csrf_token": token}
        if client.post("/login", data=sent).status_code != 302:
            raise RuntimeError(f"{who} is not let in")
    return client


@contextmanager
def opened(address: str) -> Iterator[Flask]:
    """The service on that database; the time is the pool's, and nobody is told to come later."""
    app = create_app(Config(database_url=address, secret_key=SECRET, public_url=ADDRESS), lambda: NOW)
    limiter.enabled = False
    try:
        yield app
    finally:
        limiter.enabled = True
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def database(server: str, scale: float) -> str:
    """The address of the pool of that size, made where there is none yet."""
    name = f"large_pool_{scale:g}".replace(".", "_")
    engine = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        known = connection.scalar(sa.text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name})
        if not known:
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    if not known:
        print(f"filling {name}", flush=True)
        make(f"{server}/{name}", scale)
    return f"{server}/{name}"


def foretell(app: Flask) -> str:
    """Make the pool's forecast, if there is none, as a worker does; gives how long that took."""
    with app.app_context(), transaction(1) as session:
        pool = session.get_one(Pool, 1)
        if forecast.latest(session, pool) is not None:
            return "forecast: there already"
        began = time.perf_counter()
        known = forecast_input.read(session, NOW, pool)
        read = time.perf_counter()
        found = apart.look_ahead(known.problem, known.history)
        session.add(ForecastRun(started_at=NOW, finished_at=NOW, claimed_by="bench", result=found.to_json()))
        people, requests = len(known.problem.mediators), len(known.history.requests)
        return (
            f"forecast of {people} people after {requests} requests: {read - began:.1f} s to read, "
            f"{time.perf_counter() - read:.1f} s to play"
        )


def table(figures: Sequence[Figure]) -> str:
    """One line a page: at each size milliseconds, of which CPU of the web process, and statements."""
    scales = sorted({one.scale for one in figures})
    heads = "".join(f" {scale:g}× ms (CPU) | statements |" for scale in scales)
    lines = [f"| page | who |{heads}", "|---|---|" + "---:|---:|" * len(scales)]
    for who, pages in PAGES.items():
        for page in pages:
            own = {one.scale: one for one in figures if (one.who, one.page) == (who, page)}
            cells = [_cell(one) for scale in scales if (one := own.get(scale))]
            if cells:
                lines.append(f"| `{page}` | {who} |{''.join(cells)}")
    return "\n".join(lines)


def _cell(one: Figure) -> str:
    refused = f" HTTP {one.status}" if one.status >= 400 else ""
    return f" {one.ms:.0f} ({one.cpu_ms:.0f}){refused} | {one.statements} |"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write the table; 1 if a page is slower than it may be."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description="Pages on large pools.")
    parser.add_argument("server", help="address of a PostgreSQL server, without a database")
    parser.add_argument("--scales", default="1,10,100")
    parser.add_argument("--times", type=int, default=TIMES)
    parser.add_argument("--only", default="", help="part of an address")
    parser.add_argument("--output", type=Path, default=HERE)
    options = parser.parse_args(arguments)
    figures: list[Figure] = []
    load = os.getloadavg()[0]
    for scale in (float(one) for one in options.scales.split(",")):
        with opened(database(options.server, scale)) as app:
            print(f"{scale:3g}x {foretell(app)}", flush=True)
            for one in Visits(app).measure(scale, options.times, options.only):
                took = (
                    f"{one.ms:8.1f} ms {one.cpu_ms:8.1f} ms CPU {one.statements:4} statements {one.kilobytes:7.1f} kB"
                )
                print(f"{scale:3g}x {one.who:12} {one.page:55} {one.status} {took}", flush=True)
                figures.append(one)
    said = f"Load average {load:.1f} to {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n\n{table(figures)}\n"
    if not options.only:
        (options.output / "pages.md").write_text(f"# Pages on large pools\n\n{said}", encoding="utf-8")
    print(said)
    return int(any(one.ms > MOST_MS or one.status >= 400 for one in figures))


if __name__ == "__main__":
    sys.exit(main())
