"""Neighbours lend each other people: asked over there, coming here, and never two for one seat."""

from typing import Any

import pytest
from sqlalchemy import select

from app.errors import AlreadyTaken, JourneyError, NoLongerOpen
from app.journey import requesting
from app.journey.history import SERVICE
from app.models import Appointment, BorrowedSeat, FallbackStep, Lending, LendingAgreement
from app.registry import lending_agreements
from app.registry.lending_agreements import AgreementData
from tests.world import World


@pytest.fixture
def hagen(world: World) -> World:
    """A neighbour whose phones lead into the same lists."""
    other = World.build(world.app, world.now, key="hagen")
    other.ways = world.ways
    return other


def agree(one: World, other: World, *languages: str, modes: tuple[str, ...] = ("on_site", "phone")) -> int:
    with one.change() as session:
        wish = AgreementData(other.pool_id, languages or ("tir",), modes)
        offered = lending_agreements.offer(session, one.now, one.pool_id, wish, SERVICE).id
    with other.change() as session:
        lending_agreements.answer(session, one.now, other.pool_id, offered, SERVICE, accepted=True)
    return offered


def guest_of(world: World, hagen: World, appointment: int) -> int:
    """The newest appointment in Hagen that is there for this one."""
    with world.change() as session:
        found = select(Lending.guest_id).where(Lending.appointment_id == appointment).order_by(Lending.id.desc())
        return session.execute(found.limit(1)).scalar_one()


def lent(world: World, hagen: World, **values: Any) -> tuple[int, int, int]:
    """Tigrinya is wanted in Beckum and spoken in Hagen, by Selam: appointment, guest, and who is asked."""
    agree(world, hagen)
    selam = hagen.mediator("Selam", "tir")
    values.setdefault("fallbacks", ("neighbour",))
    appointment = world.appointment("tir", **values)
    world.work()
    return appointment, guest_of(world, hagen, appointment), selam


def row(world: World, appointment: int) -> Appointment:
    with world.change() as session:
        found = session.get_one(Appointment, appointment)
        session.expunge(found)
    return found


def borrowed(world: World, appointment: int) -> list[str]:
    with world.change() as session:
        return [one.name for one in session.get_one(Appointment, appointment).borrowed_seats]


def to_requester(world: World) -> list[str]:
    return [mail.text for mail in world.ways.mail.sent if mail.to == "sozialamt@beckum.example"]


def test_a_yes_over_there_fills_it_here(world: World, hagen: World) -> None:
    appointment, guest, selam = lent(world, hagen)
    assert world.status(appointment) == "offering"
    assert hagen.asked(guest) == {"Selam"}
    hagen.accept(guest, selam)
    assert (world.status(appointment), hagen.status(guest)) == ("filled", "filled")
    assert borrowed(world, appointment) == ["Selam"]
    world.work(seconds=11)
    assert len(to_requester(world)) == 1
    assert "Selam" in to_requester(world)[0]
    assert len(hagen.texts_to("Selam")) == 2


def test_cancelled_here_it_is_cancelled_there(world: World, hagen: World) -> None:
    appointment, guest, _selam = lent(world, hagen)
    world.cancel(appointment)
    world.work()
    assert hagen.status(guest) == "cancelled"
    assert len(hagen.texts_to("Selam")) == 2


def test_whoever_said_yes_there_is_told_that_it_is_cancelled(world: World, hagen: World) -> None:
    appointment, guest, selam = lent(world, hagen)
    hagen.accept(guest, selam)
    world.work(seconds=11)
    world.cancel(appointment)
    world.work()
    assert hagen.coming(guest) == set()
    assert (hagen.status(guest), row(world, appointment).seats_borrowed) == ("cancelled", 0)
    assert "Abgesagt" in hagen.texts_to("Selam")[-1]


def test_a_yes_here_is_kindly_told_to_whoever_answers_there(world: World, hagen: World) -> None:
    appointment, guest, selam = lent(world, hagen)
    amira = world.mediator("Amira", "tir")
    world.ask(appointment, amira)
    world.accept(appointment, amira)
    with pytest.raises(AlreadyTaken):
        hagen.accept(guest, selam)
    world.work()
    assert (world.coming(appointment), hagen.coming(guest)) == ({"Amira"}, set())
    with pytest.raises(AlreadyTaken):
        hagen.accept(guest, selam)


