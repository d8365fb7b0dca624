"""The way of one appointment of the past: planned, asked, answered, handed back, cancelled, closed."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Final

from sqlalchemy.orm import Session

from app.demo.demand import Draft, Fate
from app.demo.eligibility import Fitting
from app.demo.replies import by_sms
from app.demo.timeline import Timeline
from app.journey import answering, closing, offering, offers, requesting
from app.journey.history import Actor, mediator_actor
from app.journey.locks import lock_appointment
from app.links import Links
from app.models import SEEKING, Appointment, AppointmentStatus, Offer, OfferStatus

# How many stand in line after a plan.
LINE: Final = 4
# How many of those who are asked say yes; how many of the others say no instead of nothing.
YES, NO = 0.45, 0.5
# How many answer by SMS instead of the link, and how many seats are handed back.
BY_SMS, HAND_BACK = 0.4, 0.06
# Minutes until an answer comes, on average.
THINKING: Final = 50


@dataclass
class Setting:
    """What all ways of a pool share."""

    session: Session
    links: Links
    rng: Random
    fitting: Fitting
    timeline: Timeline = field(default_factory=Timeline)
    # offer and wave of every question whose answer is decided
    decided: set[tuple[int, int]] = field(default_factory=set)


@dataclass(frozen=True)
class Way:
    """Leads one appointment through the journey; each public method is a step of the timeline."""

    setting: Setting
    draft: Draft
    id: int
    requester: Actor

    def plan(self, at: datetime) -> None:
        """Line up who could come, as the optimiser would, and ask the first."""
        session, fitting = self.setting.session, self.setting.fitting
        appointment = lock_appointment(session, self.id)
        if appointment.status not in SEEKING or appointment.starts_at <= at:
            return
        asked = {offer.mediator_id for offer in appointment.offers}
        free = [one for one in fitting.free(self.draft) if one.id not in asked]
        for rank, mediator in enumerate(free[:LINE]):
            offer = offers.offer_to(session, at, appointment, mediator)
            offer.rank = len(asked) + rank
            offer.chosen = rank < appointment.seats_open
        # looked for just now: no worker need do it again
        appointment.place_at = None
        lacking = len(free) < appointment.seats_open
        appointment.explanation = dict(fitting.reasons(self.draft)) if lacking else None
        offering.dispatch(session, at, self.setting.links, appointment, planned=True)
        self._go_on(at, appointment)

    def cancel(self, at: datetime) -> None:
        """Staff do not need it any more."""
        appointment = lock_appointment(self.setting.session, self.id)
        if appointment.starts_at <= at:
            return
        for assignment in appointment.active_assignments:
            self.setting.fitting.release(assignment.mediator_id, self.draft)
        requesting.cancel(self.setting.session, at, self.setting.links, self.id, self.requester)

    def close(self, at: datetime) -> None:
        """It has begun, or it is over."""
        if self.id in closing.past(self.setting.session, at):
            closing.close(self.setting.session, at, self.setting.links, self.id)

    def _go_on(self, at: datetime, appointment: Appointment) -> None:
        """Decide how those will answer who were asked just now; where nobody is left to wait for, plan again."""
        asked = [offer for offer in offers.current_offers(appointment) if offer.status is OfferStatus.SENT]
        new = [offer for offer in asked if (offer.id, offer.wave) not in self.setting.decided]
        for offer, yes in zip(new, self._answers(appointment, len(new)), strict=True):
            self.setting.decided.add((offer.id, offer.wave))
            self._expect(at, offer, yes=yes)
        if appointment.look_again_at is not None:
            self.setting.timeline.later(appointment.look_again_at, self._look_again)
        elif not asked and appointment.status in {AppointmentStatus.OPEN, AppointmentStatus.OFFERING}:
            self.setting.timeline.later(at + timedelta(seconds=self.setting.rng.randint(3, 9)), self.plan)

    def _look_again(self, at: datetime) -> None:
        """The next wave, if it is still due."""
        offering.look_again(self.setting.session, at, self.setting.links, self.id)
        self._go_on(at, lock_appointment(self.setting.session, self.id))

    def _answers(self, appointment: Appointment, count: int) -> list[bool]:
        """Who says yes; where somebody is to be found, the last in line do."""
        if self.draft.fate is not Fate.FILLED:
            return [False] * count
        in_line = any(offer.status is OfferStatus.PLANNED for offer in offers.current_offers(appointment))
        sure = 0 if in_line else appointment.seats_open
        return [self.setting.rng.random() < YES or place < sure for place in range(count)]

    def _expect(self, at: datetime, offer: Offer, *, yes: bool) -> None:
        due = offer.due_at or at
        thinking = timedelta(minutes=1 + self.setting.rng.expovariate(1 / THINKING))
        if yes or self.setting.rng.random() < NO:
            step = partial(self._answer, offer, yes=yes)
            self.setting.timeline.later(at + min(thinking, (due - at) * 0.9), step)
        self.setting.timeline.later(due, partial(self._silence, offer))

    def _answer(self, offer: Offer, at: datetime, *, yes: bool) -> None:
        session, fitting, rng = self.setting.session, self.setting.fitting, self.setting.rng
        if offer.status is not OfferStatus.SENT:
            return
        yes = yes and fitting.still_free(self.draft, offer.mediator_id)
        via = "sms" if rng.random() < BY_SMS else "link"
        if via == "sms":
            by_sms(session, at, offer, yes=yes)
        actor = mediator_actor(offer.mediator)
        if yes:
            answering.accept(session, at, self.setting.links, offer.id, actor, via)
            fitting.take(offer.mediator_id, self.draft)
            self._perhaps_hand_back(at, offer)
        else:
            answering.decline(session, at, self.setting.links, offer.id, actor, via)
        self._go_on(at, offer.appointment)

    def _silence(self, offer: Offer, at: datetime) -> None:
        if offer.status is OfferStatus.SENT:
            offering.close(self.setting.session, at, self.setting.links, offer.id)
        self._go_on(at, offer.appointment)

    def _perhaps_hand_back(self, at: datetime, offer: Offer) -> None:
        left = offer.appointment.starts_at - at
        if self.setting.rng.random() < HAND_BACK and left > timedelta(days=3):
            when = at + left * self.setting.rng.uniform(0.2, 0.5)
            self.setting.timeline.later(when, partial(self._hand_back, offer))

    def _hand_back(self, offer: Offer, at: datetime) -> None:
        others = [one for one in self.setting.fitting.free(self.draft) if one.id != offer.mediator_id]
        if offer.status is not OfferStatus.ACCEPTED or not others:
            return
        self.setting.fitting.release(offer.mediator_id, self.draft)
        answering.hand_back(self.setting.session, at, self.setting.links, offer.id, mediator_actor(offer.mediator))
        self._go_on(at, offer.appointment)
