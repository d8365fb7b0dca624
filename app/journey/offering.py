"""From a plan to questions: waves of offers, their deadlines, and the next wave when somebody says no or is silent.

Who is asked now is decided in waves.py. When to look again is a row, `look_again_at`, that a sweep finds.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.errors import AlreadyTaken, NoLongerOpen
from app.journey import borrowing, falling_back, history, lending, requester_news, waves
from app.journey.history import SERVICE, Actor
from app.journey.locks import lock_appointment, lock_mediator, lock_offer, request_people
from app.journey.offers import (
    AT_ONCE,
    Question,
    current_offers,
    has_left,
    may_still_leave,
    move_deadline,
    offer_to,
    send,
    take_back,
)
from app.journey.telling import alerts
from app.journey.timing import acceptance
from app.journey.timing.deadlines import answer_deadline
from app.links import Links
from app.models import (
    SEEKING,
    Appointment,
    AppointmentStatus,
    Mediator,
    Message,
    MessageStatus,
    Offer,
    OfferStatus,
    Withdrawal,
)


def dispatch(
    session: Session, now: datetime, links: Links, appointment: Appointment, *, planned: bool, refused: bool = False
) -> None:
    """Ask as many more as the pool's target needs now; the caller holds the appointment.

    `planned` says that a plan has just looked: then nobody left means unfilled; otherwise it means a wish for a plan.
    `refused` says that somebody has just said no: then at least one more is asked at once.
    """
    dispatch_all(session, now, links, [appointment], planned=planned, refused=refused)


def dispatch_all(
    session: Session,
    now: datetime,
    links: Links,
    appointments: Sequence[Appointment],
    *,
    planned: bool,
    refused: bool = False,
) -> None:
    """The same about several appointments, together."""
    for one in appointments:
        one.look_again_at = None
    seeking = [one for one in appointments if one.status in SEEKING and one.starts_at > now and one.seats_open > 0]
    for search, asked in waves.ask_next(session, now, links, seeking, refused=refused):
        search.appointment.chance = search.likely(now)
        _settle(session, now, links, search, asked=asked, planned=planned)


def _settle(session: Session, now: datetime, links: Links, search: waves.Search, *, asked: int, planned: bool) -> None:
    """Where an appointment stands after its wave."""
    appointment = search.appointment
    awaited = _wait_for_neighbour(session, now, appointment)
    if asked or search.asked or awaited:
        appointment.advance(AppointmentStatus.OFFERING)
    elif appointment.look_again_at is not None:
        # everybody rests at this hour; whoever reads "unfilled" would stop hoping
        if appointment.status is AppointmentStatus.UNFILLED:
            appointment.advance(AppointmentStatus.OPEN)
    elif planned and (appointment.place_at is not None or _is_one_overdue(appointment)):
        # changed since the plan looked, or a question is about to be closed: what follows is looked at right after that
        return
    elif planned:
        if falling_back.fall_back(session, now, appointment):
            return
        if search.resting and not appointment.is_guest:
            _tell_that_all_rest(session, now, links, appointment)
        give_up(session, now, links, appointment)
    else:
        request_people(session, now, "exhausted", appointment)


def _wait_for_neighbour(session: Session, now: datetime, appointment: Appointment) -> bool:
    """Whether a neighbour looks for somebody; then it is looked at again when the next way out is due."""
    until = appointment.borrow_until
    if until is None or not lending.is_awaited(appointment, now):
        return False
    appointment.look_again_at = min(until, appointment.look_again_at or until)
    asked = lending.out(session, appointment)
    here, there = appointment.chance or 0.0, asked.chance if asked else 0.0
    appointment.chance = 1 - (1 - here) * (1 - there)
    return True


def _is_one_overdue(appointment: Appointment) -> bool:
    """Whether a question is still out; nobody waits for an answer to it."""
    return any(one.status is OfferStatus.SENT for one in current_offers(appointment))


def due_again(session: Session, now: datetime) -> list[int]:
    """Appointments whose next wave is due; each is looked at in a transaction of its own, by look_again()."""
    due = select(Appointment.id).where(Appointment.look_again_at <= now, Appointment.status.in_(SEEKING))
    return list(session.scalars(due.order_by(Appointment.look_again_at)))


def look_again(session: Session, now: datetime, links: Links, appointment_id: int) -> None:
    """Ask the next wave if it is still due."""
    appointment = lock_appointment(session, appointment_id)
    if appointment.look_again_at is not None and appointment.look_again_at <= now:
        dispatch(session, now, links, appointment, planned=False)


def ask(
    session: Session,
    now: datetime,
    links: Links,
    appointment_id: int,
    mediator: Mediator,
    actor: Actor,
    *,
    hold: timedelta = AT_ONCE,
) -> Offer:
    """A coordinator asks one more person by hand, at any hour; the SMS leaves after `hold`.

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
    lock_mediator(session, mediator.id)
    pool = appointment.pool
    due = answer_deadline(now, appointment.starts_at, ZoneInfo(pool.timezone))
    chance = acceptance.of_pool(pool).chance(str(mediator.id), now, appointment.starts_at)
    question = Question(offer, chance, waves.next_number(appointment), due)
    # a date of a series that waits for its first one is sought for now
    appointment.waits_until = None
    send(session, now, links, [question], by_hand=True, hold=hold)
    appointment.advance(AppointmentStatus.OFFERING)
    history.record(session, now, "asked_by_hand", actor, appointment, mediator, name=mediator.name)
    return offer


