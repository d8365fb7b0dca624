"""Work is heard of as soon as it is committed; what is not ours is not, and a database that is away is awaited."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import sqlalchemy as sa

from app.extensions import db
from app.wakeups import CHANNEL, Work, wake
from app.worker import listening
from tests.conftest import closed
from tests.soak.waiting import wait_until
from tests.world import World

# on SQLite nothing is sent: commits are counted
postgres_only = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@contextmanager
def ears(world: World) -> Iterator[list[Work]]:
    """What is heard, after the first time that everything is."""
    heard: list[Work] = []
    stop = threading.Event()
    thread = threading.Thread(target=listening.listen, args=(world.app, heard.append, stop))
    thread.start()
    try:
        wait_until(lambda: set(heard) == set(Work), "it listens")
        heard.clear()
        yield heard
    finally:
        stop.set()
        thread.join()


def on_database(world: World, statement: str) -> None:
    with world.app.app_context(), db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(statement)


def test_a_request_is_heard_of_and_so_is_a_message(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    with ears(world) as heard:
        appointment = world.appointment("kmr")
        wait_until(lambda: Work.PLACE in heard, "the request is heard of")
        heard.clear()
        world.ask(appointment, amira)
        wait_until(lambda: Work.SMS in heard, "the message is heard of")


@postgres_only
def test_what_is_rolled_back_is_not_heard_of(world: World) -> None:
    with ears(world) as heard:
        with suppress(KeyError), world.change() as session:
            wake(session, Work.SMS)
            raise KeyError
        on_database(world, f"NOTIFY {CHANNEL}, '{Work.PLACE}'")
        wait_until(lambda: bool(heard), "what came after it is heard")
        assert heard == [Work.PLACE]


@postgres_only
def test_what_nobody_of_us_sent_is_not_listened_to(world: World) -> None:
    with ears(world) as heard:
        for payload in ("", "everything", "place; DROP TABLE offer", "x" * 7000):
            on_database(world, f"NOTIFY {CHANNEL}, '{payload}'")
        on_database(world, f"NOTIFY {CHANNEL}, '{Work.SMS}'")
        wait_until(lambda: bool(heard), "what we send is heard")
        assert heard == [Work.SMS]


@postgres_only
def test_who_is_cut_off_listens_again_and_looks_at_everything(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "AWAY", 0.01)
    with ears(world) as heard:
        on_database(
            world,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        wait_until(lambda: set(heard) == set(Work), "it listens again")
    # cut off as well, too lately to be asked whether they are still there: the next test takes none of them
    closed(world.app)


@postgres_only
def test_a_wake_up_that_cannot_be_sent_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[object] = []

    def refuse(*notification: object) -> None:
        refused.append(notification)
        raise sa.exc.OperationalError("NOTIFY", {}, OSError("gone"))

    world.mediator("Amira", "kmr")
    monkeypatch.setattr("app.wakeups.func", type("Nobody", (), {"pg_notify": staticmethod(refuse)}))
    appointment = world.appointment("kmr")
    monkeypatch.undo()
    assert refused == [(CHANNEL, Work.PLACE.value)]
    world.work()
    assert world.asked(appointment) == {"Amira"}
