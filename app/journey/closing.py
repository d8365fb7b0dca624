"""What is over: filled appointments are done, the others stay unfilled for good; and who did not come."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import FieldProblem, Invalid, NoLongerOpen
from app.journey import history
from app.journey.history import SERVICE, Actor
from app.journey.locks import lock_appointment
from app.journey.offering import give_up
from app.journey.offers import withdraw_open
from app.links import Links
from app.models import SEEKING, Appointment, AppointmentStatus, Withdrawal

MISSED_BY: Final = ("mediator", "client")
OVER: Final = frozenset({AppointmentStatus.FILLED, AppointmentStatus.DONE, AppointmentStatus.MISSED})


def past(session: Session, now: datetime) -> list[int]:
    """Appointments whose end (filled) or start (still seeking) has passed; each is closed by close()."""
    filled = (Appointment.status == AppointmentStatus.FILLED) & (Appointment.ends_at <= now)
    started = Appointment.status.in_((AppointmentStatus.OPEN, AppointmentStatus.OFFERING)) & (
        Appointment.starts_at <= now
    )
    return list(session.scalars(select(Appointment.id).where(filled | started).order_by(Appointment.id)))


def close(session: Session, now: datetime, links: Links, appointment_id: int) -> None:
    """End one appointment that is over."""
    appointment = lock_appointment(session, appointment_id)
    if appointment.status is AppointmentStatus.FILLED:
        appointment.advance(AppointmentStatus.DONE)
        history.record(session, now, "done", SERVICE, appointment)
    elif appointment.status in SEEKING:
        withdraw_open(session, now, appointment, Withdrawal.OVER)
        give_up(session, now, links, appointment)


def report(session: Session, now: datetime, appointment_id: int, actor: Actor, *, missed_by: str | None) -> Appointment:
    """Say afterwards whether it took place: `missed_by` is who did not come, None if it did take place.

    Raises NoLongerOpen where nobody was expected, or before it has begun; Invalid for an unknown word.
    """
    if missed_by is not None and missed_by not in MISSED_BY:
        said = {"value": missed_by, "choices": ", ".join(MISSED_BY)}
        raise Invalid([FieldProblem("missed_by", "unknown_choice", said)])
    appointment = lock_appointment(session, appointment_id)
    if appointment.status not in OVER or appointment.starts_at > now:
        raise NoLongerOpen("attendance_not_yet")
    if missed_by == appointment.missed_by and appointment.status is not AppointmentStatus.FILLED:
        return appointment
    appointment.advance(AppointmentStatus.MISSED if missed_by else AppointmentStatus.DONE)
    appointment.missed_by = missed_by
    history.record(session, now, f"missed_by_{missed_by}" if missed_by else "done", actor, appointment)
    return appointment
