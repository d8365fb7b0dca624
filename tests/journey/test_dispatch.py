"""Who is asked, in which order, and what an answer does."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.journey import answering, matching
from app.journey.history import SERVICE
from app.journey.request import Place
from app.models import Appointment, Pool
from tests.world import World


def test_the_planned_and_the_alternates_are_asked_and_nobody_else(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    world.mediator("Cem", "tur")
    appointment = world.appointment("kmr")
    world.work()
    assert world.asked(appointment) == {"Amira"}
    assert len(world.texts_to("Amira")) == 1
    assert not world.texts_to("Cem")
    with world.change() as session:
        answering.accept(session, world.now, world.links, world.offer(session, appointment, amira).id, SERVICE, "link")
    assert world.status(appointment) == "filled"


FAR = (52.5, 9.9)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("fitting", "unfitting", "wanted"),
    [
        ({"level": "C1"}, {"level": "B1"}, {"min_level": "B2"}),
        ({"gender": "f"}, {"gender": "m"}, {"gender": "f"}),
        ({"modes": ("video",)}, {"modes": ("on_site",)}, {"mode": "video"}),
        ({}, {"availability": ((6, 600, 900),)}, {}),
        ({}, {"home": FAR, "max_travel_minutes": 30}, {}),
        ({}, {"excluded_topics": ("conflict",)}, {"topic": "conflict"}),
        ({}, {"status": "paused"}, {}),
    ],
    ids=["level", "gender", "mode", "free times", "way", "topic", "pause"],
)
def test_who_does_not_fit_is_not_asked(
    sqlite_world: World, fitting: dict[str, Any], unfitting: dict[str, Any], wanted: dict[str, Any]
) -> None:
    sqlite_world.mediator("Fit", "kmr", **fitting)
    sqlite_world.mediator("Unfit", "kmr", **unfitting)
    appointment = sqlite_world.appointment("kmr", **wanted)
    sqlite_world.work()
    assert sqlite_world.asked(appointment) == {"Fit"}


def test_an_excluded_organisation_is_not_served(sqlite_world: World) -> None:
    sqlite_world.mediator("Amira", "kmr", excluded_organisations=(sqlite_world.organisation_id,))
    appointment = sqlite_world.appointment("kmr")
    sqlite_world.work()
    assert sqlite_world.status(appointment) == "unfilled"


def test_who_speaks_the_second_language_is_asked_if_nobody_speaks_the_first(sqlite_world: World) -> None:
    sqlite_world.mediator("Tarik", "tur")
    appointment = sqlite_world.appointment("kmr", accepted_languages=("tur",))
    sqlite_world.work()
    assert sqlite_world.asked(appointment) == {"Tarik"}
    assert "Türkisch" in sqlite_world.texts_to("Tarik")[0]


def test_the_preferred_mediator_comes_first(sqlite_world: World) -> None:
    for name in ("Amira", "Berat", "Cem", "Dilan"):
        sqlite_world.mediator(name, "kmr")
    evin = sqlite_world.mediator("Evin", "kmr")
    appointment = sqlite_world.appointment("kmr", sqlite_world.now + timedelta(days=3), preferred_mediators=(evin,))
    sqlite_world.work()
    with sqlite_world.change() as session:
        assert sqlite_world.offer(session, appointment, evin).chosen


@pytest.mark.thorough
def test_two_appointments_too_far_apart_for_the_way_between_are_not_for_one_person(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    first = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    second = world.appointment(
        "kmr", world.now + timedelta(days=3, hours=4, minutes=10), place=Place("Ahlen", 51.95, 8.30)
    )
    world.work()
    asked = [one for one in (first, second) if world.asked(one)]
    assert len(asked) == 1
    with world.change() as session:
        answering.accept(session, world.now, world.links, world.offer(session, asked[0], amira).id, SERVICE, "link")
    world.work(minutes=11)
    other = second if asked[0] == first else first
    assert world.status(other) == "unfilled"


@pytest.mark.thorough
def test_a_day_limit_counts_what_is_agreed(world: World) -> None:
    amira = world.mediator("Amira", "kmr", max_appointments_per_day=1)
    morning = world.appointment("kmr", world.now + timedelta(days=3, hours=2))
    world.work()
    with world.change() as session:
        answering.accept(session, world.now, world.links, world.offer(session, morning, amira).id, SERVICE, "link")
    afternoon = world.appointment("kmr", world.now + timedelta(days=3, hours=8))
    world.work(seconds=11)
    assert world.status(afternoon) == "unfilled"
    with world.change() as session:
        told = session.execute(select(Appointment).where(Appointment.id == afternoon)).scalar_one().explanation
        assert told == {"day_count": 1}


@pytest.mark.thorough
def test_what_is_accepted_stays_when_something_more_urgent_comes(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    starts = world.now + timedelta(days=3, hours=3)
    first = world.appointment("kmr", starts)
    world.work()
    with world.change() as session:
        answering.accept(session, world.now, world.links, world.offer(session, first, amira).id, SERVICE, "link")
    urgent = world.appointment("kmr", starts, urgent=True)
    world.work(seconds=11)
    assert world.coming(first) == {"Amira"}
    assert world.status(urgent) == "unfilled"


@pytest.mark.thorough
def test_the_plan_knows_who_had_a_task_lately_and_how_long_they_have_had_none(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    first = world.appointment("kmr")
    world.work()
    with world.change() as session:
        answering.accept(session, world.now, world.links, world.offer(session, first, amira).id, SERVICE, "link")
    rana = world.mediator("Rana", "kmr")
    world.now += timedelta(days=10)
    with world.change() as session:
        pool = session.execute(select(Pool)).scalar_one()
        people = matching.snapshot(session, world.now, pool).problem.mediator
    assert (people[str(amira)].load, people[str(rana)].load) == (1, 0)
    assert people[str(rana)].idle_days is None
    # ten days later, less the day and four hours until it ended
    assert people[str(amira)].idle_days == 8
