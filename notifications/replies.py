"""What an SMS reply means: yes, no, stop, start, help, or nothing that anybody should act on.

The words lie in replies.csv (kind; language, ISO 639-3; word), written as people write them. Beside the kinds of
`ReplyKind` it knows `polite`, words that may stand beside any other, and `sorry`, which go with a no alone.

A wrong yes costs most, so everything in a text must be understood: one word that the table lacks makes it unclear, be
it a condition ("erst um 11"), a time or a name. For the same reason words are missing on purpose that mean yes to one
and no to another: `jo` (Low German, Albanian), `nai` (Greek, a slip of nein), `خير` (Arabic, Farsi). `no` and
`ne` count as no, although a Pole or a Greek may mean yes: asking somebody else does less harm than waiting for somebody
who stays away.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Final

Words = tuple[str, ...]


class ReplyKind(StrEnum):
    """What somebody wants to say."""

    YES = "yes"
    NO = "no"
    STOP = "stop"
    START = "start"
    HELP = "help"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply as understood; `number` names the question it answers, if it names one."""

    kind: ReplyKind
    number: int | None = None


UNCLEAR: Final = Reply(ReplyKind.UNCLEAR)
_POLITE: Final = "polite"
_SORRY: Final = "sorry"
_LONGEST_NUMBER: Final = 9
_QUESTION_MARKS: Final = frozenset("?¿؟՞፧\u037e⁇⁈⁉")
_THUMBS: Final = "👍👎"
# apostrophes and the like belong to a word; the sign for "number" would be taken apart into a no
_DROPPED: Final = dict.fromkeys(map(ord, "'’‘ʼʻ`´\u0640№º"))
_ALIKE: Final = str.maketrans(
    {"ı": "i", "ي": "ی", "ى": "ی", "ك": "ک", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ة": "ه", "ۀ": "ه"}
)
# letters that were held down: first those written thrice or more, then the doubled ones
_RUNS: Final = ((re.compile(r"(.)\1{2,}"), r"\1\1"), (re.compile(r"(.)\1+"), r"\1"))
_ONE_WORD_WITH_A_DIGIT: Final = re.compile(r"(?<![^\W\d_])na3am(?![^\W\d_])")


def understand(text: str) -> Reply:
    """Say what a reply means; never raises, whatever the text.

    A number has one to nine digits of any script and may stand anywhere; two different ones make the reply unclear,
    and so do a yes beside a no, a question, and any word that is not in the table.
    """
    asks = any(character in _QUESTION_MARKS for character in text)
    words, numbers = _parts(text)
    if len(numbers) > 1 or any(len(number) > _LONGEST_NUMBER for number in numbers):
        return UNCLEAR
    if asks and not words and not numbers:
        return Reply(ReplyKind.HELP)
    meant = _meanings(words)
    sorry = _SORRY in meant
    kinds = [ReplyKind(kind) for kind in meant - {_POLITE, _SORRY}]
    if len(kinds) != 1 or kinds == [ReplyKind.UNCLEAR]:
        return UNCLEAR
    (kind,) = kinds
    if (asks and kind in {ReplyKind.YES, ReplyKind.NO}) or (sorry and kind is ReplyKind.YES):
        return UNCLEAR
    return Reply(kind, int(next(iter(numbers))) if numbers else None)


def _parts(text: str) -> tuple[list[str], set[str]]:
    """The words of a text in the form they are looked up in, and its numbers without leading zeros."""
    plain = unicodedata.normalize("NFKC", text.translate(_DROPPED)).casefold()
    plain = "".join(_sign(character) for character in unicodedata.normalize("NFKC", plain).translate(_ALIKE))
    plain = _ONE_WORD_WITH_A_DIGIT.sub("naam", plain)
    words: list[str] = []
    numbers: set[str] = set()
    for sort, run in groupby(plain, _sort):
        characters = "".join(run)
        if sort == "digit":
            numbers.add(characters.lstrip("0") or "0")
        elif sort == "thumb":
            words.extend(characters)
        elif sort == "letter":
            words.append(characters)
    return words, numbers


def _sign(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    # vowel signs, variation selectors and directions: some phones write them, others do not
    return "" if category in {"Mn", "Me", "Cf"} else character


def _sort(character: str) -> str:
    if character in _THUMBS:
        return "thumb"
    category = unicodedata.category(character)
    if category == "Nd":
        return "digit"
    return "letter" if category[0] in "LM" else "gap"


def _meanings(words: Sequence[str]) -> set[str]:
    """The kinds of all the words; a word that nobody knows adds `unclear`."""
    # first the courtesies, because they stand in the midst of other phrases: kann (leider) nicht
    found: set[str] = set()
    rest = list(_read(words, _COURTESIES, found))
    found.update(ReplyKind.UNCLEAR for _ in _read(rest, _ANSWERS, found))
    return found


def _read(words: Sequence[str], table: Mapping[Words, str], found: set[str]) -> Iterable[str]:
    """Add the kinds of the phrases in the table, longest first, to `found`; gives the words that are left."""
    position = 0
    while position < len(words):
        for length in range(min(_LONGEST_PHRASE, len(words) - position), 0, -1):
            kind = _kind_of(words[position : position + length], table)
            if kind:
                found.add(kind)
                position += length
                break
        else:
            yield words[position]
            position += 1


def _kind_of(words: Sequence[str], table: Mapping[Words, str]) -> str | None:
    # jaaa and neiin, but haa is Somali and ha is not
    return next((table[form] for form in _forms(words) if form in table), None)


def _forms(words: Sequence[str]) -> Iterable[Words]:
    for run, instead in _RUNS:
        yield tuple(run.sub(instead, word) for word in words)


def _table() -> dict[Words, str]:
    with Path(__file__).with_name("replies.csv").open(encoding="utf-8", newline="") as file:
        return {next(iter(_forms(_parts(row["word"])[0]))): row["kind"] for row in csv.DictReader(file, delimiter=";")}


_TABLE: Final = _table()
_COURTESIES: Final = {words: kind for words, kind in _TABLE.items() if kind in {_POLITE, _SORRY}}
_ANSWERS: Final = {words: kind for words, kind in _TABLE.items() if kind not in {_POLITE, _SORRY}}
_LONGEST_PHRASE: Final = max(map(len, _TABLE))
