"""Afterwards, for coordinators: whether it took place, and if not, who did not come."""

from datetime import datetime
from typing import Final

from flask import flash, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import access
from app.access import Rule, allow
from app.errors import Invalid, NoLongerOpen
from app.journey import closing
from app.models import Appointment, AppointmentStatus
from app.web.pages import sentence
from app.web.staff.blueprint import ID, pages

# what the buttons send -> who did not come
SAID: Final[dict[str, str | None]] = {"took_place": None} | {one: one for one in closing.MISSED_BY}


@pages.post(f"/appointments/{ID}/attendance")
@allow(Rule.COORDINATOR)
def attendance(appointment_id: int) -> Response:
    """Keep what the coordinator has heard; it may be corrected later."""
    who, said = access.principal(), request.form.get("said", "")
    try:
        with access.change() as session:
            access.visible_appointment(session, who, appointment_id)
            closing.report(session, g.now, appointment_id, who.actor, missed_by=SAID.get(said, said))
    except (Invalid, NoLongerOpen) as error:
        code = error.code if isinstance(error, NoLongerOpen) else "invalid"
        flash(sentence(code), "error")
    else:
        flash(_("staff.attendance.kept"), "success")
    return redirect(url_for("staff.appointment", appointment_id=appointment_id), 303)


def attendance_choices(found: Appointment, now: datetime) -> list[tuple[str, str]]:
    """(what the button sends, its words): what can be said now and has not been said yet."""
    if found.status not in closing.OVER or found.starts_at > now:
        return []
    known = found.missed_by or ("took_place" if found.status is AppointmentStatus.DONE else "")
    return [(said, str(_(f"staff.attendance.{said}"))) for said in SAID if said != known]
