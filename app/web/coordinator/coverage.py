"""/coverage: which language lacks people at which time."""

from datetime import timedelta

from babel.dates import get_day_names
from flask import Response, g, render_template, request
from flask_babel import format_date, get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import access
from app.access import Rule, allow
from app.insight.coverage import CELLS, HOURS, SLOT_HOURS, WEEKDAYS, Coverage, Gap, Row
from app.insight.coverage import coverage as counted
from app.insight.statistics import Figures, statistics
from app.models import languages
from app.web.coordinator import spreadsheet
from app.web.coordinator.blueprint import own_pool, own_when, pages
from app.web.coordinator.durations import hours_and_minutes, percent
from app.web.pages import locale

WEEKS = timedelta(days=28)
NEXT, PAST = "next", "past"


@pages.get("/coverage")
@allow(Rule.COORDINATOR)
def coverage() -> str:
    """The heat map, its figures, and the gaps in words."""
    rows = access.session()
    pool, when = own_pool(rows), own_when(rows)
    found = _found(rows)
    today = when.local(g.now).date()
    lately = statistics(rows, g.now, pool, today - WEEKS, today - timedelta(days=1)).total
    shown = statistics(rows, g.now, pool, found.first_day, found.last_day).total
    only_gaps = request.args.get("gaps") == "1"
    return render_template(
        "coordinator/coverage.html",
        shown=[row for row in _by_name(found) if row.has_gap or row.unfilled or not only_gaps],
        found=found,
        cells=CELLS,
        hours=HOURS,
        weekdays=[_weekday(day) for day in WEEKDAYS],
        gaps=_told(found.gaps),
        unfilled=_told_unfilled(found),
        language_name=lambda code: languages.name(code, locale()),
        period=_period(),
        only_gaps=only_gaps,
        stand=when.moment(g.now),
        first_day=format_date(found.first_day, "short"),
        last_day=format_date(found.last_day, "short"),
        lacking=shown.unfilled if _period() == PAST else shown.still_open,
        elsewhere=_elsewhere(found, shown),
        fill_rate=percent(lately.fill_rate),
        to_yes=hours_and_minutes(lately.minutes_to_yes),
    )


@pages.get("/coverage.csv")
@allow(Rule.COORDINATOR)
def coverage_csv() -> Response:
    """The heat map as a table."""
    found = _found(access.session())
    names = [_weekday(day) for day in WEEKDAYS]
    head = [_("coordinator.coverage.language"), *(f"{names[day]} {slot(hour)}" for day, hour in CELLS)]
    lines = [[languages.name(row.language, locale()), *(row.balances[one] for one in CELLS)] for row in _by_name(found)]
    return spreadsheet.download(f"{_('coordinator.coverage.file')}-{found.first_day}.csv", [head, *lines])


def _elsewhere(found: Coverage, shown: Figures) -> int:
    """Of the past that is shown: how many began unfilled at times that the map does not have."""
    if _period() != PAST:
        return 0
    return shown.unfilled - sum(number for row in found.rows for number in row.unfilled.values())


def _period() -> str:
    return PAST if request.args.get("period") == PAST else NEXT


def _found(rows: Session) -> Coverage:
    pool, today = own_pool(rows), own_when(rows).local(g.now).date()
    first = today - WEEKS if _period() == PAST else today
    return counted(rows, g.now, pool, first, first + WEEKS - timedelta(days=1))


def _by_name(found: Coverage) -> list[Row]:
    return sorted(found.rows, key=lambda row: languages.plain(languages.name(row.language, locale())))


def _weekday(day: int) -> str:
    return str(get_day_names("wide", locale=get_locale())[day])


def slot(hour: int) -> str:
    """10–12 Uhr."""
    return str(_("coordinator.coverage.slot", first=hour, last=hour + SLOT_HOURS))


def _told_unfilled(found: Coverage) -> list[str]:
    """Türkisch, mittwochs 8–10 Uhr: 1 Termin ist unbesetzt."""
    return [
        str(
            ngettext(
                f"coordinator.coverage.unfilled_{_period()}_one",
                f"coordinator.coverage.unfilled_{_period()}_many",
                number,
                language=languages.name(row.language, locale()),
                weekday=_(f"coordinator.on.{weekday}"),
                slot=slot(hour),
            )
        )
        for row in _by_name(found)
        for (weekday, hour), number in row.unfilled.items()
    ]


def _told(gaps: tuple[Gap, ...]) -> list[str]:
    """Sorani: montags 10–12 Uhr fehlt 1 Person."""
    return [
        str(
            ngettext(
                "coordinator.coverage.gap_one",
                "coordinator.coverage.gap_many",
                gap.missing,
                language=languages.name(gap.language, locale()),
                weekday=_(f"coordinator.on.{gap.weekday}"),
                slot=slot(gap.hour),
            )
        )
        for gap in gaps
    ]
