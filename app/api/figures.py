"""/coverage, /recruiting and /statistics: where people lack, whom to look for, what became of the requests."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from flask import Response, g, jsonify
from marshmallow import fields

from app import access
from app.access import Rule, allow
from app.api import reading
from app.api.appointments import zone_of
from app.api.blueprint import api
from app.api.operation import operation
from app.api.values import Day, Shape, clock
from app.errors import FieldProblem, Invalid
from app.insight.coverage import Row, ahead, behind, mean_free
from app.insight.free_people import Cell
from app.insight.recruiting import Advice, recruiting
from app.insight.statistics import Figures, statistics
from app.models import WEEKDAYS
from scheduler.forecast.result import SLOT_HOURS

FOUR_WEEKS: Final = timedelta(days=27)
A_YEAR: Final = timedelta(days=364)
LONGEST: Final = timedelta(days=732)
DIGITS: Final = 3
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)


class PeriodQuery(Shape):
    """Local days, both included."""

    first = Day(data_key="from")
    last = Day(data_key="to")


class SlotShape(Shape):
    """A weekly time: requests, how many of them stay unfilled, and how many people are free then on average."""

    weekday = fields.String(required=True, metadata={"enum": list(WEEKDAYS)})
    starts = fields.String(required=True, data_key="from")
    ends = fields.String(required=True, data_key="to")
    requests = fields.Float(required=True)
    unfilled = fields.Float(required=True)
    free = fields.Float(required=True)


class CoverageRowShape(Shape):
    """One language; `unfilled_range` holds in eight of ten cases and is null for what is over."""

    language = fields.String(required=True)
    requests = fields.Float(required=True)
    unfilled = fields.Float(required=True)
    unfilled_range = fields.List(fields.Integer(), required=True, allow_none=True)
    filled_share = fields.Float(required=True, allow_none=True)
    slots = fields.List(fields.Nested(SlotShape), required=True)


class GapShape(Shape):
    """A language and a weekly time at which requests stay unfilled; for `appointments` nobody is found now."""

    language = fields.String(required=True)
    weekday = fields.String(required=True, metadata={"enum": list(WEEKDAYS)})
    starts = fields.String(required=True, data_key="from")
    ends = fields.String(required=True, data_key="to")
    unfilled = fields.Float(required=True)
    appointments = fields.List(fields.Integer(), required=True)


class CoverageOut(Shape):
    """Expectations for four weeks, or what was; `as_of` is null where no forecast was made yet."""

    as_of = fields.String(required=True, allow_none=True)
    first = fields.Date(required=True, data_key="from")
    last = fields.Date(required=True, data_key="to")
    languages = fields.List(fields.Nested(CoverageRowShape), required=True)
    gaps = fields.List(fields.Nested(GapShape), required=True)


class AdviceShape(Shape):
    """One person to look for; what is null does not matter."""

    language = fields.String(required=True)
    weekdays = fields.List(fields.String(metadata={"enum": list(WEEKDAYS)}), required=True)
    starts = fields.String(required=True, data_key="from")
    ends = fields.String(required=True, data_key="to")
    level = fields.String(required=True, allow_none=True)
    gender = fields.String(required=True, allow_none=True)
    filled_more_per_year = fields.Float(required=True)


class PersonShape(Shape):
    """Whom."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)


class IndispensableShape(Shape):
    """Somebody without whom so many more requests would stay unfilled; `language` is the one in which they are rare."""

    mediator = fields.Nested(PersonShape, required=True)
    language = fields.String(required=True)
    unfilled_more_per_year = fields.Float(required=True)


class RecruitingOut(Shape):
    """Whom to look for, in order, each given those before; `as_of` is null where no forecast was made yet."""

    as_of = fields.String(required=True, allow_none=True)
    advice = fields.List(fields.Nested(AdviceShape), required=True)
    indispensable = fields.List(fields.Nested(IndispensableShape), required=True)


class FiguresShape(Shape):
    """Counts over appointments; `fill_rate` is filled of what is settled, null where nothing is."""

    requested = fields.Integer(required=True)
    filled = fields.Integer(required=True)
    unfilled = fields.Integer(required=True)
    cancelled = fields.Integer(required=True)
    fill_rate = fields.Float(required=True, allow_none=True)
    minutes_to_yes = fields.Integer(required=True, allow_none=True)


class MonthShape(FiguresShape):
    """Counts of a month such as 2026-11."""

    month = fields.String(required=True)


class LanguageFiguresShape(FiguresShape):
    """Counts of a language."""

    language = fields.String(required=True)


class StatisticsOut(Shape):
    """All of the period, then by month and by language."""

    first = fields.Date(required=True, data_key="from")
    last = fields.Date(required=True, data_key="to")
    total = fields.Nested(FiguresShape, required=True)
    months = fields.List(fields.Nested(MonthShape), required=True)
    languages = fields.List(fields.Nested(LanguageFiguresShape), required=True)


