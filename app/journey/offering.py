"""From a plan to questions: waves of offers, their deadlines, and the next wave when somebody says no or is silent.

How many are asked at once follows from how likely each says yes before the answers are due: as few as reach the
pool's target (see scheduler/waves/next_wave.py). When to look again is a row, `look_again_at`, that a sweep finds.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.errors import AlreadyTaken, NoLongerOpen
from app.journey import confirming, history
from app.journey.history import SERVICE, Actor
from app.journey.locks import lock_appointment, lock_mediator, lock_mediators, lock_offer, request_people
from app.journey.offers import (
    current_offers,
    has_left,
    may_still_leave,
    move_deadline,
    offer_to,
    send,
    take_back,
    who_may_come,
)
from app.journey.telling import alerts
from app.journey.timing import acceptance
from app.journey.timing.contact_hours import Limits
from app.journey.timing.deadlines import SHORTEST, answer_deadline, last_call
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
    Pool,
    Withdrawal,
)
from scheduler.model.participants import CHANCE
from scheduler.waves.acceptance import Acceptance
from scheduler.waves.next_wave import SHORTEST_PROMISE, Candidate, Waiting, Wave, next_wave, promise


def dispatch(
    session: Session, now: datetime, links: Links, appointment: Appointment, *, planned: bool, refused: bool = False
) -> None:
    """Ask as many more as the pool's target needs now; the caller holds the appointment.

    `planned` says that a plan has just looked: then nobody left means unfilled; otherwise it means a wish for a plan.
    `refused` says that somebody has just said no: then at least one more is asked at once.
    """
    _look_at(appointment, None)
    if appointment.status not in SEEKING or appointment.starts_at <= now or appointment.seats_open == 0:
        return
    pool = appointment.pool
    search = _search(session, now, pool, appointment)
    asked = _ask_wave(session, now, links, search, refused=refused) if search.line else 0
    appointment.chance = _chance(now, search)
    if asked or search.asked:
        appointment.advance(AppointmentStatus.OFFERING)
    elif appointment.look_again_at is not None:
        # everybody rests at this hour; whoever reads "unfilled" would stop hoping
        if appointment.status is AppointmentStatus.UNFILLED:
            appointment.advance(AppointmentStatus.OPEN)
    elif planned:
        if search.resting:
            _tell_that_all_rest(session, now, links, appointment)
        give_up(session, now, links, appointment)
    else:
        request_people(session, now, "exhausted", appointment)


def _look_at(appointment: Appointment, again: datetime | None) -> None:
    appointment.look_again_at = again


@dataclass(frozen=True)
class _Search:
    """Where the search for an appointment's people stands."""

    pool: Pool
    appointment: Appointment
    limits: Limits
    acceptance: Acceptance
    # questions that are out, and who may be asked next with the instant from which on
    asked: list[Offer]
    line: list[tuple[Offer, datetime]]
    # who could come but may not be written to before it begins
    resting: int


def _search(session: Session, now: datetime, pool: Pool, appointment: Appointment) -> _Search:
    offers = current_offers(appointment)
    limits = Limits.of(session, now, pool)
    waiting = who_may_come(session, [one for one in offers if one.status is OfferStatus.PLANNED], appointment)
    latest = last_call(now, appointment.starts_at)
    allowed = [(one, limits.earliest(one.mediator, appointment)) for one in waiting]
    line = [(one, at) for one, at in allowed if at is not None and at < latest]
    asked = [one for one in offers if one.status is OfferStatus.SENT and (one.due_at is None or one.due_at > now)]
    return _Search(pool, appointment, limits, acceptance.of_pool(pool), asked, line, len(waiting) - len(line))


