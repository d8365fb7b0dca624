"""What would find more people: each change that is told holds when it is made."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.insight.explanations import candidates, circle_around
from app.insight.remedies import Change, ask_together, remedies
from app.journey.request import RequestChanges
from app.models import Appointment, MediatorStatus
from tests.world import World


@dataclass(frozen=True)
class Told:
    """A remedy by names, and when it would be, as hours from now."""

    people: tuple[str, ...]
    starts: float
    ends: float


def told(world: World, appointment_id: int) -> dict[Change, Told]:
    with world.change() as session:
        circle = circle_around(session, world.now, session.get_one(Appointment, appointment_id))
        return {
            one.change: Told(
                tuple(mediator.name for mediator, _ in one.people),
                (one.starts - world.now) / timedelta(hours=1),
                (one.ends - world.now) / timedelta(hours=1),
            )
            for one in remedies(world.now, circle)
        }


def eligible(world: World, appointment_id: int) -> set[str]:
    with world.change() as session:
        circle = circle_around(session, world.now, session.get_one(Appointment, appointment_id))
        return {one.mediator.name for one in candidates(session, world.now, circle.appointment, circle) if one.eligible}


def free(first: int, last: int) -> tuple[tuple[int, int, int], ...]:
    """All working days between two local hours."""
    return tuple((weekday, 60 * first, 60 * last) for weekday in range(5))


def test_a_mode_in_which_somebody_works_is_told(world: World) -> None:
    world.mediator("Amira", "kmr", modes=("phone",))
    world.mediator("Berat", "kmr", modes=("phone", "video"))
    appointment = world.appointment("kmr")
    found = told(world, appointment)
    assert set(found[Change.PHONE].people) == {"Amira", "Berat"}
    assert found[Change.VIDEO].people == ("Berat",)
    world.edit(appointment, mode="phone", place=None)
    assert eligible(world, appointment) == {"Amira", "Berat"}


@pytest.mark.parametrize(
    ("hours", "change", "moved"),
    [((11, 17), Change.LATER, 1), ((12, 17), Change.LATER, 2), ((8, 10), Change.EARLIER, -1)],
)
def test_the_nearest_time_at_which_somebody_is_free_is_told(
    world: World, hours: tuple[int, int], change: Change, moved: int
) -> None:
    world.mediator("Amira", "kmr", availability=free(*hours))
    appointment = world.appointment("kmr")
    begins = 27.0 + moved
    assert told(world, appointment) == {change: Told(("Amira",), begins, begins + 1)}
    world.edit(appointment, starts_at=world.now + timedelta(hours=begins))
    assert eligible(world, appointment) == {"Amira"}


def test_what_is_too_long_for_somebody_may_be_shorter(world: World) -> None:
    world.mediator("Amira", "kmr", availability=free(10, 11))
    appointment = world.appointment("kmr", duration_minutes=120)
    assert told(world, appointment) == {Change.SHORTER: Told(("Amira",), 27, 28)}
    changes: RequestChanges = {"duration_minutes": 60}
    world.edit(appointment, **changes)
    assert eligible(world, appointment) == {"Amira"}


def test_a_wish_for_a_woman_costs_people(world: World) -> None:
    world.mediator("Berat", "kmr", gender="m")
    found = told(world, world.appointment("kmr", gender="f"))
    assert found == {Change.ANY_GENDER: Told(("Berat",), 27, 28)}


def test_nobody_is_told_who_may_not_be_asked_or_fits_already(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.mediator("Paused", "kmr", modes=("phone",), status=MediatorStatus.PAUSED)
    declined = world.mediator("Declined", "kmr", modes=("phone",))
    appointment = world.appointment("kmr")
    world.ask(appointment, declined)
    world.decline(appointment, declined)
    assert told(world, appointment) == {}


def test_a_time_that_is_over_or_outside_the_day_is_not_told(world: World) -> None:
    world.mediator("Amira", "kmr", availability=free(0, 24), modes=("on_site", "phone"))
    world.mediator("Late", "kmr", availability=free(20, 24))
    evening = world.appointment("kmr", world.now + timedelta(days=1, hours=11))
    assert Change.LATER not in told(world, evening)


def test_as_many_are_asked_together_as_the_target_takes(world: World) -> None:
    for name in ("Amira", "Berat", "Cem", "Dilan"):
        world.mediator(name, "kmr")
    appointment = world.appointment("kmr")
    with world.change() as session:
        circle = circle_around(session, world.now, session.get_one(Appointment, appointment))
        found = candidates(session, world.now, circle.appointment, circle)
        chance = found[0].chance
    assert len(ask_together(found, 1 - 1.001 * (1 - chance) ** 2)) == 2
    assert not ask_together(found, 0.99 * chance)
    assert not ask_together(found[:1], 0.99)
    assert len(ask_together(found[:2], 0.999)) == 2, "nobody reaches it, so all few are asked"
