"""What the phones and the mailbox show: plain values, with every link filled in."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from app.links import Links
from app.models import Channel, InboundMessage, Mediator, Message, MessageStatus, Pool
from app.web.when import When

MOST_PHONES = 12
MOST_BUBBLES = 20
MOST_MAILS = 12
OUT = frozenset({MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.SENDING, MessageStatus.UNKNOWN})
_ADDRESS = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)]")


@dataclass(frozen=True)
class Bubble:
    """One text: `received` by the phone or written on it; `parts` are (text, address or empty)."""

    key: str
    at: datetime
    moment: str
    received: bool
    parts: tuple[tuple[str, str], ...]


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
    newest = rows.execute(
        select(Message.mediator_id, func.max(Message.id))
        .where(*_left(now, pool_ids, Channel.SMS), Message.mediator_id.is_not(None))
        .group_by(Message.mediator_id)
        .order_by(func.max(Message.id).desc())
        .limit(MOST_PHONES)
    )
    order = [mediator_id for mediator_id, _last in newest]
    people = {one.id: one for one in rows.scalars(select(Mediator).where(Mediator.id.in_(order)))}
    pools = {one.id: one for one in rows.scalars(select(Pool).where(Pool.id.in_(pool_ids)))}
    return [_phone(rows, now, links, people[one], pools[people[one].pool_id]) for one in order if one in people]


def mails(rows: Session, now: datetime, links: Links, pool_ids: Sequence[int]) -> list[Letter]:
    """The newest e-mails first. The session must see all these pools."""
    zones = {one.id: one.timezone for one in rows.scalars(select(Pool).where(Pool.id.in_(pool_ids)))}
    found = rows.scalars(
        select(Message)
        .where(*_left(now, pool_ids, Channel.EMAIL))
        .options(selectinload(Message.link))
        .order_by(Message.id.desc())
        .limit(MOST_MAILS)
    )
    return [
        Letter(
            id=one.id,
            moment=When.of(zones[one.pool_id], now).moment(one.sent_at or one.due_at),
            to=f"{one.recipient_name} <{one.recipient}>" if one.recipient_name else one.recipient,
            subject=one.subject,
            parts=parts_of(links.fill(one.body, one.link)),
            has_calendar=one.calendar is not None,
        )
        for one in found
    ]


def _left(now: datetime, pool_ids: Sequence[int], channel: Channel) -> tuple[ColumnElement[bool], ...]:
    due = (Message.status == MessageStatus.QUEUED) & (Message.due_at <= now)
    return Message.pool_id.in_(pool_ids), Message.channel == channel, Message.status.in_(OUT) | due


def _phone(rows: Session, now: datetime, links: Links, person: Mediator, pool: Pool) -> Phone:
    when = When.of(pool.timezone, now)
    received = rows.scalars(
        select(Message)
        .where(*_left(now, [pool.id], Channel.SMS), Message.mediator_id == person.id)
        .options(selectinload(Message.link))
        .order_by(Message.id.desc())
        .limit(MOST_BUBBLES)
    )
    written = rows.scalars(
        select(InboundMessage)
        .where(InboundMessage.sender == person.phone)
        .order_by(InboundMessage.id.desc())
        .limit(MOST_BUBBLES)
    )
    bubbles = [
        *(
            _bubble(f"in{one.id}", one.sent_at or one.due_at, when, links.fill(one.body, one.link), received=True)
            for one in received
        ),
        *(_bubble(f"out{one.id}", one.received_at, when, one.body, received=False) for one in written),
    ]
    bubbles.sort(key=lambda one: (one.at, one.received))
    return Phone(person.id, person.name, person.phone, pool.name, tuple(bubbles[-MOST_BUBBLES:]))


def _bubble(key: str, at: datetime, when: When, text: str, *, received: bool) -> Bubble:
    return Bubble(key, at, when.moment(at), received, parts_of(text))


def parts_of(text: str) -> tuple[tuple[str, str], ...]:
    """The text in pieces, each with the address it is, or an empty one; joined they are the text again."""
    pieces: list[tuple[str, str]] = []
    done = 0
    for found in _ADDRESS.finditer(text):
        pieces += [(text[done : found.start()], ""), (found.group(), found.group())]
        done = found.end()
    return tuple(piece for piece in (*pieces, (text[done:], "")) if piece[0])
