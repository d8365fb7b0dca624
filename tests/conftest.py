"""Fixtures of all tests: a migrated database of their own on SQLite or PostgreSQL, and no network beyond loopback."""

import gettext
import os
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask

from app import passwords, services
from app.catalogue import translations
from app.clock import Clock
from app.config import Config
from app.extensions import db, limiter
from app.factory import create_app
from app.links import Links
from app.models.locales import MEDIATOR_LOCALES
from tests import effort, postgres
from tests.world import World

SECRET = "a secret of the tests, long enough"


@pytest.hookimpl(trylast=True)  # after the marks have chosen
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out cases where it has to be quick."""
    if effort.QUICK:
        items[:], left = effort.first_and_last(items)
        config.hook.pytest_deselected(items=left)


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing leaves this machine, not even by mistake."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in {"127.0.0.1", "::1", "localhost"}:
            raise PermissionError(f"a test wants to reach {address[0]}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


class _NoWords(gettext.NullTranslations):
    """What is asked for a word that the catalogues lack."""

    def gettext(self, message: str) -> str:
        """Refuse: a screen would show the key."""
        raise AssertionError(f"the catalogues have no words for {message}")

    def ngettext(self, msgid1: str, _msgid2: str, _n: int) -> str:
        """Refuse as well."""
        return self.gettext(msgid1)


@pytest.fixture(scope="session", autouse=True)
def _no_key_is_shown() -> None:
    """Keys that are put together are found missing wherever a test shows them."""
    for locale in MEDIATOR_LOCALES:
        # in place of the German words, which only readers are glad of
        vars(translations(locale))["_fallback"] = _NoWords()


@pytest.fixture(scope="session", autouse=True)
def _passwords_cost_little() -> Iterator[None]:
    """Hashing is slow on purpose; here nobody guesses, and each log in would take longer than the rest of its test."""
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHER", cheap)
        yield


def config_for(database_url: str, **settings: Any) -> Config:
    """A configuration for tests."""
    return Config(database_url=database_url, secret_key=SECRET, public_url="http://localhost", **settings)


@contextmanager
def application(database_url: str, clock: Clock | None = None) -> Iterator[Flask]:
    """An application of one's own; afterwards none of its connections is left open."""
    made = create_app(config_for(database_url), clock)
    try:
        yield made
    finally:
        closed(made)


def closed(made: Flask) -> None:
    """Close the connections of an application; it opens new ones where it is used again."""
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


def left(made: Flask) -> None:
    """Leave an application to whoever takes the next turn; no connection to a file that is overwritten stays open."""
    with made.app_context():
        db.session.remove()
        if db.engine.dialect.name == "sqlite":
            db.engine.dispose()


def migrated(database_url: str) -> None:
    """Bring an empty database to the newest revision."""
    with application(database_url) as made, made.app_context():
        flask_migrate.upgrade()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file; each test gets a copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    migrated(f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
    return path


@pytest.fixture(scope="session")
def sqlite_seat(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the SQLite file of whichever test is running lies."""
    return tmp_path_factory.mktemp("seat") / "pool.sqlite3"


@pytest.fixture
def sqlite_url(sqlite_template: Path, sqlite_seat: Path) -> str:
    """The address of a migrated, empty SQLite database of this test's own."""
    for left_over in ("-wal", "-shm"):
        sqlite_seat.with_name(sqlite_seat.name + left_over).unlink(missing_ok=True)
    shutil.copy(sqlite_template, sqlite_seat)
    return f"sqlite:///{sqlite_seat}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A server with a migrated template database."""
    try:
        with postgres.server() as address:
            migrated_template(address)
            yield address
    except postgres.NoPostgres as error:
        if os.environ.get("CI"):
            pytest.fail(f"no PostgreSQL: {error}")
        pytest.skip(f"LEFT OUT, no PostgreSQL: {error}")


def migrated_template(address: str) -> None:
    """The database every test database is a copy of."""
    postgres.on_server(address, "DROP DATABASE IF EXISTS pool_template", "CREATE DATABASE pool_template")
    migrated(f"{address}/pool_template")


@pytest.fixture(scope="session")
def postgres_seat(postgres_server: str) -> Iterator[postgres.Seat]:
    """The database of whichever test is running."""
    seat = postgres.Seat(postgres_server, f"test_of_{os.getpid()}", "pool_template")
    yield seat
    seat.drop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, applications: dict[str, Flask]) -> Iterator[str]:
    """The address of a migrated, empty database of this test's own; the test runs once on each kind."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    seat: postgres.Seat = request.getfixturevalue("postgres_seat")
    yield seat.take()
    if not seat.leave():
        # their connections ended with the database, too lately to be asked whether they are still there
        for one in applications.values():
            closed(one)


def in_haste(application: Flask) -> Flask:
    """The application on a SQLite that does not wait for the disk: a test's database need not outlive the machine."""
    with application.app_context():
        if db.engine.dialect.name == "sqlite":
            sa.event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    return application


@pytest.fixture(scope="session")
def applications() -> Iterator[dict[str, Flask]]:
    """By address the applications that tests take turns with, as requests do in a web process.

    Making one and compiling its statements costs more than what most tests do with it; so does a new connection to
    PostgreSQL, which stays open.
    """
    made: dict[str, Flask] = {}
    yield made
    for one in made.values():
        closed(one)


@contextmanager
def _turn(applications: dict[str, Flask], database_url: str) -> Iterator[Flask]:
    """The application of that address as if it were new: its settings, services and counters are."""
    if database_url not in applications:
        applications[database_url] = in_haste(create_app(config_for(postgres.staying(database_url))))
    shared = applications[database_url]
    settings, untouched = shared.config.copy(), services.of(shared)
    services.install(shared, replace(untouched, links=Links(SECRET, untouched.config.public_url)))
    limiter.reset()
    yield shared
    left(shared)
    services.install(shared, untouched)
    shared.config.clear()
    shared.config.update(settings)


@pytest.fixture
def app(database_url: str, applications: dict[str, Flask]) -> Iterator[Flask]:
    """The application on a fresh database, on SQLite and on PostgreSQL."""
    with _turn(applications, database_url) as shared:
        yield shared


@pytest.fixture
def sqlite_app(sqlite_url: str, applications: dict[str, Flask]) -> Iterator[Flask]:
    """The application on a fresh SQLite database alone; for what does not depend on the database."""
    with _turn(applications, sqlite_url) as shared:
        yield shared


@pytest.fixture
def now() -> datetime:
    """A Monday morning in November, 07:00 in Berlin."""
    return datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


@pytest.fixture
def world(app: Flask, now: datetime) -> World:
    """A small pool on both databases: see tests/world.py."""
    return World.build(app, now)


@pytest.fixture
def sqlite_world(sqlite_app: Flask, now: datetime) -> World:
    """The same small pool, on SQLite alone."""
    return World.build(sqlite_app, now)
