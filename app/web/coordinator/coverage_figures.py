"""The figures above the map of /coverage, each beside that of the same weeks a year before."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.insight.coverage import Coverage
from app.insight.narrowing import Narrowing
from app.insight.statistics import Figures, total
from app.models import Pool
from app.web.coordinator import coverage_words as words
from app.web.coordinator.durations import percent

# the same weekdays a year before
A_YEAR = timedelta(weeks=52)
WEEKS = timedelta(weeks=4)
ONE_DAY = timedelta(days=1)
Figure = tuple[str, str | Markup]


@dataclass(frozen=True)
class Compared:
    """What is shown beside a coverage: its own days so far, the four weeks before today, and a year before its days."""

    so_far: Figures
    lately: Figures
    year_before: Figures

    @property
    def has_year_before(self) -> bool:
        """Whether anything was asked for then."""
        return bool(_asked(self.year_before))


def compared(rows: Session, now: datetime, pool: Pool, found: Coverage, narrowed: Narrowing, today: date) -> Compared:
    """Count what the figures are compared with; a statement each."""
    first, last = found.first_day, found.last_day
    return Compared(
        total(rows, now, pool, first, last, narrowed),
        total(rows, now, pool, today - WEEKS, today - ONE_DAY, narrowed),
        total(rows, now, pool, first - A_YEAR, last - A_YEAR, narrowed),
    )


def figures_past(found: Coverage, beside: Compared) -> list[Figure]:
    """Unfilled, requested, filled; each with the year before."""
    return [
        (str(int(found.total.unfilled)), _beside("figure_were_unfilled", beside, str(beside.year_before.unfilled))),
        (str(int(found.total.requests)), _beside("figure_were_requested", beside, str(_asked(beside.year_before)))),
        (
            percent(beside.so_far.fill_rate),
            _beside("figure_were_filled", beside, percent(beside.year_before.fill_rate)),
        ),
    ]


def figures_ahead(found: Coverage, beside: Compared, board: str) -> list[Figure]:
    """The same as expected, and for how many nobody is found now; `board` is where these are."""
    return [
        (
            str(round(found.total.unfilled)),
            _beside("figure_unfilled", beside, str(beside.year_before.unfilled), range=words.spread(found.total)),
        ),
        (
            str(round(found.total.requests)),
            _beside("figure_requests", beside, str(_asked(beside.year_before)), already=_asked(beside.so_far)),
        ),
        (
            percent(1 - found.total.share_unfilled if found.total.requests else None),
            _beside(
                "figure_filled", beside, percent(beside.year_before.fill_rate), lately=percent(beside.lately.fill_rate)
            ),
        ),
        (str(found.waiting), _waiting(found.waiting, board)),
    ]


def _waiting(number: int, board: str) -> str | Markup:
    label = ngettext("coordinator.coverage.figure_now_one", "coordinator.coverage.figure_now_many", number)
    return Markup('<a href="{}">{}</a>').format(board, label) if number else str(label)


def _beside(key: str, beside: Compared, year_before: str, **values: object) -> str:
    """A label, with what it was a year before if anything is known of it."""
    said = str(_(f"coordinator.coverage.{key}", **values))
    if not beside.has_year_before:
        return said
    return f"{said}{_('coordinator.coverage.year_before', number=year_before)}"


def _asked(one: Figures) -> int:
    return one.requested - one.cancelled
