"""Answers by SMS: `JA 42`, `NEIN 42`, and what cannot be understood."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.errors import AlreadyTaken, JourneyError
from app.journey import answering, history, reconfirming
from app.journey.history import Actor, mediator_actor
from app.journey.locks import request_plan
from app.journey.offers import asked_anew
from app.journey.telling.facts import occasion, spoken
from app.legible import legible
from app.links import Links
from app.models import Assignment, InboundMessage, Mediator, Offer, OfferStatus
from app.outbox.drafts import To, draft
from notifications import notices, texts
from notifications.phone import PhoneError, normalise
from notifications.replies import ReplyKind, understand
from notifications.wording import Text


@dataclass(frozen=True)
class Inbound:
    """An SMS that came in: the provider's id (the same if it is delivered twice), sender, text.

    Whatever way it came: what no database keeps is left out, and what is longer than any SMS is cut.
    """

    provider_id: str
    sender: str
    text: str

    def __post_init__(self) -> None:
        for name, most in (("provider_id", 80), ("sender", 40), ("text", 2000)):
            object.__setattr__(self, name, legible(getattr(self, name))[:most])


def take(session: Session, now: datetime, links: Links, inbound: Inbound) -> str:
    """Do what an SMS says and answer it; gives the outcome in a word.

    The session must see every pool: the sender's number is all that is known. The same message twice is taken once.
    """
    known = select(InboundMessage.outcome).where(InboundMessage.provider_id == inbound.provider_id)
    if (before := session.scalar(known)) is not None:
        return before
    row = InboundMessage(
        provider_id=inbound.provider_id,
        sender=inbound.sender,
        body=inbound.text,
        received_at=now,
    )
    session.add(row)
    session.flush()
    people = _people(session, inbound.sender)
    row.outcome = _act(session, now, links, inbound, people) if people else "unknown_sender"
    return row.outcome


def known(session: Session, provider_ids: Sequence[str]) -> set[str]:
    """Those of the messages that were taken already."""
    found = select(InboundMessage.provider_id).where(InboundMessage.provider_id.in_(provider_ids))
    return set(session.scalars(found))


def _people(session: Session, sender: str) -> list[Mediator]:
    """Everybody with that number; a family may share one."""
    try:
        number = normalise(sender)
    except PhoneError:
        return []
    return list(session.scalars(select(Mediator).where(Mediator.phone == number).order_by(Mediator.id)))


def _act(session: Session, now: datetime, links: Links, inbound: Inbound, people: list[Mediator]) -> str:
    reply = understand(inbound.text)
    if reply.kind in _WISHES:
        return _WISHES[reply.kind](session, now, links, inbound, people)
    offer = None if reply.kind is ReplyKind.UNCLEAR else _meant(session, now, people, reply.number)
    if offer is None:
        return _ask_back(session, now, inbound, people)
    answer = _accept if reply.kind is ReplyKind.YES else _decline
    return answer(session, now, links, inbound, offer)


def _meant(session: Session, now: datetime, people: list[Mediator], number: int | None) -> Offer | None:
    """The offer with that number, if it is theirs; without a number the only one that waits for an answer."""
    if number is not None:
        theirs = Offer.mediator_id.in_([person.id for person in people])
        return session.scalar(select(Offer).where(theirs, Offer.id == number))
    waiting = _waiting(session, now, people)
    return waiting[0] if len(waiting) == 1 else None


def _waiting(session: Session, now: datetime, people: list[Mediator]) -> list[Offer]:
    """Everything of theirs that waits for a yes or a no, in the order of their numbers."""
    ids = [person.id for person in people]
    asked = session.scalars(select(Offer).where(Offer.mediator_id.in_(ids), Offer.status == OfferStatus.SENT))
    return sorted([*asked, *reconfirming.awaited(session, now, ids)], key=lambda one: one.id)


def _ask_back(session: Session, now: datetime, inbound: Inbound, people: list[Mediator]) -> str:
    """A friendly question: which one was meant, or how an answer looks."""
    waiting, language = _waiting(session, now, people), spoken(people[0].locale)
    if len(waiting) > 1:
        words = notices.reply_which(numbers=[one.id for one in waiting], language=language)
        _reply(session, now, inbound, people[0], "reply_which", words)
    else:
        words = texts.reply_not_understood(number=waiting[0].id if waiting else None, language=language)
        _reply(session, now, inbound, people[0], "reply_not_understood", words)
    return "not_understood"


def _accept(session: Session, now: datetime, links: Links, inbound: Inbound, offer: Offer) -> str:
    mediator = offer.mediator
    if offer.status is OfferStatus.ACCEPTED:
        return _reconfirm(session, now, inbound, offer)
    try:
        with session.begin_nested():
            answering.accept(session, now, links, offer.id, mediator_actor(mediator), "sms", late=True)
    except JourneyError as error:
        language = spoken(mediator.locale)
        if error.code == "offer_moved":
            anew = asked_anew(offer)
            now_so = occasion(offer.appointment, offer.language, language)
            words = texts.question_moved(now_so, number=anew.id if anew else None, language=language)
            _reply(session, now, inbound, offer, "question_moved", words)
            return error.code
        taken = isinstance(error, AlreadyTaken)
        say = texts.already_taken if taken else texts.no_longer_open
        words = say(occasion(offer.appointment, offer.language, language), language=language)
        _reply(session, now, inbound, offer, "already_taken" if taken else "no_longer_open", words)
        return error.code[:40]
    return "accepted"


def _reconfirm(session: Session, now: datetime, inbound: Inbound, offer: Offer) -> str:
    """A yes to what they have agreed to: it stays so, whether they were asked or not."""
    mediator, language = offer.mediator, spoken(offer.mediator.locale)
    assignment = reconfirming.reconfirm(session, now, offer.id, mediator_actor(mediator))
    words = texts.reconfirmed(occasion(offer.appointment, assignment.language, language), language=language)
    return _reply(session, now, inbound, assignment, "reconfirmed", words)


def _decline(session: Session, now: datetime, links: Links, inbound: Inbound, offer: Offer) -> str:
    mediator, language = offer.mediator, spoken(offer.mediator.locale)
    outcome = "handed_back" if offer.status is OfferStatus.ACCEPTED else "declined"
    step = answering.hand_back if offer.status is OfferStatus.ACCEPTED else _say_no
    try:
        with session.begin_nested():
            step(session, now, links, offer.id, mediator_actor(mediator))
    except JourneyError as error:
        # the question is void anyway; a no to it is thanked for all the same
        outcome = error.code[:40]
    if outcome == "handed_back":
        words = texts.reply_handed_back(occasion(offer.appointment, offer.language, language), language=language)
        return _reply(session, now, inbound, offer, "handed_back", words)
    words = texts.reply_thanks_no(number=offer.id, language=language)
    _reply(session, now, inbound, offer, "reply_thanks_no", words)
    return outcome


def _say_no(session: Session, now: datetime, links: Links, offer_id: int, actor: Actor) -> Offer:
    return answering.decline(session, now, links, offer_id, actor, "sms")


def _help(session: Session, now: datetime, _links: Links, inbound: Inbound, people: list[Mediator]) -> str:
    pool = people[0].pool
    words = notices.reply_help(pool_name=pool.name, contact=pool.phone or pool.email, language=spoken(people[0].locale))
    return _reply(session, now, inbound, people[0], "reply_help", words)


def _opt_in(session: Session, now: datetime, _links: Links, _inbound: Inbound, people: list[Mediator]) -> str:
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
    pool = people[0].pool
    words = notices.opted_out(pool_name=pool.name, contact=pool.phone or pool.email, language=spoken(people[0].locale))
    _reply(session, now, inbound, people[0], "opted_out", words)
    return "opted_out"


def _reply(
    session: Session, now: datetime, inbound: Inbound, about: Mediator | Offer | Assignment, kind: str, words: Text
) -> str:
    """Queue the answer to what came in; gives its kind, which is the outcome of most."""
    to = To.phone(about if isinstance(about, Mediator) else about.mediator)
    outbox.put(session, draft(to, about, kind, words, key=f"reply:{inbound.provider_id}"[:120], now=now))
    return kind


_WISHES: Final = {ReplyKind.STOP: _opt_out, ReplyKind.START: _opt_in, ReplyKind.HELP: _help}
