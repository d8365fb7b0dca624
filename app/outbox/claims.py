"""Messages taken up by a worker: one at a time, under a lease, as plain values that leave no session open."""

from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, joinedload

from app.links import Links
from app.models import Channel, Mediator, Message, MessageStatus, Pool, languages
from app.outbox.in_flight import Claim
from notifications.messages import Call, Email, Sms
from notifications.transports.base import MailTransport, SmsTransport, VoiceTransport

# Longer than both providers' time limits together; only a worker that hangs lets it run out.
LEASE: Final = timedelta(seconds=60)
# A row from further ahead than this was written before the clock was set back: what was due at once, still is.
SET_BACK: Final = timedelta(minutes=1)


class Transports(Protocol):
    """The ways out."""

    @property
    def sms(self) -> SmsTransport:
        """For text messages."""

    @property
    def mail(self) -> MailTransport:
        """For e-mails."""

    @property
    def voice(self) -> VoiceTransport:
        """For calls."""


def take_next(
    session: Session, now: datetime, status: MessageStatus, *conditions: ColumnElement[bool]
) -> Message | None:
    """The next message in that state which is due and nobody else holds; held until the transaction ends."""
    set_back = (Message.created_at > now + SET_BACK) & (Message.due_at == Message.created_at)
    return session.scalar(
        select(Message)
        .where(Message.status == status, (Message.due_at <= now) | set_back, *conditions)
        .order_by(Message.due_at, Message.id)
        .limit(1)
        .options(
            # what claim_of() needs comes along; the rest of a pool is large
            joinedload(Message.pool, innerjoin=True).load_only(Pool.email),
            joinedload(Message.mediator).load_only(Mediator.locale, Mediator.opted_out_at),
            joinedload(Message.link),
            joinedload(Message.requester_link),
            joinedload(Message.unconfirmed),
            joinedload(Message.application),
        )
        .with_for_update(skip_locked=True, of=Message)
    )


def lease(message: Message, now: datetime, worker: str) -> None:
    """Note who has it, and until when nobody else may."""
    message.claimed_by = worker
    message.lease_until = now + LEASE


def claim_of(session: Session, message: Message, now: datetime, links: Links) -> Claim:
    """A message as plain values, its link filled in; raises ValueError for what no provider could take."""
    body = links.fill_in(message)
    reference = str(message.id)
    outgoing: Sms | Email | Call
    if message.channel is Channel.SMS:
        left = message.expires_at - now if message.expires_at else None
        outgoing = Sms(to=message.recipient, body=body, reference=reference, valid_for=left)
    elif message.channel is Channel.VOICE:
        outgoing = Call(to=message.recipient, reference=reference)
    else:
        outgoing = Email(
            to=message.recipient,
            subject=message.subject,
            text=body,
            reference=reference,
            sender=message.sender,
            sender_name=message.sender_name,
            # whoever answers has a question to those who coordinate, whatever address the mail came from
            reply_to=message.pool.email,
            installation=links.installation_key(session),
            language=languages.written_in(message.mediator.locale if message.mediator else ""),
            calendar=message.calendar.encode() if message.calendar else None,
            calendar_method=message.calendar_method,
        )
    since = message.claimed_at or message.created_at
    return Claim(message.id, outgoing, message.attempts, since, message.kind, message.appointment_id)


def locked(session: Session, message_id: int) -> Message:
    """One message, held until the transaction ends."""
    return session.execute(select(Message).where(Message.id == message_id).with_for_update(of=Message)).scalar_one()
