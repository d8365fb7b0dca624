"""/settings/organisations: who requests, and where it takes place."""

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

from app import access
from app.access import Rule, allow
from app.errors import ChangedMeanwhile, Invalid, NotFound
from app.models import Organisation, Site
from app.registry import organisations
from app.registry.organisations import SITE_LIMITS, OrganisationData, SiteData
from app.web.coordinator.blueprint import pages
from app.web.coordinator.fields import decimal, is_decimal
from app.web.inputs import clean, seen_now, show

RULE: Final = Rule(organisations.WRITTEN_BY)
Answer = Response | str | tuple[str, int]


def _text(key: str, *, required: bool = False) -> StringField:
    first = InputRequired(_l("coordinator.error.missing")) if required else Optional()
    return StringField(_l(f"coordinator.organisation.{key}"), [first], filters=[clean])


def _degrees(key: str) -> StringField:
    return StringField(
        _l(f"coordinator.field.{key}"), [InputRequired(_l("coordinator.error.missing")), is_decimal], filters=[clean]
    )


class OrganisationForm(Form):  # type: ignore[misc] # WTForms ships no types
    """An office, school, day-care centre, clinic or advice centre."""

    name = _text("name", required=True)
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


class SiteForm(Form):  # type: ignore[misc] # WTForms ships no types
    """A place of an organisation."""

    name = _text("site_name", required=True)
    street = _text("street")
    postcode = _text("postcode")
    town = _text("town")
    district = _text("district")
    lat = _degrees("lat")
    lon = _degrees("lon")

    def values(self, site_id: int | None) -> SiteData:
        """What was typed, once its numbers can be read."""
        texts = {name: self[name].data or "" for name in SITE_LIMITS}
        return SiteData(lat=decimal(self.lat.data) or 0.0, lon=decimal(self.lon.data) or 0.0, id=site_id, **texts)


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


@pages.route("/settings/organisations/<row:organisation_id>/sites/new", methods=["GET", "POST"])
@allow(RULE)
def new_site(organisation_id: int) -> Answer:
    """Add a site."""
    return _site_page(organisation_id, None)


@pages.route("/settings/organisations/<row:organisation_id>/sites/<row:site_id>", methods=["GET", "POST"])
@allow(RULE)
def site(organisation_id: int, site_id: int) -> Answer:
    """Edit a site; appointments keep the address they were requested for."""
    return _site_page(organisation_id, site_id)


def _organisation_page(organisation_id: int | None) -> Answer:
    found = _organisation(access.session(), organisation_id) if organisation_id is not None else None
    form = OrganisationForm(request.form or None, obj=found)
    status = 200
    if request.method == "POST":
        saved, status = _saved(form, lambda session: _keep_organisation(session, form, organisation_id))
        if saved is not None:
            flash(_("coordinator.organisation.saved"), "success")
            return redirect(url_for("coordinator.organisation", organisation_id=saved), 303)
        # what was read before the failed change is gone with it
        found = _organisation(access.session(), organisation_id) if organisation_id is not None else None
    seen = seen_now(organisations.data_of(found), status) if found else ""
    page = render_template("coordinator/organisation.html", form=form, found=found, seen=seen, stale=status == 409)
    return page, status


def _keep_organisation(session: Session, form: OrganisationForm, organisation_id: int | None) -> Organisation:
    actor = access.principal().actor
    if organisation_id is None:
        return organisations.add(session, g.now, form.values(), actor)
    seen = request.form.get("seen")
    return organisations.change(session, g.now, organisation_id, form.values(), actor, seen=seen)


def _site_page(organisation_id: int, site_id: int | None) -> Answer:
    found = _site(_organisation(access.session(), organisation_id), site_id)
    form = SiteForm(request.form or None, data=_typed(found) if found else None)
    status = 200
    if request.method == "POST":
        saved, status = _saved(form, lambda session: _keep_site(session, form, organisation_id, site_id))
        if saved is not None:
            flash(_("coordinator.organisation.site_saved"), "success")
            return redirect(url_for("coordinator.organisation", organisation_id=organisation_id), 303)
    owner = _organisation(access.session(), organisation_id)
    page = render_template(
        "coordinator/site.html",
        form=form,
        found=_site(owner, site_id),
        owner=owner,
        seen=seen_now(organisations.site_of(owner, site_id), status) if site_id is not None else "",
        stale=status == 409,
    )
    return page, status


def _keep_site(session: Session, form: SiteForm, organisation_id: int, site_id: int | None) -> Organisation:
    seen = request.form.get("seen") if site_id is not None else None
    actor = access.principal().actor
    return organisations.put_site(session, g.now, organisation_id, form.values(site_id), actor, seen=seen)


def _saved(form: Form, keep: Callable[[Session], Organisation]) -> tuple[int | None, int]:
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


def _typed(found: Site) -> dict[str, str]:
    texts = {name: getattr(found, name) for name in SITE_LIMITS}
    return {**texts, "lat": str(found.lat), "lon": str(found.lon)}


def _organisation(rows: Session, organisation_id: int) -> Organisation:
    found = rows.scalar(select(Organisation).where(Organisation.id == organisation_id))
    if found is None:
        raise NotFound("organisation_not_found")
    return found


def _site(owner: Organisation, site_id: int | None) -> Site | None:
    if site_id is None:
        return None
    for one in owner.sites:
        if one.id == site_id:
            return one
    raise NotFound("site_not_found")
