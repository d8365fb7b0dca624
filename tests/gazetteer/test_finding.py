"""Looking up addresses for a pool, on both databases."""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.extensions import db
from app.gazetteer.finding import Finder
from app.gazetteer.spots import How
from app.gazetteer.streets import Streets, Wanted
from app.gazetteer.writing import read, read_parts
from app.models import Organisation, Site
from tests.gazetteer.grid import grid_of
from tests.gazetteer.town import HOUSES, fill, new
from tests.world import World


@pytest.fixture
def town(world: World) -> World:
    """The small pool, where somebody has taken in the houses of Beckum, Ahlen and Ennigerloh."""
    fill(world, [new(house) for house in HOUSES])
    return world


@contextmanager
def finder(world: World) -> Iterator[Finder]:
    with world.change() as session:
        yield Finder(session)


def found(world: World, line: str) -> list[tuple[str, str]]:
    """Each place that may be meant, and how it was found."""
    with finder(world) as one:
        return [(spot.name, spot.how.value) for spot in one.find(read(line)).spots]


@pytest.mark.parametrize(
    "line",
    [
        "Südstraße 4, 59269 Beckum", "Südstr. 4", "suedstr 4 Beckum", "SUDSTRASSE 4, beckum", "59269 Beckum, Südstr.4",
    ],
)  # fmt: skip
def test_a_house_is_found_however_it_is_written(town: World, line: str) -> None:
    assert found(town, line) == [("Südstraße 4, Beckum", "house")]
    with finder(town) as one:
        spot = one.find(read(line)).spot
        assert spot is not None
        east, north = grid_of(spot.lat, spot.lon)
        assert (east, north) == pytest.approx((float(HOUSES[0][4]), float(HOUSES[0][5])), abs=0.2)
        assert one.around.centre is not None
        there = grid_of(one.around.centre.point.lat, one.around.centre.point.lon)
        metres = math.hypot(east - there[0], north - there[1])
        assert one.around.kilometres(spot.lat, spot.lon) == pytest.approx(metres / 1000, rel=0.01)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("Südstr. 4a", ("Südstraße 4a, Beckum", "house")),
        # a house that is known stands in for one beside it
        ("Südstr. 4z", ("Südstraße 4z, Beckum", "house")),
        ("Südstr. 4, Ahlen", ("Südstraße 4, Ahlen", "house")),
        ("Sankt-Georg-Str. 1", ("St.-Georg-Straße 1, Beckum", "house")),
        ("Neustr. 7", ("Neustraße 7, Beckum", "house")),
        ("Neue Str. 7", ("Neue Straße 7, Beckum", "house")),
        ("Südstr. 99", ("Südstraße, Beckum", "street")),
        ("Südstraße", ("Südstraße, Beckum", "street")),
        ("Innenstadt", ("Innenstadt", "district")),
        ("Innenstadt, Beckum", ("Innenstadt", "district")),
        ("Beckum-Innenstadt", ("Innenstadt", "district")),
        ("Südstr. 4, Ahlen-Dolberg", ("Südstraße 4, Ahlen", "house")),
        ("Castrop-Rauxel", ("Castrop-Rauxel", "town")),
        ("St.-Georg-Straße", ("St.-Georg-Straße, Beckum", "street")),
        ("59269 Beckum", ("59269 Beckum", "postcode")),
        ("59302", ("59302 Oelde", "postcode")),
        ("Beckum", ("Beckum", "town")),
        ("Ennigerloh", ("Ennigerloh", "town")),
        # of many only one is near
        ("Hamm", ("Hamm", "town")),
        # a street of a town that nobody took in
        ("Hauptstr. 3, Oelde", ("Oelde", "town")),
        ("Am Weg 3, Hinterhaus, Beckum", None),
    ],
)  # fmt: skip
def test_what_is_not_known_as_a_house_is_found_less_exactly(
    town: World, line: str, meant: tuple[str, str] | None
) -> None:
    if meant is not None:
        assert found(town, line) == [meant]
    else:
        with finder(town) as one:
            assert one.find(read(line)).spot is None


@pytest.mark.parametrize("line", ["", "Xyzstadt", "99999", "Hauptstr. 3, Xyzstadt 99999 Wolkenkuckucksheim"])
def test_nonsense_is_found_nowhere(world: World, line: str) -> None:
    assert not [how for _, how in found(world, line) if how != "town"]


def test_a_street_that_the_town_lacks_is_asked_about_with_those_alike(town: World) -> None:
    with finder(town) as one:
        finding = one.find(read("Sühdstraße 4, Beckum"))
    assert finding.lacks == "Beckum"
    assert finding.spot is None
    assert [(spot.name, spot.how.value) for spot in finding.spots] == [
        ("Südstraße 4, Beckum", "house"),
        ("Beckum", "town"),
    ]


