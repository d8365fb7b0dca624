"""/settings/organisations: who requests, and where it takes place."""

from flask import flash, redirect, render_template, request, url_for
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
from app.errors import NotFound
from app.models import Organisation, Site
from app.web.coordinator.blueprint import LARGEST_ID, pages
from app.web.coordinator.fields import Between, Short, decimal, is_decimal, is_email
from app.web.inputs import clean

ID = f"int(max={LARGEST_ID})"
TEXTS = ("name", "street", "postcode", "town", "district")
Answer = Response | str | tuple[str, int]


def _text(key: str, most: int, *, required: bool = False) -> StringField:
    first = InputRequired(_l("coordinator.error.missing")) if required else Optional()
    return StringField(_l(f"coordinator.organisation.{key}"), [first, Short(most)], filters=[clean])


def _degrees(key: str, most: float) -> StringField:
    return StringField(
        _l(f"coordinator.field.{key}"),
        [InputRequired(_l("coordinator.error.missing")), is_decimal, Between(-most, most)],
        filters=[clean],
    )


class OrganisationForm(Form):  # type: ignore[misc] # WTForms ships no types
    """An office, school, day-care centre, clinic or advice centre."""

    name = _text("name", 120, required=True)
    email = StringField(
        _l("coordinator.organisation.email"), [Optional(), Short(254), is_email],
        filters=[clean], description=_l("coordinator.organisation.email.hint"), widget=EmailInput(),
    )  # fmt: skip
    phone = StringField(
        _l("coordinator.organisation.phone"), [Optional(), Short(40)], filters=[clean], widget=TelInput()
    )
    active = BooleanField(
        _l("coordinator.organisation.active"), default=True, description=_l("coordinator.organisation.active.hint")
    )


class SiteForm(Form):  # type: ignore[misc] # WTForms ships no types
    """A place of an organisation."""

    name = _text("site_name", 120, required=True)
    street = _text("street", 120)
    postcode = _text("postcode", 10)
    town = _text("town", 80)
    district = _text("district", 80)
    lat = _degrees("lat", 90)
    lon = _degrees("lon", 180)


@pages.route("/settings/organisations/new", methods=["GET", "POST"])
@allow(Rule.ADMIN)
def new_organisation() -> Answer:
    """Add one."""
    return _organisation_page(None)


@pages.route(f"/settings/organisations/<{ID}:organisation_id>", methods=["GET", "POST"])
@allow(Rule.ADMIN)
def organisation(organisation_id: int) -> Answer:
    """Edit one, and see its sites."""
    return _organisation_page(organisation_id)


@pages.route(f"/settings/organisations/<{ID}:organisation_id>/sites/new", methods=["GET", "POST"])
@allow(Rule.ADMIN)
def new_site(organisation_id: int) -> Answer:
    """Add a site."""
    return _site_page(organisation_id, None)


@pages.route(f"/settings/organisations/<{ID}:organisation_id>/sites/<{ID}:site_id>", methods=["GET", "POST"])
@allow(Rule.ADMIN)
def site(organisation_id: int, site_id: int) -> Answer:
    """Edit a site; appointments keep the address they were requested for."""
    return _site_page(organisation_id, site_id)


def _organisation_page(organisation_id: int | None) -> Answer:
    rows = access.session()
    found = _organisation(rows, organisation_id) if organisation_id is not None else None
    form = OrganisationForm(request.form or None, obj=found)
    if request.method == "POST" and form.validate():
        if _name_is_free(rows, form.name.data, organisation_id):
            return _save_organisation(form, organisation_id)
        form.name.errors = [_("coordinator.error.name_taken")]
    status = 422 if request.method == "POST" else 200
    return render_template("coordinator/organisation.html", form=form, found=found), status


def _save_organisation(form: OrganisationForm, organisation_id: int | None) -> Response:
    with access.change() as session:
        if organisation_id is None:
            found = Organisation(name=form.name.data)
            session.add(found)
        else:
            found = _organisation(session, organisation_id)
        form.populate_obj(found)
        found.email, found.phone = form.email.data or "", form.phone.data or ""
        session.flush()
        organisation_id = found.id
    flash(_("coordinator.organisation.saved"), "success")
    return redirect(url_for("coordinator.organisation", organisation_id=organisation_id), 303)


def _site_page(organisation_id: int, site_id: int | None) -> Answer:
    rows = access.session()
    owner = _organisation(rows, organisation_id)
    found = _site(owner, site_id) if site_id is not None else None
    form = SiteForm(request.form or None, data=_typed(found) if found else None)
    if request.method == "POST" and form.validate():
        return _save_site(form, organisation_id, site_id)
    status = 422 if request.method == "POST" else 200
    return render_template("coordinator/site.html", form=form, found=found, owner=owner), status


def _typed(found: Site) -> dict[str, str]:
    texts = {name: getattr(found, name) for name in TEXTS}
    return {**texts, "lat": str(found.lat), "lon": str(found.lon)}


def _save_site(form: SiteForm, organisation_id: int, site_id: int | None) -> Response:
    with access.change() as session:
        owner = _organisation(session, organisation_id)
        found = _site(owner, site_id) if site_id is not None else Site(organisation_id=owner.id)
        for name in TEXTS:
            setattr(found, name, form[name].data or "")
        found.lat, found.lon = decimal(form.lat.data) or 0.0, decimal(form.lon.data) or 0.0
        session.add(found)
    flash(_("coordinator.organisation.site_saved"), "success")
    return redirect(url_for("coordinator.organisation", organisation_id=organisation_id), 303)


def _organisation(rows: Session, organisation_id: int) -> Organisation:
    found = rows.scalar(select(Organisation).where(Organisation.id == organisation_id))
    if found is None:
        raise NotFound("organisation_not_found")
    return found


def _site(owner: Organisation, site_id: int) -> Site:
    for one in owner.sites:
        if one.id == site_id:
            return one
    raise NotFound("site_not_found")


def _name_is_free(rows: Session, name: str, organisation_id: int | None) -> bool:
    other = rows.scalar(select(Organisation.id).where(Organisation.name == name, Organisation.id != organisation_id))
    return other is None
