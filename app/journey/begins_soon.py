"""An appointment begins within hours and still lacks somebody: told to coordinators while something can be done.

Once for each search: when somebody's yes stands it is settled, and if they hand back it may be told again.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.journey import borrowing
from app.journey.answering import settled
from app.journey.locks import lock_appointment
from app.journey.offers import current_offers
from app.journey.telling import alerts
from app.journey.timing.contact_hours import Hours
from app.journey.timing.deadlines import SHORTEST
from app.links import Links
from app.models import SEEKING, Alert, Appointment, AppointmentStatus, Offer, languages

KIND: Final = "begins_soon"
# Tells of the same, and why: whoever reads it needs no second alert.
RESTING: Final = "nobody_may_be_asked"
# Hours in which people can be asked: an alert for eight in the morning helps nobody at four at night.
NOTICE: Final = timedelta(hours=4)
# Whose four hours may have begun already, whatever holidays lie between.
FARTHEST: Final = timedelta(days=7)


def due(session: Session, now: datetime) -> list[int]:
    """Appointments to tell of; each is by tell()."""
    seeking = (
        Appointment.status.in_(SEEKING), Appointment.waits_until.is_(None), Appointment.is_guest.is_(False),
    )  # fmt: skip
    near = (*seeking, Appointment.starts_at > now, Appointment.starts_at <= now + FARTHEST)
    ids = [one.id for one in session.scalars(select(Appointment).where(*near)) if _is_near(one, now)]
    if not ids:
        return []
    people = (selectinload(Appointment.offers).lazyload(Offer.mediator), selectinload(Appointment.assignments))
    found = session.scalars(select(Appointment).where(Appointment.id.in_(ids)).options(*people)).all()
    soon = [one for one in found if _is_soon(one, now)]
    told = _told(session, [one.id for one in soon])
    return [one.id for one in soon if _has_news(one, now, told.get(one.id, []))]


def tell(session: Session, now: datetime, links: Links, appointment_id: int) -> None:
    """Tell a coordinator, or that fewer are missing now."""
    appointment = lock_appointment(session, appointment_id)
    told = _told(session, [appointment.id]).get(appointment.id, [])
    if appointment.status not in SEEKING or not _is_soon(appointment, now) or not _has_news(appointment, now, told):
        return
    alerts.raise_alert(
        session,
        now,
        links,
        appointment.pool_id,
        KIND,
        f"{KIND}:{appointment.id}:{appointment.round}",
        appointment=appointment,
        starts=appointment.starts_at.isoformat(),
        spoken={locale: languages.name(appointment.language, locale) for locale in ("de", "en")},
        missing=_missing(appointment, now),
        needed=appointment.mediators_needed,
    )


def over(session: Session, now: datetime) -> list[int]:
    """Alerts whose appointment has found everybody, has begun, or is another one now; each is settled by settle()."""
    rows = session.execute(
        select(Alert, Appointment)
        .join(Appointment, Alert.appointment_id == Appointment.id)
        .where(Alert.kind.in_((KIND, RESTING)), Alert.resolved_at.is_(None))
    )
    return [alert.id for alert, appointment in rows if _is_over(alert, appointment, now)]


def settle(session: Session, now: datetime, _links: Links, alert_id: int) -> None:
    """End one alert if it is still over."""
    alert = session.get_one(Alert, alert_id)
    if alert.appointment_id is not None and _is_over(alert, lock_appointment(session, alert.appointment_id), now):
        alerts.settle(session, now, alert.pool_id, alert.subject)


def _is_near(appointment: Appointment, now: datetime) -> bool:
    """Whether no more than so many hours are left in which people can be asked."""
    starts = appointment.starts_at
    return starts - FARTHEST <= now < starts and Hours.of_pool(appointment.pool).before(starts, NOTICE) <= now


def _is_soon(appointment: Appointment, now: datetime) -> bool:
    """Whether it is near, and the first question of this search has had its time."""
    if not _is_near(appointment, now):
        return False
    if appointment.status is AppointmentStatus.UNFILLED:
        return True  # nobody is left whom to wait for
    first = _sought_since(appointment)
    return now >= first + min(SHORTEST, (appointment.starts_at - first) / 3)


def _sought_since(appointment: Appointment) -> datetime:
    """When this search asked first; before it has asked, when the appointment was made or lost somebody."""
    lost = _lost_at(appointment)
    return min(
        (one.sent_at for one in current_offers(appointment) if one.sent_at and one.sent_at >= lost), default=lost
    )


def _lost_at(appointment: Appointment) -> datetime:
    ends = [one.ended_at for one in appointment.assignments if one.ended_at is not None]
    return max(ends, default=appointment.created_at)


def _has_news(appointment: Appointment, now: datetime, told: list[Alert]) -> bool:
    """Whether nobody knows it yet of this search, or an alert that is still open says another number."""
    known = [one for one in told if _is_about(one, appointment)]
    still = [one for one in known if one.resolved_at is None]
    if still:
        return all(one.kind == KIND and one.data.get("missing") != _missing(appointment, now) for one in still)
    return not any(one.created_at >= _lost_at(appointment) for one in known)


def _told(session: Session, appointment_ids: list[int]) -> dict[int, list[Alert]]:
    """Appointment id -> what has been told of it before."""
    found: dict[int, list[Alert]] = {}
    about = (Alert.kind.in_((KIND, RESTING)), Alert.appointment_id.in_(appointment_ids))
    for one in session.scalars(select(Alert).where(*about)):
        if one.appointment_id is not None:
            found.setdefault(one.appointment_id, []).append(one)
    return found


def _is_over(alert: Alert, appointment: Appointment, now: datetime) -> bool:
    if appointment.starts_at <= now or not _is_about(alert, appointment):
        return True
    return appointment.status is AppointmentStatus.CANCELLED or _missing(appointment, now) == 0


def _is_about(alert: Alert, appointment: Appointment) -> bool:
    """Whether the appointment still begins when the alert says."""
    return bool(alert.data.get("starts") == appointment.starts_at.isoformat())


def _missing(appointment: Appointment, now: datetime) -> int:
    """How many are wanted yet; a yes counts when nobody can take it back with a tap."""
    return max(
        0, appointment.mediators_needed - len(settled(appointment, now)) - len(borrowing.settled(appointment, now))
    )
