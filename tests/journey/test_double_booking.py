"""The database itself refuses that anybody is in two places at once."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.models import Assignment, AssignmentState, Offer
from tests.effort import examples
from tests.world import World

MINUTE = timedelta(minutes=1)


def book(session: Session, offer: Offer, starts: datetime, minutes: int, seat: int) -> Assignment:
    row = Assignment(
        pool_id=offer.pool_id,
        appointment_id=offer.appointment_id,
        mediator_id=offer.mediator_id,
        offer_id=offer.id,
        seat=seat,
        language="kmr",
        starts_at=starts,
        ends_at=starts + minutes * MINUTE,
        created_at=starts,
    )
    session.add(row)
    session.flush()
    return row


def offers_of_amira(world: World, number: int) -> list[int]:
    amira = world.mediator("Amira", "kmr")
    appointments = [world.appointment("kmr", world.now + timedelta(days=1 + one)) for one in range(number)]
    with world.change() as session:
        rows = [
            Offer(appointment_id=one, mediator_id=amira, round=1, language="kmr", created_at=world.now)
            for one in appointments
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def load(session: Session, offer_id: int) -> Offer:
    return session.execute(select(Offer).where(Offer.id == offer_id)).scalar_one()


@pytest.mark.parametrize(("offset", "minutes"), [(0, 60), (30, 60), (-30, 60), (10, 10), (-10, 90), (59, 5)])
def test_an_overlap_is_refused(world: World, offset: int, minutes: int) -> None:
    first, second = offers_of_amira(world, 2)
    with world.change() as session:
        book(session, load(session, first), world.now, 60, 1)
    with pytest.raises(IntegrityError), world.change() as session:
        book(session, load(session, second), world.now + offset * MINUTE, minutes, 1)


@pytest.mark.parametrize("offset", [60, -60])
def test_touching_times_are_no_overlap(world: World, offset: int) -> None:
    first, second = offers_of_amira(world, 2)
    with world.change() as session:
        book(session, load(session, first), world.now, 60, 1)
        book(session, load(session, second), world.now + offset * MINUTE, 60, 1)


def test_moving_into_an_overlap_is_refused_and_a_given_back_time_is_free(world: World) -> None:
    first, second = offers_of_amira(world, 2)
    with world.change() as session:
        book(session, load(session, first), world.now, 60, 1)
        later = book(session, load(session, second), world.now + 90 * MINUTE, 60, 1).id
    with pytest.raises(IntegrityError):
        move(world, later, world.now)
    with world.change() as session:
        held = session.execute(select(Assignment).where(Assignment.offer_id == first)).scalar_one()
        held.end(AssignmentState.HANDED_BACK, world.now)
    move(world, later, world.now)


def move(world: World, assignment_id: int, starts: datetime) -> None:
    with world.change() as session:
        moved = session.execute(select(Assignment).where(Assignment.id == assignment_id)).scalar_one()
        moved.starts_at, moved.ends_at = starts, starts + 60 * MINUTE


def test_a_seat_is_held_by_one_person(world: World) -> None:
    people = [world.mediator(name, "kmr") for name in ("Amira", "Berat")]
    appointment = world.appointment("kmr")
    with world.change() as session:
        rows = [
            Offer(appointment_id=appointment, mediator_id=one, round=1, language="kmr", created_at=world.now)
            for one in people
        ]
        session.add_all(rows)
        session.flush()
        ids = [row.id for row in rows]
    with world.change() as session:
        book(session, load(session, ids[0]), world.now, 60, 1)
    with pytest.raises(IntegrityError), world.change() as session:
        book(session, load(session, ids[1]), world.now, 60, 1)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(times=st.lists(st.tuples(st.integers(0, 300), st.integers(1, 120)), min_size=2, max_size=12))
def test_whatever_is_tried_no_two_active_assignments_overlap(world: World, times: list[tuple[int, int]]) -> None:
    if not hasattr(world, "offers"):
        world.offers = offers_of_amira(world, 12)  # type: ignore[attr-defined]
    held: list[tuple[int, int]] = []
    with world.change() as session:
        for offer_id, (start, minutes) in zip(world.offers, times, strict=False):  # type: ignore[attr-defined]
            offer = load(session, offer_id)
            free = all(start + minutes <= begun or begun + length <= start for begun, length in held)
            try:
                with session.begin_nested():
                    book(session, offer, world.now + start * MINUTE, minutes, 1)
            except IntegrityError:
                assert not free
            else:
                assert free
                held.append((start, minutes))
        session.rollback()
