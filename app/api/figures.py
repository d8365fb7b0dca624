"""/coverage, /recruiting and /statistics: where people lack, whom to look for, what became of the requests."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from flask import Response, g, jsonify

from app import access
from app.access import Rule, allow
from app.api import reading
from app.api.appointments import zone_of
from app.api.blueprint import api
from app.api.figures_shape import CoverageOut, CoverageQuery, PeriodQuery, RecruitingOut, RecruitingQuery, StatisticsOut
from app.api.operation import operation
from app.api.values import clock
from app.errors import FieldProblem, Invalid
from app.insight.coverage import Figures as Expected
from app.insight.coverage import Gap, Row, ahead, behind, mean_free
from app.insight.expectations import reliefs, told_by
from app.insight.free_people import Cell
from app.insight.narrowing import Narrowing
from app.insight.recruiting import Advice, recruiting
from app.insight.statistics import Figures, statistics
from app.models import GENDERS, MODES, WEEKDAYS, languages
from app.models.topics import topics
from scheduler.forecast.remedies import CHANGES, Relief
from scheduler.forecast.result import SLOT_HOURS

FOUR_WEEKS: Final = timedelta(days=27)
A_YEAR: Final = timedelta(days=364)
LONGEST: Final = timedelta(days=732)
DIGITS: Final = 3
FILTERS: Final = ("language", "district", "topic", "mode", "gender")
CHOICES: Final = {"topic": topics(), "mode": MODES, "gender": GENDERS}
EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)


@api.get("/coverage")
@operation(CoverageOut, query=CoverageQuery)
@allow(Rule.COORDINATOR)
def get_coverage() -> Response:
    """Show which language lacks people at which time in the coming four weeks; of a period that is over, what was.

    Filters together narrow what is counted; numbers over all values of one add up to those without it.
    """
    session, pool = access.session(), reading.pool_of(access.session())
    today = g.now.astimezone(zone_of(session)).date()
    sent = reading.query(CoverageQuery)
    first, last = _period(sent, today, today + FOUR_WEEKS)
    narrowed, known = _narrowed(sent), None
    if last < today:
        found = behind(session, g.now, pool, first, last, narrowed)
    else:
        found, known = ahead(session, g.now, pool, narrowed)
    free, relief, told = mean_free(session, pool, found), reliefs(known, narrowed), told_by(known, narrowed)
    gaps = [
        {"language": gap.language} | _slot(*gap.cell)
        | {"unfilled": _tidy(gap.figures.unfilled), "appointments": [one.id for one in gap.waiting]}
        | {"effects": _effects(gap, relief.get((gap.language, gap.cell)))}
        for gap in found.gaps
    ]  # fmt: skip
    return jsonify(
        {"as_of": found.as_of.isoformat() if found.as_of else None}
        | _span(found.first_day, found.last_day)
        | {"total": _totalled(found.total), "languages": [_covered(row, free) for row in found.rows], "gaps": gaps}
        | {"not_applied": [name for name in FILTERS if getattr(told, name) != getattr(narrowed, name)]}
    )


def _narrowed(sent: Mapping[str, Any]) -> Narrowing:
    """What is counted. Raises Invalid for a value that there is not."""
    language = sent.get("language", "")
    if language and languages.find(language) is None:
        raise Invalid([FieldProblem("language", "unknown_language", {"value": language})])
    chosen = {name: reading.choice(sent, name, allowed) or "" for name, allowed in CHOICES.items()}
    return Narrowing(language=language, district=sent.get("district", ""), **chosen)


def _effects(gap: Gap, found: Relief | None) -> list[dict[str, object]] | None:
    """What stays unfilled with each change alone, the best first."""
    if found is None:
        return None
    left = {change: max(0.0, gap.figures.unfilled - getattr(found, change)) for change in CHANGES}
    return [{"change": one, "unfilled": _tidy(left[one])} for one in sorted(left, key=lambda change: left[change])]


def _covered(row: Row, free: Mapping[tuple[str, Cell], float]) -> dict[str, object]:
    return {
        "language": row.language,
        **_totalled(row.total),
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


def _totalled(total: Expected) -> dict[str, object]:
    return {
        "requests": _tidy(total.requests),
        "unfilled": _tidy(total.unfilled),
        "unfilled_range": None if total.low is None else [total.low, total.high],
        "filled_share": _tidy(1 - total.share_unfilled) if total.requests else None,
    }


def _tidy(number: float) -> float:
    return round(float(number), DIGITS)


@api.get("/recruiting")
@operation(RecruitingOut, query=RecruitingQuery)
@allow(Rule.COORDINATOR)
def get_recruiting() -> Response:
    """Say whom the pool should look for, and without whom most would stay unfilled.

    Filters leave of the advice what fits them; its order and figures stay those of all of it.
    """
    session, sent = access.session(), reading.query(RecruitingQuery)
    _narrowed(sent)
    found = recruiting(session, reading.pool_of(session))
    if found is None:
        return jsonify({"as_of": None, "advice": [], "indispensable": []})
    return jsonify(
        {
            "as_of": found.known.made_at.isoformat(),
            "advice": [_advised(one) for one in found.advice if _fits(one, sent)],
            "indispensable": [
                {
                    "mediator": {"id": one.mediator.id, "name": one.mediator.name},
                    "language": one.language,
                    "unfilled_more_per_year": one.unfilled_more,
                }
                for one in found.indispensable
                if sent.get("language") in {None, one.language}
            ],
        }
    )


def _fits(one: Advice, sent: Mapping[str, str]) -> bool:
    """Whether somebody of that kind is advised; what is not told of them does not matter."""
    return all(getattr(one.newcomer, name) in {None, value} for name, value in sent.items())


def _advised(one: Advice) -> dict[str, object]:
    newcomer = one.newcomer
    return {
        "language": newcomer.language,
        "weekdays": [WEEKDAYS[day] for day in newcomer.days],
        "from": clock(newcomer.opens * 60),
        "to": clock(newcomer.closes * 60),
        "level": newcomer.level,
        "gender": newcomer.gender,
        "mode": newcomer.mode,
        "district": newcomer.district,
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
        FieldProblem(said, "day_out_of_range")
        for name, said in (("first", "from"), ("last", "to"))
        if name in sent and not EARLIEST <= sent[name] <= LATEST
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
