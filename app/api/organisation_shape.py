"""An organisation and its sites in JSON."""

from marshmallow import fields

from app.api.reading import PageQuery
from app.api.values import Address, Degrees, One, Shape, Some, Text, Truth, Whole
from app.errors import FieldProblem
from app.models import Organisation, Site

SITE_TEXTS = {"name": 120, "street": 120, "postcode": 10, "town": 80, "district": 80}
TEXTS = {"name": 120, "email": 254, "phone": 40}


class SiteShape(Shape):
    """Where appointments take place; `id` names one that is there already."""

    id = Whole(allow_none=True)
    name = Text(required=True, metadata={"maxLength": 120})
    street = Text()
    postcode = Text()
    town = Text()
    district = Text()
    lat = Degrees(required=True)
    lon = Degrees(required=True)


class OrganisationIn(Shape):
    """Who requests. Sites that are sent replace those that were there; those with an `id` are kept and changed."""

    name = Text(required=True, metadata={"maxLength": 120})
    email = Address()
    phone = Text()
    active = Truth()
    sites = Some(One(SiteShape))


class OrganisationOut(OrganisationIn):
    """Who requests, with an id."""

    id = fields.Integer(required=True)


class OrganisationQuery(PageQuery):
    """Filters of the list."""

    name = Text()


def check(sent: dict[str, object]) -> list[FieldProblem]:
    """What is wrong with an organisation as it was sent, field by field."""
    problems = _lengths("", sent, TEXTS)
    sites = sent.get("sites", [])
    for number, site in enumerate(sites if isinstance(sites, list) else []):
        problems += _lengths(f"sites.{number}.", site, SITE_TEXTS)
        if not (-90 <= site["lat"] <= 90 and -180 <= site["lon"] <= 180):
            problems.append(FieldProblem(f"sites.{number}", "coordinates"))
    return problems


def _lengths(path: str, sent: dict[str, object], limits: dict[str, int]) -> list[FieldProblem]:
    problems = []
    for name, most in limits.items():
        value = str(sent.get(name, ""))
        if len(value) > most:
            problems.append(FieldProblem(path + name, "too_long", {"most": most, "is": len(value)}))
        elif name == "name" and name in sent and not value.strip():
            problems.append(FieldProblem(path + name, "required"))
    return problems


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
    return {name: getattr(site, name) for name in ("id", *SITE_TEXTS, "lat", "lon")}
