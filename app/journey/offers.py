"""One question to one person: made, sent, taken back."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app import outbox
from app.journey.telling import letters
from app.journey.timing.clearances import is_cleared
from app.links import Links
from app.models import (
    UNFINISHED,
    Appointment,
    Assignment,
    AssignmentState,
    Mediator,
    MediatorStatus,
    Message,
    MessageStatus,
    Offer,
    OfferStatus,
    Withdrawal,
)

# A sweep that ends or moves a deadline comes round within this; until then a late SMS is not thrown away.
SWEEP_GRACE = timedelta(seconds=30)
# How long what somebody did by hand is held back, so that it can be undone as if it had not been.
AT_ONCE = timedelta(0)


def current_offers(appointment: Appointment) -> list[Offer]:
    """The offers about the appointment at its present time, best first."""
    return [offer for offer in appointment.offers if offer.round == appointment.round]


def offers_for_this_time(appointment: Appointment) -> list[Offer]:
    """Those and the ones before another mode was tried: the present ones, with all about the same time."""
    return [offer for offer in appointment.offers if offer.round >= appointment.first_round]


def asked_anew(offer: Offer) -> Offer | None:
    """The question that is out to the same person about the same appointment since it moved; None if there is none."""
    same = (one for one in current_offers(offer.appointment) if one.mediator_id == offer.mediator_id)
    return next((one for one in same if one.id != offer.id and one.status is OfferStatus.SENT), None)


def offer_to(session: Session, now: datetime, appointment: Appointment, mediator: Mediator) -> Offer:
    """The offer of this appointment, at its present time, to that person; made, as planned, if there is none."""
    for offer in current_offers(appointment):
        if offer.mediator_id == mediator.id:
            return offer
    made = make(session, now, appointment, mediator)
    session.flush()
    return made


def make(
    session: Session, now: datetime, appointment: Appointment, mediator: Mediator, number: int | None = None
) -> Offer:
    """An offer of this appointment, at its present time, to somebody who has none, as planned; not yet flushed.

    `number` is its id, where that was reserved.
    """
    offer = Offer(
        id=number,
        pool_id=appointment.pool_id,
        appointment=appointment,
        mediator=mediator,
        mediator_id=mediator.id,
        round=appointment.round,
        rank=len(appointment.offers),
        status=OfferStatus.PLANNED,
        language=spoken_language(appointment, mediator),
        created_at=now,
    )
    session.add(offer)
    return offer


def put_in_order(appointment: Appointment) -> None:
    """Its offers in memory as they would be read: best first, without those that were deleted."""
    kept = (one for one in appointment.offers if not inspect(one).was_deleted)
    set_committed_value(appointment, "offers", sorted(kept, key=lambda one: (one.rank, one.id)))


def spoken_language(appointment: Appointment, mediator: Mediator) -> str:
    """Which of the languages the client understands this person would interpret; the appointment's own if neither."""
    known = {skill.language for skill in mediator.skills}
    return next(
        (code for code in (appointment.language, *appointment.accepted_languages) if code in known),
        appointment.language,
    )


class Question(NamedTuple):
    """What somebody is asked: the chance of a yes, in which wave, and until when the answer is waited for."""

    offer: Offer
    chance: float
    wave: int
    due: datetime


def send(
    session: Session,
    now: datetime,
    links: Links,
    questions: Sequence[Question],
    *,
    by_hand: bool = False,
    hold: timedelta = AT_ONCE,
) -> None:
    """Put the questions; the caller holds their appointments and mediators. Their SMS leave after `hold`."""
    for offer, chance, wave, due in questions:
        offer.advance(OfferStatus.SENT)
        offer.withdrawal = offer.ended_at = None
        offer.by_hand = by_hand
        offer.wave = wave
        offer.sent_at = now
        offer.due_at = due
        offer.chance = chance
    expiring = {one.offer: one.due + SWEEP_GRACE for one in questions}
    letters.offer_messages(session, now, links, expiring, due=now + hold)


def move_deadline(session: Session, offer: Offer, due: datetime) -> None:
    """Wait longer for the answer to a question that could not leave yet."""
    offer.due_at = due
    waiting = select(Message).where(Message.offer_id == offer.id, Message.kind == "offer")
    for message in session.scalars(waiting.where(Message.finished_at.is_(None))):
        message.expires_at = due + SWEEP_GRACE


