"""Header lines of an e-mail that every reader takes for what was meant (RFC 5322, RFC 2047).

The standard library takes a header apart again when it folds it, and so loses quotes, commas and spaces that stand
beside other letters than English ones. These headers are folded here, once, and leave as they are.
"""

import re
from collections.abc import Iterable
from email.header import Header
from email.policy import Policy
from itertools import groupby
from typing import Final, Self

WIDTH: Final = 76
_WORD: Final = 75  # RFC 2047, 2: the longest encoded word

# whatever an old program might take for an encoded word, or a reader for anything but itself, is encoded
_PLAIN: Final = re.compile(r"(?!.*=\?)[!-~]+(?: [!-~]+)*")
_QUOTABLE: Final = re.compile(r"(?!.*=\?)[!#-\[\]-~]{1,60}")
_ATOM: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")


class Folded(str):
    """The value of one header; the policies of the standard library write it as it was folded here."""

    __slots__ = ("lines", "name")

    name: str
    lines: tuple[str, ...]

    def __new__(cls, name: str, *lines: str) -> Self:
        """Take the lines as they are to follow the name; each but the first begins with a space."""
        value = super().__new__(cls, "".join(lines))
        value.name, value.lines = name, lines
        return value

    def fold(self, *, policy: Policy) -> str:
        """Give name and value as the generator writes them."""
        return f"{self.name}: {policy.linesep.join(self.lines)}{policy.linesep}"


def mailbox(header: str, name: str, address: str) -> Folded:
    """Give a From, To or Reply-To header; `name` is one line of any text or empty, `address` ASCII."""
    words = [word for word in name.split(" ") if word]
    if not words:
        return Folded(header, address)
    return Folded(header, *_filled(header, [*_phrase(header, words), f"<{address}>"]))


def unstructured(header: str, text: str) -> Folded:
    """Give a header that is text, such as Subject: one line of any text."""
    if _PLAIN.fullmatch(text) and len(f"{header}: {text}") <= WIDTH:
        return Folded(header, text)
    return Folded(header, *_filled(header, _encoded(header, text)))


def _phrase(header: str, words: list[str]) -> list[str]:
    """A name as the words of a phrase.

    Several encoded words side by side are avoided: some readers, Python's among them, show a space between them.
    """
    if all(map(_QUOTABLE.fullmatch, words)):
        whole = f'"{" ".join(words)}"'
        return [whole] if len(f"{header}: {whole}") <= WIDTH else list(map(_quoted, words))
    found = _encoded(header, " ".join(words))
    if len(found) == 1:
        return found
    runs = [(plain, list(run)) for plain, run in groupby(words, lambda word: bool(_QUOTABLE.fullmatch(word)))]
    found = []
    for plain, run in runs:
        found += map(_quoted, run) if plain else _encoded("" if found else header, " ".join(run))
    return found


def _quoted(word: str) -> str:
    return word if _ATOM.fullmatch(word) else f'"{word}"'


def _encoded(header: str, text: str) -> list[str]:
    encoded = Header(text, "utf-8", maxlinelen=_WORD, header_name=header or None)
    return encoded.encode(linesep="\n").split("\n ")


def _filled(header: str, words: Iterable[str]) -> list[str]:
    lines, room = [""], WIDTH - len(f"{header}: ")
    for word in words:
        if not lines[-1].strip():
            lines[-1] += word
        elif len(f"{lines[-1]} {word}") <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(f" {word}")
            room = WIDTH
    return lines
