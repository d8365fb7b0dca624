"""Whom to ask now, about one appointment or many: as few as reach the pool's target, within everybody's limits.

How many that is follows from how likely each says yes before the answers are due (scheduler/waves/next_wave.py). What
is looked up is looked up for all of the appointments together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.journey import history
from app.journey.history import SERVICE
from app.journey.locks import lock_mediators
from app.journey.offers import Question, clashes, current_offers, may_be_asked, send
from app.journey.timing import acceptance
from app.journey.timing.contact_hours import Limits, phones_ring
from app.journey.timing.deadlines import SHORTEST, answer_deadline, fallback_deadline, last_call
from app.links import Links
from app.models import Appointment, Offer, OfferStatus
from scheduler.model.participants import CHANCE
from scheduler.waves import next_wave as sizing
from scheduler.waves.acceptance import Acceptance
from scheduler.waves.next_wave import SHORTEST_PROMISE, Candidate, Waiting, promise


@dataclass(frozen=True)
class Search:
    """Where the search for an appointment's people stands."""

    appointment: Appointment
    limits: Limits
    acceptance: Acceptance
    # questions that are out, and who may be asked next with the instant from which on
    asked: list[Offer]
    line: list[tuple[Offer, datetime]]
    # who could come but may not be written to before it begins
    resting: int

    @property
    def is_at_an_end(self) -> bool:
        """Whether nobody is asked, nor may be."""
        return not self.asked and not self.line

    def likely(self, now: datetime) -> float | None:
        """How likely it ends well by the time the answers are due; None where nobody is or may be asked."""
        if self.is_at_an_end:
            return None
        appointment = self.appointment
        return sizing.likely(
            self._candidates(now),
            self._waiting(),
            seats=appointment.seats_open,
            now=now,
            deadline=appointment.answer_by or appointment.starts_at,
            answered=self.acceptance.answered,
            target=appointment.pool.fill_target / 100,
        )

    def next_wave(self, now: datetime, until: datetime, *, at_least: int) -> sizing.Wave:
        """Whom of the line to ask now so that somebody has probably said yes by then."""
        return sizing.next_wave(
            self._candidates(now),
            self._waiting(),
            seats=self.appointment.seats_open,
            now=now,
            deadline=until,
            answered=self.acceptance.answered,
            target=self.appointment.pool.fill_target / 100,
            at_least=at_least,
        )

    def chance(self, offer: Offer, sent: datetime) -> float:
        """The chance that whom it asks, asked then, ever says yes."""
        return self.acceptance.chance(str(offer.mediator_id), sent, self.appointment.starts_at)

    def _candidates(self, now: datetime) -> list[Candidate]:
        asked = ((offer, max(now, at)) for offer, at in self.line)
        return [Candidate(self.chance(offer, at), at) for offer, at in asked]

    def _waiting(self) -> list[Waiting]:
        return [Waiting(one.chance or CHANCE, one.sent_at) for one in self.asked if one.sent_at is not None]


def ask_next(
    session: Session, now: datetime, links: Links, appointments: Sequence[Appointment], *, refused: bool = False
) -> list[tuple[Search, int]]:
    """Ask the next wave about each; gives where each search stood, and how many were asked.

    Leaves on each appointment when to look again. With `refused`, at least one more is asked at once. The caller holds
    the appointments; who is asked is held from here on.
    """
    if not appointments:
        return []
    pools = {one.pool_id: one.pool for one in appointments}
    people = {offer.mediator_id for one in appointments for offer in _in_line(one)}
    rings = phones_ring(session)
    limits = Limits.of(session, now, pools.values(), people, rings=rings)
    learned = {pool_id: acceptance.of_pool(pool) for pool_id, pool in pools.items()}
    busy = clashes(session, people, appointments)
    waves: list[tuple[Search, list[Offer]]] = []
    for one in appointments:
        free = [offer for offer in _in_line(one) if may_be_asked(offer) and (offer.mediator_id, one.id) not in busy]
        search = _search(now, one, free, limits[one.pool_id], learned[one.pool_id])
        chosen = _choose(now, search, refused=refused) if search.line else []
        for offer in chosen:
            search.limits.note(offer.mediator_id, now)
        waves.append((search, chosen))
    chosen_people = {offer.mediator_id for _, chosen in waves for offer in chosen}
    if not chosen_people:
        return [(search, 0) for search, _ in waves]
    # somebody else's wave may have used up their patience since we looked
    lock_mediators(session, chosen_people)
    fresh = Limits.of(session, now, pools.values(), chosen_people, rings=rings)
    asked = [_not_asked_meanwhile(now, search, chosen, fresh[search.appointment.pool_id]) for search, chosen in waves]
    questions = [
        one for (search, _), offers in zip(waves, asked, strict=True) for one in _put(session, now, search, offers)
    ]
    send(session, now, links, questions)
    return [(search, len(offers)) for (search, _), offers in zip(waves, asked, strict=True)]


