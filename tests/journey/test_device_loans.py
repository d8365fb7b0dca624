"""Translation devices: kept for whom nobody can come to, never for two at once, free again when somebody comes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError

from app.errors import IllegalTransition, NoLongerOpen
from app.journey import device_loans, falling_back
from app.journey.history import SERVICE
from app.journey.locks import lock_appointment
from app.models import Appointment, DeviceLoan, LoanState, TranslationDevice
from app.registry import devices
from app.registry.devices import DeviceData
from tests.world import World


def device(world: World, name: str = "Gerät 1", *languages: str) -> int:
    with world.change() as session:
        data = DeviceData(name, "Bürgerbüro, Weststraße 46, Mo–Fr 8–12 Uhr", languages=languages)
        return devices.add(session, world.now, data, SERVICE).id


def kept(world: World, appointment: int) -> str | None:
    """The name of the device that is kept for an appointment."""
    with world.change() as session:
        loan = device_loans.loan_of(session, session.get_one(Appointment, appointment))
        return loan.device.name if loan else None


def test_where_nobody_can_come_a_device_is_kept_and_the_requester_told(world: World) -> None:
    device(world)
    appointment = world.appointment("tir", fallbacks=("device",))
    world.work()
    assert world.status(appointment) == "unfilled"
    assert kept(world, appointment) == "Gerät 1"
    [mail] = [one for one in world.ways.mail.sent if "Gerät 1" in one.text]
    assert "Bürgerbüro" in mail.text


def test_no_device_is_kept_unless_it_is_permitted_and_fits(world: World) -> None:
    device(world, "Gerät 1", "ara", "pes")
    unasked = world.appointment("tir")
    unknown = world.appointment("tir", world.now + timedelta(days=2, hours=3), fallbacks=("device",))
    fitting = world.appointment("ara", world.now + timedelta(days=3, hours=3), fallbacks=("device",))
    world.work()
    assert [kept(world, one) for one in (unasked, unknown, fitting)] == [None, None, "Gerät 1"]


def test_the_rules_keep_devices_from_some_topics(world: World) -> None:
    world.set_pool(forbidden_fallbacks={"device": ["medical"]})
    device(world)
    appointment = world.appointment("tir", fallbacks=("device",), topic="medical")
    world.work()
    assert kept(world, appointment) is None


def test_one_device_is_kept_for_one_appointment_at_a_time(world: World) -> None:
    device(world)
    start = world.now + timedelta(days=1, hours=3)
    first = world.appointment("tir", start, fallbacks=("device",))
    # the way back and there lies between
    second = world.appointment("som", start + timedelta(hours=2), fallbacks=("device",))
    third = world.appointment("som", start + timedelta(hours=4), fallbacks=("device",))
    world.work()
    assert [kept(world, one) is not None for one in (first, second, third)].count(True) == 2
    assert kept(world, third) == "Gerät 1"
    device(world, "Gerät 2")
    world.edit(second, fallbacks=("mode", "device"))
    assert {kept(world, first), kept(world, second)} == {"Gerät 1", "Gerät 2"}


def test_the_database_refuses_two_loans_at_once(world: World) -> None:
    number = device(world)
    first, second = world.appointment("tir"), world.appointment("som")
    with world.change() as session:
        start = session.get_one(Appointment, first).starts_at
        for appointment in (first, second):
            session.add(
                DeviceLoan(
                    device_id=number, appointment_id=appointment, starts_at=start, ends_at=start + timedelta(hours=1),
                    created_at=world.now,
                )
            )  # fmt: skip
        with pytest.raises(IntegrityError):
            session.flush()
        session.rollback()
        assert session.scalar(text("SELECT count(*) FROM device_loan")) == 0


@pytest.mark.parametrize("ends", ["accepted", "cancelled", "moved", "not permitted any more"])
def test_what_is_kept_is_given_free(world: World, ends: str) -> None:
    device(world)
    appointment = world.appointment("tir", fallbacks=("device",))
    world.work()
    assert kept(world, appointment) is not None
    helper = world.mediator("Selam", "tir")
    world.work()
    steps: dict[str, Callable[[], None]] = {
        "accepted": lambda: world.accept(appointment, helper),
        "cancelled": lambda: world.cancel(appointment),
        "moved": lambda: world.edit(appointment, starts_at=world.now + timedelta(days=4, hours=3)),
        "not permitted any more": lambda: world.edit(appointment, fallbacks=("mode",)),
    }
    steps[ends]()
    assert kept(world, appointment) is None


def test_a_device_that_somebody_has_stays_with_them(world: World) -> None:
    device(world)
    appointment = world.appointment("tir", fallbacks=("device",))
    world.work()
    with world.change() as session:
        loan = session.scalars(select(DeviceLoan)).one().id
        device_loans.hand_out(session, world.now, loan, SERVICE)
        device_loans.hand_out(session, world.now, loan, SERVICE)
    world.cancel(appointment)
    with world.change() as session:
        found = device_loans.bring_back(session, world.now, loan, SERVICE, helped=True)
        assert (found.state, found.helped) == (LoanState.RETURNED, True)
        with pytest.raises(NoLongerOpen):
            device_loans.hand_out(session, world.now, loan, SERVICE)


def test_what_is_not_back_in_time_is_promised_to_nobody_for_the_next_days(world: World) -> None:
    device(world)
    first = world.appointment("tir", fallbacks=("device",))
    world.work()
    with world.change() as session:
        loan = device_loans.loan_of(session, session.get_one(Appointment, first))
        assert loan
        number, back_at = loan.id, loan.ends_at
        device_loans.hand_out(session, world.now, number, SERVICE)
    world.now = back_at + timedelta(minutes=5)
    soon, in_a_week = (
        world.appointment("tir", world.now + timedelta(days=days, hours=3), fallbacks=("device",)) for days in (1, 7)
    )
    world.work()
    assert [kept(world, one) for one in (soon, in_a_week)] == [None, "Gerät 1"]
    with world.change() as session:
        device_loans.bring_back(session, world.now, number, SERVICE, helped=True)
        assert device_loans.free_devices(session, world.now, session.get_one(Appointment, soon))


def test_what_was_never_handed_out_cannot_come_back(world: World) -> None:
    device(world)
    world.appointment("tir", fallbacks=("device",))
    world.work()
    with world.change() as session:
        loan = session.scalars(select(DeviceLoan)).one()
        with pytest.raises(NoLongerOpen):
            device_loans.bring_back(session, world.now, loan.id, SERVICE, helped=None)
        with pytest.raises(IllegalTransition):
            loan.advance(LoanState.RETURNED)


def test_a_device_out_of_use_is_lent_to_nobody(world: World) -> None:
    number = device(world)
    with world.change() as session:
        data = devices.data_of(session.get_one(TranslationDevice, number))
        devices.change(session, world.now, number, type(data)(**{**vars(data), "active": False}), SERVICE)
    appointment = world.appointment("tir", fallbacks=("device",))
    world.work()
    assert kept(world, appointment) is None


def test_what_is_just_being_handed_out_is_not_given_free(world: World) -> None:
    """Two processes: one has read the loan and gives it free, the other has handed the device out meanwhile."""
    device(world)
    appointment = world.appointment("tir", fallbacks=("device",))
    world.work()
    with world.change() as session:
        found = session.get_one(Appointment, appointment)
        loan = device_loans.loan_of(session, found)
        assert loan is not None
        own = DeviceLoan.__table__.c
        out = update(DeviceLoan.__table__).where(own.id == loan.id)  # type: ignore[arg-type]
        session.execute(out.values(state=LoanState.HANDED_OUT))
        device_loans.release(session, world.now, found)
        assert loan.state is LoanState.HANDED_OUT


def test_no_device_of_another_pool_is_kept(world: World) -> None:
    other = World.build(world.app, world.now, "ahlen")
    device(other)
    device(world, "Gerät 2", "ara")
    appointment = world.appointment("tir", fallbacks=("device",))
    with world.worker.every_pool() as session:
        falling_back.fall_back(session, world.now, lock_appointment(session, appointment))
    assert kept(world, appointment) is None
    device(world, "Gerät 3")
    with world.worker.every_pool() as session:
        falling_back.fall_back(session, world.now, lock_appointment(session, appointment))
    assert kept(world, appointment) == "Gerät 3"
