"""Outages, odd rows and awkward moments: nobody is blamed for them, and nothing stops for good."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.errors import Invalid
from app.journey import answering, offering, queueing, requesting
from app.journey.history import SERVICE
from app.journey.locks import BETTERED_AFTER
from app.journey.queueing import Planned
from app.journey.timing.deadlines import answer_deadline
from app.links import Links
from app.models import Alert, Appointment, Mediator, Offer, PlanRun, PlanRunStatus, Pool
from app.registry import mediators
from app.registry.mediator_data import data_of
from app.transaction import in_transaction
from app.worker import jobs, placing, planning
from notifications.transports import TransportError
from scheduler.model.plan import Plan
from scheduler.model.problem import Problem
from tests.world import World

BERLIN = ZoneInfo("Europe/Berlin")


def soon(world: World, hours: float = 27) -> datetime:
    return world.now + timedelta(hours=hours)


@pytest.mark.thorough
def test_an_outage_of_the_provider_is_nobodys_silence(world: World) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", soon(world))
    world.ways.sms.fail(TransportError("transient", "20003", "the account is locked", timedelta(minutes=5)), times=60)
    for _ in range(10):
        world.work(hours=1)
    world.ways.sms.failures.clear()
    world.work(minutes=6)
    assert len(world.texts_to("Amira")) == 1
    assert world.asked(appointment) == {"Amira"}


def test_a_worker_that_was_away_past_the_deadline_asks_when_it_is_back(world: World) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", soon(world))
    planning.plan(world.worker)
    world.work(hours=13)
    assert len(world.texts_to("Amira")) == 1
    assert world.asked(appointment) == {"Amira"}


def test_one_preferred_mediator_named_twice_is_refused_and_stops_no_plan(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    with pytest.raises(Invalid):
        world.appointment("kmr", preferred_mediators=(amira, amira))
    appointment = world.appointment("kmr")
    with world.change() as session:
        row = session.execute(select(Appointment).where(Appointment.id == appointment)).scalar_one()
        row.preferred_mediators = [amira, amira]
    world.work()
    assert world.asked(appointment) == {"Amira"}


@pytest.mark.thorough
def test_one_appointment_that_cannot_be_written_keeps_no_other_from_its_mediators(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.mediator("Amira", "kmr")
    world.mediator("Tarik", "tur")
    broken, sound = world.appointment("kmr"), world.appointment("tur", soon(world, 51))
    real = queueing.write_all

    def fail_at_one(
        session: Session, now: datetime, links: Links, lines: Sequence[tuple[Appointment, Planned]]
    ) -> None:
        if any(appointment.id == broken for appointment, _ in lines):
            raise RuntimeError("a fault in one row")
        real(session, now, links, lines)

    monkeypatch.setattr(queueing, "write_all", fail_at_one)
    world.work()
    assert world.asked(sound) == {"Tarik"}


def test_a_plan_that_failed_is_wished_for_again_soon(world: World) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr")
    with world.change() as session:
        run = session.execute(select(PlanRun).order_by(PlanRun.id.desc()).limit(1)).scalar_one()
        run.status = PlanRunStatus.FAILED
        for other in session.scalars(select(PlanRun).where(PlanRun.status == PlanRunStatus.QUEUED)):
            session.delete(other)
    world.work(seconds=31)
    assert world.asked(appointment) == {"Amira"}


def test_a_solver_that_always_fails_does_not_keep_the_worker_busy_for_ever(world: World) -> None:
    world.appointment("kmr")
    tried = []

    def fail(_problem: Problem, **_how: object) -> Plan:
        tried.append(1)
        raise RuntimeError("no solution in this life")

    broken = replace(world.worker, solve=fail)
    jobs.run_once(broken)
    assert len(tried) == 2, "around the appointment at once, then the whole pool"
    world.now += timedelta(seconds=31)
    jobs.run_once(replace(world.worker, solve=fail))
    assert len(tried) == 3


@pytest.mark.thorough
def test_one_question_that_cannot_be_closed_keeps_no_other_open(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Amira", "Berat", "Cem"):
        world.mediator(name, "kmr")
    first, second = world.appointment("kmr", soon(world)), world.appointment("kmr", soon(world, 51))
    world.work()
    with world.change() as session:
        stuck = {offer.id for offer in session.scalars(select(Offer).where(Offer.appointment_id == first))}
    real = offering.close

    def close_all_but_some(session: Session, now: datetime, links: Links, offer_id: int) -> bool:
        if offer_id in stuck:
            raise RuntimeError("a fault in one row")
        return real(session, now, links, offer_id)

    monkeypatch.setattr(offering, "close", close_all_but_some)
    before = world.asked(second)
    world.work(hours=20)
    assert before
    assert not world.asked(second) & before


def test_time_and_note_changed_together_keep_the_mediator(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", soon(world))
    world.work()
    world.accept(appointment, amira)
    world.work(seconds=11)
    world.edit(appointment, starts_at=soon(world, 28), note="Zimmer 12")
    assert world.coming(appointment) == {"Amira"}


def test_a_second_choice_that_has_passed_does_not_stand_in_the_way_of_a_note(world: World) -> None:
    appointment = world.appointment("kmr", soon(world, 51), other_starts=(soon(world, 3),))
    world.now += timedelta(hours=4)
    world.edit(appointment, note="Zimmer 12")


def test_a_yes_undone_after_a_change_within_the_seconds_leaves_nobody_anything_to_take_back(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", soon(world))
    world.work()
    world.accept(appointment, amira)
    world.edit(appointment, starts_at=soon(world, 28))
    world.work(seconds=5)
    with world.change() as session:
        answering.undo(session, world.now, world.links, world.offer(session, appointment, amira).id, SERVICE)
    world.work(seconds=11)
    assert [mail.subject for mail in world.ways.mail.sent if mail.to == "amira@mail.example"] == []
    assert all("Kommen Sie?" in text for text in world.texts_to("Amira")), "she is asked, for the new time, too"
    assert all("informiert" not in mail.text for mail in world.ways.mail.sent)


@pytest.mark.thorough
def test_who_has_undone_a_yes_is_asked_again_when_the_next_is_undone_too(world: World) -> None:
    amira, berat = world.mediator("Amira", "kmr"), world.mediator("Berat", "kmr")
    appointment = world.appointment("kmr", soon(world))
    world.work()
    for person in (amira, berat):
        world.accept(appointment, person)
        world.work(seconds=5)
        world.undo(appointment, person)
    assert world.asked(appointment) == {"Amira", "Berat"}
    world.work(seconds=20)
    assert len(world.texts_to("Amira")) == 1, "her question is open again, and she need not be asked anew"


@pytest.mark.thorough
def test_who_hands_back_and_comes_after_all_gets_a_higher_sequence_each_time(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", soon(world, 51))
    world.work()
    world.accept(appointment, amira)
    world.work(seconds=11)
    with world.change() as session:
        answering.hand_back(session, world.now, world.links, world.offer(session, appointment, amira).id, SERVICE)
    world.work()
    with world.change() as session:
        mediator = session.execute(select(Mediator).where(Mediator.id == amira)).scalar_one()
        answering.assign(session, world.now, world.links, appointment, mediator, SERVICE)
    world.work(seconds=11)
    calendars = [mail.calendar for mail in world.ways.mail.sent if mail.to == "amira@mail.example" and mail.calendar]
    numbers = [
        int(line.removeprefix(b"SEQUENCE:")) for one in calendars for line in one.splitlines() if b"SEQUENCE" in line
    ]
    assert len(numbers) == 3
    assert numbers == sorted(set(numbers))


@pytest.mark.thorough
def test_who_was_asked_hears_that_the_appointment_is_cancelled(world: World) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", soon(world))
    world.work()
    with world.change() as session:
        requesting.cancel(session, world.now, world.links, appointment, SERVICE)
    world.work()
    assert "wurde abgesagt" in world.texts_to("Amira")[-1]
    assert "Danke für Ihre Antwort" not in world.texts_to("Amira")[-1], "she has not answered"


@pytest.mark.thorough
def test_a_reminder_goes_to_the_number_that_is_right_now(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", soon(world, 51))
    world.work()
    world.accept(appointment, amira)
    world.work(seconds=11)
    with world.change() as session:
        row = session.execute(select(Mediator).where(Mediator.id == amira)).scalar_one()
        data = replace(data_of(row), phone="+491713920077")
        mediators.update(session, world.now, world.links, amira, data, SERVICE)
    world.work(hours=28)
    assert [sms.to for sms in world.ways.sms.sent][-1] == "+491713920077"


def test_a_pool_with_quotes_in_its_name_can_send_mail(world: World) -> None:
    with world.change() as session:
        session.execute(select(Pool)).scalar_one().name = 'Pool "Brücke" \\ Beckum'
    world.appointment("kmr")
    world.work()
    assert len(world.ways.mail.sent) == 1


def test_the_start_passes_and_the_requester_is_told(world: World) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(minutes=80))
    world.work()
    world.work(minutes=90)
    assert world.status(appointment) == "unfilled"
    assert [mail.to for mail in world.ways.mail.sent] == ["sozialamt@beckum.example"]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("text", "outcome"),
    [("JA {}", "accepted"), ("ja {} gerne!", "accepted"), ("Nein {}", "declined"), ("ja", "accepted"),
     ("Ja aber erst um 12", "not_understood"), ("vielleicht", "not_understood"), ("JA 99999", "not_understood")],
)  # fmt: skip
def test_replies_by_sms(world: World, text: str, outcome: str) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", soon(world))
    world.work()
    with world.change() as session:
        number = world.offer(session, appointment, amira).id
    assert world.write("Amira", text.format(number)) == outcome
    assert (world.status(appointment) == "filled") == (outcome == "accepted")


@pytest.mark.thorough
def test_a_yes_by_sms_after_the_deadline_is_welcome_while_nobody_else_comes(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", soon(world))
    world.work()
    with world.change() as session:
        number = world.offer(session, appointment, amira).id
    world.work(hours=6)
    assert world.status(appointment) == "unfilled"
    assert world.write("Amira", f"JA {number}") == "accepted"
    assert world.coming(appointment) == {"Amira"}


@pytest.mark.thorough
def test_stop_ends_the_open_question_and_start_brings_back(world: World) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", soon(world, 51))
    world.work()
    assert world.write("Amira", "Stopp") == "opted_out"
    world.work()
    assert world.status(appointment) == "unfilled"
    assert world.write("Amira", "START") == "opted_in"
    world.work()
    assert world.asked(appointment) == {"Amira"}


@pytest.mark.parametrize(
    ("asked", "starts", "due"),
    [
        ("2026-11-23T10:00", "2026-11-23T12:00", "2026-11-23T10:20"),
        ("2026-11-23T10:07", "2026-11-25T10:00", "2026-11-23T18:15"),
        ("2026-11-23T19:00", "2026-11-30T10:00", "2026-11-24T08:30"),
        ("2026-11-23T22:00", "2026-11-24T09:00", "2026-11-24T00:00"),
        ("2026-11-23T10:00", "2026-11-23T10:18", "2026-11-23T10:13"),
    ],
)
def test_deadlines_are_round_and_rarely_at_night(asked: str, starts: str, due: str) -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)

    assert answer_deadline(at(asked), at(starts), BERLIN) == at(due)


def test_a_deadlock_is_tried_again_and_anything_else_is_not(world: World) -> None:
    class Deadlock(Exception):
        sqlstate = "40P01"

    tries = []

    def unlucky(_session: Session) -> str:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("UPDATE", {}, Deadlock())
        return "done"

    assert in_transaction(world.worker.every_pool, unlucky) == "done"
    assert len(tries) == 3


@pytest.mark.thorough
def test_plans_that_fail_several_times_in_a_row_are_told_and_settle_by_themselves(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.appointment("kmr", soon(world, 51))
    placing.place(world.worker)
    world.now += BETTERED_AFTER
    broken = replace(world.worker, solve=_fail)
    for failed in range(4):
        planning.wish_for_plans(broken)
        planning.plan(broken)
        with world.change() as session:
            told = session.scalars(select(Alert.kind).where(Alert.resolved_at.is_(None))).all()
        assert told == ([] if failed < 2 else ["plan_failed"])
        world.now += timedelta(seconds=31)
    world.work()
    with world.change() as session:
        assert session.scalars(select(Alert.id).where(Alert.resolved_at.is_(None))).all() == []


def _fail(_problem: Problem, **_how: object) -> Plan:
    raise RuntimeError("the solver is broken")
