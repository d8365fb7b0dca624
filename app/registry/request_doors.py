"""Doors for requests without an account: an organisation's own link and PIN, kept by coordinators.

The PIN comes in hashed, for whoever makes it up shows it once and nobody keeps it.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.journey import history
from app.journey.history import Actor
from app.links import Links
from app.models import ActorKind, Organisation, RequestDoor, Role
from app.passwords import PasswordHash

WRITTEN_BY: Final = Role.COORDINATOR


def of_organisation(session: Session, organisation_id: int) -> RequestDoor | None:
    """The door of an organisation, if it has one."""
    return session.scalar(select(RequestDoor).where(RequestDoor.organisation_id == organisation_id))


def give_pin(
    session: Session, now: datetime, links: Links, organisation_id: int, pin_hash: PasswordHash, actor: Actor
) -> RequestDoor:
    """Give an organisation its door, or the one that it has a new PIN; the door is open then. Raises NotFound."""
    organisation = _held(session, organisation_id)
    found = of_organisation(session, organisation_id)
    if found is None:
        found = RequestDoor(organisation=organisation, pin_hash=pin_hash, created_at=now, made_by_id=_account(actor))
        links.open_to(session, found)
        _note(session, now, "request_door_made", organisation, actor)
        return found
    found.pin_hash, found.active = pin_hash, True
    found.version += 1
    _note(session, now, "request_door_pin", organisation, actor)
    return found


def switch(session: Session, now: datetime, organisation_id: int, actor: Actor, *, active: bool) -> RequestDoor:
    """Close a door, or open it again with the link and the PIN that it had. Raises NotFound."""
    organisation = _held(session, organisation_id)
    found = _door(session, organisation_id)
    if found.active is not active:
        found.active = active
        _note(session, now, "request_door_on" if active else "request_door_off", organisation, actor)
    return found


def reset_link(session: Session, now: datetime, links: Links, organisation_id: int, actor: Actor) -> RequestDoor:
    """Give a door another link; the old one opens nothing, and what is left there unconfirmed is void.

    The PIN stays. Raises NotFound.
    """
    organisation = _held(session, organisation_id)
    found = _door(session, organisation_id)
    found.created_at, found.made_by_id = now, _account(actor)
    found.version += 1
    links.open_to(session, found)
    _note(session, now, "request_door_reset", organisation, actor)
    return found


def _held(session: Session, organisation_id: int) -> Organisation:
    """Held, so that two who make a door for it at once make one."""
    found = session.scalar(
        select(Organisation)
        .where(Organisation.id == organisation_id, Organisation.neighbour_id.is_(None))
        .with_for_update(of=Organisation)
    )
    if found is None:
        raise NotFound("organisation_not_found")
    return found


def _door(session: Session, organisation_id: int) -> RequestDoor:
    # whoever leaves a request there holds it meanwhile
    found = session.scalar(
        select(RequestDoor).where(RequestDoor.organisation_id == organisation_id).with_for_update(of=RequestDoor)
    )
    if found is None:
        raise NotFound("door_not_found")
    return found


def _account(actor: Actor) -> int | None:
    return actor.id if actor.kind is ActorKind.ACCOUNT else None


def _note(session: Session, now: datetime, kind: str, organisation: Organisation, actor: Actor) -> None:
    history.record(session, now, kind, actor, organisation=organisation.name, organisation_id=organisation.id)
