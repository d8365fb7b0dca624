"""What an appointment is about, as coarse as a mediator needs it; data in topics.csv beside this file."""

import csv
from functools import cache
from pathlib import Path


@cache
def _names() -> dict[str, tuple[str, str]]:
    with (Path(__file__).parent / "topics.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: (row["german"], row["english"]) for row in csv.DictReader(file, delimiter=";")}


def topics() -> tuple[str, ...]:
    """The codes of all topics, in the order of forms."""
    return tuple(_names())


def topic_name(code: str, locale: str) -> str:
    """The name of a topic on a screen of that locale."""
    german, english = _names().get(code, (code, code))
    return english if locale.startswith("en") else german
