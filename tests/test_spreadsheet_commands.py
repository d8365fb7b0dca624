"""`flask import` and `flask export`, as operators type them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import func, select

from app.models import Appointment, Event, Mediator, Message, Organisation
from tests.world import World

Run = Callable[..., Result]
PEOPLE = (
    "Name;Handy;Sprachen\nAmira Yıldız;0171 3920001;Kurmanci C1\nBerat Öztürk;0171/3920002;Türkisch (Muttersprache)\n"
)
PAST = (
    "Einrichtung,Sprache,Datum,Uhrzeit,Dauer,Status\n"
    "Sozialamt,Arabisch,1.10.2026,10:00,60,erledigt\n"
    "Sozialamt,Dari,2.10.2026,9:30,90,nicht besetzt\n"
)
PLACES = (
    "Einrichtung;Ort;Straße;Koordinaten\nSchule;Haus A;Am Weg 1;51.7, 8.0\nSchule;Haus B;Am Weg 2;51.8, 8.1\nAmt;;;\n"
)


@pytest.fixture
def run(world: World) -> Run:
    """A command with its words."""

    def invoke(*words: str | Path) -> Result:
        return world.app.test_cli_runner().invoke(args=[str(one) for one in words])

    return invoke


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """A file with this text."""

    def write(text: str) -> Path:
        path = tmp_path / "table.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def count(world: World, kind: type) -> int:
    with world.change() as session:
        return session.scalar(select(func.count()).select_from(kind)) or 0


def test_people_are_taken_in_once_however_often_their_table_is_sent(
    world: World, run: Run, written: Callable[[str], Path]
) -> None:
    path = written(PEOPLE)
    dry = run("import", "mediators", path, "--pool", "beckum", "--dry-run")
    assert (dry.exit_code, count(world, Mediator)) == (0, 0), dry.output
    for new, present in ((2, 0), (0, 2)):
        done = run("import", "mediators", path, "--pool", "beckum")
        assert done.exit_code == 0, done.output
        assert f"{new} mediators saved, {present} rows" in done.output
        assert count(world, Mediator) == 2
    with world.change() as session:
        [amira, _] = session.scalars(select(Mediator).order_by(Mediator.name))
        assert (amira.name, amira.phone) == ("Amira Yıldız", "+491713920001")
        assert session.scalar(select(func.count()).where(Event.kind == "mediator_added")) == 2


def test_with_an_error_nothing_is_saved_and_each_is_named_by_row_and_column(
    world: World, run: Run, written: Callable[[str], Path]
) -> None:
    done = run("import", "mediators", written(f"{PEOPLE}Cem;abc;Klingonisch C1\n"))
    assert done.exit_code == 1
    assert "row 4, column Handy (B): 'abc'" in done.stderr
    assert "row 4, column Sprachen (C): 'Klingonisch C1': We do not know this language: Klingonisch" in done.stderr
    assert "2 errors" in done.stderr
    assert count(world, Mediator) == 0


def test_past_appointments_are_closed_and_nobody_is_told(
    world: World, run: Run, written: Callable[[str], Path]
) -> None:
    for _ in range(2):
        done = run("import", "appointments", written(PAST))
        assert done.exit_code == 0, done.output
    with world.change() as session:
        rows = session.scalars(select(Appointment).order_by(Appointment.starts_at)).all()
        assert [(row.language, row.status.value) for row in rows] == [("ara", "done"), ("prs", "unfilled")]
        assert f"{rows[1].starts_at:%H:%M}" == "07:30"
        assert rows[1].duration_minutes == 90
    world.work()
    assert count(world, Message) == 0


def test_organisations_come_with_their_sites(world: World, run: Run, written: Callable[[str], Path]) -> None:
    for _ in range(2):
        done = run("import", "organisations", written(PLACES))
        assert done.exit_code == 0, done.output
    with world.change() as session:
        sites = {one.name: [site.name for site in one.sites] for one in session.scalars(select(Organisation))}
    assert sites == {"Sozialamt": ["Rathaus"], "Schule": ["Haus A", "Haus B"], "Amt": []}


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ["mediators", "organisations", "appointments"])
def test_what_is_exported_is_there_already(
    world: World, run: Run, written: Callable[[str], Path], tmp_path: Path, kind: str, form: str
) -> None:
    for name, text in (("mediators", PEOPLE), ("organisations", PLACES), ("appointments", PAST)):
        assert run("import", name, written(text)).exit_code == 0
    path = tmp_path / f"{kind}.{form}"
    assert run("export", kind, path).exit_code == 0
    again = run("import", kind, path)
    assert again.exit_code == 0, again.output
    assert f" 0 {kind} saved" in again.output


def test_the_file_and_the_pool_are_asked_for_by_name(world: World, run: Run, written: Callable[[str], Path]) -> None:
    World.build(world.app, world.now, key="hagen")
    path = written(PEOPLE)
    assert "beckum, hagen" in run("import", "mediators", path).stderr
    assert "beckum, hagen" in run("import", "mediators", path, "--pool", "unna").stderr
    assert ".xlsx or .csv" in run("export", "mediators", path.with_suffix(".pdf"), "--pool", "hagen").stderr


def test_a_column_with_a_strange_head_is_named_on_the_command_line(
    world: World, run: Run, written: Callable[[str], Path]
) -> None:
    path = written("Wer;Draht;Kann\nAmira;0171 3920001;Dari\n")
    refused = run("import", "mediators", path)
    assert "Phone: This column is missing" in refused.stderr
    assert "Wer, Draht, Kann" in refused.stderr
    named = ("--column", "Wer=name", "--column", "Draht=phone", "--column", "Kann=languages")
    assert run("import", "mediators", path, *named, "--level", "C1").exit_code == 0
    assert count(world, Mediator) == 1
    assert "write HEAD=FIELD" in run("import", "mediators", path, "--column", "Wer=nobody").stderr
    assert "no column 'Wo'" in run("import", "mediators", path, "--column", "Wo=name").stderr
