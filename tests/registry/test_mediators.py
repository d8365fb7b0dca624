"""Mediators come, pause and leave; nobody is waited for in vain."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.errors import AlreadyTaken, Invalid, NoLongerOpen
from app.journey import answering
from app.journey.history import SERVICE
from app.models import Mediator
from app.outbox import receipts
from app.registry import mediators
from app.registry.mediator_data import data_of
from notifications.transports import TransportError
from tests.world import World


def edit(world: World, mediator: int, **changes: Any) -> None:
    with world.change() as session:
        row = session.execute(select(Mediator).where(Mediator.id == mediator)).scalar_one()
        data = replace(data_of(row), **changes)
        mediators.update(session, world.now, world.links, mediator, data, SERVICE)


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"name": " "}, "name", "required"),
        ({"phone": "12"}, "phone", "phone"),
        ({"phone": "kein Telefon"}, "phone", "phone"),
        ({"email": "kein-at"}, "email", "email"),
        ({"skills": ()}, "skills", "required"),
        ({"skills": (("kmr", "C1"), ("kmr", "B2"))}, "skills", "twice"),
        ({"skills": (("kmr", "Z1"),)}, "skills", "unknown_choice"),
        ({"availability": ((0, 600, 540),)}, "availability", "ends_before_start"),
        ({"availability": ((9, 600, 660),)}, "availability", "clock_time"),
        ({"modes": ()}, "modes", "required"),
        ({"home": (91.0, 8.0)}, "home", "coordinates"),
        ({"max_appointments_per_day": 0}, "max_appointments_per_day", "out_of_range"),
        ({"excluded_organisations": (4711,)}, "excluded_organisations", "unknown_organisation"),
    ],
)
def test_what_is_wrong_with_a_mediator_is_named(
    sqlite_world: World, wrong: dict[str, Any], field: str, code: str
) -> None:
    mediator = sqlite_world.mediator("Amira", "kmr")
    with pytest.raises(Invalid) as refused:
        edit(sqlite_world, mediator, **wrong)
    assert (field, code) in [(problem.field, problem.code) for problem in refused.value.problems]


def test_who_pauses_is_not_waited_for_and_the_next_is_asked(world: World) -> None:
    people = {name: world.mediator(name, "kmr") for name in ("Amira", "Berat", "Cem")}
    appointment = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.work()
    [paused] = world.asked(appointment)
    edit(world, people[paused], status="paused")
    world.work()
    [next_one] = world.asked(appointment)
    assert next_one in set(people) - {paused}
    assert len(world.texts_to(paused)) == 1


@pytest.mark.thorough
def test_who_leaves_gives_back_what_they_agreed_to(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.work()
    world.accept(appointment, amira)
    world.work(seconds=11)
    world.mediator("Berat", "kmr")
    edit(world, amira, status="left")
    world.work()
    assert world.coming(appointment) == set()
    assert world.asked(appointment) == {"Berat"}


def test_a_new_mediator_is_asked_for_what_nobody_could_do(world: World) -> None:
    appointment = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.work()
    assert world.status(appointment) == "unfilled"
    world.mediator("Amira", "kmr")
    world.work()
    assert world.status(appointment) == "offering"
    assert world.asked(appointment) == {"Amira"}


def test_an_absence_keeps_somebody_from_being_asked(world: World) -> None:
    away = (world.now + timedelta(days=3)).date()
    world.mediator("Amira", "kmr", absences=((away, away),))
    before = world.appointment("kmr", world.now + timedelta(days=2, hours=3))
    during = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.work()
    assert world.asked(before) == {"Amira"}
    assert world.status(during) == "unfilled"


@pytest.mark.thorough
def test_a_coordinator_asks_by_hand_and_assigns_by_telephone(world: World) -> None:
    world.mediator("Amira", "kmr")
    berat = world.mediator("Berat", "kmr", availability=())
    appointment = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.work()
    assert world.asked(appointment) == {"Amira"}
    world.ask(appointment, berat)
    world.work()
    assert world.asked(appointment) == {"Amira", "Berat"}
    with pytest.raises(NoLongerOpen):
        world.ask(appointment, berat)
    with world.change() as session:
        mediator = session.execute(select(Mediator).where(Mediator.id == berat)).scalar_one()
        answering.assign(session, world.now, world.links, appointment, mediator, SERVICE)
    assert world.status(appointment) == "filled"
    assert world.coming(appointment) == {"Berat"}
    world.work(seconds=11)
    assert len(world.texts_to("Berat")) == 2


@pytest.mark.thorough
def test_an_undone_yes_opens_the_question_again_for_everybody(world: World) -> None:
    people = {name: world.mediator(name, "kmr") for name in ("Amira", "Berat")}
    appointment = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.ask(appointment, *people.values())
    world.work()
    world.accept(appointment, people["Amira"])
    assert world.asked(appointment) == set()
    world.now += timedelta(seconds=9)
    world.undo(appointment, people["Amira"])
    assert world.asked(appointment) == {"Amira", "Berat"}
    world.work(seconds=11)
    assert [len(world.texts_to(name)) for name in people] == [1, 1], "nobody got a confirmation, nobody was asked twice"
    assert not world.ways.mail.sent


def test_a_no_is_not_undone_once_somebody_else_has_said_yes(world: World) -> None:
    amira, berat = world.mediator("Amira", "kmr"), world.mediator("Berat", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.ask(appointment, amira, berat)
    with world.change() as session:
        offer = world.offer(session, appointment, amira)
        answering.decline(session, world.now, world.links, offer.id, SERVICE, "link")
    world.accept(appointment, berat)
    with pytest.raises(AlreadyTaken):
        world.undo(appointment, amira)
    assert world.coming(appointment) == {"Berat"}


def test_a_no_is_not_undone_for_a_time_that_has_moved(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.work()
    with world.change() as session:
        offer = world.offer(session, appointment, amira)
        answering.decline(session, world.now, world.links, offer.id, SERVICE, "link")
    world.edit(appointment, starts_at=world.now + timedelta(days=4))
    with pytest.raises(NoLongerOpen):
        world.undo(appointment, amira)


def test_after_ten_seconds_a_yes_stands(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.work()
    world.accept(appointment, amira)
    world.now += timedelta(seconds=10)
    with pytest.raises(NoLongerOpen):
        world.undo(appointment, amira)
    assert world.coming(appointment) == {"Amira"}


def test_a_number_that_fails_for_good_is_not_waited_for(world: World) -> None:
    world.mediator("Amira", "kmr", email="")
    appointment = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.ways.sms.fail(TransportError("permanent", "21211", "no such number"))
    world.work()
    assert world.status(appointment) == "offering", "there is still the telephone"
    assert len(world.ways.sms.called) == 1
    call = world.messages(channel="voice")[0]
    with world.change() as session:
        receipts.record_callback(session, world.now, call.id, "CA1", "failed", "no-answer")
    world.work()
    assert world.status(appointment) == "unfilled"


def test_the_only_speaker_of_a_rare_language_is_not_spent_on_a_common_one(world: World) -> None:
    world.mediator("Tesfay", "tir", "ara")
    world.mediator("Omar", "ara")
    starts = world.now + timedelta(days=3, hours=3)
    common, rare = world.appointment("ara", starts), world.appointment("tir", starts)
    world.work()
    assert world.asked(rare) == {"Tesfay"}
    assert "Omar" in world.asked(common)