def _in_line(appointment: Appointment) -> list[Offer]:
    return [one for one in current_offers(appointment) if one.status is OfferStatus.PLANNED]


def _search(
    now: datetime, appointment: Appointment, free: Sequence[Offer], limits: Limits, learned: Acceptance
) -> Search:
    latest = last_call(now, appointment.starts_at)
    allowed = ((one, limits.earliest(one.mediator, appointment)) for one in free)
    line = [] if _is_another_tried(now, appointment) else [(one, at) for one, at in allowed if at and at < latest]
    out = (one for one in current_offers(appointment) if one.status is OfferStatus.SENT)
    asked = [one for one in out if one.due_at is None or one.due_at > now]
    return Search(appointment, limits, learned, asked, line, len(free) - len(line))


def _is_another_tried(now: datetime, appointment: Appointment) -> bool:
    """Whether nobody more is asked, for it is time to try the next way out."""
    return appointment.fall_back_at is not None and appointment.fall_back_at <= now


def _choose(now: datetime, search: Search, *, refused: bool) -> list[Offer]:
    """The next wave of somebody in line; leaves on the appointment until when it waits and when to look again."""
    appointment = search.appointment
    begins = max(now, min(at for _, at in search.line))
    _leave_time_to_ask(search, now, begins)
    if appointment.answer_by is None or appointment.answer_by - begins < SHORTEST:
        appointment.answer_by = answer_deadline(begins, appointment.starts_at, ZoneInfo(appointment.pool.timezone))
    tried_until = appointment.fall_back_at or appointment.answer_by
    appointment.answer_by = min(appointment.answer_by, tried_until)
    until = promise(begins, appointment.answer_by)
    if appointment.urgent:
        until = min(until, begins + SHORTEST_PROMISE)
    wave = search.next_wave(now, until, at_least=1 if refused else 0)
    appointment.look_again_at = wave.again and min(wave.again, appointment.fall_back_at or wave.again)
    return [search.line[index][0] for index in wave.ask]


def _leave_time_to_ask(search: Search, now: datetime, begins: datetime) -> None:
    """While everybody rests nobody can say no: the next way out begins half the time after the first may be asked."""
    appointment, next_way = search.appointment, search.appointment.fall_back_at
    if next_way is not None and not search.asked and begins > now and next_way < begins + SHORTEST:
        appointment.fall_back_at = fallback_deadline(begins, appointment.starts_at, ZoneInfo(appointment.pool.timezone))


def _not_asked_meanwhile(now: datetime, search: Search, chosen: Sequence[Offer], limits: Limits) -> list[Offer]:
    """Those who may still be asked."""
    asked: list[Offer] = []
    for one in chosen:
        at = limits.earliest(one.mediator, search.appointment)
        if at is not None and at <= now:
            asked.append(one)
            limits.note(one.mediator_id, now)
    if len(asked) < len(chosen):
        search.appointment.look_again_at = now
    return asked


def _put(session: Session, now: datetime, search: Search, offers: Sequence[Offer]) -> list[Question]:
    """The questions of a wave, with a line about them."""
    if not offers:
        return []
    appointment = search.appointment
    number = next_number(appointment)
    due = now + SHORTEST if appointment.answer_by is None else appointment.answer_by
    due = max(due, min(now + SHORTEST, last_call(now, appointment.starts_at)))
    history.record(session, now, "wave_sent", SERVICE, appointment, wave=number, count=len(offers))
    return [Question(one, search.chance(one, now), number, due) for one in offers]


def next_number(appointment: Appointment) -> int:
    """That of the next wave about it."""
    return max((offer.wave for offer in appointment.offers), default=0) + 1
