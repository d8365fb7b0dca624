"""Tables with addresses where coordinates might stand."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from app.extensions import db
from app.journey.history import SERVICE
from app.models import Appointment, Mediator, Site
from app.spreadsheets.files import delimited, file
from app.spreadsheets.findings import Findings, Options, Reading
from app.spreadsheets.kinds import KINDS, take_in
from app.spreadsheets.meaning import columns
from tests.gazetteer.town import fill
from tests.world import World

SOUTH = (51.752077, 8.039527)
PEOPLE = ("Name", "Handy", "Sprachen", "Straße", "PLZ", "Ort")
SITES = ("Einrichtung", "Ort", "Straße", "Hausnummer", "PLZ", "Stadt")
PAST = ("Einrichtung", "Sprache", "Datum", "Uhrzeit", "Dauer", "Status", "Ort", "Adresse")
AMIRA = ("Amira", "0171 3920001", "Kurmanci")
REQUEST = ("Sozialamt", "Arabisch", "1.10.2026", "10:00", "60", "erledigt")


def taken(world: World, name: str, *rows: tuple[str, ...]) -> Findings[Any]:
    kind = KINDS[name]
    sheet = file.read(delimited.written(rows), lambda head: bool(columns.field_of(name, head)))
    reading = Reading(world.now, "Europe/Berlin", sheet, columns.guess(name, sheet.heads), Options(level="C1"))
    with world.change() as session:
        return take_in(session, world.pool_id, kind, reading, world.links, SERVICE)


def said(found: Findings[Any]) -> list[tuple[int, str, str]]:
    return [(one.row, one.field, one.code) for one in found.problems]


def homes(world: World) -> list[tuple[float | None, float | None]]:
    with world.change() as session:
        return [(one.home_lat, one.home_lon) for one in session.scalars(select(Mediator).order_by(Mediator.id))]


def test_people_live_where_their_address_or_else_their_district_is(world: World) -> None:
    fill(world)
    found = taken(
        world, "mediators", PEOPLE,
        (*AMIRA, "Südstr. 4", "59269", "Beckum"),
        ("Berat", "0171 3920002", "Kurmanci", "", "", "Ennigerloh"),
        ("Cem", "0171 3920003", "Kurmanci", "", "", "Hinterm Mond"),
    )  # fmt: skip
    assert said(found) == []
    amira, berat, cem = homes(world)
    assert amira == pytest.approx(SOUTH, abs=1e-5)
    assert berat[0] == pytest.approx(51.838, abs=0.01)
    assert cem == (None, None)


def test_sites_are_where_their_address_is(world: World) -> None:
    fill(world)
    found = taken(
        world, "organisations", SITES,
        ("Schule", "Haus A", "Südstraße", "4", "59269", "Beckum"),
        ("Schule", "Haus B", "Hauptstr.", "3", "", "Oelde"),
        ("Amt", "", "", "", "", "Beckum"),
    )  # fmt: skip
    assert said(found) == []
    with world.change() as session:
        sites = {one.name: (one.lat, one.lon) for one in session.scalars(select(Site))}
    assert set(sites) == {"Rathaus", "Haus A", "Haus B"}
    assert sites["Haus A"] == pytest.approx(SOUTH, abs=1e-5)
    # of Oelde nobody took in the houses
    assert sites["Haus B"][0] == pytest.approx(51.83, abs=0.02)


@pytest.mark.parametrize(
    ("kind", "rows", "problem"),
    [
        ("mediators", (PEOPLE, (*AMIRA, "Sühdstr. 4", "", "Beckum")), ("address", "address_no_street")),
        ("mediators", (PEOPLE, (*AMIRA, "Am Mond 1", "", "Xyzstadt")), ("address", "address_unknown")),
        ("organisations", (SITES, ("Zoo", "Haus", "", "", "", "Neuenkirchen")), ("town", "address_choices")),
        ("organisations", (SITES, ("Zoo", "Haus", "", "", "99999", "")), ("postcode", "address_unknown")),
        ("appointments", (PAST, (*REQUEST, "Kita", "Am Mond 1, Xyzstadt")), ("address", "address_unknown")),
    ],
)  # fmt: skip
def test_an_address_that_is_no_one_place_is_named_where_it_stands(
    sqlite_world: World, kind: str, rows: tuple[tuple[str, ...], ...], problem: tuple[str, str]
) -> None:
    fill(sqlite_world)
    assert said(taken(sqlite_world, kind, *rows)) == [(2, *problem)]


def test_past_appointments_took_place_where_their_address_is_unless_the_site_is_known(world: World) -> None:
    fill(world)
    found = taken(
        world, "appointments", PAST,
        (*REQUEST, "Kita", "Südstr. 4, Beckum"),
        (*REQUEST[:2], "2.10.2026", *REQUEST[3:], "Rathaus", "Am Mond 1, Xyzstadt"),
    )  # fmt: skip
    assert said(found) == []
    with world.change() as session:
        kita, hall = session.scalars(select(Appointment).order_by(Appointment.starts_at))
        assert (kita.place_lat, kita.place_lon) == pytest.approx(SOUTH, abs=1e-5)
        assert (kita.place_name, kita.place_address) == ("Kita", "Südstr. 4, Beckum")
        assert hall.place_lat == 51.756


def test_a_long_table_asks_no_oftener_than_a_short_one(sqlite_world: World) -> None:
    fill(sqlite_world)

    def lookups(count: int) -> int:
        asked: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if "FROM street" in statement or "FROM house" in statement:
                asked.append(statement)

        with sqlite_world.app.app_context():
            sa.event.listen(db.engine, "before_cursor_execute", note)
            rows = [(f"P {one}", f"0171 39{one:05d}", "Dari", "Südstr. 4", "", "Beckum") for one in range(count)]
            assert said(taken(sqlite_world, "mediators", PEOPLE, *rows)) == []
            sa.event.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    assert lookups(2) == lookups(150) == 3
