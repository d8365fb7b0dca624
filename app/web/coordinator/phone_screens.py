"""What the phones and the mailbox show: plain values, with every link filled in."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, selectinload

from app.links import Links
from app.models import Channel, InboundMessage, Mediator, Message, MessageStatus, Offer, OfferStatus, Pool
from app.web.when import When

# so many phones lie there in any case; all on which something came lately join them, up to the most
FEWEST_PHONES = 12
MOST_PHONES = 60
LATELY = timedelta(hours=1)
# how far back to look for phones on which something came: as far as it takes to find the fewest
LOOK_BACK = (LATELY, timedelta(days=3), timedelta(days=60), None)
MOST_BUBBLES = 20
MOST_MAILS = 12
ON_THE_PHONE = (Channel.SMS, Channel.VOICE)
OUT = frozenset({MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.SENDING, MessageStatus.UNKNOWN})
_ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)]")


@dataclass(frozen=True)
class Bubble:
    """One text: `received` by the phone or written on it; `parts` are (text, address or empty).

    `call` is whether a voice reads it; `number` is the question's that keys 1 and 2 answer, None where none does.
    """

    key: str
    at: datetime
    moment: str
    received: bool
    parts: tuple[tuple[str, str], ...]
    call: bool = False
    number: int | None = None


@dataclass(frozen=True)
class Phone:
    """One mediator's phone, oldest text first."""

    id: int
    name: str
    number: str
    pool: str
    bubbles: tuple[Bubble, ...]


@dataclass(frozen=True)
class Letter:
    """One e-mail."""

    id: int
    moment: str
    to: str
    subject: str
    parts: tuple[tuple[str, str], ...]
    has_calendar: bool


def phones(rows: Session, now: datetime, links: Links, pool_ids: Sequence[int]) -> list[Phone]:
    """The phones with the newest texts first. The session must see all these pools."""
    order = _order(rows, now, pool_ids)
    people = {one.id: one for one in rows.scalars(select(Mediator).where(Mediator.id.in_(order)))}
    pools = {one.id: one for one in rows.scalars(select(Pool).where(Pool.id.in_(pool_ids)))}
    received = _received(rows, now, pool_ids, order)
    written = _written(rows, order)
    waiting = _waiting(rows, [message.offer_id for texts in received.values() for message in texts])
    return [
        _phone(person, pools[person.pool_id], now, links, received[person.id], written[person.phone], waiting)
        for person in (people[one] for one in order if one in people)
    ]


def _order(rows: Session, now: datetime, pool_ids: Sequence[int]) -> list[int]:
    """Whose phones are shown: the newest text first."""
    last = func.max(Message.happened_at)
    for since in LOOK_BACK:
        on_phones = *_left(now, pool_ids, *ON_THE_PHONE), Message.mediator_id.is_not(None)
        newest = rows.execute(
            select(Message.mediator_id, last)
            .where(*on_phones, *([Message.happened_at > now - since] if since else []))
            .group_by(Message.mediator_id)
            .order_by(last.desc(), func.max(Message.id).desc())
            .limit(MOST_PHONES)
        ).all()
        if len(newest) >= FEWEST_PHONES:
            break
    return [one for place, (one, at) in enumerate(newest) if one and (place < FEWEST_PHONES or at > now - LATELY)]


def mails(rows: Session, now: datetime, links: Links, pool_ids: Sequence[int]) -> list[Letter]:
    """The newest e-mails first. The session must see all these pools."""
    zones = {one.id: one.timezone for one in rows.scalars(select(Pool).where(Pool.id.in_(pool_ids)))}
    found = rows.scalars(
        select(Message)
        .where(
            *_left(now, pool_ids, Channel.EMAIL, Channel.SMS),
            # who is no mediator yet has no phone beside the mailbox
            (Message.channel == Channel.EMAIL) | Message.application_id.is_not(None) & Message.mediator_id.is_(None),
        )
        .options(selectinload(Message.link), selectinload(Message.application))
        .order_by(Message.id.desc())
        .limit(MOST_MAILS)
    )
    return [
        Letter(
            id=one.id,
            moment=When.of(zones[one.pool_id], now).moment(one.sent_at or one.due_at),
            to=f"{one.recipient_name} <{one.recipient}>" if one.recipient_name else one.recipient,
            subject=one.subject or "SMS",
            parts=parts_of(links.fill_in(one)),
            has_calendar=one.calendar is not None,
        )
        for one in found
    ]


