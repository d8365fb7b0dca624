"""Who did what when: every step of the journey leaves one line."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import ActorKind, Appointment, Event, Mediator

log = structlog.get_logger()


@dataclass(frozen=True)
class Actor:
    """Who acts: an account, a mediator behind a link, an API token, or the service itself."""

    kind: ActorKind
    id: int | None = None


SERVICE = Actor(ActorKind.SERVICE)
PERSONAL = frozenset({"name", "organisation", "fields"})


def mediator_actor(mediator: Mediator) -> Actor:
    """The mediator behind a link or a number."""
    return Actor(ActorKind.MEDIATOR, mediator.id)


def record(
    session: Session,
    now: datetime,
    kind: str,
    actor: Actor,
    appointment: Appointment | None = None,
    mediator: Mediator | None = None,
    *,
    organisation_id: int | None = None,
    **data: object,
) -> None:
    """Add a line; `data` holds what its sentence names, never a client and never a token."""
    pool_id = appointment.pool_id if appointment else mediator.pool_id if mediator else None
    # the same line for whoever searches the logs; names stay in the database
    log.info(
        kind,
        pool=pool_id,
        appointment=appointment.id if appointment else None,
        mediator=mediator.id if mediator else None,
        actor=actor.kind.value,
        **{key: value for key, value in data.items() if key not in PERSONAL},
    )
    session.add(
        Event(
            pool_id=pool_id,
            at=now,
            actor_kind=actor.kind,
            actor_id=actor.id,
            kind=kind,
            appointment_id=appointment.id if appointment else None,
            mediator_id=mediator.id if mediator else None,
            organisation_id=organisation_id,
            data=data,
        )
    )


def of_appointment(session: Session, appointment: Appointment) -> list[Event]:
    """The history of an appointment, oldest first."""
    return list(
        session.scalars(select(Event).where(Event.appointment_id == appointment.id).order_by(Event.at, Event.id))
    )
