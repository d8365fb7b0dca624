"""Tables that a worker takes in: all of one or nothing, once, seen while it happens, and never left half done."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.errors import Invalid, NotFound
from app.journey.history import Actor
from app.models import DEAD_AFTER, RUN_LEASE, ActorKind, Event, Heartbeat, Mediator, Role, TableImport
from app.spreadsheets import imports
from app.spreadsheets.files import carried, delimited, file, table
from app.spreadsheets.findings import Reading
from app.spreadsheets.meaning import columns
from app.transaction import reading
from app.worker import importing, jobs
from app.worker.importing import take_in_tables
from app.worker.tools import Worker
from tests.world import World

ROWS = 40


def people(number: int = ROWS, first: int = 0) -> bytes:
    rows = [[f"Person {one}", f"0151 2{one:07d}", "Dari C1"] for one in range(first, first + number)]
    return delimited.written([["Name", "Telefon", "Sprachen"], *rows])


def reading_of(world: World, content: bytes) -> Reading:
    sheet = file.read(content, lambda head: bool(columns.field_of("mediators", head)))
    return Reading(world.now, "Europe/Berlin", sheet, columns.guess("mediators", sheet.heads))


def asked(world: World, content: bytes | None = None) -> int:
    with world.change() as session:
        actor = world.staff(session, Role.COORDINATOR)
        return imports.ask(
            session, world.now, "mediators", "Liste.csv", reading_of(world, content or people()), actor
        ).id


def import_of(world: World, import_id: int) -> TableImport:
    with world.change() as session:
        found = session.get_one(TableImport, import_id)
        _ = found.table
        session.expunge(found)
        return found


def peek(world: World, import_id: int) -> tuple[bool, int, bool]:
    """Whether it is being saved, how far it is, and whether it is cancelled; read while somebody else writes."""
    with world.app.app_context():
        row = reading(world.pool_id).get_one(TableImport, import_id)
        return row.saving_since is not None, row.rows_done, row.cancelled_at is not None


def count(world: World, kind: type[Any] = Mediator) -> int:
    with world.change() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def worker(world: World, name: str = "test") -> Worker:
    return replace(world.worker, name=name)


def ticking(world: World, told: Callable[[], object]) -> Worker:
    """A worker whose clock goes on by a second each time it is read, which is when it tells how far it is."""

    def clock() -> Any:
        world.now += timedelta(seconds=1)
        told()
        return world.now

    return replace(world.worker, clock=clock)


def test_a_table_is_taken_in_once_by_whoever_asked_and_is_not_kept(world: World) -> None:
    import_id = asked(world)
    assert import_of(world, import_id).table is not None
    assert take_in_tables(worker(world)) == 1
    assert take_in_tables(worker(world)) == 0
    found = import_of(world, import_id)
    assert (found.saved, found.present, found.problems, found.error) == (ROWS, 0, None, None)
    assert found.finished_at == world.now
    assert found.table is None
    assert count(world) == ROWS
    with world.change() as session:
        actors = set(session.execute(select(Event.actor_kind, Event.actor_id).where(Event.kind == "mediator_added")))
        coordinator = world.staff(session, Role.COORDINATOR)
    assert actors == {(ActorKind.ACCOUNT, coordinator.id)}


def test_what_is_there_already_is_counted_and_left_alone(world: World) -> None:
    asked(world)
    take_in_tables(worker(world))
    import_id = asked(world, people(ROWS + 2))
    take_in_tables(worker(world))
    found = import_of(world, import_id)
    assert (found.saved, found.present) == (2, ROWS)


def test_a_button_that_is_pressed_twice_asks_once(world: World) -> None:
    first = asked(world)
    assert asked(world) == first
    assert asked(world, people(3)) != first
    with world.change() as session:
        imports.cancel(session, world.now, first)
    assert asked(world) != first


def test_it_is_seen_how_many_rows_are_read_and_saved(world: World) -> None:
    import_id, seen = asked(world), list[tuple[bool, int, bool]]()
    take_in_tables(ticking(world, lambda: seen.append(peek(world, import_id))))
    read = [done for saving, done, _ in seen if not saving]
    assert read == sorted(read)
    assert {1, ROWS // 2, ROWS - 1} <= set(read)
    assert import_of(world, import_id).saved == ROWS


def test_who_cancels_while_it_is_read_saves_nothing(world: World) -> None:
    import_id = asked(world)

    def cancel_in_between() -> None:
        saving, done, cancelled = peek(world, import_id)
        if not saving and done >= ROWS // 2 and not cancelled:
            with world.change() as session:
                imports.cancel(session, world.now, import_id)

    take_in_tables(ticking(world, cancel_in_between))
    found = import_of(world, import_id)
    assert found.cancelled_at is not None
    assert found.finished_at is not None
    assert (found.saved, found.table, count(world)) == (None, None, 0)


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_who_cancels_while_it_is_saved_saves_nothing_where_the_database_lets_two_write(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.registry.mediators.TOGETHER", 10)
    import_id, saved = asked(world), list[int]()

    def cancel_in_between() -> None:
        saving, done, cancelled = peek(world, import_id)
        if saving:
            saved.append(done)
        if saving and done >= ROWS // 2 and not cancelled:
            with world.change() as session:
                imports.cancel(session, world.now, import_id)

    take_in_tables(ticking(world, cancel_in_between))
    assert {10, 20} <= set(saved)
    found = import_of(world, import_id)
    assert (found.saved, found.table, count(world)) == (None, None, 0)


def test_what_is_cancelled_before_anybody_began_is_not_begun(sqlite_world: World) -> None:
    import_id = asked(sqlite_world)
    with sqlite_world.change() as session:
        imports.cancel(session, sqlite_world.now, import_id)
    assert take_in_tables(worker(sqlite_world)) == 0
    assert import_of(sqlite_world, import_id).table is None
    with pytest.raises(NotFound), sqlite_world.change() as session:
        imports.cancel(session, sqlite_world.now, import_id + 1)


@pytest.mark.parametrize("where", ["app.registry.mediators.history.record", "app.spreadsheets.mediators.People"])
def test_a_worker_that_is_killed_leaves_nothing_and_another_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    import_id = asked(world)

    def killed(*_: object, **__: object) -> None:
        raise SystemExit(137)

    with monkeypatch.context() as patched:
        patched.setattr(where, killed)
        with pytest.raises(SystemExit):
            take_in_tables(worker(world))
    assert count(world) == 0
    assert import_of(world, import_id).finished_at is None
    assert take_in_tables(worker(world, "other")) == 0, "it cannot be told yet that the first is gone"
    world.now += DEAD_AFTER
    assert take_in_tables(worker(world, "other")) == 1
    assert import_of(world, import_id).saved == ROWS


def test_a_table_that_ends_its_worker_each_time_is_given_up_and_forgotten(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = asked(sqlite_world)

    def killed(*_: object, **__: object) -> None:
        raise SystemExit(137)

    with monkeypatch.context() as patched:
        patched.setattr("app.spreadsheets.mediators.People", killed)
        for _ in range(importing.MOST_TRIES):
            with pytest.raises(SystemExit):
                take_in_tables(worker(sqlite_world))
    assert take_in_tables(worker(sqlite_world)) == 1
    found = import_of(sqlite_world, import_id)
    assert (found.error, found.saved, found.table, count(sqlite_world)) == ("TimeoutError", None, None, 0)


def test_what_nobody_took_in_for_a_day_is_not_taken_in_any_more(sqlite_world: World) -> None:
    import_id = asked(sqlite_world)
    sqlite_world.now += imports.WAITS + timedelta(seconds=1)
    take_in_tables(worker(sqlite_world))
    assert import_of(sqlite_world, import_id).error == "TimeoutError"
    assert count(sqlite_world) == 0


def test_a_worker_that_falls_silent_is_relieved_and_does_not_save_it_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_id = asked(world)
    jobs.beat(worker(world))
    looked = importing._looked_through

    def hangs(*arguments: Any) -> Any:
        found = looked(*arguments)
        monkeypatch.setattr(importing, "_looked_through", looked)
        world.now += RUN_LEASE + timedelta(seconds=1)
        jobs.beat(worker(world))
        assert take_in_tables(worker(world, "other")) == 1
        return found

    monkeypatch.setattr(importing, "_looked_through", hangs)
    take_in_tables(worker(world))
    found = import_of(world, import_id)
    assert (found.claimed_by, found.saved, count(world)) == ("other", ROWS, ROWS)


def test_what_has_changed_since_it_was_looked_at_keeps_all_of_it_out(world: World) -> None:
    import_id = asked(world)
    world.mediator("Zara", "kmr", phone="+4915120000007")
    take_in_tables(worker(world))
    found = import_of(world, import_id)
    assert (found.problems, found.saved, found.error, found.table) == (1, None, None, None)
    assert count(world) == 1


def test_what_fails_is_said_and_keeps_no_other_waiting(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = asked(sqlite_world), asked(sqlite_world, people(3, first=100))
    unfolded, tried = carried.decompressed, list[int]()

    def once(content: bytes) -> table.Sheet:
        tried.append(1)
        if len(tried) == 1:
            raise MemoryError
        return unfolded(content)

    monkeypatch.setattr(carried, "decompressed", once)
    assert take_in_tables(worker(sqlite_world)) == 2
    assert import_of(sqlite_world, first).error == "MemoryError"
    assert import_of(sqlite_world, second).saved == 3


def test_no_more_wait_than_somebody_would_wait_for_and_only_some_are_kept(sqlite_world: World) -> None:
    for number in range(imports.MOST_WAITING):
        asked(sqlite_world, people(number + 1))
    with pytest.raises(Invalid):
        asked(sqlite_world, people(imports.MOST_WAITING + 1))
    take_in_tables(worker(sqlite_world))
    for number in range(imports.KEPT):
        asked(sqlite_world, people(1, first=1000 + number))
        take_in_tables(worker(sqlite_world))
    asked(sqlite_world)
    assert count(sqlite_world, TableImport) == imports.KEPT + 1


def test_a_table_that_is_too_large_to_wait_is_refused(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "MOST_BYTES", 100)
    with pytest.raises(Invalid):
        asked(sqlite_world)


def test_who_asked_may_be_gone_when_it_is_taken_in(sqlite_world: World) -> None:
    with sqlite_world.change() as session:
        service = Actor(ActorKind.SERVICE)
        import_id = imports.ask(
            session, sqlite_world.now, "mediators", "x" * 400, reading_of(sqlite_world, people()), service
        ).id
    take_in_tables(worker(sqlite_world))
    assert import_of(sqlite_world, import_id).saved == ROWS
    assert count(sqlite_world, Heartbeat) == 0