def withdraw(
    session: Session,
    now: datetime,
    links: Links,
    appointment_id: int,
    mediator: Mediator,
    actor: Actor,
    *,
    hold: timedelta = AT_ONCE,
) -> None:
    """A coordinator takes back a question: an SMS that waits does not leave, no plan asks again.

    The next are asked, after `hold`. Raises NoLongerOpen where the person has answered, or was not asked.
    """
    appointment = lock_appointment(session, appointment_id)
    asked = (one for one in current_offers(appointment) if one.mediator_id == mediator.id)
    offer = next((one for one in asked if one.status is OfferStatus.SENT), None)
    if offer is None:
        raise NoLongerOpen("not_asked")
    take_back(session, now, offer, Withdrawal.BY_HAND)
    history.record(session, now, "withdrawn_by_hand", actor, appointment, mediator, name=mediator.name)
    if hold:
        appointment.look_again_at = now + hold
    else:
        dispatch(session, now, links, appointment, planned=False)


def overdue(session: Session, now: datetime) -> list[int]:
    """Questions past their deadline; each is closed in a transaction of its own, by close()."""
    return list(
        session.scalars(
            select(Offer.id).where(Offer.status == OfferStatus.SENT, Offer.due_at <= now).order_by(Offer.due_at)
        )
    )


def unreachable(session: Session) -> list[int]:
    """Questions that reached nobody on any channel: nobody need wait for an answer."""
    about = (Message.offer_id == Offer.id, Message.kind == "offer")
    lost = (Message.status == MessageStatus.FAILED) & Message.settled_at.is_not(None)
    return list(
        session.scalars(
            select(Offer.id).where(
                Offer.status == OfferStatus.SENT, exists().where(*about, lost), ~exists().where(*about, ~lost)
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
    kind = _end(session, now, offer)
    history.record(session, now, kind, SERVICE, appointment, offer.mediator, name=offer.mediator.name)
    if kind != "deadline_moved":
        dispatch(session, now, links, appointment, planned=False)
    return True


def _end(session: Session, now: datetime, offer: Offer) -> str:
    """How a question ends that nobody answered, as a kind of event."""
    appointment = offer.appointment
    if may_still_leave(session, offer):
        zone = ZoneInfo(appointment.pool.timezone)
        later = answer_deadline(now, appointment.starts_at, zone)
        if later > now:
            move_deadline(session, offer, later)
            appointment.answer_by = max(later, appointment.answer_by or later)
            return "deadline_moved"
    if not has_left(session, offer):
        # a provider or a worker that was away is nobody's silence: the next plan may ask them again
        take_back(session, now, offer, Withdrawal.UNSENT)
        return "offer_unsent"
    if offer.due_at is not None and offer.due_at <= now:
        offer.advance(OfferStatus.EXPIRED)
        offer.ended_at = now
        return "offer_expired"
    offer.withdraw(Withdrawal.UNREACHABLE, now)
    return "offer_unreachable"


def give_up(session: Session, now: datetime, links: Links, appointment: Appointment) -> None:
    """Nobody is left to ask: say so to whoever requested it, once."""
    if appointment.status is AppointmentStatus.UNFILLED:
        return
    appointment.advance(AppointmentStatus.UNFILLED)
    appointment.chance = None
    falling_back.end(session, now, appointment)
    if appointment.is_guest:
        borrowing.gave_up(session, now, appointment)
    history.record(session, now, "unfilled", SERVICE, appointment, reasons=appointment.explanation or {})
    requester_news.unfilled(session, now, links, appointment)


def _tell_that_all_rest(session: Session, now: datetime, links: Links, appointment: Appointment) -> None:
    alerts.raise_alert(
        session,
        now,
        links,
        appointment.pool_id,
        "nobody_may_be_asked",
        f"resting:{appointment.id}:{appointment.round}",
        appointment=appointment,
        starts=appointment.starts_at.isoformat(),
    )
