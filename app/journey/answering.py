"""Yes, no, silence, hand back; the first valid yes wins."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import AlreadyTaken, NoLongerOpen
from app.journey import borrowing, confirming, falling_back, history, whole_series
from app.journey.confirming import UNDO
from app.journey.history import Actor
from app.journey.locks import lock_appointment, lock_mediator, lock_offer, request_people
from app.journey.offering import dispatch
from app.journey.offers import (
    ask_the_others_again,
    offer_to,
    take_back,
)
from app.journey.seats import check_seat, mark_answered, take_seat
from app.links import Links
from app.models import (
    SEEKING,
    ActorKind,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    Mediator,
    MediatorStatus,
    Offer,
    OfferStatus,
    Withdrawal,
)

# Ways by which people answer for themselves, and may think better of it for some seconds.
BY_THEMSELVES = frozenset({"link", "own_page"})


def accept(
    session: Session, now: datetime, links: Links, offer_id: int, actor: Actor, via: str, *, late: bool = False
) -> Assignment:
    """Take a yes: the seat is theirs, confirmations follow, everybody else is told when they look.

    A yes to the date that leads a series is one to all of its open dates on which they are free.
    A second yes to the same offer changes nothing. `late` takes a yes after the deadline, while a seat is open.
    Raises AlreadyTaken, NoLongerOpen, Busy.
    """
    whole_series.hold(session, offer_id)
    offer = lock_offer(session, offer_id)
    appointment = offer.appointment
    if offer.status is OfferStatus.ACCEPTED:
        return seat_of(offer)
    check_answerable(offer, now, late=late)
    if appointment.leads_series:
        return whole_series.take(session, now, links, offer, actor, via)
    return take_seat(session, now, links, offer, appointment, actor, via)


def assign(
    session: Session, now: datetime, links: Links, appointment_id: int, mediator: Mediator, actor: Actor
) -> Assignment:
    """A coordinator has the yes by telephone. Raises AlreadyTaken, NoLongerOpen, Busy."""
    appointment = lock_appointment(session, appointment_id)
    lock_mediator(session, mediator.id)
    offer = offer_to(session, now, appointment, mediator)
    if offer.status is OfferStatus.ACCEPTED:
        return seat_of(offer)
    check_seat(appointment, now)
    return take_seat(session, now, links, offer, appointment, actor, "telephone")


def decline(session: Session, now: datetime, links: Links, offer_id: int, actor: Actor, via: str) -> Offer:
    """Take a no and ask the next. A second no changes nothing; raises NoLongerOpen after a yes."""
    offer = lock_offer(session, offer_id)
    if offer.status is OfferStatus.DECLINED:
        return offer
    if offer.status is not OfferStatus.SENT:
        raise _gone(offer)
    offer.advance(OfferStatus.DECLINED)
    mark_answered(offer, now, via)
    appointment = offer.appointment
    history.record(session, now, "declined", actor, appointment, offer.mediator, name=offer.mediator.name)
    dispatch(session, now, links, appointment, planned=False, refused=True)
    return offer


def undo(session: Session, now: datetime, links: Links, offer_id: int, actor: Actor) -> Offer:
    """Take a yes or no back within ten seconds: the question is open again, for the others too.

    Raises NoLongerOpen afterwards, AlreadyTaken where somebody else has said yes since the no.
    """
    whole_series.hold(session, offer_id)
    offer = lock_offer(session, offer_id)
    if offer.status is OfferStatus.DECLINED and offer.appointment.status is AppointmentStatus.FILLED:
        raise AlreadyTaken("already_taken")
    if not can_undo(offer, now):
        raise NoLongerOpen("undo_over")
    appointment = offer.appointment
    if offer.status is OfferStatus.ACCEPTED:
        rest = whole_series.others_taken_with(session, seat_of(offer))
        whole_series.give_up(session, now, links, seat_of(offer), rest)
        free_seat(session, now, links, seat_of(offer))
        appointment.leads_series = bool(rest)
    if offer.sent_at is None:
        # nobody had asked them: they came forward by themselves, and do so no more
        offer.advance(OfferStatus.DECLINED)
        offer.answered_at = now
    else:
        offer.advance(OfferStatus.SENT)
        offer.answered_at = offer.answered_via = None
        if appointment.status in SEEKING:
            appointment.advance(AppointmentStatus.OFFERING)
    history.record(session, now, "undone", actor, appointment, offer.mediator, name=offer.mediator.name)
    dispatch(session, now, links, appointment, planned=False)
    return offer


def free_seat(session: Session, now: datetime, links: Links, assignment: Assignment) -> None:
    """As if the yes had not been said: nobody is confirmed, and the others' questions are open again."""
    appointment = assignment.appointment
    confirming.take_back(session, now, links, assignment)
    assignment.end(AssignmentState.UNDONE, now)
    session.flush()
    session.expire(appointment, ["assignments"])
    if appointment.is_guest:
        borrowing.give_back(session, now, links, assignment, undone=True)
    falling_back.reopen(session, now, appointment)
    ask_the_others_again(session, now, appointment)


