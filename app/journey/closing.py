"""What is over: filled appointments are done, the others stay unfilled for good."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.journey import asking_afterwards, history
from app.journey.history import SERVICE
from app.journey.locks import lock_appointment
from app.journey.offering import give_up
from app.journey.offers import withdraw_open
from app.links import Links
from app.models import SEEKING, Appointment, AppointmentStatus, Withdrawal


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
        asking_afterwards.ask_later(now, appointment)
        history.record(session, now, "done", SERVICE, appointment)
    elif appointment.status in SEEKING:
        withdraw_open(session, now, appointment, Withdrawal.OVER)
        give_up(session, now, links, appointment)
