"""Taking in the land survey's houses: both forms of the file, all or nothing, on both databases."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from app.gazetteer import counting, importing, opening
from app.gazetteer.gebref import NEW, Line
from app.models import House, HouseFile, Street
from app.services import services
from app.transaction import transaction
from tests.gazetteer.town import HOUSES, keys, new, old, packed, written

Run = Callable[..., Result]
LINES = [new(house) for house in HOUSES]


@pytest.fixture
def run(app: Flask) -> Run:
    """`flask import addresses` with these words."""

    def invoke(*words: str | Path) -> Result:
        return app.test_cli_runner().invoke(args=["import", "addresses", *map(str, words)])

    return invoke


def houses(app: Flask) -> dict[str, int]:
    """How many houses of which street can be looked up."""
    with app.app_context(), transaction(None) as session:
        rows = select(Street.town_title, Street.title, func.count()).join(House, House.street_id == Street.id)
        complete = rows.join(HouseFile, HouseFile.id == Street.file_id).where(HouseFile.complete)
        found = session.execute(complete.group_by(Street.town_title, Street.title))
        return {f"{street}, {town}": count for town, street, count in found}


def left_over(app: Flask) -> tuple[int, int, int]:
    """How many files, streets and houses there are, whoever may see them."""
    with app.app_context(), transaction(None) as session:
        files, streets, all_houses = (
            session.scalar(select(func.count()).select_from(kind)) or 0 for kind in (HouseFile, Street, House)
        )
        return files, streets, all_houses


def forms(folder: Path) -> dict[str, Path]:
    """The same town in every form its file has had."""
    written(folder / "gebref_schluessel.txt", keys().split("\r\n"))
    olden = [old(house) for house in HOUSES]
    return {
        "today": written(folder / "today.txt", LINES),
        "with a head": written(folder / "head.txt", [";".join(NEW), *LINES]),
        "with a mark": written(folder / "mark.txt", ["\ufeff" + LINES[0], *LINES[1:]]),
        "in Latin-1": written(folder / "latin.txt", LINES, "latin-1"),
        "older": written(folder / "older.txt", olden),
        "oldest, without a day": written(folder / "oldest.txt", [line.rpartition(";")[0] for line in olden]),
        "packed": packed(folder / "packed.zip", gebref="\n".join(LINES)),
        "older, packed": packed(folder / "olden.zip", gebref="\n".join(olden), gebref_schluessel=keys()),
    }


def test_every_form_of_the_file_gives_the_same_houses(app: Flask, run: Run, tmp_path: Path) -> None:
    places: dict[str, set[tuple[float, float]]] = {}
    for form, path in forms(tmp_path).items():
        done = run(path, "--replace")
        assert done.exit_code == 0, (form, done.output)
        assert "8 lines: 8 houses in 6 streets of 3 towns saved" in done.output, form
        with app.app_context(), transaction(None) as session:
            places[form] = {(lat, lon) for lat, lon in session.execute(select(House.lat, House.lon))}
    assert len(set(map(frozenset, places.values()))) == 1
    assert houses(app)["Südstraße, Beckum"] == 3
    # what was there before is gone
    assert left_over(app) == (1, 6, 8)


def test_only_the_towns_that_are_named_come_in(app: Flask, run: Run, tmp_path: Path) -> None:
    done = run(written(tmp_path / "gebref.txt", LINES), "--town", "beckum", "--town", "AHLEN")
    assert "7 houses in 5 streets of 2 towns saved; 1 in other towns" in done.output
    assert set(houses(app)) >= {"Südstraße, Beckum", "Südstraße, Ahlen"}
    assert "Südstraße, Ennigerloh" not in houses(app)


def test_what_is_there_is_replaced_only_by_who_says_so(app: Flask, run: Run, tmp_path: Path) -> None:
    assert run(written(tmp_path / "gebref.txt", LINES)).exit_code == 0
    second = written(tmp_path / "second.txt", LINES[-1:])
    refused = run(second)
    assert refused.exit_code == 1
    assert "8 houses from gebref.txt" in refused.output
    assert "--replace" in refused.output
    assert len(houses(app)) == 6
    assert run(second, "--replace").exit_code == 0
    assert houses(app) == {"Südstraße, Ennigerloh": 1}


def test_a_dry_run_says_the_same_and_saves_nothing(app: Flask, run: Run, tmp_path: Path) -> None:
    done = run(written(tmp_path / "gebref.txt", LINES), "--dry-run", "--town", "Beckum")
    assert "8 lines: 6 houses in 4 streets of 1 towns would be saved; 2 in other towns" in done.output
    assert left_over(app) == (0, 0, 0)


def test_a_house_with_two_points_and_one_without_a_number_are_counted(app: Flask, run: Run, tmp_path: Path) -> None:
    odd = [
        LINES[0],
        new(("Beckum", "Südstraße", "4", "", "433701", "5733901")),
        new((*HOUSES[0][:2], "", *HOUSES[0][3:])),
    ]
    done = run(written(tmp_path / "gebref.txt", odd))
    assert "3 lines: 1 houses" in done.output
    assert "1 twice, 1 without a number" in done.output


def test_far_ahead_it_says_how_far_it_is(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "TOGETHER", 2)
    done = run(written(tmp_path / "gebref.txt", LINES))
    assert "100 %: 8 lines, 8 houses" in done.stderr
    assert "%" not in done.stdout


BAD = {
    "nothing in it": ([], "no house"),
    "another table": (["Name;Telefon", "Amira;0171"], "Line 1: this is no file of house references"),
    "too few columns later": ([LINES[0], "N;x"], "Line 2 has 2 columns instead of 21"),
    "a damaged number": ([LINES[0], LINES[1].replace("433712.000", "43x712")], "Line 2: ‘43x712’ is no coordinate"),
    "no number at all": ([LINES[0], LINES[1].replace("433712.000", "")], "Line 2: ‘’ is no coordinate"),
    "somewhere else": ([LINES[0], LINES[1].replace("5733905", "0003905")], "Line 2:"),
    "another zone": ([new(HOUSES[0], zone="33")], "Line 1: the coordinates belong to zone 33"),
    "no street": ([LINES[0].replace("Südstraße", "")], "Line 1 names no town or no street"),
    "a line without an end": (["N;" + "x" * 5000], "Line 1 is longer than 2000"),
    "no text": ([LINES[0] + "\x00"], "Line 1 is no text"),
    "numbers of towns nobody names": ([old(HOUSES[0])], "gebref_schluessel.txt"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_no_such_file_is_refused_by_its_line_and_changes_nothing(
    app: Flask, run: Run, tmp_path: Path, case: str
) -> None:
    assert run(written(tmp_path / "gebref.txt", LINES)).exit_code == 0
    lines, said = BAD[case]
    refused = run(written(tmp_path / "bad.txt", lines), "--replace")
    assert refused.exit_code == 1
    assert said in refused.output
    assert left_over(app) == (1, 6, 8)


def test_a_town_that_is_not_in_the_file_is_refused_with_those_alike(app: Flask, run: Run, tmp_path: Path) -> None:
    refused = run(written(tmp_path / "gebref.txt", LINES), "--town", "Bekum")
    assert refused.exit_code == 1
    assert "Bekum is not in this file. Alike: Beckum" in refused.output
    assert left_over(app) == (0, 0, 0)


def archives(folder: Path) -> dict[str, tuple[Path, str]]:
    """Archives that are not what they should be."""
    damaged = packed(folder / "damaged.zip", gebref="\n".join(LINES))
    content = bytearray(damaged.read_bytes())
    # the checksum, in the list of contents
    content[content.index(b"PK\x01\x02") + 16] ^= 0xFF
    damaged.write_bytes(content)
    return {
        "damaged": (damaged, "cannot be opened"),
        "two texts": (packed(folder / "two.zip", gebref="x", more="y"), "it holds 2"),
        "none": (packed(folder / "none.zip"), "it holds 0"),
        "a bomb": (packed(folder / "bomb.zip", gebref="0" * 5_000_000), "is packed far smaller"),
        "a bomb of keys": (
            packed(folder / "keys.zip", gebref=LINES[0], gebref_schluessel="0" * 5_000_000),
            "schluessel",
        ),
    }


@pytest.mark.parametrize("case", ["damaged", "two texts", "none", "a bomb", "a bomb of keys"])
def test_a_bad_archive_is_refused_by_what_is_bad_about_it(app: Flask, run: Run, tmp_path: Path, case: str) -> None:
    path, said = archives(tmp_path)[case]
    refused = run(path)
    assert refused.exit_code == 1
    assert said in refused.output
    assert left_over(app) == (0, 0, 0)


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_read_and_refused_like_the_usual_one(run: Run, tmp_path: Path, kind: int) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w", kind) as archive:
        archive.writestr("gebref.txt", "\n".join(LINES))
        archive.writestr("__MACOSX/._gebref.txt", "\x00\x05")
    assert "8 houses" in run(path, "--dry-run").output
    content = bytearray(path.read_bytes())
    start = len("PK34") + 26 + len("gebref.txt")
    content[start + 30 : start + 60] = bytes(30)
    path.write_bytes(content)
    assert "cannot be opened" in run(path).output


def test_a_fault_of_ours_is_not_taken_for_a_damaged_archive(tmp_path: Path) -> None:
    path = tmp_path / "gebref.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("gebref.txt", "\n".join(LINES))
    with pytest.raises(RuntimeError, match="ours"), opening.opened(path):
        raise RuntimeError("ours")


def test_an_archive_that_says_it_is_too_large_is_not_unpacked(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "MOST_BYTES", 100)
    path = tmp_path / "stored.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("gebref.txt", "\n".join(LINES))
    assert "too large" in run(path).output


def test_an_import_that_is_killed_leaves_the_old_ones_and_is_swept_up_by_the_next(
    app: Flask, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "gebref.txt", LINES)
    assert run(path).exit_code == 0
    with monkeypatch.context() as patch:
        patch.setattr(counting, "TOGETHER", 2)
        patch.setattr(importing, "_sweep", lambda *_: None)
        patch.setattr(importing._Taking, "finish", _killed)
        assert run(path, "--replace").exit_code != 0
    assert left_over(app) == (2, 12, 16)
    assert sum(houses(app).values()) == 8
    assert run(path, "--replace").exit_code == 0
    assert left_over(app) == (1, 6, 8)


def _killed(_taking: object) -> None:
    raise SystemExit(137)


def test_of_two_imports_at_once_the_later_one_stands(
    app: Flask, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, later = written(tmp_path / "gebref.txt", LINES), written(tmp_path / "later.txt", LINES[:1])
    monkeypatch.setattr(counting, "TOGETHER", 2)
    begun: list[Result] = []
    rows = importing._Taking._rows

    def meanwhile(taking: importing._Taking, lines: list[Line]) -> object:
        if not begun and taking.counts.lines:
            begun.append(run(later))
        return rows(taking, lines)

    monkeypatch.setattr(importing._Taking, "_rows", meanwhile)
    overtaken = run(path)
    assert begun[0].exit_code == 0, begun[0].output
    assert overtaken.exit_code == 1
    assert "Somebody else has begun" in overtaken.output
    assert left_over(app) == (1, 1, 1)


def test_one_that_begins_before_the_other_ends_does_not_lose_what_is_there(
    app: Flask, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, empty = written(tmp_path / "gebref.txt", LINES), written(tmp_path / "empty.txt", [])
    assert run(written(tmp_path / "old.txt", LINES[:1])).exit_code == 0
    begun: list[Result] = []
    finish = importing._Taking.finish

    def meanwhile(taking: importing._Taking) -> None:
        if not begun:
            begun.append(run(empty, "--replace"))
        finish(taking)

    monkeypatch.setattr(importing._Taking, "finish", meanwhile)
    overtaken = run(path, "--replace")
    assert begun[0].exit_code == 1, begun[0].output
    assert "Somebody else has begun" in overtaken.output
    assert houses(app) == {"Südstraße, Beckum": 1}
    assert left_over(app) == (1, 1, 1)


def test_one_that_another_is_sweeping_up_does_not_become_the_one_that_is_looked_at(
    app: Flask, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path / "gebref.txt", LINES)
    finish = importing._Taking.finish

    def meanwhile(taking: importing._Taking) -> None:
        with transaction(None) as session:
            session.add(HouseFile(name="later.txt", begun_at=services().clock()))
        finish(taking)

    monkeypatch.setattr(importing._Taking, "finish", meanwhile)
    assert "Somebody else has begun" in run(path).output
    assert houses(app) == {}
