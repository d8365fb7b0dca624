"""Whatever happens in whatever order: nobody in two places, nobody forgotten, nothing said twice."""

import shutil
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from app.errors import JourneyError
from app.extensions import db
from app.factory import create_app
from app.journey import answering, offering, requesting
from app.journey.history import SERVICE, mediator_actor
from app.journey.request import RequestChanges
from app.models import (
    SEEKING,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    Channel,
    Mediator,
    Message,
    MessageStatus,
    Offer,
    OfferStatus,
    PlanRun,
    PlanRunStatus,
    Withdrawal,
)
from app.outbox import receipts
from app.registry.mediator_data import data_of
from app.registry.mediators import update
from app.worker import jobs, planning
from notifications.messages import Received
from notifications.transports import TransportError
from tests.conftest import config_for, in_haste
from tests.soak.conftest import Figures
from tests.soak.scale import SOAK, scaled
from tests.world import World

RUNS = scaled(40, 2000)
STEPS = scaled(40, 50)
ENDED = (AppointmentStatus.CANCELLED, AppointmentStatus.DONE, AppointmentStatus.MISSED, AppointmentStatus.FILLED)
FINAL = (MessageStatus.DELIVERED, MessageStatus.FAILED, MessageStatus.DISCARDED)
FAULTS = (
    TransportError("transient", "20429", "busy", timedelta(seconds=7)),
    TransportError("unknown", "timeout", "no answer"),
    TransportError("permanent", "21211", "no such number"),
    TransportError("permanent", "30007", "filtered"),
    TransportError("permanent", "opted_out", "wants no SMS"),
)


class Killed(BaseException):
    """The process dies here: what is in the database stays, everything else is gone."""


@pytest.mark.soak
def test_no_order_of_events_breaks_a_promise(sqlite_template: Path, tmp_path: Path, now: Any, figures: Figures) -> None:
    steps = run_in_any_order(Any_Order, sqlite_template, tmp_path, now, runs=RUNS, length=STEPS)
    assert {"yes", "no", "cancel", "hand back", "undo", "move", "died", "callback", "taken back"} <= steps.keys()
    figures("runs x steps", f"{RUNS} x {STEPS}")
    figures("events", sum(steps.values()))


