"""/coverage/<language>/<weekday>/<from>: one language at one time, and what would help there."""

from dataclasses import replace

from flask import abort, g, render_template
from flask_babel import gettext as _

from app import access
from app.access import Rule, allow
from app.insight import coverage as insight
from app.insight.coverage import Figures
from app.insight.coverage_cell import Speaker, appointments_at, speakers_at
from app.insight.expectations import reliefs, told_by
from app.insight.free_people import Cell
from app.models import WEEKDAYS, languages
from app.web.coordinator import coverage_filters
from app.web.coordinator import coverage_remedies as remedies
from app.web.coordinator import coverage_words as words
from app.web.coordinator.blueprint import own_pool, own_when, pages
from app.web.coordinator.board_rows import board_row
from app.web.coordinator.candidates import level_word
from app.web.when import When
from scheduler.forecast.remedies import Newcomer
from scheduler.forecast.result import SLOT_HOURS

HOURS_OF_DAY = 24
MINUTES = 60


@pages.get("/coverage/<language>/<weekday>/<starts>")
@allow(Rule.COORDINATOR)
def coverage_cell(language: str, weekday: str, starts: str) -> str:
    """Its figures, who is free then, its appointments, and who would fill more of them."""
    cell = _cell(weekday, starts)
    if languages.find(language) is None:
        abort(404)
    rows = access.session()
    pool, when = own_pool(rows), own_when(rows)
    filters = coverage_filters.read(rows, g.now)
    narrowed = replace(filters.narrowed, language=language)
    found, known = insight.ahead(rows, g.now, pool, narrowed)
    row = next((one for one in found.rows if one.language == language), None)
    figures = row.cells.get(cell, Figures()) if row else Figures()
    speakers = speakers_at(rows, g.now, pool, language, cell)
    free = [one for one in speakers if one.is_free]
    relief = reliefs(known, narrowed).get((language, cell))
    # whom to look for is reckoned for a language as a whole
    offered = known.outlook.newcomers if known and not narrowed.is_beyond_language else ()
    newcomers = [one for one in offered if _is_there(one, language, cell)]
    return render_template(
        "coordinator/coverage_cell.html",
        title=f"{words.name(language)}, {words.at_time(cell)}",
        language=words.name(language),
        time=words.at_time(cell),
        figures=figures,
        sentence=words.unfilled(figures, past=False) if figures.requests >= insight.SHOWN else None,
        people=words.people(language, len(speakers), float(len(free))),
        speakers=[_speaker(one, when) for one in speakers],
        waiting=row.waiting.get(cell, ()) if row else (),
        appointments=[board_row(one, when) for one in appointments_at(rows, g.now, pool, language, cell)],
        filters=filters,
        tells_apart=told_by(known, narrowed) == narrowed,
        helps=[words.helps(one) for one in newcomers],
        at_once=remedies.at_once(figures, relief),
        in_the_long_run=remedies.in_the_long_run(figures, relief),
        without_effect=remedies.without_effect(figures, relief),
        words=words,
        moment=when.moment,
        known=known,
        stand=when.moment(found.as_of) if found.as_of else None,
    )


def _is_there(one: Newcomer, language: str, cell: Cell) -> bool:
    """Whether the newcomer speaks the language and is free for some of the cell."""
    weekday, hour = cell
    return one.language == language and weekday in one.days and one.opens < hour + SLOT_HOURS and hour < one.closes


def _cell(weekday: str, starts: str) -> Cell:
    """The time that the address names, as mon and 08:00 or 8; 404 for what is none."""
    hour, _colon, minute = starts.partition(":")
    is_hour = hour.isascii() and hour.isdecimal() and len(hour) <= 2 and minute in {"", "00"}
    if weekday not in WEEKDAYS or not is_hour or int(hour) >= HOURS_OF_DAY or int(hour) % SLOT_HOURS:
        abort(404)
    return WEEKDAYS.index(weekday), int(hour)


def _speaker(one: Speaker, when: When) -> dict[str, object]:
    away = one.mediator.away_until(when.local(g.now).date())
    return {
        "id": one.mediator.id,
        "name": one.mediator.name,
        "level": level_word(one.skill.level),
        "chance": round(100 * one.chance) if one.is_free else None,
        "free": ", ".join(_span(*each) for each in one.free) or str(_("coordinator.cell.not_that_day")),
        "away": _("coordinator.mediators.away", day=when.brief(away)) if away else "",
    }


def _span(starts: int, ends: int) -> str:
    """9–12:30 Uhr."""
    first, last = (
        f"{minute // MINUTES}" + (f":{minute % MINUTES:02}" if minute % MINUTES else "") for minute in (starts, ends)
    )
    return str(_("coordinator.coverage.slot", first=first, last=last))
