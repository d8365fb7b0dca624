"""What failed is said again only while it is true."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app.outbox import receipts
from app.worker import jobs
from tests.world import World

THANKS = "Danke! Ihr Einsatz"


def asked(world: World) -> int:
    """Amira is asked about an appointment in four days; gives the appointment."""
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.work()
    return appointment


def agreed(world: World) -> int:
    """Amira has said yes, and her confirmation has left."""
    appointment = asked(world)
    world.accept(appointment, 1)
    world.work(seconds=11)
    return appointment


def cancel(world: World, appointment: int) -> None:
    world.cancel(appointment)


def move(world: World, appointment: int) -> None:
    """An hour later; Amira stays."""
    world.edit(appointment, starts_at=world.now + timedelta(days=4, hours=4))


def ask_for_another_language(world: World, appointment: int) -> None:
    """Amira is no longer who is needed."""
    world.edit(appointment, language="tur")


def hand_back(world: World, appointment: int) -> None:
    world.hand_back(appointment, 1)


def fails(world: World, kind: str, code: str = "30008") -> None:
    """The provider reports that the newest SMS of this kind did not arrive."""
    newest = [one for one in world.messages(kind=kind, channel="sms") if one.sent_at][-1]
    with world.change() as session:
        receipts.record_callback(session, world.now, newest.id, "SM1", "failed", code)


def count(texts: list[str], words: str) -> int:
    return sum(words in text for text in texts)


Step = Callable[[World, int], None]
ENDS: list[Step] = [cancel, move, ask_for_another_language, hand_back]


@pytest.mark.thorough
@pytest.mark.parametrize("then", ENDS)
def test_a_confirmation_that_waits_to_be_said_again_is_taken_back(world: World, then: Step) -> None:
    appointment = agreed(world)
    fails(world, "confirmation")
    jobs.settle_failures(world.worker)
    then(world, appointment)
    world.work(minutes=3)
    assert count(world.texts_to("Amira"), THANKS) == 1


@pytest.mark.thorough
@pytest.mark.parametrize("then", ENDS)
def test_a_confirmation_whose_failure_is_heard_of_too_late_is_not_said_again(world: World, then: Step) -> None:
    appointment = agreed(world)
    world.now += timedelta(minutes=1)
    then(world, appointment)
    fails(world, "confirmation")
    world.work()
    world.work(minutes=3)
    assert count(world.texts_to("Amira"), THANKS) == 1


def test_a_change_within_the_undo_seconds_is_in_the_confirmation_and_nowhere_else(world: World) -> None:
    appointment = asked(world)
    world.accept(appointment, 1)
    world.now += timedelta(seconds=5)
    move(world, appointment)
    jobs.deliver_texts(world.worker)
    assert count(world.texts_to("Amira"), THANKS) == 0
    world.work(seconds=5)
    [confirmation] = [text for text in world.texts_to("Amira") if THANKS in text]
    assert "11:00" in confirmation
    assert count(world.texts_to("Amira"), "Geändert") == 0
    to_staff = [mail for mail in world.ways.mail.sent if mail.to == "sozialamt@beckum.example"]
    [found] = [mail for mail in to_staff if "gefunden" in mail.subject.lower()]
    assert "Amira" in found.text
    assert "11:00" in found.text


@pytest.mark.thorough
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("then", ENDS)
@pytest.mark.parametrize("code", ["30008", "30006"])
def test_a_reminder_that_failed_is_not_said_again_on_any_channel(
    world: World, then: Step, code: str, *, late: bool
) -> None:
    appointment = agreed(world)
    world.work(days=3, hours=4)
    assert count(world.texts_to("Amira"), "Erinnerung") == 1
    if late:
        then(world, appointment)
        world.now += timedelta(seconds=10)
    fails(world, "reminder_day", code)
    if not late:
        if code == "30008":
            jobs.settle_failures(world.worker)
        then(world, appointment)
    world.work(minutes=3)
    world.work(minutes=3)
    assert count(world.texts_to("Amira"), "Erinnerung") == 1
    again = [one for one in world.messages(kind="reminder_day") if one.instead_of_id and one.sent_at]
    assert again == []


@pytest.mark.thorough
@pytest.mark.parametrize("late", [False, True])
def test_a_question_that_was_taken_back_is_not_asked_again(world: World, *, late: bool) -> None:
    appointment = asked(world)
    if late:
        cancel(world, appointment)
    fails(world, "offer")
    if not late:
        jobs.settle_failures(world.worker)
        cancel(world, appointment)
    world.work(minutes=3)
    world.work(minutes=3)
    assert count(world.texts_to("Amira"), "oder JA 1/NEIN 1") == 1


@pytest.mark.thorough
def test_a_cancellation_is_not_said_again_to_somebody_who_comes_after_all(world: World) -> None:
    appointment = agreed(world)
    ask_for_another_language(world, appointment)
    world.work(seconds=1)
    fails(world, "cancelled")
    jobs.settle_failures(world.worker)
    world.edit(appointment, language="kmr")
    world.work(seconds=30)
    world.accept(appointment, 1)
    world.work(minutes=3)
    assert count(world.texts_to("Amira"), "Abgesagt") == 1


def test_what_is_still_true_is_said_again_and_belongs_to_the_same_assignment(world: World) -> None:
    agreed(world)
    fails(world, "confirmation")
    world.work()
    world.work(minutes=2)
    assert count(world.texts_to("Amira"), THANKS) == 2
    first, again = world.messages(kind="confirmation", channel="sms")
    assert again.instead_of_id == first.id
    about = ("pool_id", "appointment_id", "offer_id", "assignment_id", "mediator_id", "link_id", "recipient_name")
    assert [getattr(again, name) for name in about] == [getattr(first, name) for name in about]
    assert first.assignment_id == 1
