"""Whoever requested an appointment is asked afterwards how it was: one e-mail a day for each address.

A whole day of appointments makes one e-mail, after the last of them; its page leads to the others.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import outbox
from app.journey.locks import lock_appointments
from app.journey.reporting import reportable_until
from app.journey.telling.facts import occasion
from app.journey.timing.contact_hours import Hours
from app.journey.timing.local_time import minute_of_day
from app.links import Links
from app.models import Appointment, AppointmentStatus, Pool, RequesterLinkKind
from app.outbox.drafts import To, draft
from notifications import texts

AFTER: Final = timedelta(minutes=30)
# Who is asked later than this has forgotten.
FRESH: Final = timedelta(days=4)


def ask_later(now: datetime, appointment: Appointment) -> None:
    """It has just ended: note when to ask. Nobody is asked who has no address, or has said it already."""
    if appointment.contact_email and appointment.reported_at is None:
        appointment.ask_afterwards_at = _kind_time(appointment.pool, max(now, appointment.ends_at + AFTER))


def due(session: Session, now: datetime) -> list[int]:
    """Appointments about which somebody is to be asked now; each by ask(), which takes those of its address along."""
    waiting = (Appointment.ask_afterwards_at.is_not(None), Appointment.ask_afterwards_at <= now)
    return list(session.scalars(select(Appointment.id).where(*waiting).order_by(Appointment.id)))


def ask(session: Session, now: datetime, links: Links, appointment_id: int) -> None:
    """Write to one address about everything that is to be asked of it now, or put it off to a better time."""
    first = session.execute(select(Appointment).where(Appointment.id == appointment_id)).scalar_one()
    pool, address = first.pool, first.contact_email
    asked = _still_fresh(now, _held(session, now, pool, address))
    if not asked:
        return
    last = _last_of_the_day(session, now, pool, address)
    if last is not None:
        _put_off(asked, _kind_time(pool, last + AFTER))
    elif not _write(session, now, links, pool, asked):
        _put_off(asked, _kind_time(pool, _midnight(pool, now, days=1)))


def _held(session: Session, now: datetime, pool: Pool, address: str) -> Sequence[Appointment]:
    """All that wait for this address, each held; a second worker finds none of them waiting any more."""
    of_address = (Appointment.pool_id == pool.id, Appointment.contact_email == address)
    waiting = (Appointment.ask_afterwards_at.is_not(None), Appointment.ask_afterwards_at <= now)
    numbers = session.scalars(select(Appointment.id).where(*of_address, *waiting)).all()
    held = lock_appointments(session, numbers)
    return [one for one in held if one.ask_afterwards_at is not None and one.ask_afterwards_at <= now]


def _still_fresh(now: datetime, waiting: Sequence[Appointment]) -> list[Appointment]:
    """Those worth asking about, the first to end first; none waits any more."""
    for one in waiting:
        one.ask_afterwards_at = None
    fresh = (
        one
        for one in waiting
        if one.status is AppointmentStatus.DONE and one.reported_at is None and one.ends_at > now - FRESH
    )
    return sorted(fresh, key=lambda one: (one.starts_at, one.id))


def _last_of_the_day(session: Session, now: datetime, pool: Pool, address: str) -> datetime | None:
    """When the last appointment that the same people still have today ends; None if there is none."""
    today = (Appointment.starts_at >= _midnight(pool, now), Appointment.starts_at < _midnight(pool, now, days=1))
    theirs = (Appointment.pool_id == pool.id, Appointment.contact_email == address)
    coming = (Appointment.status == AppointmentStatus.FILLED, Appointment.ends_at > now)
    return session.scalar(select(func.max(Appointment.ends_at)).where(*theirs, *today, *coming))


def _write(session: Session, now: datetime, links: Links, pool: Pool, asked: Sequence[Appointment]) -> bool:
    """Queue the e-mail with the link to the first; False where this address has had one today."""
    kind = RequesterLinkKind.AFTERWARDS
    issued = [links.issue_to_requester(session, now, kind, one, reportable_until(one)) for one in asked]
    first = asked[0]
    words = texts.afterwards_requester(
        occasion(first, first.language, "de"),
        link=links.placeholder(kind),
        others=len(asked) - 1,
        until=reportable_until(first),
        pool_name=pool.name,
    )
    today = now.astimezone(ZoneInfo(pool.timezone)).date()
    address = hashlib.sha256(first.contact_email.lower().encode()).hexdigest()[:32]
    message = draft(
        To.requester(first),
        first,
        "requester_afterwards",
        words,
        key=f"afterwards:{pool.id}:{address}:{today}",
        now=now,
        expires_at=reportable_until(first),
        requester_link=issued[0],
    )
    return outbox.put(session, message)


def _put_off(asked: Sequence[Appointment], until: datetime | None) -> None:
    for one in asked:
        one.ask_afterwards_at = until


def _kind_time(pool: Pool, earliest: datetime) -> datetime | None:
    return Hours.of_pool(pool).next(earliest)


def _midnight(pool: Pool, now: datetime, *, days: int = 0) -> datetime:
    zone = ZoneInfo(pool.timezone)
    return minute_of_day(now.astimezone(zone).date() + timedelta(days=days), 0, zone)
