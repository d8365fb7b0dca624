"""A person takes an appointment that fits them without having been asked."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.errors import NoLongerOpen
from app.journey import fitting, leading, whole_series
from app.journey.answering import seat_of
from app.journey.history import Actor
from app.journey.locks import lock_appointment, lock_mediator
from app.journey.offers import current_offers, offer_to
from app.journey.seats import check_seat, take_seat
from app.links import Links
from app.models import Appointment, Assignment, Mediator, Offer, OfferStatus

VIA = "own_page"


def take(
    session: Session, now: datetime, links: Links, appointment_id: int, mediator_id: int, actor: Actor
) -> Assignment:
    """The seat is theirs, as after any other yes; a second time changes nothing.

    Raises NotFound, AlreadyTaken, Busy; NoLongerOpen where it is over, does not fit them (any more), or somebody else
    has been asked and may still answer.
    """
    leading.hold(session, appointment_id)
    appointment = lock_appointment(session, appointment_id)
    lock_mediator(session, mediator_id)
    mediator = session.get_one(Mediator, mediator_id)
    known = _offer_of(appointment, mediator)
    if known is not None and known.status is OfferStatus.ACCEPTED:
        return seat_of(known)
    check_seat(appointment, now)
    if known is None or known.status is not OfferStatus.SENT:
        _refuse_what_is_not_theirs(session, now, appointment, mediator)
    offer = offer_to(session, now, appointment, mediator)
    if appointment.leads_series:
        return whole_series.take(session, now, links, offer, actor, VIA)
    return take_seat(session, now, links, offer, appointment, actor, VIA)


def _offer_of(appointment: Appointment, mediator: Mediator) -> Offer | None:
    return next((one for one in current_offers(appointment) if one.mediator_id == mediator.id), None)


def _refuse_what_is_not_theirs(session: Session, now: datetime, appointment: Appointment, mediator: Mediator) -> None:
    found = fitting.fits_of(session, now, mediator, among=[appointment.id])
    if not found:
        raise NoLongerOpen("does_not_fit")
    if found[0].asked_until is not None:
        raise NoLongerOpen("others_are_asked")