def run_in_any_order(
    machine: type["Any_Order"], sqlite_template: Path, folder: Path, now: Any, *, runs: int, length: int
) -> Counter[str]:
    """Let a machine run so often, so many steps each; gives how often what happened."""
    steps = Counter[str]()
    path = folder / "pool.sqlite3"
    # one application for all runs: its templates and statements are made once
    one = in_haste(create_app(config_for(f"sqlite:///{path}")))

    class Town(machine):  # type: ignore[valid-type,misc] # which machine it is, is said by whoever calls
        template, place, app, start, counted = sqlite_template, path, one, now, steps

    limits = settings(
        max_examples=runs, stateful_step_count=length, deadline=None, derandomize=not SOAK, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    run_state_machine_as_test(Town, settings=limits)
    return steps


class Any_Order(RuleBasedStateMachine):  # noqa: N801 - reads as a name in Hypothesis' reports
    """A small town in which anything may happen next."""

    template: Path
    place: Path
    app: Flask
    start: Any
    counted: Counter[str]
    appointments = Bundle("appointments")

    def __init__(self) -> None:
        super().__init__()
        shutil.copy(self.template, self.place)
        self.world = World.build(self.app, self.start)
        self.final: dict[int, MessageStatus] = {}
        self.people: list[int] = []

    def teardown(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        for rest in self.place.parent.glob(f"{self.place.name}-*"):
            rest.unlink()

    @initialize(count=st.integers(2, 5))
    def settle(self, count: int) -> None:
        self.people = [
            self.world.mediator(f"Person{number}", "kmr", email="" if number % 2 else f"p{number}@mail.example")
            for number in range(count)
        ]
        self.world.appointment("kmr", self.world.now + timedelta(hours=26), mode="phone")
        self.world.work()

    @rule(target=appointments, hours=st.integers(1, 60), seats=st.integers(1, 2), quarter=st.integers(0, 3))
    def request(self, hours: int, seats: int, quarter: int) -> int:
        self.counted["request"] += 1
        starts = self.world.now + timedelta(hours=hours, minutes=15 * quarter)
        return self.world.appointment("kmr", starts, mode="phone", mediators_needed=seats)

    @rule(minutes=st.sampled_from((0, 1, 5, 30, 120, 600)))
    def work(self, minutes: int) -> None:
        self.counted["work"] += 1
        self.world.work(minutes=minutes)

    @rule(seconds=st.integers(1, 90))
    def time_passes(self, seconds: int) -> None:
        self.world.now += timedelta(seconds=seconds)

    @rule()
    def plan(self) -> None:
        planning.plan(self.world.worker)

    @rule(fault=st.sampled_from(FAULTS))
    def provider_fails(self, fault: TransportError) -> None:
        self.world.ways.sms.fail(fault)

    @rule()
    def worker_dies_while_sending(self) -> None:
        """After the provider took the message, before anybody wrote that down."""
        real = self.world.ways.sms.send

        def send_and_die(message: Any) -> Any:
            real(message)
            raise Killed

        planning.plan(self.world.worker)
        self.world.ways.sms.send = send_and_die  # type: ignore[method-assign]
        try:
            jobs.deliver_texts(self.world.worker)
        except Killed:
            self.counted["died"] += 1
        finally:
            self.world.ways.sms.send = real  # type: ignore[method-assign]

    @rule(which=st.integers(0, 99), via=st.sampled_from(("link", "sms", "telephone")))
    def say_yes(self, which: int, via: str) -> None:
        self._answer(which, via, "yes")

    @rule(which=st.integers(0, 99), via=st.sampled_from(("link", "sms")))
    def say_no(self, which: int, via: str) -> None:
        self._answer(which, via, "no")

    @rule(which=st.integers(0, 99))
    def undo(self, which: int) -> None:
        """Mostly the newest answer: ten seconds are over soon."""
        with self.world.change() as session:
            newest = session.scalar(
                select(Offer.id).where(Offer.answered_at.is_not(None)).order_by(Offer.answered_at.desc()).limit(1)
            )
        other = self._offer(which, OfferStatus.ACCEPTED, OfferStatus.DECLINED)
        self._step("undo", answering.undo, newest if which % 4 else other)

    @rule(which=st.integers(0, 99), said=st.sampled_from(("yes", "no")))
    def think_again(self, which: int, said: str) -> None:
        self._answer(which, "link", said)
        self.undo(1)

    @rule(which=st.integers(0, 99))
    def hand_back(self, which: int) -> None:
        self._step("hand back", answering.hand_back, self._offer(which, OfferStatus.ACCEPTED))

    @rule(appointment=appointments)
    def cancel(self, appointment: int) -> None:
        self._step("cancel", requesting.cancel, appointment)

    @rule(appointment=appointments, hours=st.integers(-5, 30))
    def move(self, appointment: int, hours: int) -> None:
        def change(session: Any, now: Any, links: Any, number: int, actor: Any) -> None:
            found = session.get_one(Appointment, number)
            changes = RequestChanges(starts_at=found.starts_at + timedelta(hours=hours))
            requesting.change(session, now, links, number, changes, actor)

        self._step("move", change, appointment)

    @rule(appointment=appointments, who=st.integers(0, 4))
    def coordinator_asks(self, appointment: int, who: int) -> None:
        try:
            self.world.ask(appointment, self._person(who))
        except JourneyError:
            return
        self.counted["asked by hand"] += 1

    @rule(which=st.integers(0, 99))
    def coordinator_takes_back(self, which: int) -> None:
        def take_back(session: Any, now: Any, links: Any, number: int, actor: Any) -> None:
            offer = session.get_one(Offer, number)
            offering.withdraw(session, now, links, offer.appointment_id, offer.mediator, actor)

        self._step("taken back", take_back, self._offer(which, OfferStatus.SENT))

    @rule(who=st.integers(0, 4), status=st.sampled_from(("active", "active", "paused", "left")), away=st.booleans())
    def mediator_changes(self, who: int, status: str, away: bool) -> None:
        with self.world.change() as session:
            mediator = session.get_one(Mediator, self._person(who))
            today = self.world.now.date()
            data = data_of(mediator)
            absences = ((today, today + timedelta(days=1)),) if away else ()
            changed = type(data)(**{**vars(data), "status": status, "absences": absences})
            update(session, self.world.now, self.world.links, mediator.id, changed, SERVICE)
        self.counted["person changed"] += 1

    @rule(state=st.sampled_from(("sent", "delivered", "failed")), code=st.sampled_from(("", "30003", "30005", "30008")))
    def callback(self, state: Any, code: str) -> None:
        with self.world.change() as session:
            left = session.scalar(
                select(Message.id)
                .where(Message.sent_at.is_not(None), Message.channel == Channel.SMS)
                .order_by(Message.id.desc())
                .limit(1)
            )
            if left is not None:
                receipts.record_callback(session, self.world.now, left, "SM1", state, code if state == "failed" else "")
                self.counted["callback"] += 1

    @invariant()
    def promises_hold(self) -> None:
        with self.world.change() as session:
            appointments = list(session.scalars(select(Appointment)))
            offers = list(session.scalars(select(Offer)))
            active = list(session.scalars(select(Assignment).where(Assignment.state == AssignmentState.ACTIVE)))
            messages = list(session.scalars(select(Message)))
            planned = session.scalar(
                select(PlanRun.id).where(PlanRun.status.in_((PlanRunStatus.QUEUED, PlanRunStatus.RUNNING))).limit(1)
            )
            self._nobody_is_in_two_places(active)
            for one in appointments:
                self._seats_are_right(one)
                self._nobody_is_forgotten(one, planned=planned is not None)
            self._who_is_asked_may_answer(offers)
            self._nothing_is_said_twice(messages)
            self._final_states_stay(messages)
            self._who_comes_is_told(active, messages)

    def _nobody_is_in_two_places(self, active: list[Assignment]) -> None:
        for one in active:
            for other in active:
                if one.id < other.id and one.mediator_id == other.mediator_id:
                    assert one.ends_at <= other.starts_at or other.ends_at <= one.starts_at

    def _seats_are_right(self, one: Appointment) -> None:
        assert len(one.active_assignments) <= one.mediators_needed
        if one.status is AppointmentStatus.FILLED:
            assert one.seats_open == 0
        if one.status in {AppointmentStatus.OPEN, AppointmentStatus.OFFERING}:
            assert one.seats_open > 0
        if one.status is AppointmentStatus.CANCELLED:
            assert not one.active_assignments

    def _nobody_is_forgotten(self, one: Appointment, *, planned: bool) -> None:
        """Whoever still needs somebody is waited for, looked at again at a known time, or soon placed or planned.

        To be placed is a row as well (`place_at`), which the sweep of placing finds whatever plans have looked before.
        """
        if one.status in {AppointmentStatus.OPEN, AppointmentStatus.OFFERING} and one.starts_at > self.world.now:
            asked = any(offer.status is OfferStatus.SENT for offer in one.offers)
            assert asked or planned or one.look_again_at is not None or one.place_at is not None

    def _who_is_asked_may_answer(self, offers: list[Offer]) -> None:
        for offer in offers:
            # nobody but a coordinator puts a question again that a coordinator took back
            assert offer.withdrawal is not Withdrawal.BY_HAND or offer.status is OfferStatus.WITHDRAWN
            if offer.status is OfferStatus.SENT:
                assert offer.appointment.status in SEEKING
                assert offer.round == offer.appointment.round
                assert offer.due_at is not None

    def _nothing_is_said_twice(self, messages: list[Message]) -> None:
        taken = Counter(sms.reference for sms in self.world.ways.sms.sent)
        for message in messages:
            assert taken[str(message.id)] <= 1 + message.unknown_outcomes + self._in_flight(message)
        questions = Counter((message.offer_id, message.dedupe_key) for message in messages if message.kind == "offer")
        assert all(count == 1 for count in questions.values())

    def _in_flight(self, message: Message) -> int:
        return 1 if message.status is MessageStatus.SENDING else 0

    def _final_states_stay(self, messages: list[Message]) -> None:
        for message in messages:
            if message.id in self.final:
                assert message.status is self.final[message.id]
            if message.status in FINAL:
                self.final[message.id] = message.status

    def _who_comes_is_told(self, active: list[Assignment], messages: list[Message]) -> None:
        for one in active:
            if one.ends_at <= self.world.now:
                continue  # a worker that was away until it was over has nobody left to tell
            about = [
                message
                for message in messages
                if message.assignment_id == one.id and message.kind in {"confirmation", "changed"}
            ]
            assert any(message.status is not MessageStatus.DISCARDED for message in about)

    def _answer(self, which: int, via: str, said: str) -> None:
        offer = self._offer(which, OfferStatus.SENT)
        if offer is None:
            return
        if via == "sms":
            self._text(offer, said)
            return

        def answer(session: Any, now: Any, links: Any, number: int, _actor: Any) -> None:
            actor = mediator_actor(session.get_one(Offer, number).mediator)
            if said == "yes":
                answering.accept(session, now, links, number, actor, via, late=via == "telephone")
            else:
                answering.decline(session, now, links, number, actor, via)

        self._step(said, answer, offer)

    def _text(self, offer: int, said: str) -> None:
        with self.world.change() as session:
            phone = session.get_one(Offer, offer).mediator.phone
        inbox = self.world.ways.sms.inbox
        words = {"yes": "JA", "no": "NEIN"}
        inbox.append(Received(f"SM{len(inbox)}", phone, f"{words[said]} {offer}", self.world.now))
        jobs.fetch_replies(self.world.worker)
        self.counted[said] += 1

    def _step(self, name: str, step: Any, number: int | None) -> None:
        if number is None:
            return
        try:
            with self.world.change() as session:
                step(session, self.world.now, self.world.links, number, SERVICE)
        except JourneyError:
            return
        self.counted[name] += 1

    def _person(self, who: int) -> int:
        return self.people[who % len(self.people)]

    def _offer(self, which: int, *statuses: OfferStatus) -> int | None:
        """One of the offers, mostly one to which this can happen, the newest first."""
        found = select(Offer.id).order_by(Offer.id.desc())
        if which % 5:
            found = found.where(Offer.status.in_(statuses))
        with self.world.change() as session:
            ids = session.scalars(found).all()
        return ids[which % len(ids)] if ids else None
