"""Languages as people write them, by any name and with levels in words: Arabisch (Muttersprache), Dari C1."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from app.models import languages
from app.models.languages import plain
from app.spreadsheets.meaning import words
from app.spreadsheets.meaning.rows import CellError

Skills = tuple[tuple[str, str], ...]
# between two languages; within brackets a comma belongs to one of them
_BETWEEN: Final = re.compile(r"(?:[,;|/\n]|\s(?:und|and|sowie|u\.)\s)(?![^()]*\))")
_SIGNS: Final = " ():=–-,"
_NAME: Final = re.compile(r"(?P<name>[^()]+?)\s*\((?P<within>[^()]+)\)")


def language(text: str) -> str:
    """The code of the language that a text names. Raises CellError for none, and for one of several."""
    wanted = plain(text.strip())
    for known in (_by_name(), _by_other_name()):
        if codes := known.get(wanted):
            if len(codes) > 1:
                raise CellError("cell_languages", part=text.strip(), languages=tuple(codes))
            return codes[0]
    if found := _NAME.fullmatch(text.strip()):
        # of "Kurdisch (Sorani)" the brackets say which
        return language(found["within"])
    raise CellError("cell_language", part=text.strip())


def several(text: str) -> tuple[str, ...]:
    """The codes of several languages. Raises CellError."""
    return tuple(dict.fromkeys(language(one) for one in _parts(text)))


def read(text: str, level: str) -> Skills:
    """Languages with their levels; `level` where none is said, "" if then none is known. Raises CellError."""
    found = [_with_level(part) for part in _parts(text)]
    bare = [part for part, (_, said) in zip(_parts(text), found, strict=True) if not said and not level]
    if bare:
        raise CellError("cell_no_level", part=bare[0])
    return tuple((code, said or level) for code, said in found)


def written(skills: Iterable[tuple[str, str]], locale: str) -> str:
    """What `read` reads."""
    return ", ".join(
        f"{languages.name(code, locale)} ({words.name_of('level', level, locale)})" for code, level in skills
    )


def _parts(text: str) -> Sequence[str]:
    return [one.strip() for one in _BETWEEN.split(text) if one.strip()]


def _with_level(part: str) -> tuple[str, str]:
    """The language, and its level if one is said behind it."""
    for end in _ends_of_words(part):
        level = words.code_of("level", part[end:].strip(_SIGNS))
        if level:
            return language(part[:end].rstrip(" :=–-,(")), level
    return language(part), ""


def _ends_of_words(part: str) -> Iterator[int]:
    for found in re.finditer(r"\s*[\s(:=–-]\s*", part):
        yield found.start()


@cache
def _by_name() -> Mapping[str, Sequence[str]]:
    """What a language is called itself; the part in brackets may be left out."""
    known: dict[str, list[str]] = {}
    for one in languages.languages():
        if one.members:
            for code in one.members:
                _note(known, code, (one.german, one.english, one.code))
            continue
        full = (one.german, one.english, one.autonym, one.code)
        _note(known, one.code, (*full, *(found["name"] for name in full if (found := _NAME.fullmatch(name)))))
    return known


@cache
def _by_other_name() -> Mapping[str, Sequence[str]]:
    """Other words for it, some of which stand for several."""
    known: dict[str, list[str]] = {}
    for one in languages.languages():
        if not one.members:
            within = (found["within"] for name in (one.german, one.english) if (found := _NAME.fullmatch(name)))
            _note(known, one.code, (*one.aliases, *within))
    return known


def _note(known: dict[str, list[str]], code: str, names: Iterable[str]) -> None:
    for name in names:
        codes = known.setdefault(plain(name), [])
        if code not in codes:
            codes.append(code)
