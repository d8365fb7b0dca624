"""Guests follow the appointments they are for: a sweep brings each in line that one has left behind.

An appointment that is filled, moved or cancelled, or goes on to the next way out, says so in its own transaction by a
row. Here whoever was asked in the other pool is told, in a transaction that holds both.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.journey import borrowing, lending, requesting
from app.journey.locks import lock_appointment, place_soon
from app.journey.offers import withdraw_open
from app.journey.request import RequestChanges
from app.links import Links
from app.models import SEEKING, AgreementState, Appointment, AppointmentStatus, Lending, LendingState, Withdrawal


def due(session: Session, now: datetime) -> list[int]:
    """What is to be carried over (ids of Lending); each is by bring_in_line()."""
    return list(session.scalars(select(Lending.id).where(Lending.due_at <= now).order_by(Lending.due_at)))


def bring_in_line(session: Session, now: datetime, links: Links, lending_id: int) -> None:
    """Make one guest what its appointment wants of it; a second time changes nothing."""
    about = select(Lending.guest_id).where(Lending.id == lending_id)
    guest = lock_appointment(session, session.execute(about).scalar_one())
    with borrowing.held(session, guest) as (asked, appointment):
        if asked.state is LendingState.OUT and asked.agreement.state is not AgreementState.IN_FORCE:
            # whoever is asked reads that nobody is expected any more, as when it is cancelled
            lending.end(session, now, appointment, Withdrawal.CANCELLED)
            if appointment.status in SEEKING and appointment.starts_at > now:
                place_soon(session, now, appointment)
        elif asked.state is LendingState.OUT and guest.status is AppointmentStatus.UNFILLED:
            borrowing.over(session, now, asked, appointment)
        asked.due_at = None
        if guest.status not in SEEKING | {AppointmentStatus.FILLED} or guest.starts_at <= now:
            return
        seats = sum(one.lending_id == asked.id for one in appointment.borrowed_seats)
        if asked.state is LendingState.OUT:
            seats += appointment.seats_open
        if seats:
            requesting.change_guest(session, now, links, guest, _wanted(appointment, seats))
            return
        if asked.why is not Withdrawal.CANCELLED:
            withdraw_open(session, now, guest, asked.why or Withdrawal.BY_HAND)
        requesting.cancel_guest(session, now, links, guest)


def _wanted(appointment: Appointment, seats: int) -> RequestChanges:
    """What may change without a new time: who is to be asked for, what it is about, and how many are wanted."""
    return {
        "mediators_needed": seats,
        "topic": appointment.topic,
        "note": appointment.note,
        "contact_name": lending.contact_of(appointment),
        "contact_phone": appointment.contact_phone,
    }
