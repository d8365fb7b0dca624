"""Invented names: first and last names of one community, put together so that no two people share one."""

import unicodedata
from dataclasses import dataclass, field
from random import Random
from typing import Final

from app.demo.data import table

# letters that Unicode does not take apart
PLAIN: Final = {ord(letter): plain for letter, plain in (("ı", "i"), ("ł", "l"), ("đ", "d"))}


@dataclass
class Names:
    """Gives names out, each once."""

    rng: Random
    given: set[str] = field(default_factory=set)

    def next(self, community: str, gender: str) -> str:
        """A first and last name that nobody has yet; gender `d` takes a first name of either list."""
        row = next(row for row in table("names") if row["names"] == community)
        column = {"f": "women", "m": "men"}.get(gender) or self.rng.choice(("women", "men"))
        pairs = [
            f"{first} {_form(last, column)}" for first in row[column].split("|") for last in row["surnames"].split("|")
        ]
        # a first name or a last name that is already there is no harm, but in small pools it looks odd
        free = [name for name in pairs if name not in self.given]
        name = min(self.rng.sample(free, len(free)), key=self._likeness)
        self.given.add(name)
        return name

    def _likeness(self, name: str) -> int:
        words = {word for other in self.given for word in other.split(" ", 1)}
        return sum(word in words for word in name.split(" ", 1))


def address(name: str) -> str:
    """The e-mail address of that name, in a domain that nobody can register."""
    flat = unicodedata.normalize("NFKD", name.casefold().translate(PLAIN))
    letters = [letter if letter.isascii() and letter.isalpha() else "." for letter in flat if not _is_mark(letter)]
    return f"{''.join(letters)}@mail.example"


def _form(surname: str, column: str) -> str:
    """Some surnames have a form for men and one for women."""
    men, _, women = surname.partition("/")
    return women if women and column == "women" else men


def _is_mark(letter: str) -> bool:
    return bool(unicodedata.combining(letter))
