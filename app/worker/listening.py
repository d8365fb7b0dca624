"""Hear of work as soon as it is committed, instead of looking for it at the next sweep.

On PostgreSQL by LISTEN; on SQLite by its own count of other connections' commits, which costs microseconds to read.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Final

import structlog
from flask import Flask
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.wakeups import CHANNEL, Work

log = structlog.get_logger()

# Seconds: how often SQLite's count is read, how long PostgreSQL is listened to before looking whether to stop, and how
# long to wait before trying again where the database is away.
GLANCE: Final = 0.05
ATTENTION: Final = 1.0
AWAY: Final = 2.0

Heard = Callable[[Work], None]


def listen(app: Flask, heard: Heard, stop: threading.Event) -> None:
    """Call `heard` with each kind of work as it comes, until `stop`; a database that is away is waited for."""
    with app.app_context():
        engine = db.engine
    away = (SQLAlchemyError, engine.dialect.loaded_dbapi.Error)
    while not stop.is_set():
        try:
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                for work in _kinds(engine, connection, stop):
                    heard(work)
        except away as error:
            # the sweeps go on meanwhile, so nothing is lost
            log.warning("not_listening", error=type(error).__name__)
            stop.wait(AWAY)


def _kinds(engine: Engine, connection: Connection, stop: threading.Event) -> Iterator[Work]:
    """What there is to do, as it is heard of."""
    driver: Any = connection.connection.driver_connection
    if engine.dialect.name == "postgresql":
        return _notified(driver, stop)
    return _committed(driver, stop)


def _notified(driver: Any, stop: threading.Event) -> Iterator[Work]:
    driver.execute(f"LISTEN {CHANNEL}")
    # what was said while nobody listened
    yield from Work
    while not stop.is_set():
        for notification in driver.notifies(timeout=ATTENTION):
            # anybody on the database may send anything
            with suppress(ValueError):
                yield Work(notification.payload)
            if stop.is_set():
                return


def _committed(driver: Any, stop: threading.Event) -> Iterator[Work]:
    seen = None
    while not stop.is_set():
        (count,) = driver.execute("PRAGMA data_version").fetchone()
        if count != seen:
            seen = count
            yield from Work
        stop.wait(GLANCE)
