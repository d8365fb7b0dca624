"""People are asked in their hours, after a pause, and not too often; what is urgent reaches whoever agreed to that."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.journey.timing.contact_hours import Hours, is_working_day
from app.models import Appointment, Heartbeat, Mediator, Offer
from tests.world import World

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Hours(8 * 60, 20 * 60, every_day=False, zone=BERLIN)


def berlin(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN).astimezone(UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (berlin(2026, 11, 23, 12, 0), berlin(2026, 11, 23, 12, 0)),
        (berlin(2026, 11, 23, 6, 0), berlin(2026, 11, 23, 8, 0)),
        (berlin(2026, 11, 23, 20, 0), berlin(2026, 11, 24, 8, 0)),
        (berlin(2026, 11, 27, 21, 0), berlin(2026, 11, 30, 8, 0)),
        # Christmas: Friday and Saturday are holidays, Sunday follows
        (berlin(2026, 12, 24, 20, 30), berlin(2026, 12, 28, 8, 0)),
        # the nights in which summer time begins and ends
        (berlin(2026, 3, 28, 23, 0), berlin(2026, 3, 30, 8, 0)),
        (berlin(2026, 10, 24, 23, 0), berlin(2026, 10, 26, 8, 0)),
    ],
)
def test_the_next_hour_at_which_somebody_may_be_asked(now: datetime, then: datetime) -> None:
    assert OFFICE.next(now) == then


def test_holidays_of_the_state_are_no_working_days() -> None:
    corpus_christi = datetime(2026, 6, 4, tzinfo=UTC).date()
    assert not is_working_day(corpus_christi)
    assert is_working_day(corpus_christi - timedelta(days=1))


def set_person(world: World, person: int, **values: object) -> None:
    with world.change() as session:
        mediator = session.execute(select(Mediator).where(Mediator.id == person)).scalar_one()
        for name, value in values.items():
            setattr(mediator, name, value)


USUAL = {"text_from_minute": 8 * 60, "text_until_minute": 20 * 60, "text_weekends": False}


def test_a_request_at_night_waits_for_the_morning_and_leaves_then(world: World) -> None:
    world.set_pool(**USUAL)
    world.mediator("Amira", "kmr")
    world.now = berlin(2026, 11, 24, 22, 0)
    appointment = world.appointment("kmr", berlin(2026, 11, 27, 10, 0))
    world.work()
    assert world.status(appointment) == "open"
    assert not world.texts_to("Amira")
    with world.change() as session:
        chance = session.get_one(Appointment, appointment).chance
        assert chance is not None
        assert chance > 0.2, "the night changes nothing about how it will end"
    world.work(hours=9, minutes=59)
    assert not world.texts_to("Amira")
    world.work(minutes=1)
    assert world.asked(appointment) == {"Amira"}
    assert len(world.texts_to("Amira")) == 1


@pytest.mark.thorough
def test_what_is_urgent_reaches_at_night_who_agreed_to_that_and_nobody_else(world: World) -> None:
    world.set_pool(**USUAL)
    world.mediator("Amira", "kmr", urgent_opt_in=True)
    world.mediator("Berat", "kmr")
    world.now = berlin(2026, 11, 24, 22, 0)
    soon = world.appointment("kmr", berlin(2026, 11, 25, 9, 0))
    later = world.appointment("kmr", berlin(2026, 11, 27, 10, 0))
    world.work()
    assert world.asked(soon) == {"Amira"}
    assert world.asked(later) == set()
    assert not world.texts_to("Berat")


@pytest.mark.thorough
def test_own_hours_count_more_than_those_of_the_pool(world: World) -> None:
    world.set_pool(**USUAL)
    amira = world.mediator("Amira", "kmr")
    set_person(world, amira, text_from_minute=20 * 60, text_until_minute=22 * 60, text_weekends=True)
    world.now = berlin(2026, 11, 28, 12, 0)
    appointment = world.appointment("kmr", berlin(2026, 12, 1, 10, 0))
    world.work()
    assert not world.asked(appointment)
    world.work(hours=8)
    assert world.asked(appointment) == {"Amira"}


@pytest.mark.thorough
def test_in_a_rehearsal_nobody_is_woken_so_nobody_is_spared(world: World) -> None:
    world.set_pool(**USUAL)
    world.mediator("Amira", "kmr")
    world.now = berlin(2026, 11, 24, 22, 0)
    appointment = world.appointment("kmr", berlin(2026, 11, 27, 10, 0))
    with world.change() as session:
        session.add(Heartbeat(worker="rehearsal", started_at=world.now, seen_at=world.now, rings=False))
    world.ways.sms.rings = False
    world.work()
    assert world.asked(appointment) == {"Amira"}


@pytest.mark.thorough
def test_two_questions_to_one_person_are_a_pause_apart(world: World) -> None:
    world.set_pool(text_pause_minutes=30)
    world.mediator("Amira", "kmr")
    first = world.appointment("kmr", world.now + timedelta(days=2, hours=3))
    second = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.work()
    assert len(world.texts_to("Amira")) == 1
    world.work(minutes=29)
    assert len(world.texts_to("Amira")) == 1
    world.work(minutes=1)
    assert len(world.texts_to("Amira")) == 2
    assert world.asked(first) == world.asked(second) == {"Amira"}


@pytest.mark.thorough
def test_nobody_is_asked_more_often_a_day_than_the_pool_allows(world: World) -> None:
    world.set_pool(max_texts_per_day=2)
    world.mediator("Amira", "kmr")
    for day in range(1, 5):
        world.appointment("kmr", world.now + timedelta(days=day, hours=3, minutes=day))
    world.work()
    assert len(world.texts_to("Amira")) == 2
    world.now = berlin(2026, 11, 23, 23, 59)
    world.work()
    assert len(world.texts_to("Amira")) == 2
    world.now = berlin(2026, 11, 24, 9, 0)
    world.work()
    assert len(world.texts_to("Amira")) == 4


def test_where_nobody_may_be_asked_in_time_the_coordinator_is_told(world: World) -> None:
    world.set_pool(**USUAL)
    world.mediator("Amira", "kmr")
    world.now = berlin(2026, 11, 24, 22, 0)
    appointment = world.appointment("kmr", berlin(2026, 11, 25, 7, 30))
    world.work()
    assert world.status(appointment) == "unfilled"
    assert not world.texts_to("Amira")
    [alert] = [mail for mail in world.ways.mail.sent if mail.to == "pool@beckum.example"]
    assert "darf niemand mehr angeschrieben werden" in alert.text


@pytest.mark.thorough
def test_of_two_who_are_alike_the_one_asked_longer_ago_is_asked_first(world: World) -> None:
    amira, berat = world.mediator("Amira", "kmr"), world.mediator("Berat", "kmr")
    for name, last in ((amira, 2), (berat, 9)):
        with world.change() as session:
            appointment = world.appointment("tur", world.now + timedelta(days=20, hours=3, minutes=last))
            session.add(
                Offer(
                    appointment_id=appointment, mediator_id=name, round=1, language="tur", status="expired",
                    created_at=world.now, sent_at=world.now - timedelta(days=last), wave=1,
                )
            )  # fmt: skip
    appointment = world.appointment("kmr", world.now + timedelta(days=7, hours=3))
    world.work()
    assert world.asked(appointment) == {"Berat"}
