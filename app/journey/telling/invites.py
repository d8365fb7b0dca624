"""The invite of an appointment: what it is known by for ever, what stands in it, and in whose calendar it is."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.links import Links
from app.models import Appointment, Assignment, JointDate, Message, MessageStatus, languages
from app.models.topics import topic_name
from notifications.invites import Event, Method, invite, published

NOT_GONE = (MessageStatus.QUEUED, MessageStatus.DISCARDED)


def uid(host: str, appointment: Appointment) -> str:
    """The identity of an appointment in every calendar, for ever; `host` is Links.invite_host()."""
    return f"appointment-{appointment.id}@{host}"


def write(
    session: Session,
    now: datetime,
    links: Links,
    about: Appointment | Assignment,
    method: Method | None,
    name: str,
    email: str,
) -> str | None:
    """The invite as text. It carries no personal link: calendars are copied to places that nobody here knows."""
    if method is None:
        return None
    appointment = about.appointment if isinstance(about, Assignment) else about
    pool = appointment.pool
    language = languages.name(about.language, "de")
    place = ", ".join(part for part in (appointment.place_name, appointment.place_address) if part)
    located = appointment.place_lat is not None and appointment.place_lon is not None
    return invite(
        method=method,
        uid=uid(links.invite_host(session, keep=True), appointment),
        sequence=appointment.invite_sequence,
        stamp=now,
        starts=appointment.starts_at,
        ends=appointment.ends_at,
        summary=f"{pool.name}: {language}",
        location=place,
        description="\n".join((language, topic_name(appointment.topic, "de"), contact(appointment))),
        organizer_name=pool.name,
        organizer_email=pool.email,
        attendee_name=name,
        attendee_email=email,
        geo=(appointment.place_lat or 0.0, appointment.place_lon or 0.0) if located else None,
    ).decode()


def write_all(
    session: Session,
    now: datetime,
    links: Links,
    dates: Sequence[Appointment] | Sequence[Assignment],
    *,
    cancelled: bool = False,
) -> str:
    """Several dates in one calendar, each with the identity that it has alone.

    It is published, for a REQUEST and a CANCEL may be about one UID only (RFC 5546, 3.2.2 and 3.2.5).
    """
    host = links.invite_host(session, keep=True)
    pool = dates[0].pool
    events = [_event(host, now, one, cancelled=cancelled) for one in dates]
    return published(events, organizer_name=pool.name, organizer_email=pool.email).decode()


def _event(host: str, now: datetime, about: Appointment | Assignment, *, cancelled: bool) -> Event:
    appointment = about.appointment if isinstance(about, Assignment) else about
    language = languages.name(about.language, "de")
    located = appointment.place_lat is not None and appointment.place_lon is not None
    return Event(
        uid=uid(host, appointment),
        sequence=appointment.invite_sequence,
        stamp=now,
        starts=appointment.starts_at,
        ends=appointment.ends_at,
        summary=f"{appointment.pool.name}: {language}",
        location=", ".join(part for part in (appointment.place_name, appointment.place_address) if part),
        description="\n".join((language, topic_name(appointment.topic, "de"), contact(appointment))),
        cancelled=cancelled,
        geo=(appointment.place_lat or 0.0, appointment.place_lon or 0.0) if located else None,
    )


def contact(appointment: Appointment) -> str:
    """Whom a mediator asks for: name and telephone number."""
    name = appointment.contact_name or appointment.organisation.name
    return ", ".join(part for part in (name, appointment.contact_phone) if part)


def are_out(session: Session, appointment: Appointment) -> bool:
    """Whether anybody's calendar shows the appointment, or soon will."""
    return _is_there(session, *_of_appointment(appointment), Message.status != MessageStatus.DISCARDED)


def requester_awaits(session: Session, appointment: Appointment) -> bool:
    """Whether a calendar of the requester shows this appointment, or soon will."""
    written = Message.status != MessageStatus.DISCARDED
    return _is_there(session, *_of_appointment(appointment), Message.mediator_id.is_(None), written)


def requester_holds(session: Session, appointment: Appointment) -> bool:
    """Whether the invite may have reached the requester: only then there is something to cancel."""
    theirs = (Message.mediator_id.is_(None), Message.recipient == appointment.contact_email)
    return _is_there(session, *_of_appointment(appointment), *theirs, *_gone())


def mediator_holds(session: Session, assignment: Assignment) -> bool:
    """Whether the invite of this assignment may have reached the mediator."""
    jointly = select(JointDate.message_id).where(JointDate.assignment_id == assignment.id)
    about = (Message.assignment_id == assignment.id) | Message.id.in_(jointly)
    return _is_there(session, about, Message.mediator_id == assignment.mediator_id, *_gone())


def _of_appointment(appointment: Appointment) -> tuple[ColumnElement[bool], ...]:
    jointly = select(JointDate.message_id).where(JointDate.appointment_id == appointment.id)
    about = (Message.appointment_id == appointment.id) | Message.id.in_(jointly)
    return (about, Message.calendar.is_not(None))


def _gone() -> tuple[ColumnElement[bool], ...]:
    """It has left, and what failed may have been taken all the same where nobody could say."""
    never = (Message.status == MessageStatus.FAILED) & (Message.unknown_outcomes == 0)
    return (Message.calendar_method.in_(("REQUEST", "PUBLISH")), Message.status.not_in(NOT_GONE), ~never)


def _is_there(session: Session, *conditions: ColumnElement[bool]) -> bool:
    return session.scalar(select(Message.id).where(*conditions).limit(1)) is not None
