"""What a yes costs beside a bare Flask that inserts one row: CPU, statements, and how many each takes in a second.

    python -m benchmarks.yes postgresql+psycopg://USER@127.0.0.1:5432

makes a pool of its own (see benchmarks/large_pool.py) and answers questions in it, each by the POST of the offer's
page; the bare one takes a POST after each of them, through the same test client. Milliseconds are medians.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import median
from typing import Final

import sqlalchemy as sa
from flask import Flask, request
from flask.testing import FlaskClient

from app import services
from app.extensions import db
from app.models import Appointment, LinkKind, Offer, OfferStatus
from app.transaction import transaction
from app.web.form_token import form_token
from benchmarks.large_pool import make
from benchmarks.pages import opened
from benchmarks.request_history import NOW

DATABASE: Final = "yes_bench"
SCALE: Final = 20
WARM: Final = 30
MOST_STATEMENTS, MOST_CPU, LEAST_SHARE = 25, 12.0, 0.25


@dataclass
class Cost:
    """Milliseconds of each POST, and of the processor."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def post(self, client: FlaskClient, address: str, form: dict[str, str], wanted: int) -> None:
        """Post once; raises RuntimeError for an answer that was not wanted."""
        began, worked = time.perf_counter(), time.process_time()
        status = client.post(address, data=form).status_code
        self.cpu.append(1000 * (time.process_time() - worked))
        self.wall.append(1000 * (time.perf_counter() - began))
        if status != wanted:
            raise RuntimeError(f"{address}: {status}")


def bare(engine: sa.Engine) -> Flask:
    """As little as takes a form and keeps it: one route, one INSERT, one transaction."""
    app = Flask("bare")
    answers = sa.Table(
        "bare_answer",
        sa.MetaData(),
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("said", sa.String(20)),
        sa.Column("at", sa.DateTime(timezone=True)),
    )
    answers.create(engine)

    @app.post("/o/<token>")
    def answer(token: str) -> tuple[str, int]:
        with engine.begin() as connection:
            connection.execute(answers.insert().values(said=request.form["answer"], at=datetime.now(UTC)))
        return token, 200

    return app


def questions(app: Flask) -> list[tuple[str, str]]:
    """Address and form token of one open question about each appointment to come."""
    links, found = services.of(app).links, {}
    with app.app_context(), transaction(1) as session:
        out = sa.select(Offer).join(Appointment).where(Offer.status == OfferStatus.SENT, Offer.due_at > NOW)
        for offer in session.scalars(out.where(Appointment.starts_at > NOW).order_by(Offer.id)):
            link = links.issue(session, NOW, LinkKind.OFFER, offer.mediator, offer)
            found[offer.appointment_id] = (links.url(link).removeprefix(links.public_url), form_token(link.id))
    return list(found.values())


def _anew(server: str) -> str:
    engine = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {DATABASE}")
        connection.exec_driver_sql(f"CREATE DATABASE {DATABASE}")
    engine.dispose()
    make(f"{server}/{DATABASE}", SCALE)
    return f"{server}/{DATABASE}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what each costs; 1 if a yes costs more than it may."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.yes", description="A yes beside a bare INSERT.")
    parser.add_argument("server", help="address of a PostgreSQL server, without a database")
    address = _anew(parser.parse_args(arguments).server)
    ours, theirs, statements = Cost(), Cost(), 0

    def one_more(*_: object) -> None:
        nonlocal statements
        statements += 1

    with opened(address) as app:
        engine = sa.create_engine(address)
        client, beside = app.test_client(), bare(engine).test_client()
        asked = questions(app)
        for number, (where, token) in enumerate(asked):
            if number == WARM:
                ours, theirs = Cost(), Cost()
                with app.app_context():
                    sa.event.listen(db.engine, "before_cursor_execute", one_more)
            # who says yes twice at one time is refused: the first of each appointment, in order of their questions
            ours.post(client, where, {"answer": "accept", "csrf_token": token}, 303)
            theirs.post(beside, where, {"answer": "accept"}, 200)
        engine.dispose()
    count = len(ours.cpu)
    each, cpu, share = statements / count, median(ours.cpu), median(theirs.wall) / median(ours.wall)
    print(f"{count} yeses: {each:.1f} statements, {cpu:.1f} ms CPU, {median(ours.wall):.1f} ms")
    print(
        f"bare INSERT: {median(theirs.cpu):.1f} ms CPU, {median(theirs.wall):.1f} ms; a yes runs at {share:.2f} of it"
    )
    print(f"load average {os.getloadavg()[0]:.1f}")
    return int(each > MOST_STATEMENTS or cpu > MOST_CPU or share < LEAST_SHARE)


if __name__ == "__main__":
    sys.exit(main())
