"""The day before: does it stay as agreed? Who does not say so is called by a coordinator."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NoLongerOpen
from app.journey import history
from app.journey.answering import seat_of
from app.journey.history import Actor
from app.journey.locks import lock_appointment, lock_offer
from app.journey.telling import alerts
from app.links import Links
from app.models import Assignment, AssignmentState, Offer, OfferStatus

# Long enough for a working day, short enough to find somebody else.
PATIENCE: Final = timedelta(hours=4)


def reconfirm(session: Session, now: datetime, offer_id: int, actor: Actor) -> Assignment:
    """They say that it stays as agreed; a second time changes nothing. Raises NoLongerOpen."""
    offer = lock_offer(session, offer_id)
    if offer.status is not OfferStatus.ACCEPTED:
        raise NoLongerOpen(f"offer_{offer.status.value}")
    assignment = seat_of(offer)
    if assignment.reconfirmed_at is None:
        assignment.reconfirmed_at = now
        history.record(session, now, "reconfirmed", actor, offer.appointment, offer.mediator, name=offer.mediator.name)
        alerts.settle(session, now, offer.pool_id, _subject(assignment))
    return assignment


def is_asked(assignment: Assignment, now: datetime) -> bool:
    """Whether the question is out and waits for its answer."""
    asked = assignment.reconfirm_asked_at
    return asked is not None and asked <= now < assignment.starts_at and assignment.reconfirmed_at is None


def silent(session: Session, now: datetime) -> list[int]:
    """Assignments whose mediator has not answered for hours; each is told of once, by tell()."""
    waiting = (
        Assignment.state == AssignmentState.ACTIVE,
        Assignment.reconfirm_asked_at <= now - PATIENCE,
        Assignment.reconfirmed_at.is_(None),
        Assignment.starts_at > now,
        Assignment.reconfirm_alerted_at.is_(None),
    )
    return list(session.scalars(select(Assignment.id).where(*waiting).order_by(Assignment.starts_at)))


def tell(session: Session, now: datetime, links: Links, assignment_id: int) -> None:
    """Tell the coordinator whom to call."""
    known = session.execute(select(Assignment.appointment_id).where(Assignment.id == assignment_id)).scalar_one()
    appointment = lock_appointment(session, known)
    assignment = next(one for one in appointment.assignments if one.id == assignment_id)
    if not assignment.holds_seat or not is_asked(assignment, now) or assignment.reconfirm_alerted_at is not None:
        return
    assignment.reconfirm_alerted_at = now
    alerts.raise_alert(
        session,
        now,
        links,
        appointment.pool_id,
        "no_reconfirmation",
        _subject(assignment),
        appointment=appointment,
        mediator=assignment.mediator,
        name=assignment.mediator.name,
        starts=appointment.starts_at.isoformat(),
    )


def awaited(session: Session, now: datetime, mediator_ids: list[int]) -> list[Offer]:
    """The offers of these people about which "does it stay?" waits for an answer."""
    found = session.scalars(
        select(Assignment)
        .where(Assignment.mediator_id.in_(mediator_ids), Assignment.state == AssignmentState.ACTIVE)
        .order_by(Assignment.starts_at)
    )
    return [one.offer for one in found if is_asked(one, now)]


def _subject(assignment: Assignment) -> str:
    return f"reconfirm:{assignment.id}"
