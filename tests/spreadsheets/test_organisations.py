"""Organisations come in from a table with their sites, a row a site."""

from typing import Any

import pytest
from sqlalchemy import func, select

from app.journey.history import SERVICE
from app.models import Event, Organisation
from app.spreadsheets.files import delimited, file
from app.spreadsheets.findings import Findings, Options, Reading
from app.spreadsheets.kinds import KINDS, take_in
from app.spreadsheets.meaning import columns
from tests.world import World

HEAD = ("Einrichtung", "E-Mail", "Telefon", "Aktiv", "Ort", "Straße", "Koordinaten")
SCHOOL = ("Schule", "s@mail.example", "02521 29-1", "ja", "Haus A", "Am Weg 1", "51.7, 8.0")
ANNEX = ("Schule", "", "", "", "Haus B", "Am Weg 2", "51.8, 8.1")
OFFICE = ("Amt", "", "", "nein", "", "", "")


def taken(world: World, *rows: tuple[str, ...], similar: bool = False) -> Findings[Any]:
    kind = KINDS["organisations"]
    content = delimited.written([HEAD, *rows])
    sheet = file.read(content, lambda head: bool(columns.field_of(kind.name, head)))
    fields = columns.guess(kind.name, sheet.heads)
    reading = Reading(world.now, "Europe/Berlin", sheet, fields, Options(similar=similar))
    with world.change() as session:
        return take_in(session, world.pool_id, kind, reading, world.links, SERVICE)


def kept(world: World) -> dict[str, list[str]]:
    with world.change() as session:
        found = session.scalars(select(Organisation).order_by(Organisation.name))
        return {one.name: [site.name for site in one.sites] for one in found}


def said(found: Findings[Any]) -> list[tuple[int, str, str]]:
    return [(one.row, one.field, one.code) for one in found.problems]


def test_rows_of_one_organisation_are_put_together(world: World) -> None:
    found = taken(world, SCHOOL, OFFICE, ANNEX)
    assert (found.problems, found.rows, len(found.new)) == ((), 3, 2)
    assert kept(world) == {"Amt": [], "Schule": ["Haus A", "Haus B"], "Sozialamt": ["Rathaus"]}
    with world.change() as session:
        school = session.scalars(select(Organisation).where(Organisation.name == "Schule")).one()
        assert (school.email, school.phone, school.active) == ("s@mail.example", "02521 29-1", True)
        assert (school.sites[1].street, school.sites[1].lat, school.sites[1].lon) == ("Am Weg 2", 51.8, 8.1)
        assert not session.scalars(select(Organisation.active).where(Organisation.name == "Amt")).one()
        assert session.scalar(select(func.count()).where(Event.kind == "organisation_added")) == 2


def test_a_further_site_of_an_organisation_that_is_there_is_added(world: World) -> None:
    taken(world, SCHOOL)
    found = taken(world, SCHOOL, ANNEX)
    assert (found.present, len(found.new)) == (1, 1)
    assert kept(world)["Schule"] == ["Haus A", "Haus B"]
    again = taken(world, SCHOOL, ANNEX)
    assert (again.present, len(again.new)) == (2, 0)


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("", "", "", "", "Haus", "", "51.7, 8.0"), (3, "name", "required")),
        (("Zoo", "zoo@", "", "", "", "", ""), (3, "email", "email")),
        (("Zoo", "", "", "vielleicht", "", "", ""), (3, "active", "cell_choice")),
        (("Zoo", "", "", "", "Haus", "", ""), (3, "home", "cell_no_coordinates")),
        (("Zoo", "", "", "", "Haus", "Am Weg 1", ""), (3, "street", "address_unknown")),
        (("Zoo", "", "", "", "Haus", "", "951, 8"), (3, "home", "out_of_range")),
        (("Zoo", "", "", "", "", "x" * 200, "51, 8"), (3, "street", "too_long")),
        (("Schule", "andere@mail.example", "", "ja", "Haus C", "", "51, 8"), (3, "email", "cell_contradicts")),
        (("Schule", "", "", "nein", "Haus C", "", "51, 8"), (3, "active", "cell_contradicts")),
        (("Schule", "", "", "ja", "", "", ""), (3, "name", "cell_twice")),
        (SCHOOL, (3, "site", "cell_twice")),
        (("SCHULE", "", "", "", "", "", ""), (3, "name", "cell_alike")),
        (("sozialamt", "", "", "", "", "", ""), (3, "name", "cell_alike")),
    ],
)
def test_each_error_is_named_where_it_stands_and_keeps_everything_out(
    sqlite_world: World, row: tuple[str, ...], problem: tuple[int, str, str]
) -> None:
    assert said(taken(sqlite_world, SCHOOL, row)) == [problem]
    assert list(kept(sqlite_world)) == ["Sozialamt"]


def test_a_name_that_differs_by_its_spelling_alone_may_be_another_one(sqlite_world: World) -> None:
    assert taken(sqlite_world, SCHOOL, ("SCHULE", "", "", "", "", "", ""), similar=True).problems == ()
    assert set(kept(sqlite_world)) == {"SCHULE", "Schule", "Sozialamt"}
