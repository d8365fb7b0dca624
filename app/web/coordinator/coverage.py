"""/coverage: which language lacks people at which time, and what would help."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any, Final

from babel.dates import get_day_names
from flask import Response, g, render_template, request, url_for
from flask_babel import format_date, get_locale
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import access
from app.access import Rule, allow
from app.insight import coverage as insight
from app.insight import forecast
from app.insight.coverage import Coverage, Figures, Gap
from app.insight.expectations import Place, reliefs, told_by
from app.insight.forecast import Known
from app.insight.free_people import speakers
from app.insight.narrowing import Narrowing
from app.models import WEEKDAYS, languages
from app.web.coordinator import coverage_figures, coverage_filters, spreadsheet
from app.web.coordinator import coverage_remedies as remedies
from app.web.coordinator import coverage_words as words
from app.web.coordinator.blueprint import own_pool, own_when, pages
from app.web.coordinator.coverage_figures import Compared
from app.web.coordinator.coverage_filters import Filters
from app.web.when import When
from scheduler.forecast.remedies import Newcomer, Relief

WEEKS: Final = timedelta(days=28)
NEXT, PAST, FREE = "next", "past", "free"
HEADS: Final = ("language", "weekday", "hours", "requests", "unfilled", "people_free")
WHERE: Final = {"": "coordinator.coverage", "csv": "coordinator.coverage_csv", "xlsx": "coordinator.coverage_xlsx"}
# languages on the map, the others on demand
MOST_ROWS = 20
# gaps told at length, named in a line, and appointments named at each
TOLD, SMALLER, NAMED = 8, 40, 3


@pages.get("/coverage")
@allow(Rule.COORDINATOR)
def coverage() -> str:
    """The finding, the map, and the gaps in words, the largest first."""
    rows = access.session()
    pool, when = own_pool(rows), own_when(rows)
    filters = coverage_filters.read(rows, g.now)
    found, known = _found(rows, filters.narrowed)
    free = insight.mean_free(rows, pool, found)
    spoken = speakers(rows, {row.language for row in found.rows}, pool.min_level)
    everything = request.args.get("all") == "1"
    lacking = [row for row in found.rows if row.has_gap]
    shown = found.rows if everything else lacking[:MOST_ROWS]
    # whom to look for is reckoned for a language as a whole
    whole = known is not None and not filters.narrowed.is_beyond_language
    newcomers = words.best_newcomers(known.outlook.newcomers) if known and whole else {}
    relief = reliefs(known, filters.narrowed)
    seen = _Seen(filters, newcomers, relief, spoken, free)
    told = [_told(gap, when, seen) for gap in found.gaps[: TOLD + SMALLER]]
    narrowed = told_by(known, filters.narrowed)
    beside = coverage_figures.compared(rows, g.now, pool, found, narrowed, when.local(g.now).date())
    return render_template(
        "coordinator/coverage.html",
        found=found,
        known=known,
        shown=shown,
        covered="" if everything else ", ".join(words.name(row.language) for row in found.rows if not row.has_gap),
        more_rows=len(lacking) - len(shown),
        columns=_columns(found),
        days=sorted({weekday for weekday, _hour in found.cells}),
        of_day=_of_day,
        free=free,
        spoken=spoken,
        words=words,
        told=told[:TOLD],
        smaller=told[TOLD:],
        left=len(found.gaps) - len(told),
        finding=words.finding(found, alone=bool(filters.narrowed.language)),
        filters=filters,
        label=coverage_filters.label,
        figures_shown=_figures(found, known, beside),
        beside=beside,
        looked_back=forecast.looked_back(rows, g.now, pool) if known and not filters.given else None,
        url=lambda **changes: _url(filters, **changes),
        view=_view(),
        weekday=_weekday,
        short_weekday=lambda day: str(get_day_names("abbreviated", locale=get_locale())[day]).rstrip("."),
        cell_url=lambda language, cell: cell_url(language, cell, filters),
        tells_apart=narrowed == filters.narrowed,
        stand=when.moment(found.as_of) if found.as_of else None,
        first_day=format_date(found.first_day, "d. MMMM"),
        last_day=format_date(found.last_day, "d. MMMM"),
    )


@pages.get("/coverage.csv")
@allow(Rule.COORDINATOR)
def coverage_csv() -> Response:
    """The map as a table: a line for each language and time."""
    name, head, lines = _table()
    told = [[words.tenths(one) if isinstance(one, float) else one for one in line] for line in lines]
    return spreadsheet.download(f"{name}.csv", [head, *told])


@pages.get("/coverage.xlsx")
@allow(Rule.COORDINATOR)
def coverage_xlsx() -> Response:
    """The same as a workbook, whose numbers can be reckoned with."""
    name, head, lines = _table()
    return spreadsheet.workbook(f"{name}.xlsx", [head, *lines])


def _table() -> tuple[str, list[str], list[list[str | float]]]:
    """What the file is called, its head and its lines; numbers to a tenth."""
    rows = access.session()
    found, _known = _found(rows, coverage_filters.read(rows, g.now).narrowed)
    free = insight.mean_free(rows, own_pool(rows), found)
    lines: list[list[str | float]] = [
        [
            words.name(row.language), _weekday(cell[0]), words.hours(cell[1]), round(float(figures.requests), 1),
            round(float(figures.unfilled), 1), round(free.get((row.language, cell), 0.0), 1),
        ]
        for row in sorted(found.rows, key=lambda row: languages.plain(words.name(row.language)))
        for cell, figures in sorted(row.cells.items())
    ]  # fmt: skip
    head = [_(f"coordinator.coverage.{one}") for one in HEADS]
    return f"{_('coordinator.coverage.file')}-{found.first_day}", head, lines


def cell_url(language: str, cell: tuple[int, int], filters: Filters) -> str:
    """The page of one language at one time, narrowed alike."""
    weekday, hour = cell
    place = {"language": language, "weekday": WEEKDAYS[weekday], "starts": f"{hour:02}:00"}
    return url_for("coordinator.coverage_cell", **filters.given | place)  # type: ignore[arg-type]  # Flask's own keywords are no part of these


def _found(rows: Session, narrowed: Narrowing) -> tuple[Coverage, Known | None]:
    pool = own_pool(rows)
    if _view() != PAST:
        return insight.ahead(rows, g.now, pool, narrowed)
    today = own_when(rows).local(g.now).date()
    return insight.behind(rows, g.now, pool, today - WEEKS, today - timedelta(days=1), narrowed), None


def _figures(found: Coverage, known: Known | None, beside: Compared) -> list[coverage_figures.Figure]:
    if _view() == PAST:
        return coverage_figures.figures_past(found, beside)
    return coverage_figures.figures_ahead(found, beside, url_for("coordinator.board")) if known else []


def _url(filters: Filters, view: str | None = None, *, file: str = "", all_rows: bool = False) -> str:
    """Where this view is, or another, narrowed alike."""
    shown = view or _view()
    said = {**filters.given, "view": "" if shown == NEXT else shown, "all": "1" if all_rows else ""}
    return url_for(WHERE[file], **{name: value for name, value in said.items() if value})  # type: ignore[arg-type]  # Flask's own keywords are no part of these


def _view() -> str:
    # the name that links used to have
    asked = request.args.get("view") or request.args.get("period")
    return asked if asked in {PAST, FREE} else NEXT


def _columns(found: Coverage) -> list[tuple[int, list[tuple[int, int]]]]:
    """The times shown, by weekday."""
    return [(day, list(cells)) for day, cells in groupby(found.cells, key=lambda cell: cell[0])]


def _of_day(row: insight.Row, day: int) -> tuple[Figures, int, tuple[int, int]] | None:
    """All of a weekday: its figures, how many find nobody now, and the time that lacks most; None if nobody asks."""
    own = {cell: figures for cell, figures in row.cells.items() if cell[0] == day}
    waiting = {cell: those for cell, those in row.waiting.items() if cell[0] == day}
    if not own and not waiting:
        return None
    total = Figures(sum(one.requests for one in own.values()), sum(one.unfilled for one in own.values()))
    worst = max({*own, *waiting}, key=lambda cell: (own.get(cell, Figures()).unfilled, len(waiting.get(cell, ()))))
    return total, sum(map(len, waiting.values())), worst


def _weekday(day: int) -> str:
    return str(get_day_names("wide", locale=get_locale())[day])


@dataclass(frozen=True)
class _Seen:
    """What is known beside a gap's figures: who would help, what would help, who speaks the language and is free."""

    filters: Filters
    newcomers: Mapping[tuple[str, int, int], Newcomer]
    relief: Mapping[Place, Relief]
    spoken: Mapping[str, int]
    free: Mapping[Place, float]


def _told(gap: Gap, when: When, seen: _Seen) -> dict[str, Any]:
    """A gap as the list tells it."""
    place = (gap.language, gap.cell)
    helper = seen.newcomers.get((gap.language, *gap.cell))
    return {
        "title": f"{words.name(gap.language)}, {words.at_time(gap.cell)}",
        "url": cell_url(*place, seen.filters),
        "unfilled": words.unfilled(gap.figures, past=_view() == PAST) if gap.figures.requests else "",
        "people": ""
        if _view() == PAST
        else words.people(gap.language, seen.spoken.get(gap.language, 0), seen.free.get(place, 0.0)),
        "number": words.tenths(gap.figures.unfilled),
        "remedy": remedies.best(gap.figures, seen.relief.get(place)),
        "helps": words.helps(helper) if helper else None,
        "waiting": [(one.id, when.moment(one.starts_at)) for one in gap.waiting[:NAMED]],
        "more": len(gap.waiting) - NAMED,
    }
