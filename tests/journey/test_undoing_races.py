"""Undoing at the same moment as somebody answers, as the SMS leaves, or as somebody else undoes."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from app.errors import JourneyError
from app.journey import answering, by_hand, undoing
from app.journey.history import mediator_actor
from app.journey.undoing import Undone
from app.models import Mediator, Role
from app.worker import jobs
from tests.world import World

PATIENCE = 60
ROUNDS = 4


@pytest.fixture
def asked(world: World) -> Callable[[], tuple[int, int, int]]:
    """Ask somebody who is never free about another appointment each time; gives appointment, person and step."""
    amira = world.mediator("Amira", "kmr", availability=())
    days = iter(range(2, 60))

    def ask() -> tuple[int, int, int]:
        appointment = world.appointment("kmr", world.now + timedelta(days=next(days), hours=3))
        world.work()
        with world.change() as session:
            person, who = session.get_one(Mediator, amira), world.staff(session, Role.COORDINATOR)
            step = by_hand.ask(session, world.now, world.links, appointment, person, who).id
        return appointment, amira, step

    return ask


def at_once(*steps: Callable[[], object]) -> list[object]:
    """What each of them gives, or the code of what it raises, when all begin together."""
    barrier, said = threading.Barrier(len(steps)), dict[int, object]()

    def run(place: int) -> None:
        barrier.wait(PATIENCE)
        try:
            said[place] = steps[place]()
        except JourneyError as error:
            said[place] = error.code

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(steps))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(PATIENCE)
    return [said[place] for place in range(len(steps))]


def undo(world: World, appointment: int, step: int) -> Undone:
    with world.change() as session:
        who = world.staff(session, Role.COORDINATOR)
        return undoing.undo(session, world.now, world.links, appointment, step, who)


def test_of_many_who_undo_one_does(world: World, asked: Callable[[], tuple[int, int, int]]) -> None:
    appointment, _, step = asked()
    said = at_once(*(lambda: undo(world, appointment, step) for _ in range(4)))
    assert sorted(map(str, said)) == ["undo_done"] * 3 + ["unseen"]
    assert world.asked(appointment) == set()


def test_a_yes_and_an_undo_at_once_leave_one_of_them(world: World, asked: Callable[[], tuple[int, int, int]]) -> None:
    for _ in range(ROUNDS):
        appointment, amira, step = asked()
        world.work(seconds=11)
        with world.change() as session:
            offer = world.offer(session, appointment, amira)
            number, actor = offer.id, mediator_actor(offer.mediator)

        def say_yes(number: int = number) -> str:
            with world.change() as session:
                answering.accept(session, world.now, world.links, number, actor, "link")  # noqa: B023 - she alone answers
            return "yes"

        yes, undone = at_once(say_yes, lambda: undo(world, appointment, step))  # noqa: B023 - done within the round
        assert (yes, undone) in {("yes", "undo_answered"), ("offer_by_hand", Undone.TOLD)}
        assert world.coming(appointment) == ({"Amira"} if yes == "yes" else set())


def test_an_sms_that_leaves_meanwhile_is_never_said_to_be_unsent(
    world: World, asked: Callable[[], tuple[int, int, int]]
) -> None:
    for _ in range(ROUNDS):
        appointment, _, step = asked()
        world.now += timedelta(seconds=10)
        said = len(world.texts_to("Amira"))
        _, undone = at_once(lambda: jobs.deliver_texts(world.worker), lambda: undo(world, appointment, step))  # noqa: B023
        assert len(world.texts_to("Amira")) - said == {Undone.TOLD: 1, Undone.UNSEEN: 0}[Undone(str(undone))]
        assert world.asked(appointment) == set()
