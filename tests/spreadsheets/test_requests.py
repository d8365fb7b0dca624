"""Requests from a table, on both databases: two who send it at one moment ask once, and hundreds are one small work."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy import func, select

from app.extensions import db
from app.models import Appointment, Organisation, Pool
from app.spreadsheets import requests
from app.spreadsheets.files import delimited, file
from app.spreadsheets.findings import Reading
from app.spreadsheets.meaning import columns
from app.spreadsheets.requests import KIND, Look, Usual
from tests.world import World

HEAD = ("Sprache", "Datum", "Beginn", "Dauer", "Hinweis")


def lines(count: int) -> list[tuple[str, ...]]:
    return [("Arabisch", "1.12.2026", f"{8 + one % 10}:00", "30", f"Raum {one}") for one in range(count)]


def taken(world: World, *rows: tuple[str, ...]) -> Look:
    sheet = file.read(delimited.written([HEAD, *rows]), lambda head: bool(columns.field_of(KIND, head)))
    reading = Reading(world.now, "Europe/Berlin", sheet, columns.guess(KIND, sheet.heads))
    with world.change() as session:
        own, pool = session.get_one(Organisation, world.organisation_id), session.get_one(Pool, world.pool_id)
        usual = Usual({own.name: own}, own, own.sites[0], own_alone=True)
        return requests.take_in(session, pool, reading, usual, world.staff(session))[0]


def count(world: World) -> int:
    with world.change() as session:
        return session.scalar(select(func.count()).select_from(Appointment)) or 0


@contextmanager
def questions(world: World) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    with world.app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(engine, "before_cursor_execute", note)


def test_two_who_send_the_same_table_at_one_moment_ask_once(
    world: World, twice_at_once: Callable[[Callable[[], object]], None]
) -> None:
    twice_at_once(lambda: taken(world, *lines(40)))
    assert count(world) == 40


def test_hundreds_of_rows_are_compared_by_as_many_questions_as_a_few(world: World) -> None:
    world.mediator("Amira", "ara")
    with questions(world) as few:
        taken(world, *lines(5))
    with questions(world) as many:
        found = taken(world, *lines(500))
    assert (len(found.findings.new), found.findings.present) == (495, 5)
    assert len(many) <= len(few) + 2
    assert count(world) == 500


def test_of_two_rows_alike_the_one_that_is_missing_is_asked_for(world: World) -> None:
    one, other = lines(2)
    taken(world, one)
    found = taken(world, one, other)
    assert [row.request.note for row in found.findings.new] == ["Raum 1"]
    assert [row.present for row in found.asked] == [True, False]


@pytest.mark.parametrize("locale", ["de", "en"])
def test_the_columns_of_a_template_are_those_that_are_read(locale: str) -> None:
    head, example = requests.template(locale, named=True)
    assert all(columns.guess(KIND, head))
    assert columns.check(KIND, columns.guess(KIND, head)) == []
    assert len(example) == len(head)
