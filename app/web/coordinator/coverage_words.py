"""Numbers of a forecast as sentences: no decimals, and no surer than the numbers are.

See docs/engine/forecast.md for which words hold from how many requests on.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from babel.lists import format_list
from babel.numbers import format_decimal
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from app.insight.coverage import Coverage, Figures
from app.insight.free_people import Cell
from app.insight.recruiting import PERIODS_A_YEAR
from app.models import languages
from app.web.pages import locale
from app.web.when import NO_BREAK, UNBROKEN_DASH
from scheduler.forecast.remedies import Newcomer
from scheduler.forecast.result import SLOT_HOURS

# from so many expected requests on a fraction is honest, below one only how often somebody asks at all
MANY, FEW = 3.0, 1.0
FRACTIONS: Final = ((1, 5), (1, 4), (1, 3), (1, 2), (2, 3), (3, 4), (4, 5))
ALMOST_ALL, ALMOST_NONE = 0.9, 0.12
MOST, HALF, OFTEN = 0.75, 0.35, 0.65
MONTHLY, EVERY_OTHER_MONTH = 0.75, 0.35
# fewer are free on average than this: as a rule nobody is
HARDLY_ANYBODY = 0.25
# how dark a cell is, from so many unfilled on
DARK: Final = ((1.0, 3), (0.5, 2), (0.1, 1))


def tenths(number: float) -> str:
    """1,4."""
    return _tenths(round(number, 1), str(get_locale()))


# a map tells some thousand numbers, most of them below ten
@lru_cache(1000)
def _tenths(number: float, locale_name: str) -> str:
    return str(format_decimal(number, "0.0", locale_name))


def level(figures: Figures) -> int:
    """How much a cell lacks, from 0 (covered) to 3."""
    return next((dark for least, dark in DARK if figures.unfilled >= least), 0)


def some_of(figures: Figures) -> str:
    """3,0 von 4,6."""
    return f"{tenths(figures.unfilled)} {_('coordinator.coverage.of', requests=tenths(figures.requests))}"


def spread(figures: Figures) -> str:
    """9 bis 19; one number where that is all."""
    if figures.low == figures.high:
        return str(figures.low)
    return str(_("coordinator.coverage.range", low=figures.low, high=figures.high))


def whole(number: float) -> int:
    """To the nearest, halves up: a person who is there every other time counts."""
    return int(number + 0.5)


def hours(first: int, length: int = SLOT_HOURS) -> str:
    """10–12 Uhr, for files."""
    return str(_("coordinator.coverage.slot", first=first, last=first + length))


def slot(first: int, length: int = SLOT_HOURS) -> str:
    """10–12 Uhr, which no line tears apart."""
    return hours(first, length).replace("–", UNBROKEN_DASH).replace(" ", NO_BREAK)


def at_time(cell: Cell) -> str:
    """Mittwochs 12–14 Uhr."""
    return f"{_(f'coordinator.on.{cell[0]}')} {slot(cell[1])}"


def name(language: str) -> str:
    """Tigrinya."""
    return languages.name(language, locale())


def finding(found: Coverage, *, alone: bool = False) -> str | None:
    """What lacks most, as a sentence; None where nothing does. `alone`: no other language is looked at."""
    row = next((one for one in found.rows if one.total.unfilled >= DARK[1][0]), None)
    if row is None:
        return None
    if row.worst is None or len(row.cells) == 1:
        key = "finding_alone" if alone else "finding"
        return str(_(f"coordinator.coverage.{key}", language=name(row.language)))
    key = "finding_when_alone" if alone else "finding_when"
    return str(_(f"coordinator.coverage.{key}", language=name(row.language), when=at_time(row.worst)))


def unfilled(figures: Figures, *, past: bool) -> str:
    """Etwa 2 von 3 Anfragen bleiben unbesetzt."""
    if past:
        return str(
            ngettext(
                "coordinator.coverage.was_one", "coordinator.coverage.was_many", round(figures.requests),
                unfilled=round(figures.unfilled),
            )
        )  # fmt: skip
    share = figures.share_unfilled
    if figures.requests >= MANY:
        if share >= ALMOST_ALL:
            return str(_("coordinator.coverage.almost_all"))
        if share < ALMOST_NONE:
            return str(_("coordinator.coverage.almost_none"))
        part, whole = min(FRACTIONS, key=lambda one: abs(one[0] / one[1] - share))
        return str(_("coordinator.coverage.fraction", part=part, whole=whole))
    if figures.requests >= FEW:
        often = "most" if share >= MOST else "half" if share >= HALF else "some"
        return str(_(f"coordinator.coverage.few_{often}"))
    asked = figures.requests
    rhythm = "monthly" if asked >= MONTHLY else "every_other" if asked >= EVERY_OTHER_MONTH else "rarely"
    often = "mostly" if share >= OFTEN else "often" if share >= HALF else "sometimes"
    return f"{_(f'coordinator.coverage.asked_{rhythm}')} {_(f'coordinator.coverage.unfilled_{often}')}"


def people(language: str, speakers: int, free: float) -> str:
    """2 Personen sprechen Tigrinya, dann ist niemand frei."""
    if not speakers:
        return str(_("coordinator.coverage.nobody_speaks", language=name(language)))
    who = ngettext(
        "coordinator.coverage.speaks_one", "coordinator.coverage.speaks_many", speakers, language=name(language)
    )
    if free < HARDLY_ANYBODY:
        return f"{who} {_('coordinator.coverage.nobody_free')}"
    return f"{who} {ngettext('coordinator.coverage.free_one', 'coordinator.coverage.free_many', max(1, whole(free)))}"


def times(newcomer: Newcomer) -> str:
    """Montags und mittwochs 12–18 Uhr."""
    days = format_list([str(_(f"coordinator.on.{day}")) for day in newcomer.days], locale=get_locale())
    return f"{days} {slot(newcomer.opens, newcomer.closes - newcomer.opens)}"


def helps(newcomer: Newcomer) -> str:
    """Eine Person mehr, mittwochs 12–18 Uhr: etwa 12 Anfragen mehr im Jahr besetzt."""
    a_year = max(1, round(newcomer.gain * PERIODS_A_YEAR))
    return str(
        ngettext(
            "coordinator.coverage.one_more_request", "coordinator.coverage.one_more_requests", a_year,
            when=times(newcomer),
        )
    )  # fmt: skip


def best_newcomers(newcomers: tuple[Newcomer, ...]) -> Mapping[tuple[str, int, int], Newcomer]:
    """Language, weekday and two hours -> who would take most of what stays unfilled, if anybody would."""
    found: dict[tuple[str, int, int], Newcomer] = {}
    for one in newcomers:
        for day in one.days:
            for hour in range(one.opens - one.opens % SLOT_HOURS, one.closes, SLOT_HOURS):
                found.setdefault((one.language, day, hour), one)
    return found
