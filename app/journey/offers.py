"""One question to one person: made, sent, taken back."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.journey.telling import letters
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


def current_offers(appointment: Appointment) -> list[Offer]:
    """The offers about the appointment at its present time, best first."""
    return [offer for offer in appointment.offers if offer.round == appointment.round]


def asked_anew(offer: Offer) -> Offer | None:
    """The question that is out to the same person about the same appointment since it moved; None if there is none."""
    same = (one for one in current_offers(offer.appointment) if one.mediator_id == offer.mediator_id)
    return next((one for one in same if one.id != offer.id and one.status is OfferStatus.SENT), None)


def offer_to(session: Session, now: datetime, appointment: Appointment, mediator: Mediator) -> Offer:
    """The offer of this appointment, at its present time, to that person; made, as planned, if there is none."""
    for offer in current_offers(appointment):
        if offer.mediator_id == mediator.id:
            return offer
    return make(session, now, appointment, [mediator])[0]


def make(session: Session, now: datetime, appointment: Appointment, mediators: Sequence[Mediator]) -> list[Offer]:
    """Offers of this appointment, at its present time, to people who have none, as planned; all at once."""
    made = [
        Offer(
            pool_id=appointment.pool_id,
            appointment_id=appointment.id,
            mediator=mediator,
            round=appointment.round,
            rank=len(appointment.offers) + index,
            language=spoken_language(appointment, mediator),
            created_at=now,
        )
        for index, mediator in enumerate(mediators)
    ]
    session.add_all(made)
    session.flush()
    session.expire(appointment, ["offers"])
    return made


def spoken_language(appointment: Appointment, mediator: Mediator) -> str:
    """Which of the languages the client understands this person would interpret; the appointment's own if neither."""
    known = {skill.language for skill in mediator.skills}
    return next(
        (code for code in (appointment.language, *appointment.accepted_languages) if code in known),
        appointment.language,
    )


def send(
    session: Session, now: datetime, links: Links, chances: Mapping[Offer, float], *, wave: int, due: datetime
) -> None:
    """Put the questions, with the chance of a yes to each; the caller holds appointment and mediators."""
    for offer, chance in chances.items():
        offer.advance(OfferStatus.SENT)
        offer.withdrawal = offer.ended_at = None
        offer.wave = wave
        offer.sent_at = now
        offer.due_at = due
        offer.chance = chance
    letters.offer_messages(session, now, links, list(chances), due + SWEEP_GRACE)


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
    for offer in current_offers(appointment):
        if offer is keep:
            continue
        if offer.status is OfferStatus.SENT:
            take_back(session, now, offer, why)
        elif offer.status is OfferStatus.PLANNED:
            forget(session, now, offer)
    appointment.answer_by = appointment.look_again_at = appointment.chance = None
    session.flush()
    session.expire(appointment, ["offers"])


def take_back(session: Session, now: datetime, offer: Offer, why: Withdrawal) -> None:
    """End a question that is out; its SMS does not leave any more if it has not left yet."""
    offer.withdraw(why, now)
    outbox.discard(session, now, Message.offer_id == offer.id, Message.kind == "offer")


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


def who_may_come(session: Session, offers: Sequence[Offer], appointment: Appointment) -> list[Offer]:
    """The offers for which the plan still holds: nobody gave these people another assignment meanwhile."""
    taken = _busy(session, [one.mediator_id for one in offers], appointment)
    return [
        one
        for one in offers
        if one.mediator.opted_out_at is None
        and one.mediator.status is MediatorStatus.ACTIVE
        and one.mediator_id not in taken
    ]


def is_busy(session: Session, mediator_id: int, appointment: Appointment) -> bool:
    """Whether the mediator has another assignment at that time."""
    return bool(_busy(session, [mediator_id], appointment))


def _busy(session: Session, mediator_ids: Sequence[int], appointment: Appointment) -> set[int]:
    clash = select(Assignment.mediator_id).where(
        Assignment.mediator_id.in_(mediator_ids),
        Assignment.state == AssignmentState.ACTIVE,
        Assignment.appointment_id != appointment.id,
        Assignment.starts_at < appointment.ends_at,
        Assignment.ends_at > appointment.starts_at,
    )
    return set(session.scalars(clash)) if mediator_ids else set()
