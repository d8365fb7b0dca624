"""Thanks from whoever requested an appointment, passed on to whoever came.

They are on the mediator's own page at once; the message about them leaves once, at an hour at which the person may be
asked, and not within minutes, so that what was just said can still be bettered.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app import outbox
from app.errors import FieldProblem
from app.journey import history
from app.journey.history import Actor
from app.journey.telling.facts import occasion, spoken
from app.journey.timing.contact_hours import Hours, phones_ring
from app.links import Links
from app.models import (
    MOST_THANKS,
    THANKS,
    Appointment,
    Assignment,
    LinkKind,
    Mediator,
    MediatorStatus,
    Message,
    MessageStatus,
    Thanks,
)
from app.outbox.drafts import To, draft
from notifications import texts

KIND: Final = "thanks"
SETTLES: Final = timedelta(minutes=10)
HELPS: Final = timedelta(days=14)


@dataclass(frozen=True)
class Words:
    """One of THANKS, or words of their own, or both; empty where there is nothing of the kind."""

    choice: str = ""
    own: str = ""

    @property
    def are_said(self) -> bool:
        """Whether there is anything to pass on."""
        return bool(self.choice or self.own)


def wrong(words: Words) -> list[FieldProblem]:
    """What cannot be taken."""
    problems = []
    if words.choice and words.choice not in THANKS:
        said = {"value": words.choice, "choices": ", ".join(THANKS)}
        problems.append(FieldProblem("thanks", "unknown_choice", said))
    if len(words.own) > MOST_THANKS:
        problems.append(FieldProblem("words", "too_long", {"is": len(words.own), "most": MOST_THANKS}))
    return problems


def said_of(session: Session, appointment: Appointment) -> Words:
    """The thanks as they stand; everybody who came is told the same."""
    of_it = select(Thanks).join(Assignment, Thanks.assignment_id == Assignment.id)
    found = session.scalar(of_it.where(Assignment.appointment_id == appointment.id).order_by(Thanks.id).limit(1))
    return Words(found.choice, found.words) if found else Words()


def thank(session: Session, now: datetime, links: Links, appointment: Appointment, words: Words, actor: Actor) -> None:
    """Keep the thanks for everybody who came, and pass them on; none takes back what was said. The row is held."""
    seats = appointment.active_assignments
    kept = {
        one.assignment_id: one
        for one in session.scalars(select(Thanks).where(Thanks.assignment_id.in_([seat.id for seat in seats])))
    }
    is_new = False
    for seat in seats:
        row = kept.get(seat.id)
        if Words(row.choice, row.words) == words if row else not words.are_said:
            continue
        is_new = True
        _keep(session, now, seat, row, words)
        outbox.discard(session, now, *_about(seat))
        if words.are_said and not _has_left(session, seat):
            _pass_on(session, now, links, seat, words)
    if is_new:
        history.record(session, now, "thanked" if words.are_said else "thanks_taken_back", actor, appointment)


def _keep(session: Session, now: datetime, seat: Assignment, row: Thanks | None, words: Words) -> None:
    if row is not None and not words.are_said:
        session.delete(row)
        return
    if row is None:
        row = Thanks(pool_id=seat.pool_id, assignment_id=seat.id)
        session.add(row)
    row.choice, row.words, row.given_at = words.choice, words.own, now


def _has_left(session: Session, seat: Assignment) -> bool:
    left = (*_about(seat), Message.status != MessageStatus.DISCARDED)
    return session.scalar(select(Message.id).where(*left).limit(1)) is not None


def _pass_on(session: Session, now: datetime, links: Links, seat: Assignment, words: Words) -> None:
    mediator, appointment = seat.mediator, seat.appointment
    to = _way(mediator)
    settled = now + SETTLES
    due = Hours.of(appointment.pool, mediator).next(settled) if phones_ring(session) else settled
    if to is None or due is None:
        return
    language = spoken(mediator.locale)
    said = texts.thanks(
        occasion(appointment, seat.language, language),
        mediator_name=mediator.name,
        choice=words.choice,
        own=words.own,
        organisation=appointment.organisation.name,
        link=links.placeholder(LinkKind.MEDIATOR),
        pool_name=appointment.pool.name,
        language=language,
    )
    before = session.scalar(select(func.count(Message.id)).where(*_about(seat))) or 0
    link = links.issue(session, now, LinkKind.MEDIATOR, mediator)
    key = f"{KIND}:assignment:{seat.id}:{before}"
    outbox.put(session, draft(to, seat, KIND, said, key=key, now=now, due=due, expires_at=now + HELPS, link=link))


def _way(mediator: Mediator) -> To | None:
    """By e-mail; by SMS to whoever has no address; not at all to whoever wants no messages or has left."""
    if mediator.opted_out_at is not None or mediator.status is MediatorStatus.LEFT:
        return None
    if mediator.email:
        return To.mailbox(mediator)
    return None if mediator.phone_trouble else To.phone(mediator)


def _about(seat: Assignment) -> tuple[ColumnElement[bool], ...]:
    return (Message.kind == KIND, Message.assignment_id == seat.id)
