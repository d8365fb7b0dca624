"""Which column holds what: guessed from its head, in whatever words; data in columns.csv beside this file."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from app.errors import FieldProblem
from app.models.languages import plain, written_in
from app.spreadsheets.files.table import letter

# tables with the columns of others, as far as what is yet to come has them
LIKE: Final[Mapping[str, str]] = {"requests": "appointments"}
NOT_IN: Final[Mapping[str, frozenset[str]]] = {
    "requests": frozenset({"outcome", "requested_at", "filled_at", "cancelled_at"}),
}
# fields that may have several columns: Sprache 1, Niveau 1, Sprache 2, …
REPEATED: Final = frozenset({"languages", "level", "native", "accepted_languages"})


@dataclass(frozen=True)
class Column:
    """A field of one kind of table, with the heads that are known for it."""

    field: str
    german: str
    english: str
    others: tuple[str, ...]

    def title(self, locale: str) -> str:
        """The head in a table that is written in that locale."""
        return self.english if written_in(locale) == "en" else self.german


# fields that a table has to have; of a tuple, one of them
NEEDED: Final[Mapping[str, Sequence[tuple[str, ...]]]] = {
    "mediators": (("name", "last_name", "reversed_name"), ("phone", "mobile"), ("languages", "native")),
    "organisations": (("name",),),
    "appointments": (("organisation",), ("language",), ("day",), ("from",), ("until", "duration"), ("outcome",)),
    "requests": (("language",), ("day",), ("from",), ("until", "duration")),
}


@cache
def columns(kind: str) -> Mapping[str, Column]:
    """Field -> its column, of tables of mediators, organisations, appointments or requests."""
    listed, left_out = LIKE.get(kind, kind), NOT_IN.get(kind, frozenset())
    with (Path(__file__).parent / "columns.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["field"]: Column(row["field"], row["german"], row["english"], tuple(row["others"].split("|")))
            for row in csv.DictReader(file, delimiter=";")
            if row["kind"] == listed and row["field"] not in left_out
        }


def field_of(kind: str, head: str) -> str:
    """The field that a head names; empty for an unknown one."""
    return _fields(kind).get(_key(head), "")


def guess(kind: str, heads: Sequence[str]) -> tuple[str, ...]:
    """For each column its field, empty where none is recognised."""
    return tuple(field_of(kind, head) for head in heads)


def check(kind: str, fields: Sequence[str]) -> list[FieldProblem]:
    """What keeps a table with these columns from being read: a field that is missing, or that two columns claim."""
    problems = [
        FieldProblem(needed[0], "sheet_no_column")
        for needed in NEEDED[kind]
        if not any(one in fields for one in needed)
    ]
    for field in dict.fromkeys(fields):
        places = [index for index, one in enumerate(fields) if one == field]
        if field and len(places) > 1 and field not in REPEATED:
            said = {"first": letter(places[0]), "second": letter(places[1])}
            problems.append(FieldProblem(field, "sheet_two_columns", said))
    return problems


@cache
def _fields(kind: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for field, column in columns(kind).items():
        for head in (column.german, column.english, field, *column.others):
            if key := _key(head):
                found.setdefault(key, field)
    return found


def _key(head: str) -> str:
    """A head without what does not matter: marks, capitals, signs, and the number at its end."""
    words = re.sub(r"[\W_]+", " ", plain(head)).strip()
    return re.sub(r" ?[0-9]+$", "", words)
