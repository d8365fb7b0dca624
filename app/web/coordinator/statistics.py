"""/statistics: what was asked for and what became of it, by month and by language."""

from datetime import date

from babel.dates import format_date
from flask import Response, g, render_template, request
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import access
from app.access import Rule, allow
from app.insight.lending import exchanges
from app.insight.statistics import Figures, Statistics
from app.insight.statistics import statistics as counted
from app.models import languages
from app.web.coordinator import spreadsheet
from app.web.coordinator.blueprint import own_pool, own_when, pages
from app.web.coordinator.durations import hours_and_minutes, percent
from app.web.pages import locale

FIRST_YEAR, LAST_YEAR = 2000, 2200
HEADS = ("requested", "filled", "unfilled", "still_open", "cancelled", "minutes")


@pages.get("/statistics")
@allow(Rule.COORDINATOR)
def statistics() -> str:
    """Both tables for a period of months."""
    rows = access.session()
    found = _found(rows)
    return render_template(
        "coordinator/statistics.html",
        found=found,
        exchanges=exchanges(rows, own_pool(rows), found.first_day, found.last_day),
        month_name=month_name,
        language_name=lambda code: languages.name(code, locale()),
        percent=percent,
        duration=hours_and_minutes,
        first=f"{found.first_day:%Y-%m}",
        last=f"{found.last_day:%Y-%m}",
    )


@pages.get("/statistics.csv")
@allow(Rule.COORDINATOR)
def statistics_csv() -> Response:
    """Both tables, one below the other, to work on in a spreadsheet."""
    found = _found(access.session())
    head = [_(f"coordinator.statistics.{one}") for one in HEADS]
    lines = [
        [_("coordinator.statistics.month"), *head],
        *([month_name(one.key), *_counts(one)] for one in found.months),
        [],
        [_("coordinator.statistics.language"), *head],
        *([languages.name(one.key, locale()), *_counts(one)] for one in found.languages),
    ]
    return spreadsheet.download(f"{_('coordinator.statistics.file')}-{found.first_day}.csv", lines)


def _counts(one: Figures) -> list[int | None]:
    return [one.requested, one.filled, one.unfilled, one.still_open, one.cancelled, one.minutes_to_yes]


def _found(rows: Session) -> Statistics:
    today = own_when(rows).local(g.now).date()
    first = _month(request.args.get("from", "")) or date(today.year - (today.month < 12), today.month % 12 + 1, 1)
    last = _month(request.args.get("to", "")) or today.replace(day=1)
    if last < first:
        first, last = last, first
    return counted(rows, g.now, own_pool(rows), first, _end_of(last))


def _month(text: str) -> date | None:
    """The first day of a month written 2026-11; None for anything else."""
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def _end_of(month: date) -> date:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return date.fromordinal(following.toordinal() - 1)


def month_name(key: str) -> str:
    """November 2026."""
    return str(format_date(date.fromisoformat(f"{key}-01"), "LLLL yyyy", locale=get_locale()))