def _left(
    now: datetime, pool_ids: Sequence[int], *channels: Channel, of: type[Message] = Message
) -> tuple[ColumnElement[bool], ...]:
    due = (of.status == MessageStatus.QUEUED) & (of.due_at <= now)
    return of.pool_id.in_(pool_ids), of.channel.in_(channels), of.status.in_(OUT) | due


def _received(
    rows: Session, now: datetime, pool_ids: Sequence[int], people: Sequence[int]
) -> Mapping[int | None, list[Message]]:
    """Mediator id -> the newest texts to them."""
    earlier = aliased(Message)
    first = _first_shown(
        earlier.id, earlier.mediator_id == Mediator.id, *_left(now, pool_ids, *ON_THE_PHONE, of=earlier)
    )
    newest = (
        select(Message)
        .join(Mediator, Message.mediator_id == Mediator.id)
        .where(Mediator.id.in_(people), Message.id >= first, *_left(now, pool_ids, *ON_THE_PHONE))
    )
    found: defaultdict[int | None, list[Message]] = defaultdict(list)
    for one in rows.scalars(newest.options(selectinload(Message.link))):
        found[one.mediator_id].append(one)
    return found


def _first_shown(number: InstrumentedAttribute[int], *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """The last of the newest that a phone shows, 0 if there are fewer; an index leads there, however long the past."""
    newest = select(number).where(*conditions).order_by(number.desc())
    return func.coalesce(newest.offset(MOST_BUBBLES - 1).limit(1).scalar_subquery(), 0)


def _waiting(rows: Session, offer_ids: Sequence[int | None]) -> set[int]:
    """Those questions that wait for an answer."""
    ids = {one for one in offer_ids if one is not None}
    return set(rows.scalars(select(Offer.id).where(Offer.id.in_(ids), Offer.status == OfferStatus.SENT)))


def _written(rows: Session, people: Sequence[int]) -> Mapping[str, list[InboundMessage]]:
    """Number -> the newest texts from it."""
    earlier = aliased(InboundMessage)
    first = _first_shown(earlier.id, earlier.sender == Mediator.phone)
    newest = (
        select(InboundMessage)
        .join(Mediator, InboundMessage.sender == Mediator.phone)
        .where(Mediator.id.in_(people), InboundMessage.id >= first)
    )
    found: defaultdict[str, list[InboundMessage]] = defaultdict(list)
    # once, although several people may have that number
    for one in rows.scalars(newest).unique():
        found[one.sender].append(one)
    return found


def _phone(
    person: Mediator,
    pool: Pool,
    now: datetime,
    links: Links,
    received: Sequence[Message],
    written: Sequence[InboundMessage],
    waiting: Collection[int | None],
) -> Phone:
    when = When.of(pool.timezone, now)
    texts: list[Message | InboundMessage] = [*received, *written]
    texts.sort(key=_age)
    bubbles = [
        _incoming(one, when, links.fill(one.body, one.link), waiting=one.offer_id in waiting)
        if isinstance(one, Message)
        else _written_bubble(one, when)
        for one in texts[-MOST_BUBBLES:]
    ]
    return Phone(person.id, person.name, person.phone, pool.name, tuple(bubbles))


def _age(one: Message | InboundMessage) -> tuple[datetime, bool]:
    """By when it came; at the same moment what was written comes before the answer to it."""
    return (one.sent_at or one.due_at, True) if isinstance(one, Message) else (one.received_at, False)


def _incoming(one: Message, when: When, text: str, *, waiting: bool) -> Bubble:
    at, called = one.sent_at or one.due_at, one.channel is Channel.VOICE
    number = one.offer_id if called and waiting else None
    key = f"in{one.id}{'-keys' if number else ''}"
    return Bubble(key, at, when.moment(at), received=True, parts=parts_of(text), call=called, number=number)


def _written_bubble(one: InboundMessage, when: When) -> Bubble:
    at = one.received_at
    return Bubble(f"out{one.id}", at, when.moment(at), received=False, parts=parts_of(one.body))


def parts_of(text: str) -> tuple[tuple[str, str], ...]:
    """The text in pieces, each with the address it is, or an empty one; joined they are the text again."""
    pieces: list[tuple[str, str]] = []
    done = 0
    for found in _ADDRESS.finditer(text):
        pieces += [(text[done : found.start()], ""), (found.group(), found.group())]
        done = found.end()
    return tuple(piece for piece in (*pieces, (text[done:], "")) if piece[0])
