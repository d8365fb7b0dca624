"""Forgetting somebody: what they did stays counted, who they were is gone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from icalendar import Calendar
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app import tenancy
from app.errors import Busy
from app.journey import announcing, answering, history, running_out
from app.journey.history import Actor
from app.journey.locks import lock_mediator, request_plan
from app.links import Links
from app.models import (
    CLEARANCES,
    MODES,
    Alert,
    Assignment,
    AssignmentState,
    BorrowedSeat,
    ClearanceNotice,
    Event,
    IdempotencyKey,
    InboundMessage,
    Link,
    ManualStep,
    Mediator,
    MediatorStatus,
    Message,
    MessageStatus,
    Offer,
    Thanks,
)
from app.outbox import queue
from app.privacy.traces import Named, applications, appointment_ids, messages_to

# what a person is called who is forgotten, in every language: nomen nescio
NOBODY: Final = "N. N. ({id})"
# a provider has it, or is just being called: its outcome is found out by the number it went to
_UNDER_WAY: Final = frozenset({MessageStatus.SENDING, MessageStatus.UNKNOWN})
_EMPTY: Final[dict[str, object]] = {
    "gender": None, "home_lat": None, "home_lon": None, "home_district": "", "locale": "de", "excluded_topics": [],
    "urgent_opt_in": False, "prefers_calls": False, "phone_trouble": None, "opted_out_at": None,
    "text_from_minute": None, "text_until_minute": None, "text_weekends": None, "max_travel_minutes": None,
    "max_appointments_per_day": None, "max_minutes_per_day": None, "max_appointments_per_week": None,
    "max_minutes_per_week": None, "training_on": None, "confidentiality_on": None, "conduct_on": None,
    "membership_on": None, "membership_until": None,
}  # fmt: skip


def erase(session: Session, now: datetime, links: Links, mediator: Mediator, actor: Actor) -> bool:
    """Let somebody leave and forget who they were; False where that was done before.

    What they had agreed to is handed back, and whoever waits is told, without their name. Raises Busy while a message
    to them is just being sent, or where they have agreed to something at the same moment.
    """
    if mediator.erased_at is not None:
        return False
    _leave(session, now, links, mediator, actor)
    named, nobody = Named.of(mediator), NOBODY.format(id=mediator.id)
    about = appointment_ids(session, mediator)
    _forget_what_they_were_told(session, now, mediator)
    _forget_applications(session, mediator)
    _take_out_of_messages(session, about, named, nobody)
    _take_out_of_records(session, mediator, about, named, nobody)
    _forget_what_they_wrote(session, mediator)
    _forget_parts(session, mediator)
    mediator.name, mediator.phone, mediator.email = nobody, "", ""
    mediator.modes = list(MODES)
    for name, value in _EMPTY.items():
        setattr(mediator, name, value)
    mediator.erased_at = now
    history.record(session, now, "mediator_erased", actor, mediator=mediator, name=nobody)
    request_plan(session, now, "mediator", mediator.pool_id)
    return True


def _leave(session: Session, now: datetime, links: Links, mediator: Mediator, actor: Actor) -> None:
    mediator.status = MediatorStatus.LEFT
    answering.release_person(session, now, links, mediator, actor)
    announcing.take_back(session, now, mediator)
    running_out.take_back(session, now, mediator, CLEARANCES)
    session.flush()
    lock_mediator(session, mediator.id)
    still = select(Assignment.id).where(
        Assignment.mediator_id == mediator.id, Assignment.state == AssignmentState.ACTIVE, Assignment.starts_at > now
    )
    if session.scalar(still.limit(1)) is not None:
        raise Busy("mediator_just_agreed")


def _forget_what_they_were_told(session: Session, now: datetime, mediator: Mediator) -> None:
    told = messages_to(session, mediator)
    if any(one.status in _UNDER_WAY for one in told):
        raise Busy("mediator_just_written_to")
    queue.discard(session, now, Message.mediator_id == mediator.id)
    gone = {"recipient": "", "recipient_name": "", "subject": "", "body": "", "calendar": None, "provider_id": None}
    # settled: nobody is to be written to in another way instead
    session.execute(update(Message).where(Message.mediator_id == mediator.id).values(gone | {"settled_at": now}))
    session.expire_all()


def _forget_applications(session: Session, mediator: Mediator) -> None:
    for application in applications(session, mediator):
        session.execute(delete(Message).where(Message.application_id == application.id))
        session.delete(application)
    session.flush()


def _take_out_of_messages(session: Session, about: Sequence[int], named: Named, nobody: str) -> None:
    """What others were told, or are still to be told, says it without the name."""
    with tenancy.across_pools(session):
        # what a neighbour was told of somebody borrowed is about an appointment of the neighbour's
        lent = select(BorrowedSeat.appointment_id).join(Assignment, BorrowedSeat.assignment_id == Assignment.id)
        there = session.scalars(lent.where(Assignment.appointment_id.in_(about))).all()
        for message in session.scalars(select(Message).where(Message.appointment_id.in_([*about, *there]))):
            message.subject = named.replaced(message.subject, nobody)
            message.body = named.replaced(message.body, nobody)
            message.calendar = _without(message.calendar, named, nobody)


def _without(written: str | None, named: Named, nobody: str) -> str | None:
    """A calendar that does not name them; what is read is unfolded and unescaped (RFC 5545, 3.1 and 3.3.11)."""
    if written is None:
        return None
    calendar, found = Calendar.from_ical(written), False
    for component in calendar.walk():
        for key, value in list(component.items()):
            if isinstance(value, str) and named.stands_in(value):
                component[key], found = type(value)(named.replaced(value, nobody)), True
    said: str = calendar.to_ical().decode() if found else written
    return said


def _take_out_of_records(session: Session, mediator: Mediator, about: Sequence[int], named: Named, nobody: str) -> None:
    """History, alerts, thanks, seats that a neighbour borrowed, and answers that the API would repeat."""
    with tenancy.across_pools(session):
        lent = select(BorrowedSeat).join(Assignment, BorrowedSeat.assignment_id == Assignment.id)
        seats = session.scalars(lent.where(Assignment.mediator_id == mediator.id)).all()
        for seat in seats:
            seat.name, seat.phone = nobody, ""
        where = [*about, *(seat.appointment_id for seat in seats)]
        theirs = Event.appointment_id.in_(where) | (Event.mediator_id == mediator.id)
        raised = Alert.appointment_id.in_(where)
        told: list[Event | Alert] = [
            *session.scalars(select(Event).where(theirs)), *session.scalars(select(Alert).where(raised)),
        ]  # fmt: skip
        for row in told:
            row.data = named.replaced_within(row.data, nobody)
    for alert in session.scalars(select(Alert).where(Alert.mediator_id.is_(None))):
        alert.data = named.replaced_within(alert.data, nobody)
    own = select(Assignment.id).where(Assignment.mediator_id == mediator.id).scalar_subquery()
    # words may name them; what was chosen from a list does not
    session.execute(update(Thanks).where(Thanks.assignment_id.in_(own)).values(words=""))
    for kept in session.scalars(select(IdempotencyKey)):
        if named.stands_in(kept.body):
            session.delete(kept)


def _forget_what_they_wrote(session: Session, mediator: Mediator) -> None:
    """Texts from their number, unless somebody else has it, too: a family may share a telephone."""
    if not mediator.phone:
        return
    with tenancy.across_pools(session):
        others = select(Mediator.id).where(Mediator.phone == mediator.phone, Mediator.id != mediator.id)
        if session.scalar(others.limit(1)) is None:
            session.execute(delete(InboundMessage).where(InboundMessage.sender == mediator.phone))


def _forget_parts(session: Session, mediator: Mediator) -> None:
    """Languages, times, consents, links, and what a coordinator did by hand within the last day."""
    for parts in (mediator.skills, mediator.availability, mediator.absences, mediator.exclusions, mediator.consents):
        parts.clear()
    session.flush()
    for kind in (Link, ManualStep, ClearanceNotice, Alert):
        session.execute(delete(kind).where(kind.mediator_id == mediator.id))
    never = {"never_weekday": None, "never_from_minute": None, "never_until_minute": None}
    session.execute(update(Offer).where(Offer.mediator_id == mediator.id).values(never))
    session.expire_all()
