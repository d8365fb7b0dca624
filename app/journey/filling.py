"""Every seat of an appointment is taken: nobody else is waited for, here or with a neighbour."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.journey import device_loans, lending
from app.journey.offers import withdraw_open
from app.models import Appointment, AppointmentStatus, Offer, Rung, Withdrawal


def seat_taken(
    session: Session, now: datetime, appointment: Appointment, winner: Offer | None = None, *, borrowed: bool = False
) -> None:
    """Somebody has said yes; `winner` is their question, none where they are `borrowed`. The caller holds it."""
    if appointment.seats_open:
        # somebody is still wanted; who was asked stays asked
        waits = appointment.waits_until is not None
        if not waits and appointment.status in {AppointmentStatus.OPEN, AppointmentStatus.UNFILLED}:
            appointment.advance(AppointmentStatus.OFFERING)
        if not borrowed:
            lending.note_change(session, now, appointment)
        return
    appointment.fill(now)
    withdraw_open(session, now, appointment, Withdrawal.TAKEN, keep=winner)
    if not borrowed:
        lending.end(session, now, appointment, Withdrawal.TAKEN)
    if Rung.DEVICE in appointment.fallbacks:
        device_loans.release(session, now, appointment)
