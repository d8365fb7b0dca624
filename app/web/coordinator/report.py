"""/coverage/report: one printable page for the steering group: figures, gaps, trend, advice, what was reported."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from babel.dates import format_date
from flask import g, render_template
from flask_babel import format_date as format_day
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import access
from app.access import Rule, allow
from app.insight import coverage, recruiting
from app.insight.coverage import Coverage
from app.insight.forecast import Known
from app.insight.free_people import speakers
from app.insight.statistics import Figures, Statistics, statistics, total
from app.models import Mediator, MediatorStatus, Pool, ReportedGap
from app.registry import reported_gaps
from app.web.coordinator import coverage_words as words
from app.web.coordinator.blueprint import own_pool, own_when, pages
from app.web.coordinator.durations import hours_and_minutes, percent

MOST_LANGUAGES, MOST_ADVICE, MOST_REPORTED = 6, 3, 12
# the time of a language that lacks a little at many times and much at none
ANY: Final = (0, 8)
# of the picture, in units of its own
STEP, TALLEST, FLOOR = 56, 100, 124


@dataclass(frozen=True)
class Month:
    """A bar of the picture: where it stands, how high its parts are, and what is written at it."""

    x: int
    filled: float
    unfilled: float
    name: str
    share: str

    @property
    def top(self) -> float:
        """Where the bar ends above."""
        return FLOOR - self.filled - self.unfilled


@pages.get("/coverage/report")
@allow(Rule.COORDINATOR)
def report() -> str:
    """The last twelve months beside those before, and the weeks ahead."""
    rows = access.session()
    pool, when = own_pool(rows), own_when(rows)
    today = when.local(g.now).date()
    first = _month_before(today, 11)
    year = statistics(rows, g.now, pool, first, today)
    before = total(rows, g.now, pool, _month_before(first, 12), first - timedelta(days=1))
    found, known = coverage.ahead(rows, g.now, pool)
    advised = recruiting.recruiting(rows, pool)
    return render_template(
        "coordinator/report.html",
        pool_name=pool.name,
        first=format_date(first, "MMMM y", locale=get_locale()),
        last=format_date(today, "MMMM y", locale=get_locale()),
        until=format_day(found.last_day, "long") if known else None,
        today=format_day(today, "long"),
        finding=words.finding(found) if known else None,
        figures=_figures(rows, year.total, before),
        months=_months(year),
        found=found,
        known=known,
        lacking=_lacking(rows, pool, found),
        advice=[
            (words.name(one.newcomer.language), words.times(one.newcomer), words.whole(one.filled_more))
            for one in (advised.advice[:MOST_ADVICE] if advised else ())
        ],
        reported=[_reported(one) for one in reported_gaps.unsolved(rows, MOST_REPORTED)],
        words=words,
        how=_how(known),
    )


def _how(known: Known | None) -> str:
    """What the figures rest on."""
    counted = str(_("coordinator.report.counted"))
    if known is None:
        return counted
    made = known.outlook.forecast
    since = format_date(made.since, "MMMM y", locale=get_locale())
    return str(_("coordinator.report.how", periods=made.periods, since=since, counted=counted))


def _month_before(day: date, months: int) -> date:
    """The first day of the month so many months before that of a day."""
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def _figures(rows: Session, year: Figures, before: Figures) -> list[tuple[str, str]]:
    people = rows.scalar(select(func.count(Mediator.id)).where(Mediator.status == MediatorStatus.ACTIVE)) or 0
    asked, asked_before = (one.requested - one.cancelled for one in (year, before))
    with_before = "" if asked_before else "_alone"
    return [
        (str(asked), str(_(f"coordinator.report.requests{with_before}", before=asked_before))),
        (percent(year.fill_rate), str(_(f"coordinator.report.filled{with_before}", before=percent(before.fill_rate)))),
        (
            hours_and_minutes(year.minutes_to_yes),
            str(_(f"coordinator.report.to_yes{with_before}", before=hours_and_minutes(before.minutes_to_yes))),
        ),
        (str(people), str(ngettext("coordinator.report.people_one", "coordinator.report.people_many", people))),
    ]


def _months(year: Statistics) -> list[Month]:
    most = max((one.requested - one.cancelled for one in year.months), default=0) or 1
    return [
        Month(
            x=8 + STEP * place,
            filled=round(TALLEST * one.filled / most, 1),
            unfilled=round(TALLEST * (one.requested - one.cancelled - one.filled) / most, 1),
            name=format_date(date.fromisoformat(f"{one.key}-01"), "LLL", locale=get_locale()).rstrip("."),
            share=percent(one.fill_rate),
        )
        for place, one in enumerate(year.months)
    ]


def _lacking(rows: Session, pool: Pool, found: Coverage) -> list[tuple[str, str, str, str]]:
    """Language, when above all, unfilled of requests, why: those that lack most."""
    lacking = [row for row in found.rows if row.has_gap and row.total.requests][:MOST_LANGUAGES]
    free = coverage.mean_free(rows, pool, found)
    spoken = speakers(rows, {row.language for row in lacking}, pool.min_level)
    return [
        (
            words.name(row.language),
            words.at_time(row.worst) if row.worst else "–",
            words.some_of(row.total),
            words.people(row.language, spoken.get(row.language, 0), free.get((row.language, row.worst or ANY), 0.0)),
        )
        for row in lacking
    ]


def _reported(one: ReportedGap) -> tuple[str, str, str]:
    """What is missing, who says so since when, and where it stands."""
    who = one.organisation.name if one.organisation else str(_("gap.coordination"))
    standing = str(_(f"gap.status.{one.status.value}")) + (f": {one.answer}" if one.answer else "")
    return one.text, f"{who}, {format_day(one.created_at, 'd. MMM')}", standing
