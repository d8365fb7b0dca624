"""Why this person, why not that one."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.errors import AlreadyTaken, Busy, NoLongerOpen
from app.insight.explanations import candidates
from app.journey import answering, offering, requesting
from app.journey.history import SERVICE
from app.models import Appointment, Mediator, MediatorStatus
from tests.effort import examples
from tests.world import World

Told = dict[str, tuple[bool, tuple[str, ...], str | None]]


def told(world: World, appointment_id: int) -> Told:
    """Name -> eligible, refusals, what they were asked."""
    with world.change() as session:
        found = session.get_one(Appointment, appointment_id)
        return {
            one.mediator.name: (one.eligible, one.refusals, one.offer_status)
            for one in candidates(session, world.now, found)
        }


def assign(world: World, appointment_id: int, mediator_id: int) -> None:
    with world.change() as session:
        mediator = session.get_one(Mediator, mediator_id)
        answering.assign(session, world.now, world.links, appointment_id, mediator, SERVICE)


def ask(world: World, appointment_id: int, mediator_id: int) -> int:
    with world.change() as session:
        mediator = session.get_one(Mediator, mediator_id)
        return offering.ask(session, world.now, world.links, appointment_id, mediator, SERVICE).id


def test_everybody_of_the_language_is_listed_with_the_reasons_against_them(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.mediator("Berat", "kmr", level="A2")
    world.mediator("Cem", "tur")
    world.mediator("Dilan", "kmr", availability=())
    world.mediator("Evin", "kmr", home=(52.5, 13.4))
    world.mediator("Ferhat", "kmr", modes=("phone",))
    world.mediator("Gule", "kmr", excluded_topics=("school",))
    appointment = world.appointment("kmr", min_level="B2", topic="school")

    assert told(world, appointment) == {
        "Amira": (True, (), None),
        "Berat": (False, ("level",), None),
        "Dilan": (False, ("unavailable",), None),
        "Evin": (False, ("too_far",), None),
        "Ferhat": (False, ("mode",), None),
        "Gule": (False, ("excluded",), None),
    }


def test_an_instant_between_two_seconds_is_no_obstacle(sqlite_world: World) -> None:
    sqlite_world.mediator("Amira", "kmr")
    appointment = sqlite_world.appointment("kmr")
    sqlite_world.now += timedelta(microseconds=7)

    assert told(sqlite_world, appointment) == {"Amira": (True, (), None)}


def test_a_language_the_client_also_speaks_counts(sqlite_world: World) -> None:
    sqlite_world.mediator("Cem", "tur")
    appointment = sqlite_world.appointment("kmr", accepted_languages=("tur",))

    assert told(sqlite_world, appointment) == {"Cem": (True, (), None)}


def test_another_assignment_at_the_same_time_and_a_full_week_are_named(sqlite_world: World) -> None:
    busy = sqlite_world.mediator("Amira", "kmr")
    full = sqlite_world.mediator("Berat", "kmr", max_appointments_per_week=1)
    first, second = sqlite_world.appointment("kmr"), sqlite_world.appointment("kmr")
    later = sqlite_world.appointment("kmr", sqlite_world.now + timedelta(days=3, hours=3))
    assign(sqlite_world, first, busy)
    assign(sqlite_world, later, full)

    assert told(sqlite_world, second) == {
        "Amira": (False, ("busy",), None),
        "Berat": (False, ("week_count",), None),
    }


def test_what_somebody_was_asked_and_answered_is_told(sqlite_world: World) -> None:
    amira = sqlite_world.mediator("Amira", "kmr")
    berat = sqlite_world.mediator("Berat", "kmr")
    sqlite_world.mediator("Cem", "kmr")
    appointment = sqlite_world.appointment("kmr")
    ask(sqlite_world, appointment, amira)
    offer = ask(sqlite_world, appointment, berat)
    with sqlite_world.change() as session:
        answering.decline(session, sqlite_world.now, sqlite_world.links, offer, SERVICE, "link")

    assert told(sqlite_world, appointment) == {
        "Amira": (True, (), "sent"),
        "Cem": (True, (), None),
        "Berat": (False, ("excluded",), "declined"),
    }


def test_who_pauses_or_wants_no_sms_is_listed_and_who_left_is_not(sqlite_world: World) -> None:
    for name in ("Amira", "Berat", "Cem"):
        sqlite_world.mediator(name, "kmr")
    appointment = sqlite_world.appointment("kmr")
    with sqlite_world.change() as session:
        people = {one.name: one for one in session.scalars(select(Mediator))}
        people["Amira"].status = MediatorStatus.PAUSED
        people["Berat"].opted_out_at = sqlite_world.now
        people["Cem"].status = MediatorStatus.LEFT

    assert told(sqlite_world, appointment) == {
        "Amira": (False, ("paused",), None),
        "Berat": (False, ("opted_out",), None),
    }


def test_for_a_filled_appointment_nobody_else_is_a_candidate(sqlite_world: World) -> None:
    amira = sqlite_world.mediator("Amira", "kmr")
    sqlite_world.mediator("Berat", "kmr")
    appointment = sqlite_world.appointment("kmr")
    assign(sqlite_world, appointment, amira)

    assert told(sqlite_world, appointment) == {
        "Amira": (True, (), "accepted"),
        "Berat": (False, ("not_candidate",), None),
    }


def test_a_cancelled_appointment_has_no_candidates_and_is_no_error(sqlite_world: World) -> None:
    sqlite_world.mediator("Amira", "kmr")
    appointment = sqlite_world.appointment("kmr")
    with sqlite_world.change() as session:
        requesting.cancel(session, sqlite_world.now, sqlite_world.links, appointment, SERVICE)

    assert told(sqlite_world, appointment) == {"Amira": (False, ("not_candidate",), None)}


@pytest.mark.thorough
@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(["ask", "assign", "decline", "work", "cancel"]), max_size=4))
def test_whatever_happened_before_the_list_can_be_shown(sqlite_world: World, steps: list[str]) -> None:
    with sqlite_world.change() as session:
        known = session.scalar(select(Mediator.id).where(Mediator.name == "Amira"))
    amira = known or sqlite_world.mediator("Amira", "kmr")
    appointment = sqlite_world.appointment("kmr", sqlite_world.now + timedelta(days=2))
    for step in steps:
        try:
            take(sqlite_world, step, appointment, amira)
        except (AlreadyTaken, Busy, NoLongerOpen):
            continue  # not every step can follow every other

    [(eligible, refusals, _)] = told(sqlite_world, appointment).values()
    assert eligible == (not refusals)


def take(world: World, step: str, appointment: int, mediator: int) -> None:
    """One step that somebody may take."""
    if step == "ask":
        ask(world, appointment, mediator)
    elif step == "assign":
        assign(world, appointment, mediator)
    elif step == "work":
        world.work(seconds=1)
    elif step == "cancel":
        with world.change() as session:
            requesting.cancel(session, world.now, world.links, appointment, SERVICE)
    else:
        with world.change() as session:
            found = session.get_one(Appointment, appointment)
            for offer in found.offers:
                answering.decline(session, world.now, world.links, offer.id, SERVICE, "telephone")
