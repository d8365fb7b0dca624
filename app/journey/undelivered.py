"""A message failed for good: what that means for the person, and how it reaches them otherwise.

Each failed message is seen to once, in one transaction: the number is flagged, a coordinator alerted, the same said
once more where that helps, or said by another channel. See notifications/transports/delivery_errors.py for the codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.journey import answering, history
from app.journey.history import SERVICE, mediator_actor
from app.journey.locks import lock_appointment
from app.journey.telling import alerts, letters
from app.journey.telling.facts import spoken
from app.journey.telling.outdated import QUESTION, is_outdated
from app.journey.timing.contact_hours import can_call
from app.links import Links
from app.models import Appointment, Channel, Mediator, Message, MessageStatus, Offer
from app.outbox.drafts import again, again_by_mail
from notifications import texts
from notifications.phone import country
from notifications.transports.delivery_errors import Fault, fault_of, parts_of

# fault -> how long until the same message is sent once more, and how often
AGAIN: Final = {Fault.AGAIN: (timedelta(minutes=1), 1), Fault.BUSY: (timedelta(minutes=2), 3)}
# the same where no other way is open: two days, for a country can be enabled
HELD: Final = {Fault.REGION: (timedelta(hours=1), 48)}
# not about one person, so told once for all of them
OF_ALL: Final = {"account", "region"}
# An alert stands on the board, and one about it would go on for ever; who typed a wrong number or address at /join sees
# that no code comes, and it is nobody's whom the pool knows.
UNTOLD: Final = frozenset({"alert", "join_code", "join_known"})
# It has been lost, or discarded because nobody needed it.
GONE: Final = frozenset({MessageStatus.FAILED, MessageStatus.DISCARDED})


def unsettled(session: Session) -> list[int]:
    """Messages that failed and that nobody has seen to; each is by settle()."""
    lost = (Message.status == MessageStatus.FAILED, Message.settled_at.is_(None))
    return list(session.scalars(select(Message.id).where(*lost).order_by(Message.id)))


@dataclass(frozen=True)
class _Lost:
    """A failed message with everything its settling needs."""

    session: Session
    now: datetime
    links: Links
    message: Message
    fault: Fault
    appointment: Appointment | None
    mediator: Mediator | None

    def alert(self, kind: str, subject: str) -> None:
        """Tell a coordinator, once per subject."""
        alerts.raise_alert(
            self.session,
            self.now,
            self.links,
            self.message.pool_id,
            kind,
            subject,
            appointment=None if kind in OF_ALL else self.appointment,
            mediator=None if kind in OF_ALL else self.mediator,
            country=country(self.message.recipient),
            name=self.message.recipient_name or self.message.recipient,
            code=parts_of(self.message.error_code or "")[1],
            starts=self.appointment.starts_at.isoformat() if self.appointment else "",
        )


def settle(session: Session, now: datetime, links: Links, message_id: int) -> None:
    """See to one failed message; a second time changes nothing."""
    about = session.execute(select(Message.appointment_id).where(Message.id == message_id)).scalar_one()
    # held first, as by every other step: who cancels meanwhile must find what is written here, or be found by it
    appointment = lock_appointment(session, about) if about is not None else None
    message = session.execute(select(Message).where(Message.id == message_id).with_for_update(of=Message)).scalar_one()
    if message.settled_at is not None or message.status is not MessageStatus.FAILED:
        return
    message.settled_at = now
    lost = _Lost(
        session,
        now,
        links,
        message,
        fault_of(message.error_code or ""),
        appointment,
        session.get(Mediator, message.mediator_id) if message.mediator_id else None,
    )
    tried_again = _is_held(lost)
    if lost.appointment is not None and not tried_again:
        kind, code = message.kind, message.error_code
        history.record(session, now, "message_failed", SERVICE, lost.appointment, lost.mediator, what=kind, code=code)
    if message.kind in UNTOLD:
        return
    if lost.mediator is not None and lost.fault is Fault.OPTED_OUT:
        _opt_out(lost, lost.mediator)
    if not tried_again:
        _alert(lost)
    if (message.expires_at is not None and message.expires_at <= now) or is_outdated(session, now, message):
        return
    if not _say_again(lost, AGAIN):
        _say_otherwise(lost)


def _is_held(lost: _Lost) -> bool:
    """Whether this is but another try of what was held back, and known already."""
    before = lost.session.get(Message, lost.message.instead_of_id) if lost.message.instead_of_id else None
    return before is not None and lost.fault in HELD and fault_of(before.error_code or "") is lost.fault


def _opt_out(lost: _Lost, mediator: Mediator) -> None:
    """The provider says that they wrote STOP to it: they are not asked again."""
    if mediator.opted_out_at is None:
        mediator.opted_out_at = lost.now
        answering.release_person(lost.session, lost.now, lost.links, mediator, mediator_actor(mediator))
        history.record(lost.session, lost.now, "opted_out", mediator_actor(mediator), mediator=mediator)


def _alert(lost: _Lost) -> None:
    kind = _alert_kind(lost.message, lost.fault)
    if kind is None:
        return
    if kind == "number_wrong" and lost.mediator is not None:
        lost.mediator.phone_trouble = (lost.message.error_code or "unknown")[:20]
    who = f"message:{lost.message.id}"
    if lost.mediator is not None:
        who = f"mediator:{lost.mediator.id}"
    elif lost.appointment is not None:
        # whoever requested it has one address there, however many mails are lost
        who = f"appointment:{lost.appointment.id}"
    lost.alert(kind, kind if kind in OF_ALL else f"{kind}:{who}")


def _alert_kind(message: Message, fault: Fault) -> str | None:
    if message.unconfirmed_id is not None:
        return None  # somebody without an account mistyped their own address, and is still on the page that says so
    if message.channel is Channel.EMAIL:
        # where it is our account, the mail has waited long enough while others left: then it is the mail
        return "address_wrong" if fault is Fault.NUMBER_WRONG else "provider_error"
    if fault in {Fault.NUMBER_WRONG, Fault.FILTERED, Fault.ACCOUNT, Fault.REGION}:
        return fault.value
    return "provider_error" if fault in {Fault.OTHER, Fault.AWAY} else None


def _say_again(lost: _Lost, hopes: Mapping[Fault, tuple[timedelta, int]]) -> bool:
    """The same once more, where the provider's word gives hope; False where it does not."""
    if lost.message.channel is Channel.EMAIL:
        return False  # what may help is tried before a mail fails
    wait, most = hopes.get(lost.fault, (timedelta(0), 0))
    if _times_said(lost.session, lost.message) > most:
        return False
    return outbox.put(lost.session, again(lost.message, now=lost.now, due=lost.now + wait))


