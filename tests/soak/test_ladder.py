"""The fallback ladder among everything else that may happen: nobody asked twice for one time, nobody left on a rung."""

from collections import Counter, defaultdict
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from sqlalchemy import select

from app.errors import JourneyError
from app.journey import answering, guests, requesting
from app.journey.falling_back import barrier
from app.journey.history import SERVICE
from app.journey.timing.deadlines import last_call
from app.models import (
    RUNGS,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    BorrowedSeat,
    FallbackStep,
    Lending,
    Offer,
    OfferStatus,
    Rung,
    StepState,
)
from app.registry import lending_agreements
from app.registry.lending_agreements import AgreementData
from app.tenancy import across_pools
from app.transaction import transaction
from tests.soak.conftest import Figures
from tests.soak.scale import scaled
from tests.soak.test_any_order import Any_Order, run_in_any_order
from tests.world import TOWN_HALL, World

RUNS = scaled(12, 400)
STEPS = scaled(30, 40)
FAR_AWAY = (52.52, 13.405)
# those that make a step: a device is only kept
CHANGING = tuple(rung for rung in RUNGS if rung is not Rung.DEVICE)
WAYS = st.sets(st.sampled_from([rung.value for rung in RUNGS])).map(sorted).map(tuple)


@pytest.mark.soak
def test_no_order_of_events_leaves_anybody_on_a_rung(
    sqlite_template: Path, tmp_path: Path, now: Any, figures: Figures
) -> None:
    steps = run_in_any_order(WithLadder, sqlite_template, tmp_path, now, runs=RUNS, length=STEPS)
    said = {"yes", "no", "cancel", "move", "permit", "rule", "neighbour yes", "agreement withdrawn"}
    assert said | {*CHANGING} <= steps.keys()
    figures("runs x steps", f"{RUNS} x {STEPS}")
    for rung in CHANGING:
        figures(f"rung {rung} taken", steps[rung])


class Dead(Exception):
    """The worker is no more."""