def hand_back(session: Session, now: datetime, links: Links, offer_id: int, actor: Actor) -> Offer:
    """Give an assignment back; dispatch starts again. Raises NoLongerOpen if there is none, or it has begun."""
    offer = lock_offer(session, offer_id)
    appointment = offer.appointment
    if offer.status is OfferStatus.HANDED_BACK:
        return offer
    if offer.status is not OfferStatus.ACCEPTED or appointment.starts_at <= now:
        raise _gone(offer)
    assignment = seat_of(offer)
    by_mediator = actor.kind is ActorKind.MEDIATOR
    confirming.announce_hand_back(session, now, links, assignment, by_mediator=by_mediator)
    assignment.end(AssignmentState.HANDED_BACK, now)
    offer.advance(OfferStatus.HANDED_BACK)
    session.flush()
    session.expire(appointment, ["assignments"])
    still_wanted = not appointment.is_guest or borrowing.give_back(session, now, links, assignment)
    falling_back.reopen(session, now, appointment)
    kind = "handed_back" if by_mediator else "released"
    history.record(session, now, kind, actor, appointment, offer.mediator, name=offer.mediator.name)
    if still_wanted:
        request_people(session, now, "handed_back", appointment)
    return offer


def release_person(session: Session, now: datetime, links: Links, mediator: Mediator, actor: Actor) -> None:
    """Nobody waits for somebody who pauses or leaves: their open questions end and the next are asked.

    Who leaves for good also gives back what they had agreed to.
    """
    held = {OfferStatus.SENT}
    if mediator.status is MediatorStatus.LEFT:
        held.add(OfferStatus.ACCEPTED)
    ids = session.scalars(
        select(Offer.id)
        .join(Appointment, Offer.appointment_id == Appointment.id)
        .where(Offer.mediator_id == mediator.id, Offer.status.in_(held), Appointment.starts_at > now)
        .order_by(Offer.appointment_id)
    ).all()
    for offer_id in ids:
        offer = lock_offer(session, offer_id)
        if offer.status is OfferStatus.ACCEPTED:
            hand_back(session, now, links, offer_id, actor)
        elif offer.status is OfferStatus.SENT:
            take_back(session, now, offer, Withdrawal.PAUSED)
            dispatch(session, now, links, offer.appointment, planned=False)


def can_undo(offer: Offer, now: datetime) -> bool:
    """Whether the ten seconds are running. What a coordinator entered is not undone by a link."""
    return (
        offer.status in {OfferStatus.ACCEPTED, OfferStatus.DECLINED}
        and offer.answered_at is not None
        and offer.answered_via in BY_THEMSELVES
        and now < offer.answered_at + UNDO
        and offer.appointment.status is not AppointmentStatus.CANCELLED
        # a no that let somebody else in is no longer theirs to take back, nor one to what nobody had asked
        and (
            offer.status is OfferStatus.ACCEPTED or (offer.appointment.status in SEEKING and offer.sent_at is not None)
        )
        # a no to Tuesday cannot be undone when the appointment has moved to Thursday meanwhile
        and offer.round == offer.appointment.round
    )


def settled(appointment: Appointment, now: datetime) -> list[Assignment]:
    """The assignments whose yes stands: nobody can take it back with a tap any more."""
    return [one for one in appointment.active_assignments if not can_undo(one.offer, now)]


def check_answerable(offer: Offer, now: datetime, *, late: bool = False) -> None:
    """Nothing, or the reason why this question takes no yes: AlreadyTaken or NoLongerOpen."""
    if offer.appointment.is_guest and offer.withdrawal is Withdrawal.TAKEN:
        # what became of the guest since is nothing to them: somebody was faster
        raise AlreadyTaken("already_taken")
    check_seat(offer.appointment, now)
    if offer.round != offer.appointment.round:
        raise NoLongerOpen("offer_moved")
    if offer.status is OfferStatus.SENT and offer.due_at is not None and offer.due_at <= now and not late:
        raise NoLongerOpen("offer_expired")
    if offer.status is OfferStatus.EXPIRED and late:
        return
    if offer.status is not OfferStatus.SENT:
        raise _gone(offer)


def seat_of(offer: Offer) -> Assignment:
    """The assignment that holds this offer's seat; raises NoLongerOpen if it holds none."""
    for assignment in offer.appointment.active_assignments:
        if assignment.offer_id == offer.id:
            return assignment
    raise NoLongerOpen("offer_handed_back")


def _gone(offer: Offer) -> NoLongerOpen | AlreadyTaken:
    if offer.status is OfferStatus.WITHDRAWN:
        if offer.withdrawal is Withdrawal.TAKEN:
            return AlreadyTaken("already_taken")
        return NoLongerOpen(f"offer_{offer.withdrawal.value if offer.withdrawal else 'withdrawn'}")
    return NoLongerOpen(f"offer_{offer.status.value}")
