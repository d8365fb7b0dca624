"""What has happened so far: every appointment goes its way through the journey itself, at the times of the past.

So history, offers, messages, links and reminders are those the service would have left. Nothing that lies after now
happens: what is still waiting then is what the worker finds when it first runs.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.demo.demand import Draft, Fate
from app.demo.fitting import Fitting
from app.demo.outgoing import deliver
from app.demo.replies import by_sms
from app.journey import answering, closing, offering, requesting
from app.journey.history import Actor, mediator_actor
from app.journey.seeking import lock_appointment
from app.links import Links
from app.models import (
    SEEKING,
    ActorKind,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    Mediator,
    Offer,
    OfferStatus,
)

# People in line after each plan, and how many answer by SMS, say no, hand back.
LINE = 4
YES, NO, BY_SMS, HAND_BACK = 0.45, 0.5, 0.4, 0.06

Step = Callable[[datetime], None]


@dataclass
class Past:
    """Plays all drafts of a pool up to `now`, in the order of time."""

    session: Session
    now: datetime
    links: Links
    rng: Random
    fitting: Fitting
    _steps: list[tuple[datetime, int, Step]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def play(self, drafts: list[Draft]) -> None:
        """Let everything happen that happened until now."""
        for draft in drafts:
            self._later(draft.requested_at, lambda at, draft=draft: self._request(at, draft))
        while self._steps and self._steps[0][0] <= self.now:
            at, _, step = heapq.heappop(self._steps)
            deliver(self.session, at)
            step(at)
        deliver(self.session, self.now)

    def _later(self, at: datetime, step: Step) -> None:
        heapq.heappush(self._steps, (at, next(self._order), step))

    def _request(self, at: datetime, draft: Draft) -> None:
        office = draft.office
        actor = Actor(ActorKind.ACCOUNT, office.account.id)
        made = requesting.request(
            self.session, at, office.organisation, draft.wanted, actor, site=office.site if draft.wanted.place else None
        )
        if draft.fate is Fate.FRESH:
            return
        way = _Way(self, draft, made.id, actor)
        self._later(at + timedelta(seconds=self.rng.randint(4, 20)), way.plan)
        if draft.cancelled_at is not None:
            self._later(draft.cancelled_at, way.cancel)
        # the journey itself knows whether it ends or only starts to be too late
        self._later(made.starts_at + timedelta(seconds=20), way.close)
        self._later(made.ends_at + timedelta(seconds=20), way.close)

    def newly_asked(self, offer: Offer) -> bool:
        """Whether this question has not been looked at since it was sent."""
        key = (offer.id, offer.wave)
        fresh = offer.status is OfferStatus.SENT and key not in self._seen
        if fresh:
            self._seen.add(key)
        return fresh


@dataclass
class _Way:
    """The way of one appointment."""

    past: Past
    draft: Draft
    id: int
    requester: Actor

    def plan(self, at: datetime) -> None:
        """Line up who could come, as the optimiser would, and ask the first."""
        appointment = lock_appointment(self.past.session, self.id)
        if appointment.status not in SEEKING or appointment.starts_at <= at:
            return
        asked = {offer.mediator_id for offer in appointment.offers}
        free = [one for one in self.past.fitting.free(self.draft) if one.id not in asked]
        for rank, mediator in enumerate(free[:LINE]):
            self._line_up(at, appointment, mediator, rank)
        lacking = len(free) < appointment.seats_open
        appointment.explanation = dict(self.past.fitting.reasons(self.draft)) if lacking else None
        offering.dispatch(self.past.session, at, self.past.links, appointment, planned=True)
        self._look_after(at, appointment)

    def cancel(self, at: datetime) -> None:
        """Staff do not need it any more."""
        for assignment in self._held():
            self.past.fitting.release(assignment.mediator_id, self.draft)
        requesting.cancel(self.past.session, at, self.past.links, self.id, self.requester)

    def close(self, at: datetime) -> None:
        """It has begun, or it is over."""
        if self.id in closing.past(self.past.session, at):
            closing.close(self.past.session, at, self.id)

    def _line_up(self, at: datetime, appointment: Appointment, mediator: Mediator, rank: int) -> None:
        offer = offering.offer_to(self.past.session, at, appointment, mediator)
        offer.rank = rank
        offer.chosen = rank < appointment.seats_open

    def _look_after(self, at: datetime, appointment: Appointment) -> None:
        """Decide how those will answer who were asked just now; where nobody is asked any more, plan again."""
        current = offering.current_offers(appointment)
        wave = [offer for offer in current if self.past.newly_asked(offer)]
        in_line = any(offer.status is OfferStatus.PLANNED for offer in current)
        filled = self.draft.fate is Fate.FILLED
        says_yes = [filled and self.past.rng.random() < YES for _ in wave]
        if filled and wave and not in_line:
            says_yes = [yes or place < appointment.seats_open for place, yes in enumerate(says_yes)]
        for offer, yes in zip(wave, says_yes, strict=True):
            self._await(at, offer, yes=yes)
        waiting = any(offer.status is OfferStatus.SENT for offer in current)
        if appointment.status in SEEKING - {AppointmentStatus.UNFILLED} and not waiting:
            self.past._later(at + timedelta(seconds=self.past.rng.randint(3, 9)), self.plan)  # noqa: SLF001 - one module

    def _await(self, at: datetime, offer: Offer, *, yes: bool) -> None:
        due = offer.due_at or at
        patience = (due - at) * 0.9
        when = at + min(timedelta(minutes=1 + self.past.rng.expovariate(1 / 50)), patience)
        offer_id = offer.id
        if yes or self.past.rng.random() < NO:
            self.past._later(when, lambda moment: self._answer(moment, offer_id, yes=yes))  # noqa: SLF001
        self.past._later(due, lambda moment: self._silence(moment, offer_id))  # noqa: SLF001

    def _answer(self, at: datetime, offer_id: int, *, yes: bool) -> None:
        past = self.past
        offer = past.session.execute(select(Offer).where(Offer.id == offer_id)).scalar_one()
        if offer.status is not OfferStatus.SENT:
            return
        yes = yes and past.fitting.still_free(self.draft, offer.mediator_id)
        via = "sms" if past.rng.random() < BY_SMS else "link"
        if via == "sms":
            by_sms(past.session, at, offer, yes=yes)
        actor = mediator_actor(offer.mediator)
        if yes:
            answering.accept(past.session, at, past.links, offer_id, actor, via)
            past.fitting.take(offer.mediator_id, self.draft)
            self._perhaps_hand_back(at, offer)
        else:
            answering.decline(past.session, at, past.links, offer_id, actor, via)
        self._look_after(at, offer.appointment)

    def _silence(self, at: datetime, offer_id: int) -> None:
        offering.close(self.past.session, at, self.past.links, offer_id)
        self._look_after(at, lock_appointment(self.past.session, self.id))

    def _perhaps_hand_back(self, at: datetime, offer: Offer) -> None:
        left = offer.appointment.starts_at - at
        if self.past.rng.random() < HAND_BACK and left > timedelta(days=3):
            offer_id = offer.id
            when = at + left * self.past.rng.uniform(0.2, 0.5)
            self.past._later(when, lambda moment: self._hand_back(moment, offer_id))  # noqa: SLF001

    def _hand_back(self, at: datetime, offer_id: int) -> None:
        offer = self.past.session.execute(select(Offer).where(Offer.id == offer_id)).scalar_one()
        if offer.status is not OfferStatus.ACCEPTED or len(self.past.fitting.free(self.draft)) < 2:
            return
        self.past.fitting.release(offer.mediator_id, self.draft)
        answering.hand_back(self.past.session, at, self.past.links, offer_id, mediator_actor(offer.mediator))
        self._look_after(at, offer.appointment)

    def _held(self) -> list[Assignment]:
        held = select(Assignment).where(
            Assignment.appointment_id == self.id, Assignment.state == AssignmentState.ACTIVE
        )
        return list(self.past.session.scalars(held))
