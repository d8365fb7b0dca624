"""Answers by SMS: `JA 42`, `NEIN 42`, and what cannot be understood."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.errors import AlreadyTaken, JourneyError
from app.journey import answering, history
from app.journey.history import mediator_actor
from app.journey.occasions import occasion, spoken
from app.journey.seeking import request_plan
from app.links import Links
from app.models import Channel, InboundMessage, Mediator, Message, Offer, OfferStatus, Pool
from notifications import texts
from notifications.phone import PhoneError, normalise

# kind words may follow a number ("JA 42 gerne"); without one they may be a condition, so nothing may follow
_ANSWER: Final = re.compile(r"\W*(ja|nein|yes|no)(?:\W*(\d{1,9})(?:\D.*)?|\W*)", re.IGNORECASE | re.DOTALL)
_STOP: Final = re.compile(r"\W*stopp?\W*", re.IGNORECASE)
_START: Final = re.compile(r"\W*(start|unstop)\W*", re.IGNORECASE)
_YES: Final = frozenset({"ja", "yes"})


@dataclass(frozen=True)
class Inbound:
    """An SMS that came in: the provider's id (the same if it is delivered twice), sender, text."""

    provider_id: str
    sender: str
    text: str


def take(session: Session, now: datetime, links: Links, inbound: Inbound) -> str:
    """Do what an SMS says and answer it; gives the outcome in a word.

    The session must see every pool: the sender's number is all that is known. The same message twice is taken once.
    """
    known = select(InboundMessage.outcome).where(InboundMessage.provider_id == inbound.provider_id)
    if (before := session.scalar(known)) is not None:
        return before
    row = InboundMessage(
        provider_id=inbound.provider_id[:80],
        sender=inbound.sender[:40],
        body=inbound.text[:2000],
        received_at=now,
    )
    session.add(row)
    session.flush()
    people = _people(session, inbound.sender)
    row.outcome = _act(session, now, links, inbound, people) if people else "unknown_sender"
    return row.outcome


def _people(session: Session, sender: str) -> list[Mediator]:
    """Everybody with that number; a family may share one."""
    try:
        number = normalise(sender)
    except PhoneError:
        return []
    return list(session.scalars(select(Mediator).where(Mediator.phone == number).order_by(Mediator.id)))


def _act(session: Session, now: datetime, links: Links, inbound: Inbound, people: list[Mediator]) -> str:
    if _STOP.fullmatch(inbound.text):
        return _opt_out(session, now, links, inbound, people)
    if _START.fullmatch(inbound.text):
        return _opt_in(session, now, people)
    found = _ANSWER.fullmatch(inbound.text)
    offer = _meant(session, people, found.group(2)) if found else None
    if found is None or offer is None:
        words = texts.reply_not_understood(number=_only_open(session, people), language=spoken(people[0].locale))
        _reply(session, now, inbound, people[0], "reply_not_understood", words.sms)
        return "not_understood"
    if found.group(1).lower() in _YES:
        return _accept(session, now, links, inbound, offer)
    return _decline(session, now, links, inbound, offer)


def _meant(session: Session, people: list[Mediator], number: str | None) -> Offer | None:
    """The offer with that number, if it is theirs; without a number the only one that is open."""
    theirs = select(Offer).where(Offer.mediator_id.in_([person.id for person in people]))
    if number is not None:
        return session.scalar(theirs.where(Offer.id == int(number)))
    only = _only_open(session, people)
    return session.scalar(theirs.where(Offer.id == only)) if only is not None else None


def _only_open(session: Session, people: list[Mediator]) -> int | None:
    """The number of the one question that waits for an answer; None if there is none, or several."""
    theirs = Offer.mediator_id.in_([person.id for person in people])
    found = session.scalars(select(Offer.id).where(theirs, Offer.status == OfferStatus.SENT).limit(2)).all()
    return found[0] if len(found) == 1 else None


def _accept(session: Session, now: datetime, links: Links, inbound: Inbound, offer: Offer) -> str:
    mediator = offer.mediator
    try:
        with session.begin_nested():
            answering.accept(session, now, links, offer.id, mediator_actor(mediator), "sms", late=True)
    except JourneyError as error:
        language = spoken(mediator.locale)
        taken = isinstance(error, AlreadyTaken)
        say = texts.already_taken if taken else texts.no_longer_open
        words = say(occasion(offer.appointment, offer.language, language), language=language)
        _reply(session, now, inbound, mediator, "already_taken" if taken else "no_longer_open", words.sms)
        return error.code[:40]
    return "accepted"


def _decline(session: Session, now: datetime, links: Links, inbound: Inbound, offer: Offer) -> str:
    mediator = offer.mediator
    try:
        with session.begin_nested():
            answering.decline(session, now, links, offer.id, mediator_actor(mediator), "sms")
    except JourneyError as error:
        # the question is void anyway; a no to it is thanked for all the same
        outcome = error.code[:40]
    else:
        outcome = "declined"
    words = texts.reply_thanks_no(number=offer.id, language=spoken(mediator.locale))
    _reply(session, now, inbound, mediator, "reply_thanks_no", words.sms)
    return outcome


def _opt_in(session: Session, now: datetime, people: list[Mediator]) -> str:
    """They want to be asked again; the provider itself confirms its word START."""
    for person in people:
        person.opted_out_at = None
        history.record(session, now, "opted_in", mediator_actor(person), mediator=person)
        request_plan(session, now, "mediator", person.pool_id)
    return "opted_in"


def _opt_out(session: Session, now: datetime, links: Links, inbound: Inbound, people: list[Mediator]) -> str:
    for person in people:
        person.opted_out_at = person.opted_out_at or now
        answering.release_person(session, now, links, person, mediator_actor(person))
        history.record(session, now, "opted_out", mediator_actor(person), mediator=person)
    pool = session.execute(select(Pool).where(Pool.id == people[0].pool_id)).scalar_one()
    words = texts.opted_out(pool_name=pool.name, contact=pool.phone or pool.email, language=spoken(people[0].locale))
    _reply(session, now, inbound, people[0], "opted_out", words.sms)
    return "opted_out"


def _reply(session: Session, now: datetime, inbound: Inbound, mediator: Mediator, kind: str, body: str) -> None:
    outbox.put(
        session,
        Message(
            pool_id=mediator.pool_id,
            channel=Channel.SMS,
            kind=kind,
            dedupe_key=f"reply:{inbound.provider_id}"[:120],
            recipient=mediator.phone,
            recipient_name=mediator.name,
            mediator_id=mediator.id,
            body=body,
            created_at=now,
            due_at=now,
        ),
    )
