"""On a PostgreSQL with years behind it, no page and no sweep reads a large table from end to end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.orm import Session

from app import services, tenancy
from app.extensions import db
from app.journey import (
    asking_afterwards,
    begins_soon,
    closing,
    leading,
    matching,
    offering,
    reconfirming,
    running_out,
    undelivered,
)
from app.journey.locks import request_plan
from app.journey.telling import delivery_health
from app.journey.timing import learning
from app.journey.timing.contact_hours import Limits
from app.models import Appointment, Pool
from app.outbox import queue, receipts, reconciliation
from app.registry import application_decisions
from app.transaction import transaction
from app.worker import planning
from app.worker.tools import Worker
from benchmarks.large_pool import fill
from benchmarks.pages import PAGES, Visits, opened
from benchmarks.request_history import NOW
from scheduler.solve import solve
from tests.postgres import on_server
from tests.world import Ways

pytestmark = pytest.mark.postgres
SCALE = 4
LARGE = frozenset({"appointment", "offer", "assignment", "message", "event", "link", "requester_link", "plan_run"})
# what is asked for is so much of a table that reading it from end to end is the shortest way: all years, the last page
WHOLE = frozenset({"/statistics?from=2022-01&to=2026-12", "/api/v1/appointments?page=1000"})
NAME = "test_of_plans"
Sweep = Callable[[Session], object]


@dataclass
class Asked:
    """Statements as the database gets them."""

    statements: dict[str, Any] = field(default_factory=dict)

    def note(self, _connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        self.statements.setdefault(statement, parameters)

    def scans(self) -> list[str]:
        """Those that read a large table from end to end."""
        asked, found = dict(self.statements), []
        with db.engine.connect() as connection:
            for statement, parameters in asked.items():
                if statement.startswith("SELECT count(*) AS count_1 \nFROM (SELECT"):
                    # a list of the API says how many there are in all, which is to count them
                    continue
                if statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
                    explained = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
                    if read := LARGE & set(_read_whole(explained.scalar_one()[0]["Plan"])):
                        found.append(f"{', '.join(sorted(read))}: {statement} {parameters}")
        return found


def _read_whole(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from _read_whole(part)


@pytest.fixture(scope="module")
def large(postgres_server: str) -> Iterator[Flask]:
    """The service on a large pool."""
    on_server(postgres_server, f"DROP DATABASE IF EXISTS {NAME}", f"CREATE DATABASE {NAME} TEMPLATE pool_template")
    with opened(f"{postgres_server}/{NAME}") as app:
        with app.app_context(), db.engine.begin() as connection:
            fill(connection, SCALE)
        yield app
    on_server(postgres_server, f"DROP DATABASE {NAME} WITH (FORCE)")


@pytest.fixture(scope="module")
def visits(large: Flask) -> Visits:
    """Somebody of each kind who looks at pages."""
    return Visits(large)


@pytest.fixture
def asked(large: Flask) -> Iterator[Asked]:
    """What the database is asked meanwhile."""
    noted = Asked()
    with large.app_context():
        engine = db.engine
        sa.event.listen(engine, "before_cursor_execute", noted.note)
        yield noted
        sa.event.remove(engine, "before_cursor_execute", noted.note)
        db.session.remove()


@pytest.mark.parametrize(("who", "page"), [(who, page) for who, pages in PAGES.items() for page in pages])
def test_no_page_reads_a_large_table_from_end_to_end(visits: Visits, asked: Asked, who: str, page: str) -> None:
    answer = visits.visit(who, page)
    assert answer.status_code == 200, answer.text
    if page not in WHOLE:
        assert asked.scans() == []


def _worker() -> Worker:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # a proxy that Flask types as the app
    return Worker("test", app, lambda: NOW, Ways(), services.links(), solve)


def _sought(session: Session) -> list[int]:
    coming = sa.select(Appointment.id).where(Appointment.pool_id == 1, Appointment.starts_at > NOW)
    return list(session.scalars(coming.order_by(Appointment.starts_at).limit(5)))


SWEEPS: dict[str, Sweep] = {
    "overdue questions": lambda session: offering.overdue(session, NOW),
    "unreachable people": offering.unreachable,
    "waves": lambda session: offering.due_again(session, NOW),
    "dates that waited": lambda session: leading.due(session, NOW),
    "what is over": lambda session: closing.past(session, NOW),
    "failures": undelivered.unsettled,
    "silent calls": lambda session: receipts.end_silent_calls(session, NOW),
    "silence": lambda session: reconfirming.silent(session, NOW),
    "who is to be asked how it was": lambda session: asking_afterwards.due(session, NOW),
    "what begins soon": lambda session: begins_soon.due(session, NOW),
    "what has begun": lambda session: begins_soon.over(session, NOW),
    "what runs out": lambda session: running_out.due(session, NOW),
    "what is renewed": lambda session: running_out.over(session, NOW),
    "applications to be forgotten": lambda session: application_decisions.due(session, NOW),
    "an application with its messages": lambda session: application_decisions.forget(session, NOW, services.links(), 1),
    "health of delivery": lambda session: delivery_health.watch(session, NOW, services.links(), 1),
    "limits": lambda session: Limits.of(session, NOW, [session.get_one(Pool, 1)], range(1, 40), rings=True),
    "requests placed at once": lambda session: matching.snapshots_around(session, NOW, {1: _sought(session)}),
    "unknown outcomes": lambda session: reconciliation.recover(session, NOW, "test", frozenset()),
    "the next message": lambda session: queue.next_due(session, NOW),
    "a wish for a plan": lambda session: request_plan(session, NOW, "test", 1),
    "wishes for plans": lambda _: planning.wish_for_plans(_worker()),
    "what is to be learned": lambda session: learning.outdated(session, NOW),
}


@pytest.mark.parametrize("name", SWEEPS)
def test_no_sweep_reads_a_large_table_from_end_to_end(asked: Asked, name: str) -> None:
    with transaction(1) as session, tenancy.across_pools(session):
        SWEEPS[name](session)
        session.rollback()
    assert asked.statements
    assert asked.scans() == []
