"""/mediators: the volunteers of the pool, for coordinators."""

from dataclasses import replace

from flask import Response, g, jsonify
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import access, services
from app.access import Rule, allow
from app.api import idempotency, reading
from app.api.blueprint import ID, api
from app.api.mediator_shape import STATUSES, MediatorIn, MediatorOut, MediatorQuery, changes_of, mediator_json
from app.api.operation import operation
from app.errors import NotFound
from app.models import Mediator, MediatorStatus, Skill, with_details
from app.registry import mediators
from app.registry.mediator_data import MediatorChanges, MediatorData, data_of


@api.get("/mediators")
@operation(MediatorOut, query=MediatorQuery, listed=True)
@allow(Rule.COORDINATOR)
def list_mediators() -> Response:
    """List mediators by name, also those who paused or left."""
    wanted = reading.query(MediatorQuery)
    rows = select(Mediator).where(Mediator.erased_at.is_(None)).order_by(Mediator.name, Mediator.id)
    rows = rows.options(*with_details())
    status = reading.choice(wanted, "status", STATUSES)
    if status is not None:
        rows = rows.where(Mediator.status == MediatorStatus(status))
    if "language" in wanted:
        rows = rows.where(Mediator.skills.any(Skill.language == wanted["language"]))
    return reading.page(access.session(), rows, wanted, _shown)


@api.post("/mediators")
@operation(MediatorOut, 201, body=MediatorIn)
@allow(Rule.COORDINATOR)
def add_mediator() -> Response:
    """Enter a mediator."""
    data = MediatorData(**changes_of(access.session(), reading.body(MediatorIn)))
    links = services.links()
    actor = access.principal().actor
    return idempotency.once(lambda session: _shown(mediators.register(session, g.now, links, data, actor)))


@api.get(f"/mediators/{ID}")
@operation(MediatorOut, errors=(404,))
@allow(Rule.COORDINATOR)
def get_mediator(id_: int) -> Response:
    """Show a mediator."""
    return jsonify(_shown(mediator_of(access.session(), id_)))


@api.patch(f"/mediators/{ID}")
@operation(MediatorOut, body=MediatorIn, partial=True, errors=(404,))
@allow(Rule.COORDINATOR)
def change_mediator(id_: int) -> Response:
    """Change some fields of a mediator; a list that is sent replaces the one that was there."""
    return _changed(id_, changes_of(access.session(), reading.body(MediatorIn, partial=True)))


@api.delete(f"/mediators/{ID}")
@operation(MediatorOut, errors=(404,))
@allow(Rule.COORDINATOR)
def remove_mediator(id_: int) -> Response:
    """Let a mediator leave the pool: they are not asked any more, and what they did stays."""
    return _changed(id_, {"status": MediatorStatus.LEFT.value})


def mediator_of(session: Session, mediator_id: int) -> Mediator:
    """A mediator of the pool; raises NotFound."""
    found = session.scalar(select(Mediator).where(Mediator.id == mediator_id, Mediator.erased_at.is_(None)))
    if found is None:
        raise NotFound("mediator_not_found")
    return found


def _changed(mediator_id: int, changes: MediatorChanges) -> Response:
    with access.change() as session:
        data = replace(data_of(mediator_of(session, mediator_id)), **changes)
        changed = mediators.update(session, g.now, services.links(), mediator_id, data, access.principal().actor)
        return jsonify(_shown(changed))


def _shown(mediator: Mediator) -> dict[str, object]:
    return mediator_json(mediator, data_of(mediator))
