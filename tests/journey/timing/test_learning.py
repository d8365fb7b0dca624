"""What is learned does not depend on the parts in which questions are read, and no transaction waits for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.journey.timing import learning
from app.models import Appointment, Offer, Pool
from app.worker import jobs
from scheduler.waves import learning as waves
from scheduler.waves.acceptance import Acceptance
from tests.world import World


@pytest.fixture
def past(world: World) -> World:
    """Eleven questions of the last two years and one before them, some of the same moment."""
    people = [world.mediator(name, "kmr") for name in ("Amira", "Berat")]
    with world.change() as session:
        for number in range(12):
            sent = world.now - timedelta(days=731 if number == 11 else 10 + number // 3)
            appointment = Appointment(
                organisation_id=world.organisation_id, language="kmr", mode="phone", created_at=sent,
                starts_at=sent + timedelta(days=5), ends_at=sent + timedelta(days=5, hours=1), status="done",
            )  # fmt: skip
            session.add(appointment)
            session.flush()
            offer = Offer(
                appointment_id=appointment.id, mediator_id=people[number % 2], round=1, language="kmr",
                status="declined" if number % 4 == 1 else "accepted", created_at=sent, sent_at=sent,
                due_at=sent + timedelta(hours=12), answered_at=sent + timedelta(minutes=20), answered_via="sms",
            )  # fmt: skip
            session.add(offer)
    return world


class Doors:
    """Opens transactions, and knows how many were opened and whether one is open."""

    def __init__(self, world: World) -> None:
        self.world, self.open, self.opened = world, False, 0

    @contextmanager
    def __call__(self) -> Iterator[Session]:
        with self.world.change() as session:
            self.open, self.opened = True, self.opened + 1
            yield session
        self.open = False


def learned(world: World) -> dict[str, Any] | None:
    with world.change() as session:
        found: dict[str, Any] | None = session.execute(
            select(Pool.acceptance).where(Pool.id == world.pool_id)
        ).scalar_one()
        return found


@pytest.mark.parametrize("part", [1, 2, 3, 11])
def test_the_parts_make_no_difference(past: World, monkeypatch: pytest.MonkeyPatch, part: int) -> None:
    learning.learn(Doors(past), past.now, past.pool_id)
    at_once = learned(past)
    monkeypatch.setattr(learning, "PART", part)
    doors = Doors(past)
    learning.learn(doors, past.now, past.pool_id)
    assert learned(past) == at_once
    # the zone, the parts with one that is not full, and what was learned
    assert doors.opened == 1 + 11 // part + 1 + 1


def test_nothing_is_open_while_it_is_thought_over(past: World, monkeypatch: pytest.MonkeyPatch) -> None:
    doors, thought = Doors(past), []
    think = waves.learn

    def watched(asked: Any, *rest: Any) -> Acceptance:
        asked = list(asked)
        assert not doors.open
        thought.append(len(asked))
        return think(asked, *rest)

    monkeypatch.setattr(waves, "learn", watched)
    learning.learn(doors, past.now, past.pool_id)
    assert thought == [11]


def test_a_pool_that_cannot_learn_keeps_no_other_from_it(past: World, monkeypatch: pytest.MonkeyPatch) -> None:
    other = World.build(past.app, past.now, "ahlen")
    think = learning.learn

    def fails_here(begin: Any, now: Any, pool_id: int) -> None:
        if pool_id == past.pool_id:
            raise ValueError("no")
        think(begin, now, pool_id)

    monkeypatch.setattr(learning, "learn", fails_here)
    assert jobs.learn(past.worker) == 1
    assert learned(past) is None
    assert learned(other) is not None
