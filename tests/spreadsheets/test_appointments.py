"""Past appointments come in from a table: closed, counted, and told to nobody."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.insight.forecast_input import read as forecast_input
from app.insight.statistics import statistics
from app.journey.history import SERVICE
from app.models import Appointment, Event, Message, Offer, PlanRun, Pool
from app.registry.past_appointments import OUTCOMES
from app.spreadsheets.appointment_row import USUAL_LEAD
from app.spreadsheets.appointments import CLOSED
from app.spreadsheets.files import delimited, file
from app.spreadsheets.findings import Findings, Options, Reading
from app.spreadsheets.kinds import KINDS, take_in
from app.spreadsheets.meaning import columns
from tests.world import World

HEAD = ("Einrichtung", "Sprache", "Datum", "Beginn", "Ende", "Ergebnis", "Weg", "Ort", "Koordinaten", "Angefragt am")
DONE = ("Sozialamt", "Arabisch", "1.10.2026", "10:00", "11:30", "erledigt", "vor Ort", "Rathaus", "", "28.9.2026 8:15")
UNFILLED = ("Sozialamt", "Dari", "2.10.2026", "9", "10", "nicht besetzt", "Telefon", "", "", "")


def taken(world: World, *rows: tuple[str, ...], similar: bool = False) -> Findings[Any]:
    kind = KINDS["appointments"]
    content = delimited.written([HEAD, *rows])
    sheet = file.read(content, lambda head: bool(columns.field_of(kind.name, head)))
    fields = columns.guess(kind.name, sheet.heads)
    reading = Reading(world.now, "Europe/Berlin", sheet, fields, Options(similar=similar))
    with world.change() as session:
        return take_in(session, world.pool_id, kind, reading, world.links, SERVICE)


def changed(row: tuple[str, ...], **cells: str) -> tuple[str, ...]:
    return tuple(cells.get(head.split()[0], text) for head, text in zip(HEAD, row, strict=True))


def count(world: World, kind: type[Any]) -> int:
    with world.change() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def said(found: Findings[Any]) -> list[tuple[int, str, str]]:
    return [(one.row, one.field, one.code) for one in found.problems]


def test_what_was_asked_for_and_what_came_of_it_is_kept(world: World) -> None:
    assert taken(world, DONE, UNFILLED).problems == ()
    with world.change() as session:
        done, unfilled = session.scalars(select(Appointment).order_by(Appointment.starts_at))
        assert (done.language, done.status.value, done.mode) == ("ara", "done", "on_site")
        assert (done.starts_at, done.duration_minutes) == (datetime(2026, 10, 1, 8, 0, tzinfo=UTC), 90)
        assert (done.place_name, done.place_lat, done.place_lon) == ("Rathaus", 51.756, 8.041)
        assert done.site_id is not None
        assert done.created_at == datetime(2026, 9, 28, 6, 15, tzinfo=UTC)
        assert (unfilled.status.value, unfilled.place_lat) == ("unfilled", None)
        assert unfilled.created_at == unfilled.starts_at - USUAL_LEAD
        kinds = session.execute(select(Event.kind, Event.appointment_id).order_by(Event.appointment_id)).all()
        assert [tuple(one) for one in kinds] == [("past_added", done.id), ("past_added", unfilled.id)]


def test_nobody_is_told_and_nobody_is_sought(world: World) -> None:
    world.mediator("Zara", "ara", "prs")
    world.work()
    before = count(world, PlanRun)
    taken(world, DONE, UNFILLED)
    world.work(minutes=5)
    assert (count(world, Message), count(world, Offer), count(world, PlanRun)) == (0, 0, before)
    with world.change() as session:
        assert set(session.scalars(select(Appointment.status))) <= set(CLOSED)


def test_statistics_and_forecast_count_them(world: World) -> None:
    taken(world, DONE, UNFILLED, changed(UNFILLED, Ergebnis="abgesagt", Datum="3.10.2026"))
    with world.change() as session:
        pool = session.get_one(Pool, world.pool_id)
        total = statistics(session, world.now, pool, date(2026, 10, 1), date(2026, 10, 31)).total
        assert (total.requested, total.filled, total.unfilled, total.cancelled) == (3, 1, 1, 1)
        history = forecast_input(session, world.now, pool).history
    asked = {one.wanted.language: (one.asked, one.filled) for one in history.requests}
    assert asked == {
        "ara": (datetime(2026, 9, 28, 6, 15, tzinfo=UTC), True),
        "prs": (datetime(2026, 10, 2, 7, 0, tzinfo=UTC) - timedelta(days=7), False),
    }


def test_the_history_of_one_says_where_it_comes_from(world: World) -> None:
    taken(world, DONE)
    with world.change() as session:
        assert session.scalars(select(Event.kind)).all() == ["past_added"]


@pytest.mark.parametrize(("outcome", "ended"), OUTCOMES.items())
def test_each_outcome_leaves_its_state(sqlite_world: World, outcome: str, ended: tuple[Any, str | None]) -> None:
    taken(sqlite_world, changed(DONE, Ergebnis=outcome))
    with sqlite_world.change() as session:
        row = session.scalars(select(Appointment)).one()
        assert (row.status, row.missed_by) == ended


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"Einrichtung": "Zoo"}, ("organisation", "cell_organisation")),
        ({"Einrichtung": ""}, ("organisation", "cell_empty")),
        ({"Sprache": "Kurdisch"}, ("language", "cell_languages")),
        ({"Sprache": "Deutsch"}, ("language", "german_needs_none")),
        ({"Sprache": ""}, ("language", "cell_empty")),
        ({"Datum": "31.2.2026"}, ("day", "cell_day")),
        ({"Datum": ""}, ("day", "cell_empty")),
        ({"Datum": "1.12.2026"}, ("day", "not_past")),
        ({"Beginn": "viertel"}, ("from", "cell_clock")),
        ({"Beginn": "2:30", "Ende": "4:00", "Datum": "29.3.2026"}, ("from", "skipped_hour")),
        ({"Ende": "9:00"}, ("until", "ends_before_start")),
        ({"Ende": ""}, ("until", "cell_empty")),
        ({"Ende": "24"}, ("until", "out_of_range")),
        ({"Ergebnis": "weiß nicht"}, ("outcome", "cell_choice")),
        ({"Ergebnis": ""}, ("outcome", "cell_empty")),
        ({"Weg": "Brieftaube"}, ("mode", "cell_choice")),
        ({"Ort": "Turnhalle"}, ("site", "cell_place")),
        ({"Ort": "Turnhalle", "Koordinaten": "951, 8"}, ("site", "coordinates")),
        ({"Koordinaten": "irgendwo"}, ("home", "cell_coordinates")),
        ({"Angefragt": "neulich"}, ("requested_at", "cell_day")),
        ({"Angefragt": "1.12.2026"}, ("requested_at", "not_past")),
    ],
)
def test_each_error_is_named_where_it_stands_and_keeps_everything_out(
    sqlite_world: World, cells: dict[str, str], problem: tuple[str, str]
) -> None:
    assert said(taken(sqlite_world, UNFILLED, changed(DONE, **cells))) == [(3, *problem)]
    assert count(sqlite_world, Appointment) == 0


def test_a_place_of_its_own_needs_coordinates_and_the_only_site_need_not_be_named(sqlite_world: World) -> None:
    there = changed(DONE, Ort="Turnhalle", Koordinaten="51.7, 8.0")
    assert taken(sqlite_world, there, changed(DONE, Ort="", Datum="2.10.2026")).problems == ()
    with sqlite_world.change() as session:
        places = session.execute(select(Appointment.place_name, Appointment.place_lat).order_by(Appointment.starts_at))
        assert [tuple(one) for one in places] == [("Turnhalle", 51.7), ("Rathaus", 51.756)]


def test_the_same_table_twice_changes_nothing_the_second_time(world: World) -> None:
    for new, present in ((2, 0), (0, 2)):
        found = taken(world, DONE, UNFILLED)
        assert (len(found.new), found.present, count(world, Appointment)) == (new, present, 2)


def test_the_same_appointment_twice_is_asked_about_and_may_be_two(world: World) -> None:
    assert said(taken(world, DONE, DONE)) == [(3, "day", "cell_twice")]
    for new in (2, 0):
        assert len(taken(world, DONE, DONE, similar=True).new) == new
    assert count(world, Appointment) == 2