def test_a_yes_there_is_kindly_told_to_whoever_answers_here(world: World, hagen: World) -> None:
    appointment, guest, selam = lent(world, hagen)
    amira = world.mediator("Amira", "tir")
    world.ask(appointment, amira)
    hagen.accept(guest, selam)
    with pytest.raises(AlreadyTaken):
        world.accept(appointment, amira)
    assert borrowed(world, appointment) == ["Selam"]


def test_undone_at_once_nobody_here_has_heard_of_it(world: World, hagen: World) -> None:
    appointment, guest, selam = lent(world, hagen)
    hagen.accept(guest, selam)
    hagen.now = world.now = world.now.replace(second=world.now.second + 3)
    hagen.undo(guest, selam)
    assert (world.status(appointment), row(world, appointment).seats_borrowed) == ("open", 0)
    world.work(seconds=30)
    assert to_requester(world) == []
    assert world.status(appointment) == "offering"
    assert hagen.asked(guest) == {"Selam"}


def test_handed_back_there_it_is_sought_again(world: World, hagen: World) -> None:
    appointment, guest, selam = lent(world, hagen)
    yonas = hagen.mediator("Yonas", "tir")
    hagen.accept(guest, selam)
    world.work(seconds=11)
    hagen.now = world.now
    hagen.hand_back(guest, selam)
    world.work()
    assert world.status(appointment) == "offering"
    assert hagen.asked(guest) == {"Yonas"}
    hagen.now = world.now
    hagen.accept(guest, yonas)
    assert borrowed(world, appointment) == ["Yonas"]


def test_moved_here_nobody_there_is_wanted_for_the_old_time(world: World, hagen: World) -> None:
    appointment, guest, selam = lent(world, hagen)
    hagen.accept(guest, selam)
    moved = row(world, appointment).starts_at.replace(hour=12)
    world.edit(appointment, starts_at=moved)
    world.work()
    assert (hagen.status(guest), borrowed(world, appointment)) == ("cancelled", [])
    again = guest_of(world, hagen, appointment)
    assert again != guest
    assert row(hagen, again).starts_at == moved
    assert hagen.asked(again) == {"Selam"}


def test_a_no_there_goes_on_here(world: World, hagen: World) -> None:
    appointment, guest, selam = lent(world, hagen)
    hagen.decline(guest, selam)
    world.work()
    assert (hagen.status(guest), world.status(appointment)) == ("cancelled", "unfilled")


def test_the_lender_may_take_it_back(world: World, hagen: World) -> None:
    appointment, guest, selam = lent(world, hagen)
    hagen.accept(guest, selam)
    world.work(seconds=11)
    hagen.now = world.now
    hagen.cancel(guest)
    assert borrowed(world, appointment) == []
    world.work()
    assert world.status(appointment) == "unfilled"


def test_what_a_neighbour_asks_for_is_not_changed_here(world: World, hagen: World) -> None:
    _appointment, guest, _selam = lent(world, hagen)
    with pytest.raises(NoLongerOpen):
        hagen.edit(guest, topic="medical")


def test_a_new_contact_is_told_over_there(world: World, hagen: World) -> None:
    appointment, guest, _selam = lent(world, hagen)
    world.edit(appointment, contact_name="Frau Beispiel", contact_phone="02521 1")
    world.work()
    assert row(hagen, guest).contact_name == "Frau Beispiel"


def test_withdrawn_the_question_ends_and_a_yes_stays(world: World, hagen: World) -> None:
    appointment, guest, selam = lent(world, hagen)
    other = world.appointment("tir", row(world, appointment).starts_at.replace(hour=13), fallbacks=("neighbour",))
    world.work()
    hagen.accept(guest, selam)
    asked = guest_of(world, hagen, other)
    with hagen.change() as session:
        found = session.scalars(select(LendingAgreement)).one()
        lending_agreements.withdraw(session, world.now, hagen.pool_id, found.id, SERVICE)
    with pytest.raises(JourneyError):
        hagen.accept(asked, selam)
    world.work()
    assert (hagen.status(asked), world.status(other)) == ("cancelled", "unfilled")
    assert (hagen.coming(guest), borrowed(world, appointment)) == ({"Selam"}, ["Selam"])


