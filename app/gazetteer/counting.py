"""Counting what a file of houses holds, and what of it is asked for."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import islice
from typing import Final

from app.errors import FieldProblem, Invalid
from app.gazetteer.gebref import Line
from app.gazetteer.writing import town_key

# so many lines at a time
TOGETHER: Final = 20_000
# is told what has been counted, again and again
Progress = Callable[["Counts"], None]


@dataclass
class Counts:
    """What has been read and kept so far."""

    lines: int = 0
    houses: int = 0
    streets: int = 0
    twice: int = 0
    no_number: int = 0
    elsewhere: int = 0
    # the towns of the file by their keys, for those that are asked for
    towns: Counter[str] = field(default_factory=Counter)
    titles: dict[str, str] = field(default_factory=dict)


def look_through(houses: Iterable[Line], towns: Iterable[str], progress: Progress) -> Counts:
    """What `take_in` would keep, without a database; a house that stands there twice is counted twice."""
    counts, wanted = Counts(), keys_of(towns)
    streets = set()
    for lines in batches(houses):
        for line in lines:
            if counted(counts, line, wanted):
                streets.add(identity(line))
                counts.houses += 1
        counts.streets = len(streets)
        progress(counts)
    refuse_nothing(counts, wanted)
    return counts


def refuse_nothing(counts: Counts, wanted: Mapping[str, str]) -> None:
    """Raise Invalid where a town is not in the file, or no house at all."""
    for one, written in wanted.items():
        if one not in counts.towns:
            near = get_close_matches(one, counts.titles, 3, 0.5)
            choices = ", ".join(counts.titles[each] for each in near)
            raise Invalid([FieldProblem("file", "houses_town", {"town": written, "choices": choices or "–"})])
    if not counts.houses:
        raise Invalid([FieldProblem("file", "houses_empty")])


def keys_of(towns: Iterable[str]) -> dict[str, str]:
    """Towns by the keys they are known under."""
    return {town_key(one): one for one in towns}


def counted(counts: Counts, line: Line, wanted: Mapping[str, str]) -> bool:
    """Note a line; whether it is to be kept."""
    counts.lines += 1
    town = town_key(line.town)
    counts.towns[town] += 1
    counts.titles.setdefault(town, line.town)
    if wanted and town not in wanted:
        counts.elsewhere += 1
        return False
    if line.number is None:
        counts.no_number += 1
        return False
    return True


def identity(line: Line) -> tuple[str, str, str]:
    """What makes a street one: streets of one name may be in several parts of a town."""
    return town_key(line.town), line.street, line.district


def batches(houses: Iterable[Line]) -> Iterator[list[Line]]:
    """As many lines as are written by one transaction, again and again."""
    each = iter(houses)
    while lines := list(islice(each, TOGETHER)):
        yield lines
