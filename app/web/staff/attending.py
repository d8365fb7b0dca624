"""Afterwards: whether it took place, and if not, who did not come; how long it was, and thanks.

One press on the appointment's page says the first; the form on a page of its own says all of it.
"""

from dataclasses import replace
from http import HTTPStatus

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import access, services
from app.access import Principal, Rule, allow
from app.errors import ChangedMeanwhile, Invalid, NoLongerOpen
from app.journey import reporting
from app.models import Appointment, AppointmentStatus, Pool, Reporter, languages
from app.web.afterwards import SAID, AfterwardsForm, Refused, Told, choice_of, form_of, keep, refused, told
from app.web.pages import locale, sentence
from app.web.staff.blueprint import ID, pages
from app.web.when import When

Answer = Response | tuple[str, int]


@pages.post(f"/appointments/{ID}/attendance")
@allow(Rule.STAFF)
def attendance(appointment_id: int) -> Response:
    """Keep what one press says; it may be corrected later."""
    who, said = access.principal(), SAID.get(request.form.get("said", ""))
    page = redirect(url_for("staff.appointment", appointment_id=appointment_id), 303)
    if said is None:
        flash(sentence("invalid"), "error")
        return page
    try:
        with access.change() as session:
            found = access.visible_appointment(session, who, appointment_id)
            if said.missed_by is None:
                # the press does not say how long it was
                said = replace(said, lasted_minutes=found.lasted_minutes)
            reporting.report(
                session, g.now, services.links(), appointment_id, who.actor, reporter(who), said,
                seen=request.form.get("seen"),
            )  # fmt: skip
    except (NoLongerOpen, ChangedMeanwhile) as error:
        flash(sentence("attendance_changed" if isinstance(error, ChangedMeanwhile) else error.code), "error")
    else:
        flash(_("staff.attendance.kept"), "success")
    return page


@pages.get(f"/appointments/{ID}/afterwards")
@allow(Rule.STAFF)
def afterwards(appointment_id: int) -> Answer:
    """The form, with what has been said already."""
    rows, who = access.session(), access.principal()
    found = access.visible_appointment(rows, who, appointment_id)
    return _page(appointment_id, form_of(rows, found, reporter(who)))


@pages.post(f"/appointments/{ID}/afterwards")
@allow(Rule.STAFF)
def say_afterwards(appointment_id: int) -> Answer:
    """Keep all that the form says."""
    rows, who = access.session(), access.principal()
    form = form_of(rows, access.visible_appointment(rows, who, appointment_id), reporter(who))
    if not form.validate():
        return _page(appointment_id, form, Refused("", HTTPStatus.UNPROCESSABLE_ENTITY))
    try:
        with access.change() as session:
            access.visible_appointment(session, who, appointment_id)
            keep(session, appointment_id, form, who.actor, reporter(who))
    except (Invalid, NoLongerOpen, ChangedMeanwhile) as error:
        return _page(appointment_id, form, refused(form, error))
    flash(_("staff.attendance.kept"), "success")
    return redirect(url_for("staff.appointment", appointment_id=appointment_id), 303)


def _page(appointment_id: int, form: AfterwardsForm, why: Refused | None = None) -> tuple[str, int]:
    rows, who = access.session(), access.principal()
    found = access.visible_appointment(rows, who, appointment_id)
    zone = rows.execute(select(Pool.timezone).where(Pool.id == who.pool_id)).scalar_one()
    when = When.of(zone, g.now)
    shown = render_template(
        "staff/afterwards.html",
        appointment=found,
        language=languages.name(found.language, locale()),
        title=when.span(found.starts_at, found.ends_at),
        told=told(rows, found, when, reporter(who)),
        form=form,
        problem=why.words if why else "",
    )
    return shown, why.status if why else HTTPStatus.OK


def reporter(who: Principal) -> Reporter:
    """Whose word it is."""
    return Reporter.COORDINATION if who.coordinates else Reporter.REQUESTER


def attendance_choices(found: Appointment, about: Told) -> list[tuple[str, str]]:
    """(what the button sends, its words): what can be said now and has not been said yet."""
    if about.closed or about.settled:
        return []
    said = reporting.said_of(found)
    known = choice_of(said) if said else ""
    return [(one, str(_(f"afterwards.said.{one}"))) for one in SAID if one != known]


def is_over(found: Appointment) -> bool:
    """Whether there is anything to be said or read of how it was."""
    return found.status in {AppointmentStatus.DONE, AppointmentStatus.MISSED} or (
        found.status is AppointmentStatus.FILLED and found.starts_at <= g.now
    )
