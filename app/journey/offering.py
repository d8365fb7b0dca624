"""From a plan to questions: waves of offers, their deadlines, and the next in line when somebody is silent."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app import outbox
from app.errors import AlreadyTaken, NoLongerOpen
from app.journey import confirming, history, letters
from app.journey.history import SERVICE, Actor
from app.journey.seeking import lock_appointment, lock_mediator, lock_offer, request_plan
from app.links import Links
from app.models import (
    SEEKING,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    Mediator,
    MediatorStatus,
    Message,
    MessageStatus,
    Offer,
    OfferStatus,
    Withdrawal,
)

SHORT_NOTICE = timedelta(hours=24)
EXTRA_ALTERNATES_AT_SHORT_NOTICE = 2
SHORTEST_DEADLINE = timedelta(minutes=20)
LONGEST_DEADLINE = timedelta(hours=12)
# Staff must hear of it before the client sits there.
LAST_CALL = timedelta(minutes=5)
QUARTER = timedelta(minutes=15)
MORNING, EVENING = time(8, 30), time(21, 0)
MORNING_LEAD = timedelta(hours=3)


def answer_deadline(now: datetime, starts_at: datetime, zone: ZoneInfo) -> datetime:
    """Until when a question waits: a sixth of the time left, between 20 minutes and 12 hours, not up to the start.

    Rounded up to a quarter of an hour where there is time; one that would end at night waits for the morning, unless
    the appointment itself is then too near.
    """
    patience = min(max((starts_at - now) / 6, SHORTEST_DEADLINE), LONGEST_DEADLINE)
    latest = starts_at - LAST_CALL if starts_at - now > 2 * LAST_CALL else starts_at
    due = now + patience
    if patience > SHORTEST_DEADLINE:
        due += -timedelta(minutes=due.minute, seconds=due.second, microseconds=due.microsecond) % QUARTER
        morning = _morning_after(due, zone)
        if starts_at - morning >= MORNING_LEAD:
            due = morning
    return min(due, latest)


def _morning_after(due: datetime, zone: ZoneInfo) -> datetime:
    """The same instant by day; half past eight of the morning that follows, by night (21:00 to 8:30)."""
    local = due.astimezone(zone)
    if MORNING <= local.time() < EVENING:
        return due
    day = local.date() if local.time() < MORNING else local.date() + timedelta(days=1)
    return datetime.combine(day, MORNING, zone).astimezone(UTC)


def current_offers(appointment: Appointment) -> list[Offer]:
    """The offers about the appointment at its present time, best first."""
    return [offer for offer in appointment.offers if offer.round == appointment.round]


def dispatch(session: Session, now: datetime, links: Links, appointment: Appointment, *, planned: bool) -> None:
    """Ask as many as the open seats need, with alternates; the caller holds the appointment.

    `planned` says that a plan has just looked: then nobody left means unfilled; otherwise it means a wish for a plan.
    """
    if appointment.status not in SEEKING or appointment.starts_at <= now or appointment.seats_open == 0:
        return
    offers = current_offers(appointment)
    asked = [offer for offer in offers if offer.status is OfferStatus.SENT]
    waiting = [offer for offer in offers if offer.status is OfferStatus.PLANNED and _may_come(session, offer)]
    wave = waiting[: max(0, _wanted(session, now, appointment) - len(asked))]
    number = max((offer.wave for offer in offers), default=0) + 1
    for offer in wave:
        _send(session, now, links, offer, number)
    if wave:
        history.record(session, now, "wave_sent", SERVICE, appointment, wave=number, count=len(wave))
    if asked or wave:
        appointment.advance(AppointmentStatus.OFFERING)
    elif planned:
        give_up(session, now, links, appointment)
    else:
        request_plan(session, now, "exhausted", appointment.pool_id)


def ask(session: Session, now: datetime, links: Links, appointment_id: int, mediator: Mediator, actor: Actor) -> Offer:
    """A coordinator asks one more person by hand.

    Raises AlreadyTaken where no seat is open, NoLongerOpen where the person was asked already or it is too late.
    """
    appointment = lock_appointment(session, appointment_id)
    if appointment.status is AppointmentStatus.FILLED:
        raise AlreadyTaken("already_taken")
    if appointment.status not in SEEKING or appointment.starts_at <= now:
        raise NoLongerOpen("appointment_over")
    if mediator.opted_out_at is not None:
        raise NoLongerOpen("opted_out")
    offer = offer_to(session, now, appointment, mediator)
    if offer.status not in {OfferStatus.PLANNED, OfferStatus.WITHDRAWN}:
        raise NoLongerOpen("asked_already")
    _send(session, now, links, offer, max((other.wave for other in current_offers(appointment)), default=0) + 1)
    appointment.advance(AppointmentStatus.OFFERING)
    history.record(session, now, "asked_by_hand", actor, appointment, mediator, name=mediator.name)
    return offer


def offer_to(session: Session, now: datetime, appointment: Appointment, mediator: Mediator) -> Offer:
    """The offer of this appointment, at its present time, to that person; made, as planned, if there is none."""
    for offer in current_offers(appointment):
        if offer.mediator_id == mediator.id:
            return offer
    offer = Offer(
        pool_id=appointment.pool_id,
        appointment_id=appointment.id,
        mediator_id=mediator.id,
        round=appointment.round,
        rank=len(appointment.offers),
        language=spoken_language(appointment, mediator),
        created_at=now,
    )
    session.add(offer)
    session.flush()
    session.refresh(offer)
    session.expire(appointment, ["offers"])
    return offer


def spoken_language(appointment: Appointment, mediator: Mediator) -> str:
    """Which of the languages the client understands this person would interpret; the appointment's own if neither."""
    known = {skill.language for skill in mediator.skills}
    return next(
        (code for code in (appointment.language, *appointment.accepted_languages) if code in known),
        appointment.language,
    )


