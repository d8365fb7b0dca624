"""Who lacks on the day of an appointment what the pool asks for is not asked for it; what is agreed stays."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.insight.conflicts import conflicts
from app.insight.explanations import candidates
from app.journey.history import SERVICE
from app.models import Appointment, Mediator, Pool
from app.registry import mediators, pool_rules
from app.registry.mediator_data import data_of
from tests.world import World

# the pool asks on Tuesday, 24 November; the certificate of Amira ends on Wednesday, that of Berat on Thursday
AMIRA, BERAT = date(2021, 11, 25), date(2021, 11, 26)


def rule(world: World, **changes: Any) -> None:
    world.set_pool(max_texts_per_day=20)
    with world.change() as session:
        rules = pool_rules.rules_of(session.get_one(Pool, world.pool_id))
        pool_rules.change(session, world.now, world.pool_id, replace(rules, **changes), SERVICE)


def renew(world: World, mediator_id: int, **changes: Any) -> None:
    with world.change() as session:
        data = replace(data_of(session.get_one(Mediator, mediator_id)), **changes)
        mediators.update(session, world.now, world.links, mediator_id, data, SERVICE)


def on(world: World, days: int) -> int:
    return world.appointment("kmr", world.now + timedelta(days=days, hours=3))


def told(world: World, appointment_id: int) -> dict[str, tuple[str, ...]]:
    with world.change() as session:
        found = candidates(session, world.now, session.get_one(Appointment, appointment_id))
        return {one.mediator.name: one.refusals for one in found}


def test_the_day_of_the_appointment_counts(world: World) -> None:
    rule(world, conduct_required=True, conduct_months=60)
    world.mediator("Amira", "kmr", conduct_on=AMIRA)
    world.mediator("Berat", "kmr", conduct_on=BERAT)
    world.mediator("Cem", "kmr")
    wednesday, thursday, friday = on(world, 2), on(world, 3), on(world, 4)
    world.work()
    assert world.asked(wednesday) <= {"Amira", "Berat"}
    assert world.asked(thursday) == {"Berat"}
    assert world.asked(friday) == set()
    assert world.status(friday) == "unfilled"
    assert told(world, thursday) == {"Amira": ("uncleared",), "Berat": (), "Cem": ("uncleared",)}
    with world.change() as session:
        assert session.get_one(Appointment, friday).explanation == {"uncleared": 3}


def test_nothing_changes_where_a_pool_asks_for_nothing(world: World) -> None:
    world.mediator("Amira", "kmr", conduct_on=date(1999, 1, 1))
    appointment = on(world, 1)
    world.work()
    assert world.asked(appointment) == {"Amira"}


def test_who_is_renewed_is_asked_and_who_has_lapsed_is_asked_no_more(world: World) -> None:
    rule(world, conduct_required=True, conduct_months=60)
    amira = world.mediator("Amira", "kmr")
    berat = world.mediator("Berat", "kmr", conduct_on=BERAT)
    appointment = on(world, 2)
    world.work()
    assert world.asked(appointment) == {"Berat"}

    renew(world, amira, conduct_on=date(2026, 11, 20))
    renew(world, berat, conduct_on=None)
    world.work()
    assert world.asked(appointment) == {"Amira"}, "and Berat's question is taken back"


def test_what_is_agreed_stays_and_is_told_as_a_conflict(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = on(world, 2)
    world.work()
    world.accept(appointment, amira)
    world.work(seconds=15)

    rule(world, membership_required=True)
    world.work(minutes=1)
    assert world.coming(appointment) == {"Amira"}
    with world.change() as session:
        found = conflicts(session, world.now, session.get_one(Mediator, amira), ZoneInfo("Europe/Berlin"))
        assert [reasons for _, reasons in found] == [("uncleared",)]


def test_nobody_in_line_is_asked_between_a_change_and_the_next_plan(world: World) -> None:
    first = world.mediator("Amira", "kmr", training_on=date(2026, 1, 1))
    second = world.mediator("Berat", "kmr")
    world.set_pool(fill_target=50)
    appointment = on(world, 4)
    world.work()
    waiting = {"Amira", "Berat"} - world.asked(appointment)
    assert len(waiting) == 1
    world.set_pool(training_required=True)
    asked = first if waiting == {"Berat"} else second
    world.decline(appointment, asked)
    assert world.asked(appointment) <= {"Amira"}


def test_whom_a_coordinator_asks_all_the_same_stays_asked(world: World) -> None:
    rule(world, conduct_required=True)
    amira = world.mediator("Amira", "kmr")
    appointment = on(world, 2)
    world.ask(appointment, amira)
    world.work(minutes=1)
    assert world.asked(appointment) == {"Amira"}
