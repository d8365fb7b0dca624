"""/settings/organisations/<id>/door: the link and PIN by which an organisation requests without an account."""

from collections.abc import Callable, Mapping
from typing import Final

from flask import abort, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import access, passwords, services
from app.access import Rule, allow
from app.models import RequestDoor
from app.registry import request_doors
from app.web.coordinator.blueprint import pages
from app.web.coordinator.organisations import Answer, OrganisationForm, organisation_of, organisation_page

RULE: Final = Rule(request_doors.WRITTEN_BY)
Step = Callable[[Session, int], RequestDoor]


@pages.post("/settings/organisations/<row:organisation_id>/door/pin")
@allow(RULE)
def new_pin(organisation_id: int) -> Answer:
    """Make the link, or a new PIN for it, and show the PIN, this once."""
    organisation_of(access.session(), organisation_id)
    pin = passwords.pin()
    # before the transaction: it takes a while on purpose
    pin_hash = passwords.hashed(pin)
    with access.change() as session:
        actor = access.principal().actor
        request_doors.give_pin(session, g.now, services.links(), organisation_id, pin_hash, actor)
    found = organisation_of(access.session(), organisation_id)
    return organisation_page(OrganisationForm(obj=found), found, pin=pin), 201


@pages.post("/settings/organisations/<row:organisation_id>/door")
@allow(RULE)
def change_door(organisation_id: int) -> Answer:
    """Close the door, open it again, or give it another link."""
    step = _STEPS.get(request.form.get("do", ""))
    if step is None:
        abort(400)
    with access.change() as session:
        step(session, organisation_id)
    flash(_(f"coordinator.door.done.{request.form['do']}"), "success")
    return redirect(url_for("coordinator.organisation", organisation_id=organisation_id, _anchor="door"), 303)


def _reset(session: Session, organisation_id: int) -> RequestDoor:
    return request_doors.reset_link(session, g.now, services.links(), organisation_id, access.principal().actor)


def _switch(*, active: bool) -> Step:
    def step(session: Session, organisation_id: int) -> RequestDoor:
        return request_doors.switch(session, g.now, organisation_id, access.principal().actor, active=active)

    return step


_STEPS: Final[Mapping[str, Step]] = {"on": _switch(active=True), "off": _switch(active=False), "reset": _reset}
