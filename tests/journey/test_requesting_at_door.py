"""What is left at a door, and confirmed by many at once: on both databases it is requested once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app import passwords
from app.errors import Invalid, JourneyError, NoLongerOpen
from app.journey import requesting_at_door
from app.journey.history import SERVICE
from app.journey.request import Request
from app.models import Appointment, Event, Message, RequestDoor, UnconfirmedRequest
from app.registry import request_doors
from tests.world import TOWN_HALL, World

PATIENCE = 60


@pytest.fixture
def door(world: World) -> int:
    """The door of the Sozialamt."""
    return give_pin(world)


def give_pin(world: World) -> int:
    pin_hash = passwords.hashed("12345678")
    with world.change() as session:
        return request_doors.give_pin(session, world.now, world.links, world.organisation_id, pin_hash, SERVICE).id


def wish(world: World, **values: Any) -> Request:
    usual: dict[str, Any] = {"mode": "on_site", "place": TOWN_HALL, "contact_email": "a@b.example"}
    return Request("kmr", world.now + timedelta(days=2), **usual | values)


def leave(world: World, door: int, once: str = "once", **values: Any) -> int:
    wanted = wish(world, **values)
    with world.change() as session:
        return requesting_at_door.leave(session, world.now, world.links, door, wanted, typed={}, once=once).id


def confirm(world: World, left: int) -> int | None:
    with world.change() as session:
        made = requesting_at_door.confirm(session, world.now, left)
        return made.id if made else None


def counted(world: World, *tables: type) -> list[int]:
    with world.change() as session:
        return [session.execute(select(func.count()).select_from(one)).scalar_one() for one in tables]


def at_once(step: Callable[[], object], times: int = 4) -> list[object]:
    """What each gives, or the code of what it raises, when all begin together."""
    barrier, said = threading.Barrier(times), list[object]()

    def run() -> None:
        barrier.wait(PATIENCE)
        try:
            said.append(step())
        except JourneyError as error:
            said.append(error.code)

    threads = [threading.Thread(target=run) for _ in range(times)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(PATIENCE)
    assert len(said) == times
    return said


def test_of_many_who_confirm_at_once_all_get_the_same_appointment(world: World, door: int) -> None:
    left = leave(world, door)
    made = at_once(lambda: confirm(world, left))
    assert len(set(made)) == 1
    assert isinstance(made[0], int)
    assert counted(world, Appointment) == [1]
    assert confirm(world, left) == made[0]


def test_of_many_who_leave_the_same_form_at_once_one_sends_a_mail(world: World, door: int) -> None:
    assert len(set(at_once(lambda: leave(world, door)))) == 1
    assert counted(world, UnconfirmedRequest, Message) == [1, 1]


def test_of_many_from_one_address_at_once_three_wait(world: World, door: int) -> None:
    numbers = iter(range(100))
    said = at_once(lambda: leave(world, door, str(next(numbers))), 6)
    assert said.count("invalid") == 3
    assert counted(world, UnconfirmedRequest, Message) == [3, 3]


def test_of_many_who_make_a_door_at_once_there_is_one(world: World) -> None:
    assert len(set(at_once(lambda: give_pin(world)))) == 1
    with world.change() as session:
        [door] = session.scalars(select(RequestDoor))
        assert door.version == 4


def test_mended_and_confirmed_at_once_is_never_both_void_and_requested(world: World, door: int) -> None:
    first = leave(world, door)

    def mend() -> object:
        with world.change() as session:
            return requesting_at_door.leave(
                session, world.now, world.links, door, wish(world), typed={}, once="mended", instead_of="once"
            ).once

    barrier, said = threading.Barrier(2), dict[str, object]()

    def run(name: str, step: Callable[[], object]) -> None:
        barrier.wait(PATIENCE)
        try:
            said[name] = step()
        except JourneyError as error:
            said[name] = error.code

    steps = {"mend": mend, "confirm": lambda: confirm(world, first)}
    threads = [threading.Thread(target=run, args=one) for one in steps.items()]
    for one in threads:
        one.start()
    for one in threads:
        one.join(PATIENCE)
    assert said["mend"] == "mended"
    with world.change() as session:
        kept = session.get_one(UnconfirmedRequest, first)
        # requested and not void, or void and not requested
        assert (kept.expires_at > world.now) == isinstance(said["confirm"], int)
    assert counted(world, Appointment) == [int(isinstance(said["confirm"], int))]


def test_what_was_mended_is_there_no_more(world: World, door: int) -> None:
    first = leave(world, door)
    with world.change() as session:
        requesting_at_door.leave(
            session, world.now, world.links, door, wish(world), typed={}, once="mended", instead_of="once"
        )
    with pytest.raises(NoLongerOpen):
        confirm(world, first)
    assert [one.status.value for one in world.messages(kind="request_confirm")] == ["discarded", "queued"]


def test_what_is_left_comes_back_as_it_was(world: World, door: int) -> None:
    with world.change() as session:
        wanted = wish(world, accepted_languages=("ckb",), gender="f", note="Ä\n🫶", contact_phone="1")
        left = requesting_at_door.leave(session, world.now, world.links, door, wanted, typed={}, once="x").id
    with world.change() as session:
        assert requesting_at_door.wanted_of(session.get_one(UnconfirmedRequest, left)) == wanted


def test_nobody_leaves_anything_without_an_address_or_at_a_closed_door(world: World, door: int) -> None:
    with pytest.raises(Invalid):
        leave(world, door, contact_email=" ")
    with world.change() as session:
        request_doors.switch(session, world.now, world.organisation_id, SERVICE, active=False)
    with pytest.raises(NoLongerOpen):
        leave(world, door)
    assert counted(world, UnconfirmedRequest, Message) == [0, 0]


def test_each_change_of_a_door_leaves_one_line_that_names_its_organisation(world: World, door: int) -> None:
    give_pin(world)
    with world.change() as session:
        for active in (False, False, True):
            request_doors.switch(session, world.now, world.organisation_id, SERVICE, active=active)
        request_doors.reset_link(session, world.now, world.links, world.organisation_id, SERVICE)
    with world.change() as session:
        lines = session.scalars(select(Event).where(Event.kind.startswith("request_door")).order_by(Event.id)).all()
        assert [one.kind.removeprefix("request_door_") for one in lines] == ["made", "pin", "off", "on", "reset"]
        assert {one.organisation_id for one in lines} == {world.organisation_id}
