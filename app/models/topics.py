"""What an appointment is about, as coarse as a mediator needs it; data in topics.csv beside this file."""

import csv
from functools import cache
from pathlib import Path


@cache
def _names() -> dict[str, dict[str, str]]:
    with (Path(__file__).parent / "topics.csv").open(encoding="utf-8", newline="") as file:
        return {row.pop("code"): row for row in csv.DictReader(file, delimiter=";")}


def topics() -> tuple[str, ...]:
    """The codes of all topics, in the order of forms."""
    return tuple(_names())


def topic_name(code: str, locale: str) -> str:
    """The name of a topic on a screen of that locale; the code itself if it is not in the table."""
    names = _names().get(code, {"de": code})
    return names.get(locale[:2]) or names["de"]
