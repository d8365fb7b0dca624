"""/organisations: who requests, and their sites. Staff see their own, coordinators all of the pool."""

from typing import Any

from flask import Response, jsonify
from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import access
from app.access import Rule, allow
from app.api import idempotency, reading
from app.api.blueprint import ID, api
from app.api.operation import operation
from app.api.organisation_shape import (
    SITE_TEXTS,
    TEXTS,
    OrganisationIn,
    OrganisationOut,
    OrganisationQuery,
    check,
    organisation_json,
)
from app.errors import FieldProblem, Invalid, NotFound
from app.models import Organisation, Site


@api.get("/organisations")
@operation(OrganisationOut, query=OrganisationQuery, listed=True)
@allow(Rule.STAFF)
def list_organisations() -> Response:
    """List organisations by name."""
    wanted = reading.query(OrganisationQuery)
    rows = _visible().order_by(Organisation.name, Organisation.id)
    if "name" in wanted:
        rows = rows.where(Organisation.name == wanted["name"])
    return reading.page(access.session(), rows, wanted, organisation_json)


@api.post("/organisations")
@operation(OrganisationOut, 201, body=OrganisationIn)
@allow(Rule.COORDINATOR)
def add_organisation() -> Response:
    """Add an organisation with its sites."""
    sent = reading.body(OrganisationIn)
    return idempotency.once(lambda session: _saved(session, Organisation(sites=[], active=True), sent))


@api.get(f"/organisations/{ID}")
@operation(OrganisationOut, errors=(404,))
@allow(Rule.STAFF)
def get_organisation(id_: int) -> Response:
    """Show an organisation."""
    return jsonify(organisation_json(_organisation(access.session(), id_)))


@api.patch(f"/organisations/{ID}")
@operation(OrganisationOut, body=OrganisationIn, partial=True, errors=(404,))
@allow(Rule.COORDINATOR)
def change_organisation(id_: int) -> Response:
    """Change some fields of an organisation; sites that are sent replace those that were there."""
    sent = reading.body(OrganisationIn, partial=True)
    with access.change() as session:
        return jsonify(_saved(session, _organisation(session, id_), sent))


def _visible() -> Select[Organisation]:
    who = access.principal()
    rows = select(Organisation)
    return rows if who.coordinates else rows.where(Organisation.id == who.organisation_id)


def _organisation(session: Session, organisation_id: int) -> Organisation:
    found = session.scalar(_visible().where(Organisation.id == organisation_id))
    if found is None:
        raise NotFound("organisation_not_found")
    return found


def _saved(session: Session, organisation: Organisation, sent: dict[str, Any]) -> dict[str, object]:
    problems = check(sent)
    if problems:
        raise Invalid(problems)
    for name in TEXTS:
        if name in sent:
            setattr(organisation, name, sent[name].strip())
    organisation.active = sent.get("active", organisation.active)
    if "sites" in sent:
        organisation.sites = _sites(organisation, sent["sites"])
    session.add(organisation)
    try:
        session.flush()
    except IntegrityError as error:
        raise Invalid([FieldProblem("name", "name_taken", {"value": sent.get("name", "")})]) from error
    return organisation_json(organisation)


def _sites(organisation: Organisation, sent: list[dict[str, Any]]) -> list[Site]:
    known = {site.id: site for site in organisation.sites}
    sites = []
    for number, one in enumerate(sent):
        if one.get("id") is None:
            site = Site(**dict.fromkeys(SITE_TEXTS, ""))
        elif one["id"] in known:
            site = known.pop(one["id"])
        else:
            raise Invalid([FieldProblem(f"sites.{number}.id", "unknown_site", {"value": one["id"]})])
        for name in SITE_TEXTS:
            setattr(site, name, one.get(name, getattr(site, name)).strip())
        site.lat, site.lon = one["lat"], one["lon"]
        sites.append(site)
    return sites
