"""What happened to an appointment, line by line: events, questions and messages in the order of time."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import NotFound
from app.journey.history import PERSONAL
from app.models import UNFINISHED, Appointment, Event, Message, Offer


@dataclass(frozen=True)
class Line:
    """One thing that happened; people are ids, so that a trace can be sent to whoever helps."""

    at: datetime
    what: str


def trace(session: Session, appointment_id: int) -> list[Line]:
    """Everything that is known of it, oldest first; raises NotFound."""
    appointment = session.scalar(select(Appointment).where(Appointment.id == appointment_id))
    if appointment is None:
        raise NotFound("appointment_not_found")
    events = session.scalars(select(Event).where(Event.appointment_id == appointment_id))
    messages = session.scalars(select(Message).where(Message.appointment_id == appointment_id))
    lines = [
        *(Line(one.at, _event(one)) for one in events),
        *(line for one in appointment.offers for line in _offer(one)),
        *(line for one in messages for line in _message(one)),
    ]
    stands = (
        f"begins; stands: {appointment.status.value}, {appointment.seats_open} open, "
        f"look again {_at(appointment.look_again_at)}, answers by {_at(appointment.answer_by)}"
    )
    return [*sorted(lines, key=lambda line: line.at), Line(appointment.starts_at, stands)]


def _event(event: Event) -> str:
    who = f"{event.actor_kind.value}{f' {event.actor_id}' if event.actor_id else ''}"
    person = f" mediator {event.mediator_id}" if event.mediator_id else ""
    data = ", ".join(f"{key}={value}" for key, value in event.data.items() if key not in PERSONAL)
    return f"{event.kind} by {who}{person}{f' ({data})' if data else ''}"


def _offer(offer: Offer) -> list[Line]:
    name = f"offer {offer.id} to mediator {offer.mediator_id}, wave {offer.wave}"
    chance = "" if offer.chance is None else f", chance {offer.chance:.2f}"
    found = []
    if offer.sent_at:
        found.append(Line(offer.sent_at, f"{name}: asked, answer by {_at(offer.due_at)}{chance}"))
    if offer.answered_at:
        found.append(Line(offer.answered_at, f"{name}: {offer.status.value} via {offer.answered_via}"))
    if offer.ended_at:
        why = f" ({offer.withdrawal.value})" if offer.withdrawal else ""
        found.append(Line(offer.ended_at, f"{name}: {offer.status.value}{why}"))
    return found


def _message(message: Message) -> list[Line]:
    name = f"message {message.id} ({message.channel.value} {message.kind})"
    instead = f" instead of {message.instead_of_id}" if message.instead_of_id else ""
    found = [Line(message.created_at, f"{name}: queued for {_at(message.first_due_at)}{instead}")]
    if message.sent_at:
        tries = f", attempt {message.attempts}" if message.attempts > 1 else ""
        unknown = f", {message.unknown_outcomes} unknown outcomes" if message.unknown_outcomes else ""
        found.append(Line(message.sent_at, f"{name}: handed over as {message.provider_id}{tries}{unknown}"))
    if message.finished_at:
        code = f" ({message.error_code})" if message.error_code else ""
        found.append(Line(message.finished_at, f"{name}: {message.status.value}{code}"))
    elif message.status in UNFINISHED:
        due = f"{name}: {message.status.value} since then, tried {message.attempts} times, next {_at(message.due_at)}"
        found.append(Line(message.claimed_at or message.created_at, due))
    return found


def _at(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}" if instant else "-"
