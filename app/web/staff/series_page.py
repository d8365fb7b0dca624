"""/series/<id>: all dates of a series, each with where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import flash, g, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response

from app import access, services
from app.access import Principal, Rule, allow
from app.errors import NotFound
from app.journey.answering import settled
from app.journey.requesting_series import cancel_coming
from app.models import SEEKING, Appointment, AppointmentStatus, Continuity, Pool, languages
from app.web.pages import locale
from app.web.staff.blueprint import pages
from app.web.staff.status_sentence import Standing, standing
from app.web.when import When
from notifications.series import rhythm_of


@dataclass(frozen=True)
class DateLine:
    """One date: its page, when, who comes, and where it stands."""

    id: int
    when: str
    who: str
    standing: Standing
    sentence: str


@pages.get("/series/<row:series_id>")
@allow(Rule.STAFF)
def series(series_id: int) -> str:
    """The whole series."""
    rows, who = access.session(), access.principal()
    dates = _dates(rows, who, series_id)
    when = When.of(rows.get_one(Pool, who.pool_id).timezone, g.now)
    coming = [one for one in dates if one.starts_at > g.now and one.status is not AppointmentStatus.CANCELLED]
    return render_template(
        "staff/series.html",
        series_id=series_id,
        language=languages.name(dates[0].language, locale()),
        lines=[_line(one, when) for one in dates],
        some_wait=any(one.waits_until is not None for one in coming),
        coming=len(coming),
        certain=sum(one.status is AppointmentStatus.FILLED for one in coming),
        facts=_facts(dates, when),
        can_cancel=any(one.status in SEEKING | {AppointmentStatus.FILLED} for one in coming),
    )


@pages.post("/series/<row:series_id>/cancel")
@allow(Rule.STAFF)
def cancel_series(series_id: int) -> Response:
    """Cancel what is still to come; everybody concerned is told once."""
    who = access.principal()
    with access.change() as session:
        _dates(session, who, series_id)
        cancel_coming(session, g.now, services.links(), series_id, who.actor)
    flash(_("series.cancel.done"), "success")
    return redirect(url_for("staff.series", series_id=series_id), 303)


def part_of_series(rows: Session, found: Appointment) -> tuple[int, int] | None:
    """Which date of its series it is, and of how many, from 1; None for one that is no part of any."""
    if found.series_id is None:
        return None
    same = select(Appointment.id).where(Appointment.series_id == found.series_id)
    ids = list(rows.scalars(same.order_by(Appointment.starts_at, Appointment.id)))
    return ids.index(found.id) + 1, len(ids)


def _dates(rows: Session, who: Principal, series_id: int) -> Sequence[Appointment]:
    """Its dates, the first first; raises NotFound for a series of somebody else, as if there were none."""
    own = access.visible_appointments(who).where(Appointment.series_id == series_id)
    found = rows.scalars(
        own.order_by(Appointment.starts_at, Appointment.id).options(
            selectinload(Appointment.offers), selectinload(Appointment.assignments)
        )
    ).all()
    if not found:
        raise NotFound("appointment_not_found")
    return found


def _line(found: Appointment, when: When) -> DateLine:
    names = ", ".join(one.mediator.name for one in settled(found, when.now))
    stands = standing(found, when)
    said = stands.sentence
    if found.waits_until is not None:
        # why it waits stands above all of them
        said = str(_("series.alone_from", moment=when.day(found.waits_until)))
    return DateLine(found.id, when.span(found.starts_at, found.ends_at), names, stands, said)


def _facts(dates: Sequence[Appointment], when: When) -> list[tuple[str, str, str | None]]:
    first, last = dates[0], dates[-1]
    rhythm = rhythm_of([one.starts_at for one in dates], ZoneInfo(first.pool.timezone))
    asked = first.series
    same = asked is not None and asked.continuity is Continuity.PREFERRED
    where = first.place_name if first.mode == "on_site" else str(_(f"staff.mode.{first.mode}"))
    span = _("series.span", first=when.day(first.starts_at), last=when.day(last.starts_at))
    return [
        (_("series.fact.rhythm"), _(f"series.rhythm.{rhythm}"), span),
        (_("series.fact.who"), _("series.same_person") if same else _("series.any_person"), None),
        (_("series.fact.where"), where, first.place_address or None),
    ]