def _times_said(session: Session, message: Message) -> int:
    count, current = 1, message
    while current.instead_of_id is not None:
        before = session.get(Message, current.instead_of_id)
        if before is None or before.channel is not current.channel:
            break
        count, current = count + 1, before
    return count


def _say_otherwise(lost: _Lost) -> None:
    """By the person's second channel; where there is none, a coordinator is told what they do not know."""
    message, mediator = lost.message, lost.mediator
    if mediator is None:
        return
    if message.kind == QUESTION:
        _ask_otherwise(lost, mediator)
        return
    twins = _on_another_channel(lost.session, message)
    if twins - GONE:
        return
    if message.channel is Channel.SMS and mediator.email and not twins:
        _write_instead(lost, mediator)
        return
    held = _say_again(lost, HELD)
    if lost.appointment is not None and lost.appointment.starts_at > lost.now and not (held and _is_held(lost)):
        lost.alert("not_reached", f"not_reached:{lost.appointment.id}:{mediator.id}")


def _ask_otherwise(lost: _Lost, mediator: Mediator) -> None:
    session, now, message = lost.session, lost.now, lost.message
    if lost.fault is Fault.OPTED_OUT:
        return
    offer = session.execute(select(Offer).where(Offer.id == message.offer_id)).scalar_one()
    if message.channel is Channel.VOICE:
        # nobody picked up: the SMS waits on the phone
        letters.text_instead(session, now, lost.links, offer, message)
    elif message.channel is Channel.SMS and mediator.email:
        _write_instead(lost, mediator)
    elif can_call(session) and message.instead_of_id is None:
        letters.call_about(session, now, offer, expires_at=message.expires_at, instead_of=message)


def _on_another_channel(session: Session, message: Message) -> set[MessageStatus]:
    """How the same fares that is said on another channel anyway, as confirmations and announcements are."""
    if message.assignment_id is not None:
        about = Message.assignment_id == message.assignment_id
    elif message.announcement_id is not None:
        about = Message.announcement_id == message.announcement_id
    else:
        return set()
    same = (about, Message.mediator_id == message.mediator_id)
    twin = (Message.kind == message.kind, Message.channel != message.channel)
    return set(session.scalars(select(Message.status).where(*same, *twin)))


def _write_instead(lost: _Lost, mediator: Mediator) -> None:
    pool = mediator.pool
    words = texts.second_channel(
        recipient_name=mediator.name,
        text=lost.message.body,
        pool_name=pool.name,
        contact=pool.phone or pool.email,
        language=spoken(mediator.locale),
    )
    outbox.put(lost.session, again_by_mail(lost.message, mediator, words, now=lost.now))
