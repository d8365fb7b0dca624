"""Mediators come in from a table: all of them or none, each error where it stands, nobody twice."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

import pytest
from sqlalchemy import func, select

from app.journey.history import SERVICE
from app.models import Consent, Event, Link, LinkKind, Mediator, PlanRun, Skill
from app.spreadsheets.files import delimited, file
from app.spreadsheets.findings import Findings, Options, Reading
from app.spreadsheets.kinds import KINDS, take_in
from app.spreadsheets.meaning import columns
from app.spreadsheets.meaning.rows import RowProblem
from tests.world import World

HEAD: Final = (
    "Name", "Telefon", "E-Mail", "Sprachen", "Zeiten", "Koordinaten", "Geschlecht", "Fahrzeit", "Wege", "Abwesenheiten",
    "Nicht für Einrichtungen",
)  # fmt: skip
# kind of error -> its column, what stands there instead, and the code it is told by
PLANTED: Final[Sequence[tuple[str, str, str]]] = (
    ("Name", "", "required"),
    ("Telefon", "12", "phone"),
    ("E-Mail", "niemand@", "email"),
    ("Sprachen", "Klingonisch C1", "cell_language"),
    ("Sprachen", "Kurdisch B2", "cell_languages"),
    ("Sprachen", "Dari", "cell_no_level"),
    ("Zeiten", "nach Absprache", "cell_times"),
    ("Zeiten", "Mo 13-9", "ends_before_start"),
    ("Koordinaten", "951, 8", "coordinates"),
    ("Geschlecht", "unklar", "cell_choice"),
    ("Fahrzeit", "9999", "out_of_range"),
    ("Abwesenheiten", "im Sommer", "cell_spans"),
)


def person(number: int) -> list[str]:
    return [
        f"Person {number}", f"0151 2{number:07d}", f"p{number}@mail.example", "Arabisch (Muttersprache), Farsi C1",
        "Mo–Fr 9–13, Sa 10-12", "51.75, 8.04", "w", "45 min", "vor Ort, Telefon", "21.12.2026–3.1.2027", "",
    ]  # fmt: skip


def written(rows: Sequence[Sequence[str]], head: Sequence[str] = HEAD) -> bytes:
    return delimited.written([head, *rows])


def looked_at(world: World, content: bytes, *, save: bool = False, options: Options = Options()) -> Findings[Any]:  # noqa: B008 - frozen
    kind = KINDS["mediators"]
    sheet = file.read(content, lambda head: bool(columns.field_of(kind.name, head)))
    reading = Reading(world.now, "Europe/Berlin", sheet, columns.guess(kind.name, sheet.heads), options)
    with world.change() as session:
        if save:
            return take_in(session, world.pool_id, kind, reading, world.links, SERVICE)
        return kind.examine(session, reading)


def said(found: Findings[Any]) -> list[tuple[int, int | None, str]]:
    return [(one.row, one.column, one.code) for one in found.problems]


def count(world: World, kind: type[Any]) -> int:
    with world.change() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def planted(rows: list[list[str]], errors: int) -> list[tuple[int, int, str]]:
    """Put errors into rows that lie apart, kind after kind; gives where they stand."""
    places = []
    for number in range(errors):
        head, text, code = PLANTED[number % len(PLANTED)]
        index = number * (len(rows) // errors)
        rows[index][HEAD.index(head)] = text
        places.append((index + 2, HEAD.index(head), code))
    return places


@pytest.mark.parametrize("many", [96, pytest.param(5000, marks=pytest.mark.thorough)])
def test_exactly_the_planted_errors_are_found_where_they_stand_and_nothing_is_saved(world: World, many: int) -> None:
    rows = [person(number) for number in range(many)]
    places = planted(rows, 40)
    assert len({code for _, _, code in places}) == 12
    found = looked_at(world, written(rows), save=True)
    assert said(found) == places
    assert count(world, Mediator) == count(world, Event) == 0
    good = looked_at(world, written([person(number) for number in range(many)]), save=True)
    assert (len(good.new), good.problems, count(world, Mediator)) == (many, (), many)


def test_whoever_comes_from_a_table_is_as_if_entered_by_hand(world: World) -> None:
    looked_at(world, written([person(1), person(2)]), save=True)
    with world.change() as session:
        one = session.scalars(select(Mediator).where(Mediator.name == "Person 1")).one()
        assert (one.phone, one.gender, one.max_travel_minutes) == ("+4915120000001", "f", 45)
        assert [(skill.language, skill.level) for skill in one.skills] == [("ara", "native"), ("pes", "C1")]
        assert one.modes == ["on_site", "phone"]
        assert len(one.availability) == 6
        assert one.pool_id == world.pool_id
        kinds = session.scalars(select(Link.kind).where(Link.mediator_id == one.id).order_by(Link.id)).all()
        assert kinds == [LinkKind.MEDIATOR, LinkKind.FEED]
        tokens = session.scalars(select(Link.token_hash)).all()
        assert len(set(tokens)) == len(tokens) == 4
    assert (count(world, Event), count(world, Consent), count(world, Skill)) == (2, 2, 4)
    assert count(world, PlanRun) == 1


def test_the_same_table_twice_changes_nothing_the_second_time(world: World) -> None:
    content = written([person(1), person(2)])
    looked_at(world, content, save=True)
    again = looked_at(world, content, save=True)
    assert (len(again.new), again.present, again.problems) == (0, 2, ())
    assert (count(world, Mediator), count(world, Event)) == (2, 2)


@pytest.mark.parametrize(
    ("change", "code", "column"),
    [
        ({}, "cell_twice", 1),
        ({0: "PERSON 1"}, "cell_twice", 1),
        ({1: "0151 29999999"}, "cell_twice", 2),
        ({0: "Jemand", 2: ""}, "cell_same_phone", 1),
        ({0: "Jemand", 1: "0151 29999999", 2: "P1@mail.example"}, "cell_same_email", 2),
        ({1: "0151 29999999", 2: "x@mail.example"}, "cell_same_name", 0),
    ],
)
def test_whoever_stands_twice_in_a_table_is_named_with_the_other_row(
    sqlite_world: World, change: dict[int, str], code: str, column: int
) -> None:
    double = person(1)
    for place, text in change.items():
        double[place] = text
    found = looked_at(sqlite_world, written([person(1), person(2), double]))
    assert said(found) == [(4, column, code)]
    assert found.problems[0].params["row"] == 2
    allowed = looked_at(sqlite_world, written([person(1), person(2), double]), options=Options(similar=True))
    assert bool(allowed.problems) == (not set(change) & {1, 2} and code == "cell_twice")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({0: "Jemand"}, "cell_known_phone"),
        ({0: "Jemand", 1: "0151 29999999"}, "cell_known_email"),
        ({1: "0151 29999999", 2: ""}, "cell_known_name"),
        ({1: "0151 29999999"}, None),
        ({2: ""}, None),
    ],
)
def test_who_is_like_somebody_in_the_pool_is_asked_about_and_the_same_person_is_there_already(
    sqlite_world: World, change: dict[int, str], code: str | None
) -> None:
    looked_at(sqlite_world, written([person(1)]), save=True)
    other = person(1)
    for place, text in change.items():
        other[place] = text
    found = looked_at(sqlite_world, written([other]))
    assert [one.code for one in found.problems] == ([code] if code else [])
    assert found.present == (0 if code else 1)
    taken = looked_at(sqlite_world, written([other]), save=True, options=Options(similar=True))
    assert len(taken.new) == (1 if code else 0)


Cells = dict[str, str]


@pytest.mark.parametrize(
    ("cells", "skills"),
    [
        ({"Sprache 1": "Dari", "Niveau 1": "C1", "Sprache 2": "Farsi", "Niveau 2": "gut"}, ["prs C1", "pes B2"]),
        (
            {"Muttersprache": "Dari", "Weitere Sprachen": "Farsi B2", "Deutsch": "C1"},
            ["prs native", "pes B2", "deu C1"],
        ),
        ({"Muttersprache": "Dari, Farsi"}, ["prs native", "pes native"]),
        ({"Sprachen": "Dari", "Niveau": "fließend"}, ["prs C1"]),
        ({"Sprachen": "Dari B1, Farsi", "Niveau": ""}, ["prs B1", "pes C2"]),
    ],
)
def test_languages_may_stand_in_several_columns(sqlite_world: World, cells: Cells, skills: list[str]) -> None:
    content = written([["Amira", "0171 3920001", *cells.values()]], ["Name", "Telefon", *cells])
    found = looked_at(sqlite_world, content, options=Options(level="C2"))
    assert found.problems == ()
    assert [" ".join(one) for one in found.new[0].skills] == skills


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ({"Vorname": "Amira", "Nachname": "Yıldız"}, "Amira Yıldız"),
        ({"Name": "Yıldız", "Vorname": "Amira"}, "Amira Yıldız"),
        ({"Nachname, Vorname": "Yıldız, Amira"}, "Amira Yıldız"),
        ({"Name": "Yıldız, Amira"}, "Yıldız, Amira"),
    ],
)
def test_names_may_stand_in_parts(sqlite_world: World, cells: Cells, name: str) -> None:
    content = written([["0171 3920001", "Dari C1", *cells.values()]], ["Handy", "Sprachen", *cells])
    found = looked_at(sqlite_world, content)
    assert found.problems == ()
    assert [one.name for one in found.new] == [name]


def test_each_day_may_have_a_column(sqlite_world: World) -> None:
    content = written(
        [["A", "0171 3920001", "Dari C1", "9-13, 15-17", "", "x"]], [*HEAD[:2], "Sprachen", "Mo", "Di", "Mi"]
    )
    found = looked_at(sqlite_world, content)
    assert said(found) == [(2, 5, "cell_hours")]
    assert found.new[0].availability == ((0, 540, 780), (0, 900, 1020))


def test_the_mobile_number_comes_first_and_the_other_one_where_there_is_none(sqlite_world: World) -> None:
    rows = [["A", "02521 291", "0171 3920001", "Dari C1"], ["B", "02521 292", "", "Dari C1"], ["C", "1", "", "Dari C1"]]
    found = looked_at(sqlite_world, written(rows, ["Name", "Telefon", "Handy", "Sprachen"]))
    assert [one.phone for one in found.new[:2]] == ["+491713920001", "+492521292"]
    assert said(found) == [(4, 1, "phone")]


def test_what_is_longer_than_anybody_writes_is_not_taken_apart(sqlite_world: World) -> None:
    row = person(1)
    row[HEAD.index("Zeiten")] = "Mo und " * 1000
    assert said(looked_at(sqlite_world, written([row]))) == [(2, 4, "too_long")]


def test_excluded_organisations_are_known_by_name(sqlite_world: World) -> None:
    rows = [[*person(1)[:-1], "Sozialamt"], [*person(2)[:-1], "Sozialamt; Zoo"]]
    found = looked_at(sqlite_world, written(rows))
    assert found.new[0].excluded_organisations == (sqlite_world.organisation_id,)
    assert said(found) == [(3, 10, "cell_organisation")]


@pytest.mark.parametrize("locale", ["de", "en"])
def test_what_is_possible_is_told_in_the_readers_language(locale: str) -> None:
    problem = RowProblem(2, "gender", 1, "cell_choice", {"list": "gender"}, "x")
    assert (
        problem.said(locale)["choices"] == {"de": "weiblich, männlich, divers", "en": "female, male, diverse"}[locale]
    )
    several = RowProblem(2, "languages", 1, "cell_languages", {"languages": ("prs", "pes")}, "Persisch")
    assert several.said(locale)["choices"] == {"de": "Dari, Farsi (Persisch)", "en": "Dari, Farsi (Persian)"}[locale]


def test_two_tables_at_once_are_taken_one_after_the_other(world: World, twice_at_once: Callable[..., None]) -> None:
    content = written([person(number) for number in range(20)])
    twice_at_once(lambda: looked_at(world, content, save=True))
    assert count(world, Mediator) == 20


def test_dates_of_clearances_are_known_by_many_heads_and_read_as_they_are_written(sqlite_world: World) -> None:
    heads = ("Schulung am", "Verschwiegenheitserklärung", "erw. Führungszeugnis", "Mitglied seit", "Mitglied bis")
    rows = [
        [*person(1), "3.11.2024", "2024-11-05", "11/2024", "2024", "12.2026"],
        [*person(2), "", "nein", "-", "", ""],
    ]
    looked_at(sqlite_world, written(rows, (*HEAD, *heads)), save=True)
    with sqlite_world.change() as session:
        first, second = session.scalars(select(Mediator).order_by(Mediator.id))
        assert (first.training_on, first.confidentiality_on) == (date(2024, 11, 3), date(2024, 11, 5))
        assert (first.conduct_on, first.membership_on) == (date(2024, 11, 1), date(2024, 1, 1))
        assert first.membership_until == date(2026, 12, 31)
        assert (second.training_on, second.confidentiality_on, second.conduct_on) == (None, None, None)


def test_a_date_that_cannot_be_is_told_where_it_stands(sqlite_world: World) -> None:
    rows = [[*person(1), "ja", "2027", "2026"]]
    found = looked_at(sqlite_world, written(rows, (*HEAD, "Führungszeugnis", "Mitglied seit", "Mitglied bis")))
    width = len(HEAD)
    assert said(found) == [(2, width, "cell_day"), (2, width + 2, "ends_before_start")]
