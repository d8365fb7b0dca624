"""/appointments/<id>/fallbacks: staff permit another way out while nobody is found."""

from flask import abort, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import access, services
from app.access import Rule, allow
from app.errors import Invalid, NoLongerOpen
from app.journey import device_loans, requesting
from app.journey.falling_back import device_barrier, is_forbidden
from app.journey.locks import lock_appointment
from app.journey.request import RequestChanges
from app.models import RUNGS, SEEKING, Appointment, Rung
from app.models.topics import topic_name
from app.web.pages import locale, sentence
from app.web.staff.blueprint import ID, pages


@pages.post(f"/appointments/{ID}/fallbacks")
@allow(Rule.STAFF)
def permit(appointment_id: int) -> Response:
    """Permit one more; pressed twice, it is permitted once."""
    who, rung = access.principal(), request.form.get("rung", "")
    if rung not in RUNGS:
        abort(400)
    try:
        with access.change() as session:
            access.visible_appointment(session, who, appointment_id)
            # held before it is read: two who permit something at once permit both
            found = lock_appointment(session, appointment_id)
            wider = tuple(one for one in RUNGS if one == rung or one in found.fallbacks)
            changes: RequestChanges = {"fallbacks": wider}
            found = requesting.change(session, g.now, services.links(), appointment_id, changes, who.actor)
            if rung == Rung.DEVICE and found.status in SEEKING and device_barrier(found) is None:
                device_loans.reserve(session, g.now, found, who.actor)
            said = _said(found, Rung(rung))
    except NoLongerOpen as error:
        flash(sentence(error.code, dict(error.params)), "warning")
    except Invalid as invalid:
        flash(" ".join(sentence(one.code, dict(one.params)) for one in invalid.problems), "warning")
    else:
        flash(said, "success")
    return redirect(url_for("staff.appointment", appointment_id=appointment_id), 303)


def _said(found: Appointment, rung: Rung) -> str:
    """What comes of it; the page may be older than a yes, or than the pool's rules."""
    if found.status not in SEEKING:
        return str(_("fallbacks.somebody_comes"))
    if is_forbidden(found.pool, rung, found.topic):
        return str(_("fallbacks.rule", topic=topic_name(found.topic, locale())))
    return str(_("devices.reserved") if rung is Rung.DEVICE else _("fallbacks.permitted"))
