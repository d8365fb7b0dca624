"""Budgets for wrong guesses: one count over all processes, in windows of time."""

import threading
from datetime import timedelta

from sqlalchemy import select

from app import guesses
from app.guesses import Budget
from app.models import Guesses
from app.transaction import in_own_context
from tests.world import World

HOUR = timedelta(hours=1)
FEW = Budget("a password", 3, HOUR)
MANY = Budget("everything", 1000, timedelta(days=1))
PATIENCE = 60


def guess(world: World, *budgets: Budget) -> list[Budget]:
    with world.change() as session:
        return guesses.count(session, world.now, budgets)


def wait(world: World, *budgets: Budget) -> timedelta | None:
    with world.change() as session:
        until = guesses.spent_until(session, world.now, budgets)
        return until - world.now if until else None


def test_a_budget_is_spent_by_its_last_guess_and_fresh_when_its_window_ends(world: World) -> None:
    assert wait(world, FEW) is None
    assert guess(world, FEW, MANY) == []
    world.now += timedelta(minutes=20)
    assert guess(world, FEW, MANY) == []
    assert wait(world, FEW, MANY) is None
    assert guess(world, FEW, MANY) == [FEW], "told once, by the guess that spent it"
    assert guess(world, FEW, MANY) == []
    assert wait(world, FEW, MANY) == timedelta(minutes=40), "the window began with the first guess"
    assert wait(world, MANY) is None
    world.now += timedelta(minutes=40)
    assert wait(world, FEW, MANY) is None
    assert guess(world, FEW) == [], "a new window begins at one"


def test_the_same_words_in_another_window_are_another_budget(world: World) -> None:
    longer = Budget(FEW.of, 3, 2 * HOUR)
    for _ in range(3):
        guess(world, FEW, longer)
    assert wait(world, FEW) == HOUR
    assert wait(world, longer) == 2 * HOUR
    assert wait(world, FEW, longer) == 2 * HOUR, "one waits until the last of them is over"


def test_what_is_over_is_deleted_and_what_is_forgotten_is_fresh(world: World) -> None:
    for _ in range(3):
        guess(world, FEW, MANY)
    with world.change() as session:
        guesses.forget(session, [FEW])
    assert wait(world, FEW) is None
    world.now += timedelta(days=1)
    with world.change() as session:
        guesses.forget_old(session, world.now)
        assert session.scalars(select(Guesses)).all() == []


def test_guesses_at_the_same_moment_are_all_counted(world: World) -> None:
    begin, barrier = in_own_context(world.app), threading.Barrier(8)
    # the same two keys, named in both orders
    orders = ((FEW, MANY), (MANY, FEW))

    def go(number: int) -> None:
        barrier.wait(PATIENCE)
        for _ in range(10):
            with begin() as session:
                guesses.count(session, world.now, orders[number % 2])

    threads = [threading.Thread(target=go, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    with world.change() as session:
        assert session.scalars(select(Guesses.count)).all() == [80, 80]