class WithLadder(Any_Order):
    """The same small town, in which some live far away or speak another language, and ways out are permitted."""

    def __init__(self) -> None:
        super().__init__()
        self.moves = Counter[int]()
        # who was asked about which appointment at which start, since how many moves by staff -> the questions (ids)
        self.asked: dict[tuple[object, ...], set[int]] = defaultdict(set)
        self.noted: set[int] = set()
        self.taken: set[int] = set()

    @initialize()
    def settle(self) -> None:
        self.people = [
            self.world.mediator("Near", "kmr"),
            self.world.mediator("Far", "kmr", home=FAR_AWAY, max_travel_minutes=30),
            self.world.mediator("Other", "tur"),
            self.world.mediator("Both", "kmr", "tur", modes=("phone",)),
            self.world.mediator("Second", "tur"),
        ]
        self.abroad = World.build(self.world.app, self.world.now, key="hagen")
        self.abroad.ways = self.world.ways
        self.abroad.mediator("Abroad", "kmr", "tir")
        self.abroad.mediator("Beyond", "tir", "tur")
        self.agree(True)
        self.climb(26, 1, ("language", "mode", "time"), 4, "kmr")
        self.climb(28, 2, ("neighbour",), 4, "tir")
        self.world.work()

    @rule(
        target=Any_Order.appointments,
        hours=st.integers(1, 60),
        seats=st.integers(1, 2),
        ways=WAYS,
        later=st.integers(-8, 40),
        language=st.sampled_from(("kmr", "kmr", "tir")),
    )
    def climb(self, hours: int, seats: int, ways: tuple[str, ...], later: int, language: str) -> int:
        """Staff request with ways out; Tigrinya is spoken by the neighbour's people alone."""
        starts = self.world.now + timedelta(hours=hours)
        other = starts + timedelta(hours=later or 1)
        return self.world.appointment(
            language, starts, place=TOWN_HALL, mediators_needed=seats, fallbacks=ways, fallback_languages=("tur",),
            other_starts=(other,) if other > self.world.now else (),
        )  # fmt: skip

    @rule(appointment=Any_Order.appointments, ways=WAYS)
    def permit(self, appointment: int, ways: tuple[str, ...]) -> None:
        def change(session: Any, now: Any, links: Any, number: int, actor: Any) -> None:
            requesting.change(session, now, links, number, {"fallbacks": ways}, actor)

        self._step("permit", change, appointment)

    @rule(forbidden=st.dictionaries(st.sampled_from([one.value for one in RUNGS]), st.just(["other"]), max_size=2))
    def rules_change(self, forbidden: dict[str, list[str]]) -> None:
        self.world.set_pool(forbidden_fallbacks=forbidden)
        self.counted["rule"] += 1

    @rule(appointment=Any_Order.appointments, hours=st.integers(-5, 30))
    def move(self, appointment: int, hours: int) -> None:
        super().move(appointment, hours)
        self.moves[appointment] += 1

    @rule(again=st.booleans())
    def agree(self, again: bool) -> None:
        """The agreement with the neighbour is withdrawn, or made again."""
        with self.abroad.change() as session:
            for one in lending_agreements.standing(session):
                lending_agreements.withdraw(session, self.world.now, self.abroad.pool_id, one.id, SERVICE)
        if not again:
            self.counted["agreement withdrawn"] += 1
            return
        wish = AgreementData(self.abroad.pool_id, ("kmr", "tur", "tir"), ("on_site", "phone"))
        with self.world.change() as session:
            offered = lending_agreements.offer(session, self.world.now, self.world.pool_id, wish, SERVICE).id
        with self.abroad.change() as session:
            lending_agreements.answer(session, self.world.now, self.abroad.pool_id, offered, SERVICE, accepted=True)

    @rule(which=st.integers(0, 9), said=st.sampled_from(("yes", "yes", "yes", "no", "back", "undo")))
    def neighbour_says(self, which: int, said: str) -> None:
        """Somebody over there answers, perhaps for the second time, or long after everything is over."""
        now, links = self.world.now, self.world.links
        with self.abroad.change() as session:
            ids = session.scalars(select(Offer.id).where(Offer.sent_at.is_not(None)).order_by(Offer.id.desc())).all()
        if not ids:
            return
        number = ids[which % len(ids)]
        try:
            with self.abroad.change() as session:
                if said == "yes":
                    answering.accept(session, now, links, number, SERVICE, "link")
                elif said == "no":
                    answering.decline(session, now, links, number, SERVICE, "link")
                elif said == "back":
                    answering.hand_back(session, now, links, number, SERVICE)
                else:
                    answering.undo(session, now, links, number, SERVICE)
        except JourneyError:
            return
        self.counted[f"neighbour {said}"] += 1

    @rule(dies=st.booleans())
    def guests_are_carried_over(self, dies: bool) -> None:
        """All of them, whether due or not: by a worker that dies before its commit, or one that does it twice."""
        with self.world.app.app_context(), transaction(None) as session, across_pools(session):
            ids = session.scalars(select(Lending.id)).all()
        for number in ids:
            with (
                suppress(Dead), self.world.app.app_context(), transaction(None) as session, across_pools(session)
            ):  # fmt: skip
                guests.bring_in_line(session, self.world.now, self.world.links, number)
                if dies:
                    raise Dead

    @invariant()
    def a_seat_is_taken_in_both_pools_or_none(self) -> None:
        with self.world.app.app_context(), transaction(None) as session, across_pools(session):
            held = session.scalars(select(BorrowedSeat).where(BorrowedSeat.ended_at.is_(None))).all()
            counted = Counter(one.appointment_id for one in held)
            for one in session.scalars(select(Appointment)):
                assert one.seats_borrowed == counted[one.id]
                assert one.seats_taken <= one.mediators_needed
            for seat in held:
                assert session.get_one(Assignment, seat.assignment_id).state is AssignmentState.ACTIVE
            known = {seat.assignment_id for seat in held}
            for asked in session.scalars(select(Lending)):
                guest = session.get_one(Appointment, asked.guest_id)
                seats = {one.id for one in guest.active_assignments}
                # whoever is not expected any more is told by the next sweep
                assert seats <= known or asked.due_at is not None

    @invariant()
    def nobody_is_asked_twice_for_one_time(self) -> None:
        with self.world.change() as session:
            for offer in session.scalars(select(Offer).where(Offer.sent_at.is_not(None)).order_by(Offer.id)):
                number = offer.appointment_id
                if offer.id in self.noted:
                    continue
                self.noted.add(offer.id)
                if offer.by_hand:
                    continue
                key = (number, offer.mediator_id, offer.appointment.starts_at, self.moves[number])
                self.asked[key].add(offer.id)
                answered = [session.get_one(Offer, one) for one in self.asked[key] if one != offer.id]
                again = [one.id for one in answered if one.status is not OfferStatus.WITHDRAWN]
                assert not again, f"asked again: {again}, then {offer.id}"

    @invariant()
    def every_rung_has_an_end(self) -> None:
        with self.world.change() as session:
            for step in session.scalars(select(FallbackStep)):
                if step.id not in self.taken and step.state is not StepState.SKIPPED:
                    self.taken.add(step.id)
                    self.counted[step.rung] += 1
            for one in session.scalars(select(Appointment)):
                running = [step for step in one.fallback_steps if step.state is StepState.RUNNING]
                assert len(running) <= 1
                if one.status is AppointmentStatus.UNFILLED:
                    assert not running
                    assert one.fall_back_at is None

    def teardown(self) -> None:
        """All time goes by: nothing is left undone, and where nobody was found nothing was left to try."""
        if self.people:
            self.world.ways.sms.failures.clear()
            for _ in range(12):
                self.world.work(hours=2)
                self.every_rung_has_an_end()
            self._nothing_is_left_to_try()
            with self.abroad.change() as session:
                assert session.scalars(select(Lending.id).where(Lending.due_at.is_not(None))).all() == []
        super().teardown()

    def _nothing_is_left_to_try(self) -> None:
        unfilled = select(Appointment).where(Appointment.status == AppointmentStatus.UNFILLED)
        with self.world.change() as session:
            for one in session.scalars(unfilled):
                if self.world.now < last_call(self.world.now, one.starts_at):
                    barriers = [barrier(self.world.now, one, rung, one.fallback_steps) for rung in RUNGS]
                    assert None not in barriers, f"{one.id} could still fall back: {barriers}"
