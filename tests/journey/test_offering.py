"""As few as needed are asked, the next when somebody says no or is silent, and nobody twice."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.journey import offering
from app.journey.history import SERVICE
from app.journey.timing import acceptance
from app.models import Appointment, Link, Mediator, Message, MessageStatus, Offer, Pool
from app.registry.mediator_data import data_of
from app.registry.mediators import update
from notifications.transports import TransportError
from tests.world import World

NAMES = ("Amira", "Berat", "Cem", "Dilan", "Evin", "Fidan", "Gulan", "Hevi", "Ilyas", "Jiyan", "Kawa", "Leyla")


def people(world: World, count: int = 12) -> dict[str, int]:
    return {name: world.mediator(name, "kmr") for name in NAMES[:count]}


def texts(world: World) -> dict[str, int]:
    with world.change() as session:
        known = session.scalars(select(Mediator.name)).all()
    return {name: len(world.texts_to(name)) for name in known}


@pytest.mark.thorough
def test_short_notice_asks_wider_than_long_notice(world: World) -> None:
    people(world)
    soon = world.appointment("kmr", world.now + timedelta(hours=3))
    later = world.appointment("kmr", world.now + timedelta(days=9, hours=3))
    world.work()
    assert len(world.asked(soon)) > len(world.asked(later)) >= 1


@pytest.mark.thorough
def test_a_higher_target_asks_more_and_tells_a_higher_chance(world: World) -> None:
    people(world)
    asked, chance = [], []
    for target, days in ((60, 2), (99, 3)):
        world.set_pool(fill_target=target)
        appointment = world.appointment("kmr", world.now + timedelta(hours=5 + days / 10))
        world.work()
        asked.append(len(world.asked(appointment)))
        with world.change() as session:
            chance.append(session.get_one(Appointment, appointment).chance)
    assert asked[0] < asked[1]
    assert 0.6 < chance[0] < chance[1]  # type: ignore[operator]


@pytest.mark.thorough
def test_silence_opens_the_next_wave_before_the_deadline(world: World) -> None:
    people(world)
    appointment = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.work()
    first = world.asked(appointment)
    with world.change() as session:
        found = session.get_one(Appointment, appointment)
        assert found.look_again_at is not None
        assert found.answer_by is not None
        assert world.now < found.look_again_at < found.answer_by
        again = found.look_again_at
    world.now = again - timedelta(seconds=1)
    world.work()
    assert world.asked(appointment) == first
    world.work(seconds=1)
    assert world.asked(appointment) > first


@pytest.mark.thorough
def test_everybody_is_asked_once_until_nobody_is_left(world: World) -> None:
    people(world, 5)
    appointment = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    for _ in range(40):
        world.work(hours=2)
    assert texts(world) == dict.fromkeys(NAMES[:5], 1)
    assert world.status(appointment) == "unfilled"


@pytest.mark.thorough
def test_who_was_asked_for_the_old_time_is_asked_for_the_new_one(world: World) -> None:

    people(world, 1)
    appointment = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.work()
    world.edit(appointment, starts_at=world.now + timedelta(days=4, hours=3))
    world.work()
    assert texts(world) == {"Amira": 2}


@pytest.mark.thorough
@pytest.mark.parametrize("leaves", [False, True])
def test_whom_a_coordinator_asks_all_the_same_is_not_taken_back_by_a_plan(world: World, leaves: bool) -> None:
    amira = world.mediator("Amira", "kmr", availability=())
    appointment = world.appointment("kmr")
    world.work()
    world.ask(appointment, amira)
    if leaves:
        with world.change() as session:
            session.get_one(Mediator, amira).opted_out_at = world.now
    world.work(minutes=15)
    assert world.asked(appointment) == (set() if leaves else {"Amira"})
    if not leaves:
        world.accept(appointment, amira)
        assert world.coming(appointment) == {"Amira"}


def test_an_absence_entered_takes_the_question_back_and_asks_somebody_else(world: World) -> None:
    known = people(world, 2)
    starts = world.now + timedelta(days=4, hours=3)
    appointment = world.appointment("kmr", starts)
    world.work()
    [first] = world.asked(appointment)
    with world.change() as session:
        mediator = session.execute(select(Mediator).where(Mediator.id == known[first])).scalar_one()
        data = data_of(mediator)
        away = {**vars(data), "absences": ((starts.date(), starts.date()),)}
        update(session, world.now, world.links, mediator.id, type(data)(**away), SERVICE)
    world.work()
    assert world.asked(appointment) == set(NAMES[:2]) - {first}


@pytest.mark.thorough
def test_a_new_request_disturbs_nobody_who_was_asked(world: World) -> None:
    people(world, 6)
    starts = world.now + timedelta(days=4, hours=3)
    first = world.appointment("kmr", starts)
    world.work()
    before = world.asked(first)
    world.appointment("kmr", starts)
    world.work()
    assert before <= world.asked(first)
    assert set(texts(world).values()) == {0, 1}


@pytest.mark.thorough
def test_an_outage_moves_the_deadline_instead_of_calling_it_silence(world: World) -> None:
    people(world, 1)
    appointment = world.appointment("kmr", world.now + timedelta(days=1, hours=3))
    world.ways.sms.fail(TransportError("transient", "503", "away"), times=10_000)
    for _ in range(20):
        world.work(hours=1)
    assert world.status(appointment) == "offering"
    world.ways.sms.failures.clear()
    world.work(minutes=10)
    assert texts(world) == {"Amira": 1}
    with world.change() as session:
        [offer] = session.scalars(select(Offer)).all()
        assert offer.due_at is not None
        assert offer.due_at > world.now, "there is time left to answer"


@pytest.mark.thorough
def test_a_yes_to_what_is_filled_is_thanked_and_a_cancellation_told(world: World) -> None:
    known = people(world, 3)
    appointment = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.ask(appointment, *known.values())
    world.work()
    with world.change() as session:
        offering.close(session, world.now, world.links, world.offer(session, appointment, known["Cem"]).id)
    from app.journey import requesting

    with world.change() as session:
        requesting.cancel(session, world.now, world.links, appointment, SERVICE)
    world.work()
    assert texts(world) == {"Amira": 2, "Berat": 2, "Cem": 1}, "who is still asked hears of it"


def test_chances_are_learned_from_answers_and_kept(world: World) -> None:
    known = people(world, 2)
    with world.change() as session:
        for name, status in (("Amira", "accepted"), ("Berat", "declined")):
            for number in range(20):
                sent = world.now - timedelta(days=10 + number)
                appointment = Appointment(
                    organisation_id=world.organisation_id, language="kmr", mode="phone", created_at=sent,
                    starts_at=sent + timedelta(days=5), ends_at=sent + timedelta(days=5, hours=1), status="done",
                )  # fmt: skip
                session.add(appointment)
                session.flush()
                session.add(
                    Offer(
                        appointment_id=appointment.id, mediator_id=known[name], round=1, language="kmr", status=status,
                        created_at=sent, sent_at=sent, due_at=sent + timedelta(hours=12), wave=1,
                        answered_at=sent + timedelta(minutes=20), answered_via="sms",
                    )
                )  # fmt: skip
    world.work()
    with world.change() as session:
        pool = session.execute(select(Pool)).scalar_one()
        assert pool.acceptance_at == world.now
        learned = acceptance.of_pool(pool)
        amira, berat = (learned.chance(str(known[name]), world.now, world.now + timedelta(days=5)) for name in known)
    assert amira > 0.6
    assert berat < 0.2


def test_one_link_serves_every_message_about_a_question(world: World) -> None:
    [amira] = people(world, 1).values()
    appointment = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.work()
    with world.change() as session:
        offer = world.offer(session, appointment, amira)
        assert len(session.scalars(select(Link).where(Link.offer_id == offer.id)).all()) == 1
        [message] = session.scalars(select(Message).where(Message.offer_id == offer.id)).all()
        assert message.status is MessageStatus.SENT
