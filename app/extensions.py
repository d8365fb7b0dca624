"""The Flask extensions, as objects only; factory.py wires them to an application."""

import math
import os
import sqlite3
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask_babel import Babel
from flask_compress import Compress
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, event, func, select
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from app.models import Base
from app.models.functions import teach_sqlite

db = SQLAlchemy(metadata=Base.metadata)
migrate = Migrate()
login = LoginManager()
babel = Babel()
compress = Compress()
# counts the load of each process; wrong guesses are counted in the database (app/rate_limits.py)
limiter = Limiter(key_func=get_remote_address)
csrf = CSRFProtect()

READ_ONLY = "pool_read_only"
# Seconds to wait for SQLite's one write lock: a late answer is better than a lost one.
PATIENCE = 20
# Seconds for a PostgreSQL server to answer the door; one that swallows packets would hold a thread for ever.
ANSWERS_WITHIN = 5
# Seconds; what rested for less is not asked whether its server is still there, which costs as much as a statement.
RESTED = 1.0
# Kept open at most; a worker has more than fifteen threads, of which few are busy at once.
CONNECTIONS = 10


def tune_sqlite(engine: Engine) -> None:
    """Give SQLite the settings under which check-then-insert is safe (measured: 0 overlaps in 1,600 races).

    A transaction takes the write lock when it begins, unless its connection is marked READ_ONLY; then it reads a
    snapshot, and a write in it is refused by the database.
    """

    @event.listens_for(engine, "do_connect")
    def keep_private(_dialect: object, _record: object, where: list[str], _options: object) -> None:
        # SQLite would make it readable for everybody on the machine; what it makes beside it gets the mode of this one
        if not where[0].startswith((":memory:", "file:")):
            _make_private(where[0])

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        patience = f"busy_timeout = {PATIENCE * 1000}"
        for pragma in ("journal_mode = WAL", patience, "synchronous = FULL", "foreign_keys = ON"):
            connection.execute(f"PRAGMA {pragma}")
        teach_sqlite(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        read_only = bool(connection.get_execution_options().get(READ_ONLY))
        connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if read_only else 'OFF'}")
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


def ask_rested(engine: Engine) -> None:
    """Let a connection that rested be asked whether its server is still there, and be replaced where it is not."""

    @event.listens_for(engine, "checkin")
    def rest(_connection: object, record: ConnectionPoolEntry) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        if time.monotonic() - record.info.get("rests_since", math.inf) < RESTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _make_private(name: str) -> None:
    """Take a database file from everybody else's eyes; whatever is in the way, SQLite itself will say it better.

    A file that is there is not opened, only named: closing it would drop every lock that this process holds on it,
    and two processes would write at once (sqlite.org/howtocorrupt.html, 2.2).
    """
    with suppress(OSError):
        os.close(os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    for path in (Path(name), Path(f"{name}-wal"), Path(f"{name}-shm")):
        with suppress(OSError):
            path.chmod(0o600)


def database_time(engine: Engine) -> datetime:
    """The time of a PostgreSQL server."""
    with engine.connect() as connection:
        found: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
    return found.astimezone(UTC)


def engine_options(database_url: str) -> dict[str, Any]:
    """What create_engine needs for this database beside the address."""
    # names and numbers stand among a statement's parameters, and what fails is logged
    quiet: dict[str, Any] = {"hide_parameters": True}
    room = {**quiet, "pool_size": CONNECTIONS, "max_overflow": CONNECTIONS}
    if database_url in {"sqlite://", "sqlite:///:memory:"}:
        return quiet
    if database_url.startswith("sqlite"):
        return {**room, "connect_args": {"timeout": PATIENCE}}
    return {**room, "connect_args": {"connect_timeout": ANSWERS_WITHIN}}
