"""Messages leave here: deliver_due() claims, sends, records.

The life of a message: `queued` until it is due; `sending` under a lease while the provider is called with no database
session open; then `sent`, back to `queued` if the provider says it did not take it, or `unknown` if nobody can say.
An unknown one is looked for at the provider and, only when it is not there, sent once more (see reconciliation.py).
Twilio has no idempotency key, so this is the only way to lose none and double none.
"""

from datetime import datetime
from functools import partial

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.clock import Clock
from app.links import Links
from app.models import Channel, Message, MessageStatus
from app.outbox import receipts
from app.outbox.claims import Transports, claim_of, lease, locked, take_next
from app.outbox.in_flight import Claim, InFlight, Tried
from app.tenancy import Begin
from notifications.messages import Call, Email, Sms
from notifications.transports.base import Receipt, TransportError

log = structlog.get_logger()


def deliver_due(
    begin: Begin,
    clock: Clock,
    transports: Transports,
    links: Links,
    worker: str,
    channel: Channel,
    in_flight: InFlight,
) -> int:
    """Send whatever is due on one channel, one message after the other; gives how many were tried.

    Any number of workers and threads may do this at the same time; a mail server that hangs holds up no SMS. What
    came of a message while the database was away is kept in `in_flight` and written down at the next call.
    """
    for tried in in_flight.unwritten():
        _write_down(begin, clock, tried, in_flight)
    claim_after = partial(_claim_after, begin, clock, links, worker, channel, in_flight)
    count, claim = 0, claim_after(None)
    while claim is not None:
        claim = claim_after(Tried(claim, _outcome(transports, claim)))
        count += 1
    return count


def _claim_after(
    begin: Begin, clock: Clock, links: Links, worker: str, channel: Channel, in_flight: InFlight, tried: Tried | None
) -> Claim | None:
    """Write down what came of one and claim the next; None if nothing more is due."""
    take = partial(_write_down_and_claim, begin, clock, links, worker, channel, in_flight)
    try:
        claim, more = take(tried)
    except Exception as error:
        if tried is None:
            raise
        # whatever went wrong, what is known of this one must not be lost with it
        log.warning("outcome_kept", message=tried.claim.id, error=type(error).__name__)
        in_flight.keep(tried)
        if not isinstance(error, DBAPIError):
            raise
        claim, more = take(None)
    while claim is None and more:
        claim, more = take(None)
    return claim


def _write_down_and_claim(
    begin: Begin, clock: Clock, links: Links, worker: str, channel: Channel, in_flight: InFlight, tried: Tried | None
) -> tuple[Claim | None, bool]:
    """Both in one transaction; gives the claim, if the first in line may leave, and whether to look again."""
    claim = None
    try:
        with begin() as session:
            now = clock()
            if tried is not None:
                _record(session, now, tried)
            claim, more = _claim_next(session, now, links, worker, channel)
            if claim is not None:
                # before the transaction ends, so that nobody finds it claimed and not in hand
                in_flight.take(claim)
    except BaseException:
        if claim is not None:
            in_flight.let_go(claim)
        raise
    if tried is not None:
        in_flight.let_go(tried.claim)
    return claim, more


def _claim_next(
    session: Session, now: datetime, links: Links, worker: str, channel: Channel
) -> tuple[Claim | None, bool]:
    message = take_next(session, now, MessageStatus.QUEUED, Message.channel == channel)
    if message is None:
        return None, False
    if message.expires_at is not None and message.expires_at <= now:
        receipts.finish(message, MessageStatus.DISCARDED, now)
        return None, True
    message.advance(MessageStatus.SENDING)
    if _is_unwelcome(message):
        # no provider would take it; what it says goes another way (see app/journey/undelivered.py)
        message.error_code = "opted_out"
        receipts.finish(message, MessageStatus.FAILED, now)
        return None, True
    message.attempts += 1
    message.claimed_at = now
    lease(message, now, worker)
    try:
        return claim_of(session, message, now, links), True
    except ValueError as error:
        # no provider could take it; left queued it would stand before all others for ever
        log.exception("message_malformed", message=message.id, kind=message.kind)
        message.error_code = f"malformed: {error}"[:40]
        receipts.finish(message, MessageStatus.FAILED, now)
        return None, True


def _is_unwelcome(message: Message) -> bool:
    """Whether it would be a text to somebody who wants none any more, but for the one that says so."""
    opted_out = message.mediator is not None and message.mediator.opted_out_at is not None
    return opted_out and message.channel is Channel.SMS and message.kind != "opted_out"


def _outcome(transports: Transports, claim: Claim) -> Receipt | TransportError:
    try:
        return _send(transports, claim.outgoing)
    except TransportError as error:
        return error
    except Exception as error:
        # a fault of ours, before or after it was taken: the next message must leave all the same
        log.exception("transport_broken", message=claim.id)
        return TransportError("unknown", f"fault: {type(error).__name__}"[:40], "the way out itself is broken")


def _write_down(begin: Begin, clock: Clock, tried: Tried, in_flight: InFlight) -> None:
    try:
        with begin() as session:
            _record(session, clock(), tried)
    except DBAPIError as error:
        log.warning("outcome_kept", message=tried.claim.id, error=type(error).__name__)
        in_flight.keep(tried)
    except BaseException:
        in_flight.let_go(tried.claim)
        raise
    else:
        in_flight.let_go(tried.claim)


def _record(session: Session, now: datetime, tried: Tried) -> None:
    claim = tried.claim
    status, code = _recorded(session, now, tried) or (None, None)
    if status is None:
        return  # a callback was faster, or the lease ran out and somebody else settled it
    log.info(
        "message_tried",
        message=claim.id,
        kind=claim.kind,
        appointment=claim.appointment_id,
        status=status.value,
        attempt=claim.attempt,
        code=code,
    )


def _recorded(session: Session, now: datetime, tried: Tried) -> tuple[MessageStatus, str | None] | None:
    """What became of the message; None where this try is not the one that it stands at."""
    claim, outcome = tried
    if isinstance(outcome, Receipt):
        own = Message.attempts == claim.attempt
        if receipts.record_step(session, now, claim.id, MessageStatus.SENDING, outcome, own):
            return MessageStatus(outcome.state), None
    message = locked(session, claim.id)
    if message.status is not MessageStatus.SENDING or message.attempts != claim.attempt:
        return None
    if isinstance(outcome, Receipt):
        receipts.record(message, now, outcome)
    else:
        receipts.record_error(session, message, now, outcome)
    return message.status, message.error_code


def _send(transports: Transports, outgoing: Sms | Email | Call) -> Receipt:
    if isinstance(outgoing, Sms):
        return transports.sms.send(outgoing)
    if isinstance(outgoing, Call):
        return transports.voice.call(outgoing)
    return transports.mail.send(outgoing)
