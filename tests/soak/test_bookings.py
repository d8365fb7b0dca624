"""Thousands of bookings that overlap at random, by many at once: the database lets nobody be in two places."""

import random
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from multiprocessing.synchronize import Barrier

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.models import Assignment, AssignmentState
from app.transaction import is_deadlock, transaction
from tests.soak.conftest import Figures
from tests.soak.processes import side_by_side
from tests.soak.scale import scaled
from tests.soak.town import people, questions
from tests.world import World

BOOKINGS = scaled(300, 10_000)
PROCESSES = 8
PEOPLE = 10
# bookings fall into so many minutes for each attempt at one person, so that about half are refused
ROOM = 45 * BOOKINGS // PEOPLE
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Booking:
    """Somebody is to be at an appointment from `starts` to `ends`."""

    offer: int
    appointment: int
    person: int
    starts: datetime
    ends: datetime

    def overlaps(self, other: "Booking") -> bool:
        return self.person == other.person and self.starts < other.ends and other.starts < self.ends


@pytest.mark.soak
@pytest.mark.processes
def test_whoever_books_at_the_same_time_nobody_is_in_two_places(world: World, figures: Figures) -> None:
    bookings = _bookings(world)
    jobs = [(world.pool_id, bookings[start::PROCESSES]) for start in range(PROCESSES)]
    said = side_by_side(world.app, _book, jobs)

    held = [one for part in said for one, outcome in part if outcome == "held"]
    refused = [one for part in said for one, outcome in part if outcome == "refused"]
    figures("bookings tried", len(bookings))
    figures("bookings held", len(held))
    assert len(held) + len(refused) == len(bookings)
    with world.change() as session:
        rows = session.scalars(select(Assignment).where(Assignment.state == AssignmentState.ACTIVE)).all()
        times = defaultdict(list)
        for row in rows:
            times[row.mediator_id].append((row.starts_at, row.ends_at))
    assert len(rows) == len(held)
    for spans in times.values():
        assert all(first[1] <= second[0] for first, second in pairwise(sorted(spans)))
    # and nobody was turned away for nothing
    by_person = defaultdict(list)
    for one in held:
        by_person[one.person].append(one)
    assert all(any(one.overlaps(other) for other in by_person[one.person]) for one in refused)


def _bookings(world: World) -> list[Booking]:
    """An appointment and an offer for each attempt, at random times."""
    dice = random.Random(20261122)
    found = []
    for person in people(world, PEOPLE):
        with world.change() as session:
            for _ in range(BOOKINGS // PEOPLE):
                starts = world.now + dice.randrange(ROOM) * MINUTE
                [(offer, _)], appointment = questions(session, world, [person], starts)
                found.append(Booking(offer, appointment, person, starts, starts + dice.randint(1, 120) * MINUTE))
    dice.shuffle(found)
    return found


def _book(app: Flask, job: tuple[int, list[Booking]], barrier: Barrier) -> list[tuple[Booking, str]]:
    pool_id, bookings = job
    barrier.wait()
    return [(one, _try(app, pool_id, one)) for one in bookings]


def _try(app: Flask, pool_id: int, one: Booking) -> str:
    """Write it as nobody should: without a lock, without a look; gives what the database says."""
    while True:
        try:
            with app.app_context(), transaction(pool_id) as session:
                session.add(
                    Assignment(
                        appointment_id=one.appointment,
                        mediator_id=one.person,
                        offer_id=one.offer,
                        seat=1,
                        language="kmr",
                        starts_at=one.starts,
                        ends_at=one.ends,
                        created_at=one.starts,
                    )
                )
        except IntegrityError:
            return "refused"
        except DBAPIError as error:
            if not is_deadlock(error):
                raise
        else:
            return "held"
