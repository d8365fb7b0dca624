"""/appointments/<id>/chance: beside the form of a change, what it would mean for whoever comes, or for the search."""

from flask import g, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app import access
from app.access import Rule, allow, aside
from app.journey.request import Request
from app.journey.wanted import merged
from app.models import Appointment, Pool
from app.web.staff import chance_panel
from app.web.staff.blueprint import ID, pages
from app.web.staff.chance_panel import Panel
from app.web.staff.change_fields import changes, fields
from app.web.staff.showing import can_change
from app.web.staff.wishes import Elsewhere
from app.web.when import When


@pages.post(f"/appointments/{ID}/chance")
@aside
@allow(Rule.STAFF)
def changing_chance(appointment_id: int) -> str:
    """The panel, for what is typed just now."""
    rows = access.session()
    found = access.visible_appointment(rows, access.principal(), appointment_id)
    return render_template(
        "staff/_chance.html", panel=panel_of_change(rows, found, request.form), chance_of=appointment_id
    )


def panel_of_change(rows: Session, found: Appointment, typed: MultiDict[str, str]) -> Panel:
    """What the panel says of what is typed, or of the appointment as it is; once that is over, just that."""
    pool = rows.get_one(Pool, found.pool_id)
    when = When.of(pool.timezone, g.now)
    if not can_change(found):
        return chance_panel.incomplete([], [_("staff.edit.too_late")], when)
    form = fields(found, when, typed)

    def wanted(elsewhere: Elsewhere | None) -> Request:
        return merged(found, changes(form, found, pool, elsewhere[0] if elsewhere else None))

    return chance_panel.panel(rows, form, pool, found.organisation_id, wanted, found)
