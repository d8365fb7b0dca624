"""All dates of a series before it is sent, each with what is odd about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import g
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.errors import Invalid
from app.journey.request import Place, Request
from app.journey.requesting_series import dates_of
from app.journey.timing.series_days import Day, oddity_of
from app.models import SEEKING, Account, Appointment, AppointmentStatus, Organisation, Pool
from app.versions import version_of
from app.web.elsewhere import place_elsewhere
from app.web.pages import sentence
from app.web.staff import wishes
from app.web.staff.forms import RequestForm
from app.web.when import When

# the field of the button that sends what was shown
SEEN: Final = "dates_seen"
Dates = Sequence[tuple[Day, Request]]


@dataclass(frozen=True)
class Line:
    """One date: when, what is odd about it (empty for nothing), and whether it is left out."""

    when: str
    odd: str
    omitted: bool


@dataclass(frozen=True)
class Preview:
    """The dates, how many of them take place, and their mark; or why there are none."""

    lines: list[Line]
    count: int
    mark: str
    problem: str = ""


def series_dates(
    form: RequestForm, pool: Pool, organisation: Organisation, account: Account | None, place: Place | None
) -> Dates:
    """The days of the form with the request for each. Raises Invalid."""
    return dates_of(wishes.whole(form, pool, organisation, account, place), form.rule(), form.clock, pool)


def mark_of_dates(dates: Dates) -> str:
    """Another one for other days, times or lengths."""
    return version_of([(one.omitted, wanted.starts_at.isoformat(), wanted.duration_minutes) for one, wanted in dates])


def preview(
    rows: Session,
    typed: MultiDict[str, str],
    organisation: Organisation,
    pool: Pool,
    form_of: Callable[[MultiDict[str, str], Organisation], RequestForm],
) -> Preview | None:
    """What the form would lead to; None while something is missing, which is said at its field."""
    form = form_of(typed, organisation)
    if not form.is_series() or not form.validate():
        return None
    elsewhere = place_elsewhere(rows, form)
    if form.errors:
        return None
    try:
        dates = series_dates(form, pool, organisation, None, wishes.place_of(form, organisation, elsewhere))
    except Invalid as invalid:
        return Preview([], 0, "", " ".join(sentence(one.code, dict(one.params)) for one in invalid.problems))
    when = When.of(pool.timezone, g.now)
    taken = _taken(rows, organisation, [wanted for _day, wanted in dates])
    lines = [Line(when.start(wanted.starts_at), _odd(one, wanted, taken), bool(one.omitted)) for one, wanted in dates]
    return Preview(lines, sum(not one.omitted for one in lines), mark_of_dates(dates))


def _odd(one: Day, wanted: Request, taken: set[datetime]) -> str:
    if one.omitted:
        return str(_(f"series.omitted.{one.omitted}"))
    if wanted.starts_at <= g.now:
        return str(_("series.odd.past"))
    if wanted.starts_at in taken:
        return str(_("series.odd.clash"))
    odd = oddity_of(one.day)
    return str(_(f"series.odd.{odd}")) if odd else ""


def _taken(rows: Session, organisation: Organisation, wanted: Sequence[Request]) -> set[datetime]:
    """When this organisation has something else in the same language at the time of one of these."""
    first, last = (pick(one.starts_at for one in wanted) for pick in (min, max))
    near = select(Appointment.starts_at, Appointment.ends_at).where(
        Appointment.organisation_id == organisation.id,
        Appointment.language == wanted[0].language,
        Appointment.status.in_((*SEEKING, AppointmentStatus.FILLED)),
        Appointment.starts_at <= last,
        Appointment.ends_at > first,
    )
    known = rows.execute(near).all()
    return {one.starts_at for one in wanted for begins, ends in known if begins <= one.starts_at < ends}