def withdraw_open(
    session: Session, now: datetime, appointment: Appointment, why: Withdrawal, *, keep: Offer | None = None
) -> None:
    """Take back every question that is still out, and forget who would have been next."""
    others = [offer for offer in current_offers(appointment) if offer is not keep]
    take_all_back(session, now, [offer for offer in others if offer.status is OfferStatus.SENT], why)
    for offer in others:
        if offer.status is OfferStatus.PLANNED:
            forget(session, now, offer)
    appointment.answer_by = appointment.look_again_at = appointment.chance = None
    session.flush()
    session.expire(appointment, ["offers"])


def take_back(session: Session, now: datetime, offer: Offer, why: Withdrawal) -> None:
    """End a question that is out; its SMS does not leave any more if it has not left yet."""
    take_all_back(session, now, [offer], why)


def take_all_back(session: Session, now: datetime, offers: Sequence[Offer], why: Withdrawal) -> None:
    """The same for several, at once."""
    if not offers:
        return
    for offer in offers:
        offer.withdraw(why, now)
    outbox.discard(session, now, Message.offer_id.in_([one.id for one in offers]), Message.kind == "offer")


def ask_the_others_again(session: Session, now: datetime, appointment: Appointment) -> bool:
    """A yes is undone: the questions it took back are open again, unless their SMS never left; False if none is."""
    again = False
    for offer in current_offers(appointment):
        if offer.status is not OfferStatus.WITHDRAWN or offer.withdrawal is not Withdrawal.TAKEN:
            continue
        if has_left(session, offer) and offer.due_at is not None and offer.due_at > now:
            offer.advance(OfferStatus.SENT)
            offer.withdrawal = None
            again = True
    return again


def unsend(session: Session, now: datetime, offer: Offer, since: datetime) -> bool:
    """Take back what asks the question since then and still waits; gives whether none of it has left."""
    asking = (Message.offer_id == offer.id, Message.kind == "offer", Message.created_at >= since)
    outbox.discard(session, now, *asking)
    left = Message.status.not_in((MessageStatus.QUEUED, MessageStatus.DISCARDED))
    return session.scalar(select(Message.id).where(*asking, left).limit(1)) is None


def forget(session: Session, now: datetime, offer: Offer) -> None:
    """Take somebody out of the line; who was asked before stays on record, with their messages."""
    if offer.sent_at is None:
        session.delete(offer)
    else:
        offer.advance(OfferStatus.WITHDRAWN)
        offer.ended_at = offer.ended_at or now


def has_left(session: Session, offer: Offer) -> bool:
    """Whether the question may have reached the phone, or never will; False while its SMS waits or was discarded."""
    return bool(_states(session, offer) - {MessageStatus.QUEUED, MessageStatus.DISCARDED})


def may_still_leave(session: Session, offer: Offer) -> bool:
    """Whether the question waits for a provider that is away, and nobody can have read it."""
    states = _states(session, offer)
    return bool(states & UNFINISHED) and states <= UNFINISHED | {MessageStatus.DISCARDED, MessageStatus.FAILED}


def _states(session: Session, offer: Offer) -> set[MessageStatus]:
    """Where the messages that ask this question stand."""
    about = (Message.offer_id == offer.id, Message.kind == "offer")
    return set(session.scalars(select(Message.status).where(*about).distinct()))


def may_be_asked(offer: Offer) -> bool:
    """Whether whom it is to is still with the pool, reads what it writes, and has what it asks for on that day."""
    mediator, pool = offer.mediator, offer.appointment.pool
    day = offer.appointment.starts_at.astimezone(ZoneInfo(pool.timezone)).date()
    is_there = mediator.opted_out_at is None and mediator.status is MediatorStatus.ACTIVE
    return is_there and is_cleared(mediator, pool, day)


def is_busy(session: Session, mediator_id: int, appointment: Appointment) -> bool:
    """Whether the mediator has another assignment at that time."""
    return bool(clashes(session, [mediator_id], [appointment]))


def clashes(session: Session, people: Collection[int], appointments: Sequence[Appointment]) -> set[tuple[int, int]]:
    """Of these people and appointments: who (mediator id) has another assignment at the time of which (id)."""
    if not people or not appointments:
        return set()
    held = session.execute(
        select(Assignment.mediator_id, Assignment.appointment_id, Assignment.starts_at, Assignment.ends_at).where(
            Assignment.mediator_id.in_(people),
            Assignment.state == AssignmentState.ACTIVE,
            Assignment.starts_at < max(one.ends_at for one in appointments),
            Assignment.ends_at > min(one.starts_at for one in appointments),
        )
    ).all()
    return {
        (mediator_id, one.id)
        for mediator_id, appointment_id, starts, ends in held
        for one in appointments
        if one.id != appointment_id and starts < one.ends_at and ends > one.starts_at
    }
