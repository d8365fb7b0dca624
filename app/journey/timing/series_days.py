"""The days of a series: its rhythm unrolled, and which of them are left out, and why."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from app.errors import FieldProblem, Invalid
from app.journey.timing.contact_hours import public_holidays

RHYTHMS: Final = ("weekly", "fortnightly", "own")
STEPS: Final = {"weekly": timedelta(days=7), "fortnightly": timedelta(days=14)}
MOST: Final = 60
# as far ahead as a request may be
LONGEST: Final = timedelta(days=366)


@dataclass(frozen=True)
class Rule:
    """A series as wished for: every one or two weeks `until` a day or `count` times, or on days of one's own."""

    rhythm: str
    first: date
    until: date | None = None
    count: int | None = None
    own: tuple[date, ...] = ()
    left_out: tuple[date, ...] = ()
    without_holidays: bool = False
    without_school_holidays: bool = False


@dataclass(frozen=True)
class Day:
    """One day; `omitted` says why it is left out: `wish`, `holiday` or `school`; empty where it takes place."""

    day: date
    omitted: str = ""


def days_of(rule: Rule) -> list[Day]:
    """All days from the first to the last, with those left out. Raises Invalid at the fields of the form."""
    if problems := _contradictions(rule):
        raise Invalid(problems)
    found: list[Day] = []
    held = 0
    for day in _unrolled(rule):
        found.append(Day(day, _omitted(rule, day)))
        held += not found[-1].omitted
        if held == rule.count and rule.rhythm != "own":
            break
    end = "own_days" if rule.rhythm == "own" else "count" if rule.count is not None else "until"
    if held > MOST:
        raise Invalid([FieldProblem(end, "series_too_many", {"most": MOST})])
    if held < 2 or (rule.rhythm != "own" and rule.count is not None and held < rule.count):
        raise Invalid([FieldProblem(end, "series_too_few" if held < 2 else "series_too_long")])
    if unknown := set(rule.left_out) - {one.day for one in found}:
        raise Invalid([FieldProblem("left_out", "series_not_among", {"day": f"{min(unknown):%d.%m.%Y}"})])
    return found


def oddity_of(day: date) -> str:
    """`holiday` or `school` for such a day, whether it is left out or not; empty for any other."""
    if day in public_holidays(day.year):
        return "holiday"
    return "school" if any(first <= day <= last for first, last in _school_holidays()) else ""


def _contradictions(rule: Rule) -> list[FieldProblem]:
    if rule.rhythm == "own":
        return [] if rule.own else [FieldProblem("own_days", "series_own_required")]
    if rule.until is None:
        if rule.count is None:
            return [FieldProblem("until", "series_end_required")]
        wrong = not 2 <= rule.count <= MOST
        return [FieldProblem("count", "out_of_range", {"least": 2, "most": MOST})] if wrong else []
    if rule.count is not None:
        return [FieldProblem("count", "series_either")]
    if rule.until < rule.first:
        return [FieldProblem("until", "series_ends_before")]
    return [FieldProblem("until", "series_too_long")] if rule.until > rule.first + LONGEST else []


def _unrolled(rule: Rule) -> Iterator[date]:
    if rule.rhythm == "own":
        yield from sorted({rule.first, *rule.own})
        return
    last = rule.until or rule.first + LONGEST
    day = rule.first
    while day <= last:
        yield day
        day += STEPS[rule.rhythm]


def _omitted(rule: Rule, day: date) -> str:
    if day in rule.left_out:
        return "wish"
    odd = oddity_of(day)
    wished = {"holiday": rule.without_holidays, "school": rule.without_school_holidays}
    return odd if wished.get(odd) else ""


@cache
def _school_holidays() -> tuple[tuple[date, date], ...]:
    """Those of the state in which the service is at home, both days included."""
    with Path(__file__).with_name("school_holidays.csv").open(newline="") as file:
        return tuple(
            (date.fromisoformat(row["first_day"]), date.fromisoformat(row["last_day"])) for row in csv.DictReader(file)
        )
