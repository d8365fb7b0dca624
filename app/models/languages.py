"""The languages table: data, not code (languages.csv beside this file).

Ours, because no source fits: ISO's German name for Romani is a slur, and locale data lacks Kurmanji, Dari and the
Arabic of the Levant. Codes are ISO 639-3.
"""

import csv
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from babel.core import Locale, get_global

from app.models.locales import MEDIATOR_LOCALES

# the words for Romani are slurs in several languages, as ISO's German one; "Kurdish" does for Kurmanji and Sorani
OWN_NAMES: Final = frozenset({"rom", "kmr"})


def written_in(locale: str) -> Literal["de", "en"]:
    """The language a person of that locale is written to in: English if they chose it, otherwise German."""
    return "en" if locale.startswith("en") else "de"


@dataclass(frozen=True)
class Language:
    """One language: code (ISO 639-3), names, its own name, writing direction, other words people use for it.

    `members` are the codes of the languages that a macro-language stands for: nobody interprets "Kurdish", so whoever
    asks for it is asked which.
    """

    code: str
    german: str
    english: str
    autonym: str
    direction: Literal["ltr", "rtl"]
    aliases: tuple[str, ...]
    members: tuple[str, ...] = ()

    def name(self, locale: str) -> str:
        """The name on a screen of that locale: ours in German and English, else Babel's.

        Where Babel knows none, or one that is an insult or does for several, it is the language's own.
        """
        reader = locale[:2]
        if reader == "en":
            return self.english
        if reader == "de" or reader not in MEDIATOR_LOCALES:
            return self.german
        if self.code in OWN_NAMES:
            return self.autonym
        short = get_global("language_aliases").get(self.code, self.code)
        return str(Locale.parse(reader).languages.get(short, self.autonym))

    @property
    def words(self) -> tuple[str, ...]:
        """Everything somebody may type to find it."""
        return (self.german, self.english, self.autonym, *self.aliases, self.code)


@cache
def languages() -> Sequence[Language]:
    """All languages, by German name."""
    with (Path(__file__).parent / "languages.csv").open(encoding="utf-8", newline="") as file:
        rows = [
            Language(
                code=row["code"],
                german=row["german"],
                english=row["english"],
                autonym=row["autonym"],
                direction="rtl" if row["direction"] == "rtl" else "ltr",
                aliases=tuple(alias for alias in row["aliases"].split("|") if alias),
                members=tuple(code for code in row["members"].split("|") if code),
            )
            for row in csv.DictReader(file, delimiter=";")
        ]
    return tuple(sorted(rows, key=lambda language: plain(language.german)))


@cache
def _by_code() -> dict[str, Language]:
    return {language.code: language for language in languages()}


def find(code: str) -> Language | None:
    """The language with that ISO 639-3 code."""
    return _by_code().get(code)


def name(code: str, locale: str) -> str:
    """The name of a language on a screen of that locale; the code itself if it is not in the table."""
    language = find(code)
    return language.name(locale) if language else code


def search(text: str) -> list[Language]:
    """Languages that somebody typing `text` may mean, best first: whole words, then beginnings, then parts."""
    wanted = plain(text.strip())
    if not wanted:
        return []
    ranked = []
    for language in languages():
        ranks = [_rank(plain(word), wanted) for word in language.words]
        if (best := min(ranks)) < _NO_MATCH:
            ranked.append((best, language))
    return [language for _, language in sorted(ranked, key=lambda pair: pair[0])]


def named(text: str) -> Language | None:
    """The language one of whose words is just this; None if there is none."""
    wanted = plain(text.strip())
    return next((one for one in languages() if wanted in map(plain, one.words)), None)


def beginning(text: str) -> list[Language]:
    """Languages one of whose names begins like this; none for less than two letters, which are no language yet."""
    wanted = plain(text.strip())
    if len(wanted) < 2:
        return []
    return [one for one in languages() if any(plain(word).startswith(wanted) for word in one.words)]


_NO_MATCH = 4


def _rank(word: str, wanted: str) -> int:
    if word == wanted:
        return 0
    if word.startswith(wanted):
        return 1
    if f" {wanted}" in word or f"({wanted}" in word:
        return 2
    return 3 if wanted in word else _NO_MATCH


def plain(text: str) -> str:
    """Lower case without marks, so that `turkce` finds Türkçe and `kurmanci` Kurmancî."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))
