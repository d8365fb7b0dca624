"""The invite of an appointment: what it is known by for ever, what stands in it, and in whose calendar it is."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.links import Links
from app.models import Appointment, Assignment, Message, MessageStatus, languages
from app.models.topics import topic_name
from notifications.invites import Method, invite

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
    theirs = (Message.assignment_id == assignment.id, Message.mediator_id == assignment.mediator_id)
    return _is_there(session, *theirs, *_gone())


def _of_appointment(appointment: Appointment) -> tuple[ColumnElement[bool], ...]:
    return (Message.appointment_id == appointment.id, Message.calendar.is_not(None))


def _gone() -> tuple[ColumnElement[bool], ...]:
    """It has left, and what failed may have been taken all the same where nobody could say."""
    never = (Message.status == MessageStatus.FAILED) & (Message.unknown_outcomes == 0)
    return (Message.calendar_method == "REQUEST", Message.status.not_in(NOT_GONE), ~never)


def _is_there(session: Session, *conditions: ColumnElement[bool]) -> bool:
    return session.scalar(select(Message.id).where(*conditions).limit(1)) is not None
