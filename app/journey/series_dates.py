"""What a question about the date that leads a series is about."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.models import SEEKING, Appointment, Offer


def asked_about(session: Session, now: datetime, appointment: Appointment) -> list[Appointment]:
    """What a question about it is about, by when they begin: that date alone, or all of the series that are open."""
    if not appointment.leads_series:
        return [appointment]
    return sorted([appointment, *others_of(session, now, appointment)], key=lambda one: (one.starts_at, one.id))


def others_of(session: Session, now: datetime, appointment: Appointment) -> Sequence[Appointment]:
    """Coming dates of the same series for which somebody is sought in the same way."""
    found = session.scalars(
        select(Appointment)
        .where(
            Appointment.series_id == appointment.series_id,
            Appointment.id != appointment.id,
            Appointment.status.in_(SEEKING),
            Appointment.starts_at > now,
            # one that was made another thing by hand is asked about by itself
            Appointment.language == appointment.language,
            Appointment.mode == appointment.mode,
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .options(selectinload(Appointment.assignments), selectinload(Appointment.offers).lazyload(Offer.mediator))
    )
    return found.all()
