"""Announcements: one text to many, sent once, in one transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.errors import ChangedMeanwhile, FieldProblem, Invalid
from app.journey import history
from app.journey.history import Actor
from app.journey.telling.recipients import AUDIENCES, WAYS, Reach, Wish, reach
from app.journey.timing.contact_hours import Hours, phones_ring
from app.legible import is_one_line, says_something
from app.models import ActorKind, Announcement, Channel, Mediator, Message, Pool
from app.outbox.drafts import draft
from app.versions import version_of

KIND: Final = "announcement"
LONGEST: Final = {"subject": 120, "text": 1000}


def check(wish: Wish) -> Iterable[FieldProblem]:
    """Everything that is wrong, field by field."""
    for name, most in LONGEST.items():
        value: str = getattr(wish, name)
        if len(value) > most:
            yield FieldProblem(name, "too_long", {"most": most, "is": len(value)})
        elif not says_something(value):
            yield FieldProblem(name, "required")
    if not is_one_line(wish.subject):
        yield FieldProblem("subject", "one_line")
    for name, choices in (("audience", AUDIENCES), ("way", WAYS)):
        if getattr(wish, name) not in choices:
            yield FieldProblem(name, "unknown_choice", {"value": getattr(wish, name), "choices": ", ".join(choices)})


def mark_of(wish: Wish, found: Reach) -> str:
    """A mark of what is said and who is reached, another one as soon as either changes."""
    return version_of((wish, [(one.to.channel, one.to.address) for one in found.letters]))


def send(
    session: Session, now: datetime, pool_id: int, wish: Wish, key: str, actor: Actor, *, seen: str
) -> Announcement:
    """Send it to everybody it reaches; with the same `key` a second time nothing more is sent.

    `seen` is the mark of what whoever sends it was shown. Raises Invalid, ChangedMeanwhile where it reaches others now.
    """
    problems = list(check(wish))
    if problems:
        raise Invalid(problems)
    # held, so that of two presses at once the second finds what the first has sent
    pool = session.execute(select(Pool).where(Pool.id == pool_id).with_for_update(key_share=True)).scalar_one()
    sent = session.scalar(select(Announcement).where(Announcement.key == key))
    if sent is not None:
        return sent
    found = reach(session, pool, wish)
    if not found.letters or mark_of(wish, found) != seen:
        raise ChangedMeanwhile("changed_meanwhile")
    announcement = Announcement(
        pool_id=pool_id,
        key=key,
        sent_by_id=actor.id if actor.kind is ActorKind.ACCOUNT else None,
        audience=wish.audience,
        subject=wish.subject.strip(),
        text=wish.text.strip(),
        recipients=found.recipients,
        segments=found.segments,
        created_at=now,
    )
    session.add(announcement)
    session.flush()
    _write(session, now, pool, announcement, found)
    history.record(session, now, "announced", actor, announcement=announcement.id, count=found.recipients)
    return announcement


def take_back(session: Session, now: datetime, mediator: Mediator) -> None:
    """To whoever pauses or leaves, what still waits for its hour is not said."""
    outbox.discard(session, now, Message.mediator_id == mediator.id, Message.kind == KIND)


def _write(session: Session, now: datetime, pool: Pool, announcement: Announcement, found: Reach) -> None:
    rings = phones_ring(session)
    with outbox.together(session):
        for one in found.letters:
            due = now
            if one.to.channel is Channel.SMS and isinstance(one.about, Mediator) and rings:
                due = Hours.of(pool, one.about).next(now) or now
            kind = type(one.about).__name__.lower()
            key = f"announcement:{announcement.id}:{one.to.channel}:{kind}:{one.about.id}"
            outbox.put(session, draft(one.to, announcement, KIND, one.words, key=key, now=now, due=due))
