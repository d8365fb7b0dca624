"""Words people write in cells, in German and English, and what they stand for: data in words.csv beside this file."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.models.languages import plain, written_in
from app.models.topics import topic_name


@dataclass(frozen=True)
class Meaning:
    """What a code is called, and what else people write for it."""

    german: str
    english: str
    others: tuple[str, ...]

    def name(self, locale: str) -> str:
        """The word on a screen, and in a spreadsheet, of that locale."""
        return self.english if written_in(locale) == "en" else self.german


@cache
def meanings(kind: str) -> Mapping[str, Meaning]:
    """Code -> its words, of one list such as `level`."""
    with (Path(__file__).parent / "words.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: _meaning(kind, row) for row in csv.DictReader(file, delimiter=";") if row["list"] == kind}


def code_of(kind: str, text: str) -> str | None:
    """The code that a text stands for; None for an unknown word."""
    return _codes(kind).get(plain(text.strip()))


def name_of(kind: str, code: str, locale: str) -> str:
    """The word for a code."""
    return meanings(kind)[code].name(locale)


def names(kind: str, locale: str) -> Sequence[str]:
    """The words of a list, to tell people what is possible."""
    return [one.name(locale) for one in meanings(kind).values()]


def known(kind: str) -> Sequence[str]:
    """Everything that is understood, without marks and capitals, the longest first."""
    return sorted(_codes(kind), key=len, reverse=True)


def _meaning(kind: str, row: Mapping[str, str]) -> Meaning:
    others = tuple(one for one in row["others"].split("|") if one)
    if kind == "topic":
        return Meaning(topic_name(row["code"], "de"), topic_name(row["code"], "en"), others)
    return Meaning(row["german"], row["english"], others)


@cache
def _codes(kind: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for code, one in meanings(kind).items():
        for word in (one.german, one.english, *one.others, code):
            # the first list entry that claims a word keeps it
            found.setdefault(plain(word), code)
    return found