def overdue(session: Session, now: datetime) -> list[int]:
    """Questions past their deadline; each is closed in a transaction of its own, by close()."""
    return list(
        session.scalars(
            select(Offer.id).where(Offer.status == OfferStatus.SENT, Offer.due_at <= now).order_by(Offer.due_at)
        )
    )


def unreachable(session: Session) -> list[int]:
    """Questions whose SMS failed for good: nobody need wait for an answer."""
    about = (Message.offer_id == Offer.id, Message.kind == "offer")
    return list(
        session.scalars(
            select(Offer.id).where(
                Offer.status == OfferStatus.SENT,
                exists().where(*about, Message.status == MessageStatus.FAILED),
                ~exists().where(*about, Message.status != MessageStatus.FAILED),
            )
        )
    )


def close(session: Session, now: datetime, links: Links, offer_id: int) -> bool:
    """Silence is an answer: end a question that is overdue or unreachable and ask the next.

    False if it was answered between the look and the lock.
    """
    offer = lock_offer(session, offer_id)
    if offer.status is not OfferStatus.SENT:
        return False
    appointment = offer.appointment
    if not has_left(session, offer):
        # a provider or a worker that was away is nobody's silence: the next plan may ask them again
        take_back(session, now, offer, Withdrawal.UNSENT)
        kind = "offer_unsent"
    elif offer.due_at is not None and offer.due_at <= now:
        offer.advance(OfferStatus.EXPIRED)
        kind = "offer_expired"
    else:
        offer.withdraw(Withdrawal.UNREACHABLE)
        kind = "offer_unreachable"
    history.record(session, now, kind, SERVICE, appointment, offer.mediator, name=offer.mediator.name)
    dispatch(session, now, links, appointment, planned=False)
    return True


def withdraw_open(
    session: Session, now: datetime, appointment: Appointment, why: Withdrawal, *, keep: Offer | None = None
) -> None:
    """Take back every question that is still out, and forget who would have been next."""
    for offer in current_offers(appointment):
        if offer is keep:
            continue
        if offer.status is OfferStatus.SENT:
            take_back(session, now, offer, why)
        elif offer.status is OfferStatus.PLANNED:
            forget(session, offer)
    session.flush()
    session.expire(appointment, ["offers"])


def take_back(session: Session, now: datetime, offer: Offer, why: Withdrawal) -> None:
    """End a question that is out; its SMS does not leave any more if it has not left yet."""
    offer.withdraw(why)
    outbox.discard(session, now, Message.offer_id == offer.id, Message.kind == "offer")


def forget(session: Session, offer: Offer) -> None:
    """Take somebody out of the line; who was asked before stays on record, with their messages."""
    if offer.sent_at is None:
        session.delete(offer)
    else:
        offer.advance(OfferStatus.WITHDRAWN)


def has_left(session: Session, offer: Offer) -> bool:
    """Whether the question may have reached the phone, or never will; False while its SMS waits or was discarded."""
    waiting = (MessageStatus.QUEUED, MessageStatus.DISCARDED)
    about = select(Message.id).where(Message.offer_id == offer.id, Message.kind == "offer")
    return session.scalar(about.where(Message.status.not_in(waiting)).limit(1)) is not None


def _wanted(session: Session, now: datetime, appointment: Appointment) -> int:
    alternates = letters.pool_of(session, appointment).alternates_per_seat
    if appointment.starts_at - now < SHORT_NOTICE:
        alternates += EXTRA_ALTERNATES_AT_SHORT_NOTICE
    return appointment.seats_open * (1 + alternates)


def _may_come(session: Session, offer: Offer) -> bool:
    """Whether the plan still holds for this person: nobody gave them another assignment meanwhile."""
    mediator = offer.mediator
    if mediator.opted_out_at is not None or mediator.status is not MediatorStatus.ACTIVE:
        return False
    return not is_busy(session, offer.mediator_id, offer.appointment)


def is_busy(session: Session, mediator_id: int, appointment: Appointment) -> bool:
    """Whether the mediator has another assignment at that time."""
    clash = select(Assignment.id).where(
        Assignment.mediator_id == mediator_id,
        Assignment.state == AssignmentState.ACTIVE,
        Assignment.appointment_id != appointment.id,
        Assignment.starts_at < appointment.ends_at,
        Assignment.ends_at > appointment.starts_at,
    )
    return session.scalar(clash.limit(1)) is not None


def _send(session: Session, now: datetime, links: Links, offer: Offer, wave: int) -> None:
    lock_mediator(session, offer.mediator_id)
    offer.advance(OfferStatus.SENT)
    offer.withdrawal = None
    offer.wave = wave
    offer.sent_at = now
    zone = ZoneInfo(letters.pool_of(session, offer.appointment).timezone)
    offer.due_at = answer_deadline(now, offer.appointment.starts_at, zone)
    letters.offer_message(session, now, links, offer)


def give_up(session: Session, now: datetime, links: Links, appointment: Appointment) -> None:
    """Nobody is left to ask: say so to whoever requested it, once."""
    if appointment.status is AppointmentStatus.UNFILLED:
        return
    appointment.advance(AppointmentStatus.UNFILLED)
    history.record(session, now, "unfilled", SERVICE, appointment, reasons=appointment.explanation or {})
    confirming.announce_unfilled(session, now, links, appointment)
