"""/appointments/<id>/undo: what was just done by hand is taken back, for as long as that can be."""

from functools import partial

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import access, services
from app.access import Principal, Rule, allow, unattended
from app.errors import AlreadyTaken, NoLongerOpen, NotFound
from app.journey import undoing
from app.models import StepKind
from app.web.asked import asked_ids
from app.web.pages import sentence
from app.web.staff.blueprint import ID, pages
from app.web.undo_banner import names_of, undo_banner

# as many as are asked together
MOST = 5


@pages.get(f"/appointments/{ID}/undo")
@unattended
@allow(Rule.STAFF)
def undo_state(appointment_id: int) -> str | tuple[str, int]:
    """The banner as it is now; 204 while it still says what the page has `seen`."""
    rows = access.session()
    access.visible_appointment(rows, access.principal(), appointment_id)
    found = undo_banner(rows, appointment_id)
    if found is None or found.state == request.args.get("seen"):
        return "", 204
    # who has moved on to its button is left there
    return render_template("components/_undo.html", undo=found, polled=True)


@pages.post(f"/appointments/{ID}/undo")
@allow(Rule.STAFF)
def undo(appointment_id: int) -> Response:
    """Take the steps back, each by itself; what cannot be is told in a sentence."""
    by_people = [_undo(appointment_id, step_id) for step_id in asked_ids("step")[:MOST]]
    page = "coordinator.candidates" if any(by_people) else "staff.appointment"
    return redirect(url_for(page, appointment_id=appointment_id), 303)


def _undo(appointment_id: int, step_id: int) -> bool:
    """Gives whether it was about a person, which is on a coordinator's page."""
    who, is_change = access.principal(), True
    try:
        with access.change() as session:
            is_change = _is_change(session, who, appointment_id, step_id)
            found = undoing.undo(session, g.now, services.links(), appointment_id, step_id, who.actor)
            step = undoing.find(session, appointment_id, step_id)
            done = partial(_, f"undo.{step.kind.value}.done_{found.value}", names=names_of([step]))
    except (AlreadyTaken, NoLongerOpen) as error:
        flash(sentence(error.code, dict(error.params)), "error")
    except NotFound:
        access.visible_appointment(access.session(), who, appointment_id)
        flash(sentence("undo_forgotten"), "error")
    else:
        flash(done(), "success")
    return not is_change


def _is_change(session: Session, who: Principal, appointment_id: int, step_id: int) -> bool:
    """Staff change what is their own; whom to ask is for coordinators."""
    access.visible_appointment(session, who, appointment_id)
    is_change = undoing.find(session, appointment_id, step_id).kind is StepKind.CHANGE
    if not (is_change or who.coordinates):
        abort(403)
    return is_change
