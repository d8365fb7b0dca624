"""/settings/organisations: who requests."""

from collections.abc import Callable
from typing import Final

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import BooleanField, Form, StringField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import EmailInput, TelInput

from app import access, services
from app.access import Rule, allow
from app.errors import ChangedMeanwhile, Invalid, NotFound
from app.models import Organisation, TranslationDevice
from app.registry import organisations, request_doors
from app.registry.organisations import OrganisationData
from app.web.coordinator.blueprint import own_when, pages
from app.web.inputs import clean, seen_now, show

RULE: Final = Rule(organisations.WRITTEN_BY)
Answer = Response | str | tuple[str, int]


def text(key: str, *, required: bool = False) -> StringField:
    """A field of an organisation or of its sites, by the key of its label."""
    first = InputRequired(_l("coordinator.error.missing")) if required else Optional()
    return StringField(_l(f"coordinator.organisation.{key}"), [first], filters=[clean])


class OrganisationForm(Form):  # type: ignore[misc] # WTForms ships no types
    """An office, school, day-care centre, clinic or advice centre."""

    name = text("name", required=True)
    email = StringField(
        _l("coordinator.organisation.email"), [Optional()],
        filters=[clean], description=_l("coordinator.organisation.email.hint"), widget=EmailInput(),
    )  # fmt: skip
    phone = StringField(_l("coordinator.organisation.phone"), [Optional()], filters=[clean], widget=TelInput())
    active = BooleanField(
        _l("coordinator.organisation.active"), default=True, description=_l("coordinator.organisation.active.hint")
    )

    def values(self) -> OrganisationData:
        """What was typed."""
        return OrganisationData(
            self.name.data or "", self.email.data or "", self.phone.data or "", active=bool(self.active.data)
        )


@pages.route("/settings/organisations/new", methods=["GET", "POST"])
@allow(RULE)
def new_organisation() -> Answer:
    """Add one."""
    return _organisation_page(None)


@pages.route("/settings/organisations/<row:organisation_id>", methods=["GET", "POST"])
@allow(RULE)
def organisation(organisation_id: int) -> Answer:
    """Edit one, and see its sites."""
    return _organisation_page(organisation_id)


def _organisation_page(organisation_id: int | None) -> Answer:
    found = organisation_of(access.session(), organisation_id) if organisation_id is not None else None
    form = OrganisationForm(request.form or None, obj=found)
    status = 200
    if request.method == "POST":
        kept, status = saved(form, lambda session: _keep_organisation(session, form, organisation_id))
        if kept is not None:
            flash(_("coordinator.organisation.saved"), "success")
            return redirect(url_for("coordinator.organisation", organisation_id=kept), 303)
        # what was read before the failed change is gone with it
        found = organisation_of(access.session(), organisation_id) if organisation_id is not None else None
    return organisation_page(form, found, status), status


def organisation_page(form: OrganisationForm, found: Organisation | None, status: int = 200, pin: str = "") -> str:
    """The form, its places, and its door for requests without an account; `pin` is the one that was just made."""
    door = request_doors.of_organisation(access.session(), found.id) if found else None
    return render_template(
        "coordinator/organisation.html",
        form=form,
        found=found,
        seen=seen_now(organisations.data_of(found), status) if found else "",
        stale=status == 409,
        door=door,
        door_url=services.links().url(door) if door else "",
        door_day=own_when(access.session()).day(door.created_at) if door else "",
        pin=f"{pin[:4]} {pin[4:]}" if pin else "",
    )


def _keep_organisation(session: Session, form: OrganisationForm, organisation_id: int | None) -> Organisation:
    actor = access.principal().actor
    if organisation_id is None:
        return organisations.add(session, g.now, form.values(), actor)
    seen = request.form.get("seen")
    return organisations.change(session, g.now, organisation_id, form.values(), actor, seen=seen)


def saved(form: Form, keep: Callable[[Session], Organisation | TranslationDevice]) -> tuple[int | None, int]:
    """The id of what was kept, None where the form cannot be taken, with the reasons at its fields; and the status."""
    if not form.validate():
        return None, 422
    try:
        with access.change() as session:
            return keep(session).id, 303
    except ChangedMeanwhile:
        return None, 409
    except Invalid as invalid:
        show(form, invalid.problems, {})
        return None, 422


def organisation_of(rows: Session, organisation_id: int) -> Organisation:
    """An organisation of the pool. Raises NotFound."""
    found = rows.scalar(
        select(Organisation).where(Organisation.id == organisation_id, Organisation.neighbour_id.is_(None))
    )
    if found is None:
        raise NotFound("organisation_not_found")
    return found
