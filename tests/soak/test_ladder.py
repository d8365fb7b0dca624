"""The fallback ladder among everything else that may happen: nobody asked twice for one time, nobody left on a rung."""

from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from sqlalchemy import select

from app.journey import requesting
from app.journey.falling_back import barrier
from app.journey.timing.deadlines import last_call
from app.models import RUNGS, Appointment, AppointmentStatus, FallbackStep, Offer, OfferStatus, Rung, StepState
from tests.soak.conftest import Figures
from tests.soak.scale import scaled
from tests.soak.test_any_order import Any_Order, run_in_any_order
from tests.world import TOWN_HALL

RUNS = scaled(12, 400)
STEPS = scaled(30, 40)
FAR_AWAY = (52.52, 13.405)
# those that make another appointment of it: a device is kept, and no step; with no neighbour anything is agreed
CHANGING = tuple(rung for rung in RUNGS if rung not in {Rung.NEIGHBOUR, Rung.DEVICE})
WAYS = st.sets(st.sampled_from([rung.value for rung in RUNGS])).map(sorted).map(tuple)


@pytest.mark.soak
def test_no_order_of_events_leaves_anybody_on_a_rung(
    sqlite_template: Path, tmp_path: Path, now: Any, figures: Figures
) -> None:
    steps = run_in_any_order(WithLadder, sqlite_template, tmp_path, now, runs=RUNS, length=STEPS)
    assert {"yes", "no", "cancel", "move", "permit", "rule", *CHANGING} <= steps.keys()
    figures("runs x steps", f"{RUNS} x {STEPS}")
    for rung in CHANGING:
        figures(f"rung {rung} taken", steps[rung])


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
        self.climb(26, 1, ("language", "mode", "time"), 4)
        self.world.work()

    @rule(
        target=Any_Order.appointments,
        hours=st.integers(1, 60),
        seats=st.integers(1, 2),
        ways=WAYS,
        later=st.integers(-8, 40),
    )
    def climb(self, hours: int, seats: int, ways: tuple[str, ...], later: int) -> int:
        """Staff request with ways out."""
        starts = self.world.now + timedelta(hours=hours)
        other = starts + timedelta(hours=later or 1)
        return self.world.appointment(
            "kmr", starts, place=TOWN_HALL, mediators_needed=seats, fallbacks=ways, fallback_languages=("tur",),
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
        super().teardown()

    def _nothing_is_left_to_try(self) -> None:
        unfilled = select(Appointment).where(Appointment.status == AppointmentStatus.UNFILLED)
        with self.world.change() as session:
            for one in session.scalars(unfilled):
                if self.world.now < last_call(self.world.now, one.starts_at):
                    barriers = [barrier(self.world.now, one, rung, one.fallback_steps) for rung in RUNGS]
                    assert None not in barriers, f"{one.id} could still fall back: {barriers}"