def test_what_is_only_offered_or_not_agreed_is_not_asked_for(world: World, hagen: World) -> None:
    agree(world, hagen, "som")
    hagen.mediator("Selam", "tir", "som")
    tigrinya = world.appointment("tir", fallbacks=("neighbour",))
    video = world.appointment("som", mode="video", fallbacks=("neighbour",))
    world.work()
    assert (world.status(tigrinya), world.status(video)) == ("unfilled", "unfilled")


def test_the_neighbours_own_appointments_come_first(world: World, hagen: World) -> None:
    agree(world, hagen)
    hagen.mediator("Selam", "tir")
    own = hagen.appointment("tir")
    appointment = world.appointment("tir", fallbacks=("neighbour",))
    world.work()
    assert hagen.asked(own) == {"Selam"}
    assert world.status(appointment) in {"unfilled", "offering"}
    with world.change() as session:
        guests = session.scalars(select(Lending.guest_id)).all()
    assert all(hagen.asked(one) == set() for one in guests)


def test_one_of_two_may_come_from_a_neighbour(world: World, hagen: World) -> None:
    agree(world, hagen)
    amira, selam = world.mediator("Amira", "tir"), hagen.mediator("Selam", "tir")
    appointment = world.appointment("tir", mediators_needed=2, fallbacks=("neighbour",))
    world.work()
    world.accept(appointment, amira)
    world.work()
    guest = guest_of(world, hagen, appointment)
    assert row(hagen, guest).mediators_needed == 1
    hagen.accept(guest, selam)
    assert (world.status(appointment), world.coming(appointment)) == ("filled", {"Amira"})
    assert borrowed(world, appointment) == ["Selam"]


def test_a_worker_that_dies_in_between_leaves_nobody_waiting(world: World, hagen: World) -> None:
    appointment, guest, _selam = lent(world, hagen)
    with world.change() as session:
        requesting.cancel(session, world.now, world.links, appointment, SERVICE)
        assert session.scalars(select(Lending.due_at)).one() == world.now
    assert hagen.status(guest) == "offering"
    world.work(hours=3)
    assert hagen.status(guest) == "cancelled"


def test_the_step_says_who_is_asked(world: World, hagen: World) -> None:
    appointment, _guest, _selam = lent(world, hagen)
    with world.change() as session:
        step = session.scalars(select(FallbackStep).where(FallbackStep.appointment_id == appointment)).one()
        assert (step.rung, step.neighbour_id, step.people, step.minutes) == ("neighbour", hagen.pool_id, 1, 5)


def test_no_third_pool_sees_any_of_it(world: World, hagen: World) -> None:
    lent(world, hagen)
    third = World.build(world.app, world.now, key="ahlen")
    with third.change() as session:
        for rows in (LendingAgreement, Lending, BorrowedSeat):
            assert session.scalars(select(rows)).all() == []


def test_a_neighbour_that_answers_twice_takes_one_seat(world: World, hagen: World) -> None:
    appointment, guest, selam = lent(world, hagen)
    hagen.accept(guest, selam)
    hagen.accept(guest, selam)
    with pytest.raises(NoLongerOpen):
        hagen.decline(guest, selam)
    world.work(seconds=11)
    assert borrowed(world, appointment) == ["Selam"]
    assert len(to_requester(world)) == 1


def test_a_neighbour_that_does_not_answer_is_not_waited_for(world: World, hagen: World) -> None:
    appointment, guest, selam = lent(world, hagen)
    for _ in range(14):
        world.work(hours=2)
    assert (world.status(appointment), borrowed(world, appointment)) == ("unfilled", [])
    hagen.now = world.now
    with pytest.raises(JourneyError):
        hagen.accept(guest, selam)
    assert row(world, appointment).seats_borrowed == 0


def test_undone_nothing_is_kept_of_who_it_was(world: World, hagen: World) -> None:
    _appointment, guest, selam = lent(world, hagen)
    hagen.accept(guest, selam)
    hagen.undo(guest, selam)
    with world.change() as session:
        assert session.scalars(select(BorrowedSeat)).all() == []


def test_withdrawn_twice_whoever_was_asked_is_told_once(world: World, hagen: World) -> None:
    _appointment, guest, _selam = lent(world, hagen)
    for pool in (world, hagen):
        with pool.change() as session:
            found = session.scalars(select(LendingAgreement)).one()
            lending_agreements.withdraw(session, world.now, pool.pool_id, found.id, SERVICE)
        world.work()
    assert hagen.status(guest) == "cancelled"
    assert len(hagen.texts_to("Selam")) == 2
