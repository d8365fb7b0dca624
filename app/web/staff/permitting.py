"""/appointments/<id>/fallbacks: staff permit another way out while nobody is found."""

from flask import abort, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import access, services
from app.access import Rule, allow
from app.errors import Invalid, NoLongerOpen
from app.journey import device_loans, requesting
from app.journey.request import RequestChanges
from app.models import RUNGS, Rung
from app.web.pages import sentence
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
            found = access.visible_appointment(session, who, appointment_id)
            wider = tuple(one for one in RUNGS if one == rung or one in found.fallbacks)
            changes: RequestChanges = {"fallbacks": wider}
            found = requesting.change(session, g.now, services.links(), appointment_id, changes, who.actor)
            if rung == Rung.DEVICE:
                device_loans.reserve(session, g.now, found, who.actor)
    except NoLongerOpen as error:
        flash(sentence(error.code, dict(error.params)), "warning")
    except Invalid as invalid:
        flash(" ".join(sentence(one.code, dict(one.params)) for one in invalid.problems), "warning")
    else:
        flash(_("devices.reserved") if rung == Rung.DEVICE else _("fallbacks.permitted"), "success")
    return redirect(url_for("staff.appointment", appointment_id=appointment_id), 303)
