"""How long the form waits for an answer to a change, in a pool of a thousand people."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import db
from app.insight.chance_input import GERMAN
from app.models import Skill
from app.transaction import reading
from benchmarks import large_pool
from benchmarks.large_pool import PASSWORD
from benchmarks.pages import opened
from benchmarks.request_history import NOW

# times 10 mediators; so many appointments of five years, and those of four weeks ahead
SCALE, APPOINTMENTS = 100.0, 30
TIMES: Final = 15
# what a person takes for at once
MOST_MS: Final = 100
_TOKEN: Final = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')


@dataclass(frozen=True)
class Wait:
    """A language, how many speak it, milliseconds until the panel is there and of these CPU of the web process."""

    language: str
    people: int
    ms: float
    cpu_ms: float
    statements: int


def waits(server: str | None) -> list[Wait]:
    """On a new database of that PostgreSQL server, dropped afterwards; on a SQLite file where none is named."""
    if server is None:
        with TemporaryDirectory() as folder:
            return list(_measured(f"sqlite:///{folder}/pool.sqlite3"))
    engine = sa.create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS chances_bench")
        connection.exec_driver_sql("CREATE DATABASE chances_bench")
        try:
            return list(_measured(f"{server}/chances_bench"))
        finally:
            connection.exec_driver_sql("DROP DATABASE chances_bench WITH (FORCE)")


def _measured(address: str) -> Iterator[Wait]:
    large_pool.make(address, SCALE, appointments=APPOINTMENTS)
    with opened(address) as app:
        with app.app_context():
            with db.engine.begin() as connection:
                connection.exec_driver_sql("ANALYZE")
            said = reading(1).scalars(select(Skill.language).where(Skill.language != GERMAN))
            spoken = Counter(said).most_common()
        client = app.test_client()
        _log_in(client)
        for language, people in spoken[:: max(1, len(spoken) // 8)]:
            yield _wait(app, client, language, people)


def _log_in(client: FlaskClient) -> None:
    sent = {"email": "staff@large.example", "password": PASSWORD, "csrf_token": _token(client.get("/login").text)}
    if client.post("/login", data=sent).status_code != 302:
        raise RuntimeError("staff is not let in")


def _token(page: str) -> str:
    found = _TOKEN.search(page)
    return found[1] if found else ""


def _wait(app: Flask, client: FlaskClient, language: str, people: int) -> Wait:
    said: list[object] = []
    with app.app_context():
        engine = db.engine

    def note(*told: object) -> None:
        said.append(told)

    typed = {
        "csrf_token": _token(client.get("/appointments/new").text),
        "language": language,
        "time": "10:00",
        "duration": "60",
        "place": "phone",
        "mediators_needed": "1",
    }
    wall, cpu = [], []
    sa.event.listen(engine, "before_cursor_execute", note)
    for number in range(TIMES):
        day = NOW + timedelta(days=1 + number)
        began, worked = time.perf_counter(), time.process_time()
        answer = client.post("/appointments/chance", data=typed | {"date": f"{day:%Y-%m-%d}"})
        wall.append(1000 * (time.perf_counter() - began))
        cpu.append(1000 * (time.process_time() - worked))
        if "pool-ask__figure" not in answer.text:
            raise RuntimeError(f"no chance for {language}: {answer.status_code}")
    sa.event.remove(engine, "before_cursor_execute", note)
    return Wait(language, people, median(wall), median(cpu), len(said) // TIMES)
