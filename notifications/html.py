"""The same words once more as HTML: larger, with links to follow, and nothing that has to be loaded."""

import re
from html import escape
from itertools import groupby
from typing import Final

from notifications.lines import clean

_LINK: Final = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?'()\[\]]\)?")
_ITEM: Final = "- "
# no colours and no fonts of our own: a mail program's dark mode and its reader's larger letters stay in force
_BODY: Final = "font-family: sans-serif; line-height: 1.5; max-width: 40em; margin: 1em; overflow-wrap: anywhere"


def html_of(text: str, *, title: str, language: str = "de") -> str:
    """Give a page for a plain text: its paragraphs, its lists of "- " lines, its addresses as links.

    `title` is what the message is about, `language` the one it is written in (BCP 47).
    """
    blocks = [
        _block(list(lines))
        for filled, lines in groupby(clean(text).split("\n"), lambda line: bool(line.strip()))
        if filled
    ]
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(_one_line(title))}</title>\n</head>\n"
        f'<body style="{_BODY}">\n' + "\n".join(blocks) + "\n</body>\n</html>\n"
    )


def _block(lines: list[str]) -> str:
    parts = []
    for listed, run in groupby(lines, lambda line: line.startswith(_ITEM)):
        if listed:
            items = "\n".join(f"<li>{_line(line.removeprefix(_ITEM))}</li>" for line in run)
            parts.append(f"<ul>\n{items}\n</ul>")
        else:
            parts.append("<p>" + "<br>\n".join(map(_line, run)) + "</p>")
    return "\n".join(parts)


def _line(line: str) -> str:
    shown, done = "", 0
    line = _one_line(line)
    for found in _LINK.finditer(line):
        address = escape(_balanced(found[0]))
        shown += f'{escape(line[done : found.start()])}<a href="{address}">{address}</a>'
        done = found.start() + len(_balanced(found[0]))
    return shown + escape(line[done:])


def _balanced(address: str) -> str:
    """Without a closing bracket that belongs to the sentence around it."""
    return address.removesuffix(")") if address.count("(") < address.count(")") else address


def _one_line(text: str) -> str:
    # what lines up a plain text would stand in the way of a proportional font
    return " ".join(text.split())
