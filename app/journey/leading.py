"""Which dates of a series wait, which one is asked about for all of them, and when waiting ends.

Where the same person is to come, one question is about the whole series: that about its next date, which leads it. The
others wait for the answer, until half of their time has passed or a week is left, whichever comes later.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.journey import falling_back
from app.journey.locks import lock_appointment, lock_appointments, request_people
from app.journey.series_dates import others_of
from app.links import Links
from app.models import SEEKING, Appointment, AppointmentStatus

# When the search for a date begins at the latest, although nobody has answered for the whole.
LATEST: Final = timedelta(days=7)


def wait(now: datetime, appointment: Appointment) -> None:
    """Let a date wait for the one that leads its series; nobody is asked about it meanwhile."""
    appointment.waits_until = max(appointment.starts_at - LATEST, now + (appointment.starts_at - now) / 2)
    appointment.place_at = appointment.look_again_at = appointment.fall_back_at = None


def due(session: Session, now: datetime) -> list[int]:
    """Dates that have waited long enough; each is seen to by end_wait()."""
    waiting = select(Appointment.id).where(Appointment.waits_until <= now, Appointment.status.in_(SEEKING))
    return list(session.scalars(waiting.order_by(Appointment.waits_until, Appointment.id)))


def end_wait(session: Session, now: datetime, _links: Links, appointment_id: int) -> None:
    """Search for a date whose time has come: for all that wait still, unless another one leads and is being asked."""
    appointment = lock_appointment(session, appointment_id)
    if appointment.waits_until is None or appointment.waits_until > now or appointment.status not in SEEKING:
        return
    leading = (Appointment.leads_series, Appointment.status.in_((AppointmentStatus.OPEN, AppointmentStatus.OFFERING)))
    same = (Appointment.series_id == appointment.series_id, Appointment.id != appointment.id)
    led = session.scalar(select(Appointment.id).where(*same, *leading, Appointment.starts_at > now).limit(1))
    waits = session.scalar(select(Appointment.id).where(*same, Appointment.waits_until > now).limit(1))
    appointment.leads_series = led is None and waits is not None
    search(session, now, appointment)


def search(session: Session, now: datetime, appointment: Appointment) -> None:
    """Search for somebody now; the caller holds the appointment."""
    appointment.waits_until = None
    falling_back.begin(now, appointment)
    request_people(session, now, "series", appointment)


def pass_on(session: Session, now: datetime, appointment: Appointment) -> None:
    """The date that led is none any more: the next that waits leads. The caller holds them all, see hold()."""
    if not appointment.leads_series:
        return
    appointment.leads_series = False
    following = [one for one in others_of(session, now, appointment) if one.waits_until is not None]
    if following:
        following[0].leads_series = len(following) > 1
        search(session, now, following[0])


def hold(session: Session, appointment_id: int) -> None:
    """Hold every date of a series in one order before one that leads it is decided about; others need it not."""
    led = select(Appointment.series_id).where(Appointment.id == appointment_id, Appointment.leads_series)
    if (series_id := session.scalar(led)) is not None:
        lock_series(session, series_id)


def lock_series(session: Session, series_id: int) -> list[Appointment]:
    """All dates of a series, held, by when they begin."""
    ids = session.scalars(select(Appointment.id).where(Appointment.series_id == series_id)).all()
    return sorted(lock_appointments(session, ids), key=lambda one: (one.starts_at, one.id))
