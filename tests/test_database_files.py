"""The embedded database is a file with people's numbers in it: for whoever runs the service, and nobody else."""

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.extensions import db
from tests.conftest import application


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Flask]:
    """The service on a database file that is not there yet."""
    with application(f"sqlite:///{tmp_path / 'pool.sqlite3'}") as app:
        yield app


def modes(folder: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def write(app: Flask) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS x (y)")


def test_what_sqlite_makes_is_for_nobody_else(fresh: Flask, tmp_path: Path) -> None:
    write(fresh)
    assert modes(tmp_path) == {"pool.sqlite3": 0o600, "pool.sqlite3-wal": 0o600, "pool.sqlite3-shm": 0o600}


# somebody else who wants to write, and does not wait
INTRUDER = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None)
try:
    connection.execute("BEGIN IMMEDIATE")
except sqlite3.OperationalError as error:
    print(error)
else:
    print("may write beside us")
"""


def test_a_new_connection_leaves_the_write_lock_of_another_to_it(fresh: Flask, tmp_path: Path) -> None:
    # closing any descriptor of a file drops all locks that this process has on it: two would write at once, and what
    # one of them has committed would be gone
    write(fresh)
    with fresh.app_context(), db.engine.begin() as writing:
        writing.exec_driver_sql("INSERT INTO x VALUES (1)")
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as another:
            assert another.connection.driver_connection is not writing.connection.driver_connection
            command = [sys.executable, "-c", INTRUDER, str(tmp_path / "pool.sqlite3")]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.strip() == "database is locked"


def test_what_was_made_more_openly_before_is_closed(fresh: Flask, tmp_path: Path) -> None:
    for name in ("pool.sqlite3", "pool.sqlite3-wal"):
        (tmp_path / name).touch(0o644)
    write(fresh)
    assert set(modes(tmp_path).values()) == {0o600}
