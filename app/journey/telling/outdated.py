"""Whether what a message says has been overtaken: nobody is told again what is no longer so."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import (
    SEEKING,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    BorrowedSeat,
    Message,
    Offer,
    OfferStatus,
)

QUESTION: Final = "offer"


def is_outdated(session: Session, now: datetime, message: Message) -> bool:
    """Whether it no longer holds; the caller holds the appointment, if it is about one."""
    if message.appointment_id is None:
        return False
    appointment = session.get_one(Appointment, message.appointment_id)
    overtaken = _OVERTAKEN.get(message.kind)
    return appointment.ends_at <= now or (overtaken is not None and overtaken(session, message, appointment))


def _is_not_expected(session: Session, message: Message, _appointment: Appointment) -> bool:
    """It counts on the mediator's coming, to the time and place that the appointment had then."""
    expected = message.assignment_id is not None and session.get_one(Assignment, message.assignment_id).holds_seat
    if message.borrowed_seat_id is not None:
        expected = session.get_one(BorrowedSeat, message.borrowed_seat_id).ended_at is None
    return not expected or _has_changed_since(session, message)


def _comes_after_all(session: Session, message: Message, _appointment: Appointment) -> bool:
    """It says that nobody expects the mediator."""
    seat = (Assignment.appointment_id == message.appointment_id, Assignment.mediator_id == message.mediator_id)
    active = select(Assignment.id).where(*seat, Assignment.state == AssignmentState.ACTIVE)
    return session.scalar(active.limit(1)) is not None


def _is_answered(session: Session, message: Message, _appointment: Appointment) -> bool:
    return not _is_open(session, message)


def _is_open(session: Session, message: Message) -> bool:
    return message.offer_id is not None and session.get_one(Offer, message.offer_id).status is OfferStatus.SENT


def _has_changed_since(session: Session, message: Message) -> bool:
    """Whether the same person was told of a change later; what is said again is no later change."""
    same_person = (Message.appointment_id == message.appointment_id, Message.mediator_id == message.mediator_id)
    kind = "changed" if message.mediator_id else "requester_changed"
    later = (Message.kind == kind, Message.created_at > message.created_at, Message.instead_of_id.is_(None))
    return session.scalar(select(Message.id).where(*same_person, *later).limit(1)) is not None


def _has_changed_or_ended(session: Session, message: Message, appointment: Appointment) -> bool:
    return appointment.status is AppointmentStatus.CANCELLED or _has_changed_since(session, message)


_OVERTAKEN: Final[Mapping[str, Callable[[Session, Message, Appointment], bool]]] = {
    QUESTION: _is_answered,
    "no_longer_open": lambda session, message, _: _is_open(session, message),
    "question_cancelled": lambda session, message, _: _is_open(session, message),
    "confirmation": _is_not_expected,
    "changed": _is_not_expected,
    "reminder_day": _is_not_expected,
    "reminder_hours": _is_not_expected,
    "reconfirm": _is_not_expected,
    "reconfirmed": _is_not_expected,
    "cancelled": _comes_after_all,
    "handed_back": _comes_after_all,
    "requester_confirmation": _is_not_expected,
    "requester_changed": _has_changed_or_ended,
    "requester_handed_back": lambda _session, _message, appointment: appointment.status not in SEEKING,
    "requester_unfilled": lambda _s, _m, appointment: appointment.status is not AppointmentStatus.UNFILLED,
}
