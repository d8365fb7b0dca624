"""A no for good: to a question, and to its time of every week."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.journey import answering
from app.journey.history import Actor
from app.links import Links
from app.models import Appointment, Mediator, Offer
from app.registry import mediators
from app.registry.mediator_data import data_of
from app.registry.weekly_times import Span, hold, with_again, without
from app.versions import version_of


def decline(session: Session, now: datetime, links: Links, offer_id: int, actor: Actor, via: str) -> Offer:
    """Take a no, and its time out of their week where one of their weekly times holds it; the offer keeps which it was.

    A no that was said before may be made one for good until the appointment begins. Raises as answering.decline() does.
    """
    offer = answering.decline(session, now, links, offer_id, actor, via)
    is_new = taken(offer) is None and offer.appointment.starts_at > now
    span = held(offer.mediator, offer.appointment) if is_new else None
    if span is not None:
        _change(session, now, links, offer, without(data_of(offer.mediator).availability, span), actor)
        offer.never_weekday, offer.never_from_minute, offer.never_until_minute = span
    return offer


def undo(session: Session, now: datetime, links: Links, offer_id: int, actor: Actor) -> Offer:
    """Take an answer back, as answering.undo() does, and give back what decline() took out of their week."""
    offer = answering.undo(session, now, links, offer_id, actor)
    span = taken(offer)
    if span is not None:
        _change(session, now, links, offer, with_again(data_of(offer.mediator).availability, span), actor)
        offer.never_weekday = offer.never_from_minute = offer.never_until_minute = None
    return offer


def taken(offer: Offer) -> Span | None:
    """The weekly time that went with the no."""
    day, first, last = offer.never_weekday, offer.never_from_minute, offer.never_until_minute
    return None if day is None or first is None or last is None else (day, first, last)


def held(mediator: Mediator, appointment: Appointment) -> Span | None:
    """The appointment's time of the week, where one of somebody's weekly times holds it."""
    zone = ZoneInfo(appointment.pool.timezone)
    starts, ends = appointment.starts_at.astimezone(zone), appointment.ends_at.astimezone(zone)
    # midnight ends its day
    nights = (ends.date() - starts.date()).days
    last = ends.hour * 60 + ends.minute + nights * 24 * 60
    span = (starts.weekday(), starts.hour * 60 + starts.minute, last)
    week = [(one.weekday, one.starts_minute, one.ends_minute) for one in mediator.availability]
    return span if span[1] < last and hold(week, span) else None


def _change(session: Session, now: datetime, links: Links, offer: Offer, week: tuple[Span, ...], actor: Actor) -> None:
    """The caller holds the mediator, so what is known of them is what was seen."""
    seen = version_of((data_of(offer.mediator).availability,))
    mediators.change(session, now, links, offer.mediator_id, {"availability": week}, actor, seen=seen)
