"""Answers by SMS on the journey: which question is meant, and what comes back."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.journey import replying, requesting
from app.journey.history import SERVICE
from app.journey.replying import Inbound
from app.models import Mediator
from app.worker import jobs
from notifications.messages import Received
from tests.world import World


@pytest.fixture
def appointment(world: World) -> int:
    world.mediator("Amira", "kmr")
    made = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.work()
    return made


@pytest.mark.parametrize("text", ["JA 1", "ja1", "Jaa!", "1 ja", "erê", "да", "نعم ١", "👍", "Ja gerne, danke"])
def test_a_yes_in_many_ways(world: World, appointment: int, text: str) -> None:
    assert world.write("Amira", text) == "accepted"
    assert world.coming(appointment) == {"Amira"}


@pytest.mark.thorough
@pytest.mark.parametrize("text", ["NEIN 1", "nien", "leider nicht", "na", "нет", "لا", "keine Zeit"])
def test_a_no_in_many_ways(world: World, appointment: int, text: str) -> None:
    assert world.write("Amira", text) == "declined"
    assert world.asked(appointment) == set()
    assert "Danke" in world.answers_to("Amira")[0]


@pytest.mark.thorough
@pytest.mark.parametrize("text", ["ja aber erst um 11", "wer ist da?", "JA 1 um 14 Uhr", "ja nein", "JA 4711"])
def test_what_could_mean_something_else_is_asked_back(world: World, appointment: int, text: str) -> None:
    assert world.write("Amira", text) == "not_understood"
    assert world.status(appointment) == "offering"
    assert "JA 1 oder NEIN 1" in world.answers_to("Amira")[0]


@pytest.mark.thorough
def test_a_yes_without_number_counts_only_if_one_question_is_open(world: World, appointment: int) -> None:
    second = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.work()
    assert world.write("Amira", "Ja") == "not_understood"
    [back] = world.answers_to("Amira")
    assert "1" in back
    assert "2" in back
    assert world.write("Amira", "JA 2") == "accepted"
    assert world.coming(second) == {"Amira"}
    assert world.write("Amira", "ja") == "accepted"
    assert world.coming(appointment) == {"Amira"}


def test_two_who_share_a_phone_answer_by_number(world: World) -> None:
    for name in ("Amira", "Berat"):
        world.mediator(name, "kmr", phone="+491713920055")
    appointment = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.ask(appointment, 1, 2)
    with world.change() as session:
        berats = world.offer(session, appointment, 2).id
        inbound = Inbound("SM1", "+491713920055", f"JA {berats}")
        assert replying.take(session, world.now, world.links, inbound) == "accepted"
    assert world.coming(appointment) == {"Berat"}


@pytest.mark.thorough
def test_a_late_yes_to_a_filled_appointment_is_thanked(world: World, appointment: int) -> None:
    world.mediator("Berat", "kmr")
    world.ask(appointment, 2)
    assert world.write("Berat", "JA") == "accepted"
    assert world.write("Amira", "JA 1") == "already_taken"
    assert "schon vergeben" in world.answers_to("Amira")[0]


def test_a_late_yes_is_welcome_while_the_seat_is_open(world: World, appointment: int) -> None:
    world.work(hours=14)
    assert world.status(appointment) == "unfilled"
    assert world.write("Amira", "JA 1") == "accepted"
    assert world.status(appointment) == "filled"


@pytest.mark.thorough
def test_help_stop_and_start(world: World, appointment: int) -> None:
    assert world.write("Amira", "HILFE") == "reply_help"
    world.work()
    assert world.write("Amira", "STOPP") == "opted_out"
    assert world.asked(appointment) == set()
    assert len(world.answers_to("Amira")) == 2
    assert world.write("Amira", "start") == "opted_in"
    world.appointment("kmr", world.now + timedelta(days=6, hours=3))
    world.work(hours=1)
    assert len(world.texts_to("Amira")) > 3


def test_a_stranger_is_not_answered(world: World, appointment: int) -> None:
    with world.change() as session:
        assert (
            replying.take(session, world.now, world.links, Inbound("SM1", "+491629999999", "JA 1")) == "unknown_sender"
        )
    world.work()
    assert not [sms for sms in world.ways.sms.sent if sms.to == "+491629999999"]
    assert world.status(appointment) == "offering"


@pytest.mark.thorough
def test_a_no_to_what_was_agreed_hands_it_back(world: World, appointment: int) -> None:
    world.write("Amira", "JA 1")
    world.work(minutes=5)
    assert world.write("Amira", "NEIN 1") == "handed_back"
    assert world.coming(appointment) == set()
    assert any("jemand" in text for text in world.answers_to("Amira"))


def test_a_reply_whose_webhook_was_lost_is_fetched_and_taken_once(world: World, appointment: int) -> None:
    with world.change() as session:
        number = session.execute(select(Mediator.phone)).scalar_one()
    world.ways.sms.inbox.append(Received("SM9", number, "JA 1", world.now))
    assert jobs.fetch_replies(world.worker) == 1
    assert world.coming(appointment) == {"Amira"}
    assert jobs.fetch_replies(world.worker) == 0


def test_after_a_cancellation_a_yes_hears_that_it_is_no_longer_open(world: World, appointment: int) -> None:
    with world.change() as session:
        requesting.cancel(session, world.now, world.links, appointment, SERVICE)
    assert world.write("Amira", "JA 1") == "appointment_cancelled"


@pytest.mark.thorough
def test_a_yes_to_the_former_time_is_told_the_new_one_and_its_number(world: World, appointment: int) -> None:
    world.edit(appointment, starts_at=world.now + timedelta(days=7, hours=3))
    assert world.write("Amira", "JA 1") == "offer_moved"
    assert "Wenn wir Sie brauchen, fragen wir neu" in world.answers_to("Amira")[-1]
    assert world.asked(appointment) == {"Amira"}
    assert world.write("Amira", "JA 1") == "offer_moved"
    told = world.answers_to("Amira")[-1]
    assert "Mo 30.11." in told
    assert "JA 2 oder NEIN 2" in told
    assert world.write("Amira", "JA 2") == "accepted"
