"""An organisation and its sites in JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from marshmallow import fields
from sqlalchemy.orm import Session

from app.api.located import Sent, parts, points
from app.api.reading import PageQuery
from app.api.values import LATITUDE, LONGITUDE, Address, Degrees, One, Shape, Some, Text, Truth, Whole
from app.models import Organisation, Site
from app.registry.organisations import LIMITS, SITE_LIMITS, OrganisationChanges, SiteData


def _text(name: str, limits: Mapping[str, int], *, required: bool = False) -> Text:
    return Text(required=required, metadata={"maxLength": limits[name]})


class SiteIn(Shape):
    """Where appointments take place; `id` names one that is there already. Without coordinates its address counts."""

    id = Whole(allow_none=True)
    name = _text("name", SITE_LIMITS, required=True)
    street = _text("street", SITE_LIMITS)
    postcode = _text("postcode", SITE_LIMITS)
    town = _text("town", SITE_LIMITS)
    district = _text("district", SITE_LIMITS)
    lat = Degrees(metadata=LATITUDE)
    lon = Degrees(metadata=LONGITUDE)


class SiteOut(SiteIn):
    """Where appointments take place."""

    lat = Degrees(required=True, metadata=LATITUDE)
    lon = Degrees(required=True, metadata=LONGITUDE)


class OrganisationIn(Shape):
    """Who requests. Sites that are sent replace those that were there; those with an `id` are kept and changed."""

    name = _text("name", LIMITS, required=True)
    email = Address(metadata={"maxLength": LIMITS["email"]})
    phone = _text("phone", LIMITS)
    active = Truth()
    sites = Some(One(SiteIn))


class OrganisationOut(OrganisationIn):
    """Who requests, with an id."""

    id = fields.Integer(required=True)
    sites = Some(One(SiteOut))


class OrganisationQuery(PageQuery):
    """Filters of the list."""

    name = Text()


def changes_of(session: Session, sent: Mapping[str, Any]) -> OrganisationChanges:
    """What was sent, as fields of OrganisationData. Raises Invalid for a site of which nobody knows where it is."""
    sites = {"sites": _sites(session, sent["sites"])} if "sites" in sent else {}
    # the shape has read each field by its name; a test holds the two to one another
    return cast("OrganisationChanges", {**sent, **sites})


def _sites(session: Session, sent: Sequence[Mapping[str, Any]]) -> tuple[SiteData, ...]:
    asked = []
    for number, site in enumerate(sent):
        path = f"sites.{number}."
        asked.append(Sent(path, site, parts(path, site, SITE_LIMITS), "street"))
    where = zip(sent, points(session, asked), strict=True)
    return tuple(SiteData(**{**site, "lat": lat, "lon": lon}) for site, (lat, lon) in where)


def organisation_json(organisation: Organisation) -> dict[str, object]:
    """The whole object."""
    return {
        "id": organisation.id,
        "name": organisation.name,
        "email": organisation.email,
        "phone": organisation.phone,
        "active": organisation.active,
        "sites": [_site_json(site) for site in organisation.sites],
    }


def _site_json(site: Site) -> dict[str, object]:
    return {name: getattr(site, name) for name in ("id", *SITE_LIMITS, "lat", "lon")}