def test_a_name_that_several_towns_have_is_a_choice(town: World) -> None:
    choice = found(town, "Neuenkirchen")
    assert len(choice) > 1
    # the nearest first, each with what tells it from the others
    assert choice[0] == ("Neuenkirchen (48485)", "town")
    assert all("(" in name for name, _ in choice)


def test_the_same_street_in_two_parts_of_a_town_is_a_choice_unless_one_has_the_number(world: World) -> None:
    lines = [new(("Beckum", "Hauptstraße", number, "", "433700", north)) for number, north in
             (("1", "5733900"), ("2", "5733950"), ("1", "5741000"))]  # fmt: skip
    parts = ["Roland", "Roland", "Vellern"]
    fill(world, [line.replace(";0000;;", f";0000;{part};") for line, part in zip(lines, parts, strict=True)])
    assert found(world, "Hauptstr. 1") == [
        ("Hauptstraße 1, Roland, Beckum", "house"),
        ("Hauptstraße 1, Vellern, Beckum", "house"),
    ]
    assert found(world, "Hauptstr. 2") == [("Hauptstraße 2, Roland, Beckum", "house")]


def test_without_the_survey_a_street_counts_as_its_town(world: World) -> None:
    assert found(world, "Südstraße 4, 59269 Beckum") == [("59269 Beckum", "postcode")]
    assert found(world, "Südstraße 4") == [("Beckum", "town")]


def test_the_fields_of_a_site_are_found_as_a_line_is(town: World) -> None:
    with finder(town) as one:
        spots = one.find(read_parts("Südstr. 4", "59269", "Innenstadt", "Beckum")).spots
        assert [spot.name for spot in spots] == ["Südstraße 4, Beckum"]
        [street] = one.find(read_parts("Südstraße", "", "", "Beckum")).spots
        assert street.how is How.STREET


def test_a_district_is_the_middle_of_its_sites_and_known_to_its_pool_alone(world: World) -> None:
    with world.change() as session:
        session.add(Organisation(name="Schule", sites=[site("Roland", 51.78), site("Roland", 51.80)]))
    neighbour = World.build(world.app, world.now, "ahlen")
    with finder(world) as one:
        [spot] = one.find(read("Roland")).spots
        assert spot.lat == pytest.approx(51.79)
        assert spot.how is How.DISTRICT
    assert found(neighbour, "Roland") == []


def site(district: str, lat: float) -> Site:
    return Site(name="Haus", town="Beckum", district=district, lat=lat, lon=8.04)


def test_a_pool_without_sites_is_at_home_where_its_name_says(world: World) -> None:
    with world.change() as session:
        session.execute(sa.delete(Site))
        around = Finder(session).around
    assert around.centre is not None
    assert around.centre.name == "Beckum"


def test_many_are_found_with_as_many_statements_as_one(town: World) -> None:
    def statements(lines: list[str]) -> int:
        asked: list[str] = []
        with town.app.app_context(), finder(town) as one:

            def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
                asked.append(statement)

            sa.event.listen(db.engine, "before_cursor_execute", note)
            one.find_all([read(line) for line in lines])
            sa.event.remove(db.engine, "before_cursor_execute", note)
        return len(asked)

    assert statements(["Südstr. 4"] * 3 + [f"Südstr. {one}, Ahlen" for one in range(200)]) == statements(["Südstr. 4"])


def test_a_lookup_uses_the_indexes(town: World) -> None:
    with town.change() as session:
        statements = _statements(session)
        plans = [_plan(session, statement, parameters) for statement, parameters in statements]
    for plan in plans:
        assert "SCAN street" not in plan
        assert "SCAN house\n" not in plan
        assert "Seq Scan on street" not in plan
        assert "Seq Scan on house " not in plan


def _statements(session: Session) -> list[tuple[str, object]]:
    asked: list[tuple[str, object]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    engine = session.get_bind()
    sa.event.listen(engine, "before_cursor_execute", note)
    Streets(session, [Wanted("Südstraße", 4, "", frozenset({"beckum"}))])
    sa.event.remove(engine, "before_cursor_execute", note)
    return asked


def _plan(session: Session, statement: str, parameters: object) -> str:
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)  # type: ignore[arg-type]
        return "\n".join(str(row[-1]) for row in rows) + "\n"
    # of so few rows PostgreSQL would rather read all
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)  # type: ignore[arg-type]
    return "\n".join(str(row[0]) for row in rows)
