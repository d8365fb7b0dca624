"""/settings/organisations/<id>/sites: where appointments of an organisation take place."""

from typing import Any, Final

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Form, StringField, ValidationError
from wtforms.validators import Optional

from app import access
from app.access import allow
from app.errors import NotFound
from app.gazetteer.finding import Finder
from app.gazetteer.spots import How, Spot
from app.gazetteer.surroundings import surroundings
from app.gazetteer.writing import read_parts
from app.models import Organisation, Site
from app.registry import organisations
from app.registry.organisations import SITE_LIMITS, SiteData
from app.web.coordinator.blueprint import pages
from app.web.coordinator.fields import decimal, is_decimal
from app.web.coordinator.organisations import RULE, Answer, organisation_of, saved, text
from app.web.inputs import clean, seen_now
from app.web.located import Said, distance, found_words, locate, spot_field
from app.web.pages import sentence

# what is looked up: whoever changes none of it leaves the place alone
ADDRESS: Final = ("street", "postcode", "town", "district")


def _degrees(key: str) -> StringField:
    return StringField(_l(f"coordinator.field.{key}"), [Optional(), is_decimal], filters=[clean])


class SiteForm(Form):  # type: ignore[misc] # WTForms ships no types
    """A place of an organisation."""

    name = text("site_name", required=True)
    street = text("street")
    postcode = text("postcode")
    town = text("town")
    district = text("district")
    spot = spot_field(_l("address.which"))
    lat = _degrees("lat")
    lon = _degrees("lon")

    def validate(self, extra_validators: Any = None) -> bool:
        """Each field by itself, then that no part of the address is too long to be looked for."""
        valid = bool(super().validate(extra_validators))
        for name in ADDRESS:
            size, most = len(self[name].data or ""), SITE_LIMITS[name]
            if size > most:
                self[name].errors = [*self[name].errors, sentence("too_long", {"is": size, "most": most})]
                valid = False
        return valid

    def validate_lon(self, _field: StringField) -> None:
        """Coordinates come in pairs."""
        if bool(self.lat.data) != bool(self.lon.data):
            raise ValidationError(_("coordinator.error.both_coordinates"))

    def texts(self) -> dict[str, str]:
        """What was typed, without where it is."""
        return {name: self[name].data or "" for name in SITE_LIMITS}

    def by_hand(self) -> tuple[float, float] | None:
        """Coordinates that were typed, once they can be read."""
        lat, lon = decimal(self.lat.data), decimal(self.lon.data)
        return None if lat is None or lon is None else (lat, lon)


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


def _site_page(organisation_id: int, site_id: int | None) -> Answer:
    found = _site(organisation_of(access.session(), organisation_id), site_id)
    form = SiteForm(request.form or None, data=_typed(found) if found else None)
    before = organisations.site_of(found.organisation, found.id) if found else None
    status = 200
    if request.method == "POST":
        answer, status = _sent(form, before, organisation_id)
        if answer is not None:
            return answer
    rows = access.session()
    owner = organisation_of(rows, organisation_id)
    found = _site(owner, site_id)
    page = render_template(
        "coordinator/site.html",
        form=form,
        found=found,
        owner=owner,
        distance=distance(surroundings(rows), found.lat, found.lon) if found else "",
        seen=seen_now(organisations.site_of(owner, site_id), status) if site_id is not None else "",
        stale=status == 409,
    )
    return page, status


def _sent(form: SiteForm, before: SiteData | None, organisation_id: int) -> tuple[Response | None, int]:
    """The way on after saving; None where it cannot be taken, with the reasons at the fields."""
    located = _located(access.session(), form, before) if form.validate() else None
    if located is None:
        return None, 422
    data, said = located
    kept, status = saved(form, lambda session: _keep_site(session, data, organisation_id))
    if kept is None:
        return None, status
    flash(_("coordinator.organisation.site_saved"), "success")
    if said is not None:
        flash(*said)
    return redirect(url_for("coordinator.organisation", organisation_id=organisation_id), 303), status


def _located(rows: Session, form: SiteForm, before: SiteData | None) -> tuple[SiteData, Said | None] | None:
    """The site and where it is, and what to say of that; None where nobody knows, with the reason at its field.

    By hand wins, once it is another place than before; an address that stays leaves the place where it is.
    """
    texts, by_hand, site_id = form.texts(), form.by_hand(), before.id if before else None
    moved = before is None or any(getattr(before, name) != texts[name].strip() for name in ADDRESS)
    if by_hand is not None and not (moved and before is not None and by_hand == (before.lat, before.lon)):
        return SiteData(lat=by_hand[0], lon=by_hand[1], id=site_id, **texts), None
    finder = Finder(rows)
    written = read_parts(texts["street"], texts["postcode"], texts["district"], texts["town"])
    stays = Spot(before.name, before.lat, before.lon, How.HOUSE) if before else None
    spot = locate(finder, written, form.street, form.spot, stays=stays)
    if spot is None:
        return None
    return SiteData(lat=spot.lat, lon=spot.lon, id=site_id, **texts), found_words(finder.around, written, spot)


def _keep_site(session: Session, site: SiteData, organisation_id: int) -> Organisation:
    seen = request.form.get("seen") if site.id is not None else None
    actor = access.principal().actor
    return organisations.put_site(session, g.now, organisation_id, site, actor, seen=seen)


def _typed(found: Site) -> dict[str, str]:
    texts = {name: getattr(found, name) for name in SITE_LIMITS}
    return {**texts, "lat": str(found.lat), "lon": str(found.lon)}


def _site(owner: Organisation, site_id: int | None) -> Site | None:
    if site_id is None:
        return None
    for one in owner.sites:
        if one.id == site_id:
            return one
    raise NotFound("site_not_found")