@api.get("/coverage")
@operation(CoverageOut, query=PeriodQuery)
@allow(Rule.COORDINATOR)
def get_coverage() -> Response:
    """Show which language lacks people at which time in the coming four weeks; of a period that is over, what was."""
    session, pool = access.session(), reading.pool_of(access.session())
    today = g.now.astimezone(zone_of(session)).date()
    first, last = _period(reading.query(PeriodQuery), today, today + FOUR_WEEKS)
    found = behind(session, g.now, pool, first, last) if last < today else ahead(session, g.now, pool)[0]
    free = mean_free(session, pool, found)
    gaps = [
        {"language": gap.language} | _slot(*gap.cell)
        | {"unfilled": _tidy(gap.figures.unfilled), "appointments": [one.id for one in gap.waiting]}
        for gap in found.gaps
    ]  # fmt: skip
    return jsonify(
        {"as_of": found.as_of.isoformat() if found.as_of else None}
        | _span(found.first_day, found.last_day)
        | {"languages": [_covered(row, free) for row in found.rows], "gaps": gaps}
    )


def _covered(row: Row, free: Mapping[tuple[str, Cell], float]) -> dict[str, object]:
    total = row.total
    return {
        "language": row.language,
        "requests": _tidy(total.requests),
        "unfilled": _tidy(total.unfilled),
        "unfilled_range": None if total.low is None else [total.low, total.high],
        "filled_share": _tidy(1 - total.share_unfilled) if total.requests else None,
        "slots": [
            _slot(*cell)
            | {
                "requests": _tidy(figures.requests),
                "unfilled": _tidy(figures.unfilled),
                "free": _tidy(free.get((row.language, cell), 0.0)),
            }
            for cell, figures in sorted(row.cells.items())
        ],
    }


def _tidy(number: float) -> float:
    return round(float(number), DIGITS)


@api.get("/recruiting")
@operation(RecruitingOut)
@allow(Rule.COORDINATOR)
def get_recruiting() -> Response:
    """Say whom the pool should look for, and without whom most would stay unfilled."""
    session = access.session()
    found = recruiting(session, reading.pool_of(session))
    if found is None:
        return jsonify({"as_of": None, "advice": [], "indispensable": []})
    return jsonify(
        {
            "as_of": found.known.made_at.isoformat(),
            "advice": [_advised(one) for one in found.advice],
            "indispensable": [
                {
                    "mediator": {"id": one.mediator.id, "name": one.mediator.name},
                    "language": one.language,
                    "unfilled_more_per_year": one.unfilled_more,
                }
                for one in found.indispensable
            ],
        }
    )


def _advised(one: Advice) -> dict[str, object]:
    newcomer = one.newcomer
    return {
        "language": newcomer.language,
        "weekdays": [WEEKDAYS[day] for day in newcomer.days],
        "from": clock(newcomer.opens * 60),
        "to": clock(newcomer.closes * 60),
        "level": newcomer.level,
        "gender": newcomer.gender,
        "filled_more_per_year": one.filled_more,
    }


@api.get("/statistics")
@operation(StatisticsOut, query=PeriodQuery)
@allow(Rule.COORDINATOR)
def get_statistics() -> Response:
    """Count what was asked for and what became of it; by default over the last year."""
    session = access.session()
    today = g.now.astimezone(zone_of(session)).date()
    first, last = _period(reading.query(PeriodQuery), today - A_YEAR, today)
    found = statistics(session, g.now, reading.pool_of(session), first, last)
    return jsonify(
        _span(first, last)
        | {
            "total": _figures(found.total),
            "months": [_figures(one) | {"month": one.key} for one in found.months],
            "languages": [_figures(one) | {"language": one.key} for one in found.languages],
        }
    )


def _period(sent: Mapping[str, Any], first: date, last: date) -> tuple[date, date]:
    """What was asked for; where only one end was sent, the other keeps the usual length. Raises Invalid."""
    length = last - first
    outside = [
        FieldProblem({"first": "from", "last": "to"}[name], "day_out_of_range")
        for name, day in sent.items()
        if not EARLIEST <= day <= LATEST
    ]
    if outside:
        raise Invalid(outside)
    if "first" in sent:
        first, last = sent["first"], sent.get("last", sent["first"] + length)
    elif "last" in sent:
        first, last = sent["last"] - length, sent["last"]
    if last < first:
        raise Invalid([FieldProblem("to", "ends_before_start")])
    if last - first > LONGEST:
        raise Invalid([FieldProblem("to", "period_too_long")])
    return first, last


def _span(first: date, last: date) -> dict[str, object]:
    return {"from": first.isoformat(), "to": last.isoformat()}


def _slot(weekday: int, hour: int) -> dict[str, object]:
    return {"weekday": WEEKDAYS[weekday], "from": clock(hour * 60), "to": clock((hour + SLOT_HOURS) * 60)}


def _figures(one: Figures) -> dict[str, object]:
    return {
        "requested": one.requested,
        "filled": one.filled,
        "unfilled": one.unfilled,
        "cancelled": one.cancelled,
        "fill_rate": one.fill_rate,
        "minutes_to_yes": one.minutes_to_yes,
    }
