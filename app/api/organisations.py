"""/organisations: who requests, and their sites. Staff see their own, coordinators all of the pool."""

from dataclasses import replace
from typing import Final

from flask import Response, g, jsonify
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app import access
from app.access import Rule, allow
from app.api import idempotency, reading
from app.api.blueprint import ID, api
from app.api.operation import operation
from app.api.organisation_shape import (
    OrganisationIn,
    OrganisationOut,
    OrganisationQuery,
    changes_of,
    organisation_json,
)
from app.errors import NotFound
from app.models import Organisation
from app.registry import organisations
from app.registry.organisations import OrganisationData, data_of

RULE: Final = Rule(organisations.WRITTEN_BY)


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
@allow(RULE)
def add_organisation() -> Response:
    """Add an organisation with its sites."""
    data, actor = (
        OrganisationData(**changes_of(access.session(), reading.body(OrganisationIn))),
        access.principal().actor,
    )
    return idempotency.once(lambda session: organisation_json(organisations.add(session, g.now, data, actor)))


@api.get(f"/organisations/{ID}")
@operation(OrganisationOut, errors=(404,))
@allow(Rule.STAFF)
def get_organisation(id_: int) -> Response:
    """Show an organisation."""
    return jsonify(organisation_json(_organisation(access.session(), id_)))


@api.patch(f"/organisations/{ID}")
@operation(OrganisationOut, body=OrganisationIn, partial=True, errors=(404,))
@allow(RULE)
def change_organisation(id_: int) -> Response:
    """Change some fields of an organisation; sites that are sent replace those that were there."""
    changes, actor = changes_of(access.session(), reading.body(OrganisationIn, partial=True)), access.principal().actor
    with access.change() as session:
        known = replace(data_of(_organisation(session, id_)), sites=None)
        changed = organisations.change(session, g.now, id_, replace(known, **changes), actor)
        return jsonify(organisation_json(changed))


def _visible() -> Select[Organisation]:
    who = access.principal()
    rows = select(Organisation).where(Organisation.neighbour_id.is_(None))
    return rows if who.coordinates else rows.where(Organisation.id == who.organisation_id)


def _organisation(session: Session, organisation_id: int) -> Organisation:
    found = session.scalar(_visible().where(Organisation.id == organisation_id))
    if found is None:
        raise NotFound("organisation_not_found")
    return found