def _ask_wave(session: Session, now: datetime, links: Links, search: _Search, *, refused: bool) -> int:
    """Ask the next wave; gives how many were asked, and leaves on the appointment when to look again."""
    appointment = search.appointment
    zone = ZoneInfo(search.pool.timezone)
    begins = max(now, min(at for _, at in search.line))
    if appointment.answer_by is None or appointment.answer_by - begins < SHORTEST:
        appointment.answer_by = answer_deadline(begins, appointment.starts_at, zone)
    until = promise(begins, appointment.answer_by)
    if appointment.urgent:
        until = min(until, begins + SHORTEST_PROMISE)
    wave = _next_wave(now, search, until, at_least=1 if refused else 0)
    _look_at(appointment, wave.again)
    number = _next_number(appointment)
    due = max(appointment.answer_by, min(now + SHORTEST, last_call(now, appointment.starts_at)))
    chosen = [search.line[index][0] for index in wave.ask]
    asked = _not_asked_meanwhile(session, now, search, chosen)
    if len(asked) < len(chosen):
        _look_at(appointment, now)
    if asked:
        chances = {one: search.acceptance.chance(str(one.mediator_id), now, appointment.starts_at) for one in asked}
        send(session, now, links, chances, wave=number, due=due)
        history.record(session, now, "wave_sent", SERVICE, appointment, wave=number, count=len(asked))
    return len(asked)


def _next_number(appointment: Appointment) -> int:
    return max((offer.wave for offer in appointment.offers), default=0) + 1


def _next_wave(now: datetime, search: _Search, until: datetime, *, at_least: int = 0) -> Wave:
    appointment, learned = search.appointment, search.acceptance
    return next_wave(
        [
            Candidate(learned.chance(str(offer.mediator_id), max(now, at), appointment.starts_at), max(now, at))
            for offer, at in search.line
        ],
        [Waiting(one.chance or CHANCE, one.sent_at) for one in search.asked if one.sent_at is not None],
        seats=appointment.seats_open,
        now=now,
        deadline=until,
        answered=learned.answered,
        target=search.pool.fill_target / 100,
        at_least=at_least,
    )


def _chance(now: datetime, search: _Search) -> float | None:
    """How likely it ends well by the time the answers are due; None where nobody is or may be asked."""
    if not search.asked and not search.line:
        return None
    return _next_wave(now, search, search.appointment.answer_by or search.appointment.starts_at).reached


def _not_asked_meanwhile(session: Session, now: datetime, search: _Search, chosen: list[Offer]) -> list[Offer]:
    """Those whose patience no other wave has used up since we looked; they are held from here on."""
    if not chosen:
        return []
    lock_mediators(session, [one.mediator_id for one in chosen])
    limits = Limits.of(session, now, search.pool)
    earliest = ((one, limits.earliest(one.mediator, search.appointment)) for one in chosen)
    return [one for one, at in earliest if at is not None and at <= now]


def due_again(session: Session, now: datetime) -> list[int]:
    """Appointments whose next wave is due; each is looked at in a transaction of its own, by look_again()."""
    due = select(Appointment.id).where(Appointment.look_again_at <= now, Appointment.status.in_(SEEKING))
    return list(session.scalars(due.order_by(Appointment.look_again_at)))


def look_again(session: Session, now: datetime, links: Links, appointment_id: int) -> None:
    """Ask the next wave if it is still due."""
    appointment = lock_appointment(session, appointment_id)
    if appointment.look_again_at is not None and appointment.look_again_at <= now:
        dispatch(session, now, links, appointment, planned=False)


def ask(session: Session, now: datetime, links: Links, appointment_id: int, mediator: Mediator, actor: Actor) -> Offer:
    """A coordinator asks one more person by hand, at any hour.

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
    wave = _next_number(appointment)
    send(session, now, links, {offer: chance}, wave=wave, due=due)
    appointment.advance(AppointmentStatus.OFFERING)
    history.record(session, now, "asked_by_hand", actor, appointment, mediator, name=mediator.name)
    return offer


def withdraw(
    session: Session, now: datetime, links: Links, appointment_id: int, mediator: Mediator, actor: Actor
) -> None:
    """A coordinator takes back a question: an SMS that waits does not leave, no plan asks again, the next are asked.

    Raises NoLongerOpen where the person has answered, or was not asked.
    """
    appointment = lock_appointment(session, appointment_id)
    asked = (one for one in current_offers(appointment) if one.mediator_id == mediator.id)
    offer = next((one for one in asked if one.status is OfferStatus.SENT), None)
    if offer is None:
        raise NoLongerOpen("not_asked")
    take_back(session, now, offer, Withdrawal.BY_HAND)
    history.record(session, now, "withdrawn_by_hand", actor, appointment, mediator, name=mediator.name)
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
    history.record(session, now, "unfilled", SERVICE, appointment, reasons=appointment.explanation or {})
    confirming.announce_unfilled(session, now, links, appointment)


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
