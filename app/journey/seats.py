"""A seat at an appointment: whether one is open, taking it, and what follows for others."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import AlreadyTaken, Busy, NoLongerOpen
from app.journey import borrowing, confirming, history
from app.journey.filling import seat_taken
from app.journey.history import Actor
from app.journey.locks import request_plan
from app.journey.offering import dispatch
from app.journey.offers import is_busy, take_all_back
from app.links import Links
from app.models import Appointment, AppointmentStatus, Assignment, Offer, OfferStatus, Withdrawal


def check_seat(appointment: Appointment, now: datetime) -> None:
    """Nothing, or why nobody can take a seat: AlreadyTaken or NoLongerOpen."""
    if appointment.status is AppointmentStatus.CANCELLED:
        raise NoLongerOpen("appointment_cancelled")
    if appointment.starts_at <= now:
        raise NoLongerOpen("appointment_over")
    if appointment.seats_open == 0:
        raise AlreadyTaken("already_taken")


def take_seat(
    session: Session,
    now: datetime,
    links: Links,
    offer: Offer,
    appointment: Appointment,
    actor: Actor,
    via: str,
    *,
    tell: bool = True,
) -> Assignment:
    """Give a seat to whom the offer was made; the caller holds both, and tells of it unless this is to. Raises Busy."""
    if is_busy(session, offer.mediator_id, appointment):
        raise Busy("busy")
    if appointment.is_guest:
        borrowing.claim(session, appointment)
    taken = {assignment.seat for assignment in appointment.active_assignments}
    assignment = Assignment(
        pool_id=appointment.pool_id,
        appointment=appointment,
        mediator=offer.mediator,
        offer=offer,
        seat=next(seat for seat in range(1, appointment.mediators_needed + 1) if seat not in taken),
        language=offer.language,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        created_at=now,
        # said with the row, or the reminders would say it after it
        reconfirm_asked_at=None,
        reconfirmed_at=None,
        reconfirm_alerted_at=None,
    )
    session.add(assignment)
    try:
        session.flush()
    except IntegrityError as error:
        # The database has the last word; it only speaks up where the locks above were circumvented.
        raise Busy("busy") from error
    offer.advance(OfferStatus.ACCEPTED)
    offer.withdrawal = None
    mark_answered(offer, now, via)
    history.record(session, now, "accepted", actor, appointment, offer.mediator, name=offer.mediator.name, via=via)
    seat_taken(session, now, appointment, offer)
    if appointment.is_guest:
        borrowing.take(session, now, links, assignment)
    _free_from_clashes(session, now, offer)
    if tell:
        confirming.confirm(session, now, links, assignment)
    if appointment.seats_open and appointment.waits_until is None:
        dispatch(session, now, links, appointment, planned=False)
    return assignment


def _free_from_clashes(session: Session, now: datetime, winner: Offer) -> None:
    """Who is taken now cannot be waited for elsewhere at that time: let the next plan ask somebody else."""
    this = winner.appointment
    clashing = session.scalars(
        select(Offer)
        .join(Appointment, Offer.appointment_id == Appointment.id)
        .where(
            Offer.mediator_id == winner.mediator_id,
            Offer.status == OfferStatus.SENT,
            Offer.id != winner.id,
            Appointment.starts_at < this.ends_at,
            Appointment.ends_at > this.starts_at,
        )
    ).all()
    take_all_back(session, now, clashing, Withdrawal.BUSY)
    if clashing:
        request_plan(session, now, "busy", this.pool_id)


def mark_answered(offer: Offer, now: datetime, via: str) -> None:
    """Note when and by which way an answer came."""
    offer.answered_at = now
    offer.answered_via = via
