"""The ladder among several workers and within the hours in which people may be asked: no rung too early, none lost."""

from datetime import timedelta

from sqlalchemy import select

from app.journey import matching, offering, queueing
from app.journey.locks import lock_appointment
from app.journey.queueing import Planned
from app.journey.undoing import Undone
from app.models import Appointment, Offer, OfferStatus, Pool
from app.worker import placing
from tests.journey.test_falling_back import FAR_AWAY, questions, row, steps
from tests.journey.test_undoing import change, undo
from tests.world import World


def test_a_worker_that_places_for_several_pools_takes_a_rung_itself(world: World) -> None:
    first = world.mediator("Selam", "tir")
    world.mediator("Dilan", "tur")
    appointment = world.appointment("tir", fallbacks=("language",), fallback_languages=("tur",))
    world.work()
    with world.change() as session:
        session.get_one(Appointment, appointment).fall_back_at = world.now
    world.mediator("Yonas", "tir")
    world.decline(appointment, first)
    placing.place(world.worker)
    assert steps(world, appointment) == [("language", "running")]


def test_silence_is_closed_before_another_way_is_tried(world: World) -> None:
    for name in ("Abel", "Biniam"):
        world.mediator(name, "tir")
    world.mediator("Far", "tir", home=FAR_AWAY, max_travel_minutes=30)
    appointment = world.appointment("tir", world.now + timedelta(hours=6), fallbacks=("mode",))
    world.work()
    with world.change() as session:
        world.now = max(one.due_at for one in session.scalars(select(Offer)) if one.due_at)
        first, second = offering.overdue(session, world.now)
    with world.change() as session:
        offering.close(session, world.now, world.links, first)
    placing.place(world.worker)
    world.work()
    assert world.asked(appointment) == {"Far"}
    with world.change() as session:
        assert session.get_one(Offer, second).status is OfferStatus.EXPIRED


def test_who_rests_is_asked_before_another_way_is_tried(world: World) -> None:
    """7:00 in Beckum; the office asks nobody before 11:00, and the appointment is at 14:00."""
    world.set_pool(text_from_minute=11 * 60)
    world.mediator("Selam", "tir")
    world.mediator("Far", "tir", home=FAR_AWAY, max_travel_minutes=30)
    appointment = world.appointment("tir", world.now + timedelta(hours=7), fallbacks=("mode",))
    for _ in range(5 * 12):
        world.work(minutes=5)
        if world.asked(appointment):
            break
    assert world.asked(appointment) == {"Selam"}
    assert row(world, appointment).mode == "on_site"


def test_where_no_other_way_finds_anybody_the_search_goes_on(world: World) -> None:
    first = world.mediator("Selam", "tir")
    appointment = world.appointment("tir", fallbacks=("mode",))
    world.work()
    assert world.asked(appointment) == {"Selam"}
    world.mediator("Yonas", "tir", modes=("on_site",))
    with world.change() as session:
        session.get_one(Appointment, appointment).fall_back_at = world.now
    world.decline(appointment, first)
    world.work()
    assert world.asked(appointment) == {"Yonas"}
    assert world.messages(kind="requester_unfilled") == []


def test_an_older_plan_does_not_end_what_was_begun_since(world: World) -> None:
    world.mediator("Dilan", "tur")
    appointment = world.appointment("tir", fallback_languages=("tur",))
    world.work()
    assert world.status(appointment) == "unfilled"
    with world.worker.pool(world.pool_id)() as session:
        taken = matching.snapshot(session, world.now, session.get_one(Pool, world.pool_id))
    plan = world.worker.solve(taken.problem)
    world.edit(appointment, fallbacks=("language",))
    with world.worker.pool(world.pool_id)() as session:
        held = lock_appointment(session, appointment)
        queueing.write_all(session, world.now, world.links, [(held, Planned(plan, taken))])
    assert steps(world, appointment) == [("language", "running")]
    world.work()
    assert world.asked(appointment) == {"Dilan"}


def test_after_a_move_is_undone_nobody_is_asked_again_for_the_time_they_refused(world: World) -> None:
    near = world.mediator("Selam", "tir")
    far = world.mediator("Yonas", "tir", home=FAR_AWAY, max_travel_minutes=30)
    appointment = world.appointment("tir", fallbacks=("mode",))
    world.work()
    world.decline(appointment, near)
    world.work()
    assert world.asked(appointment) == {"Yonas"}
    world.work(seconds=30)
    step = change(world, appointment, starts_at=world.now + timedelta(days=3))
    assert undo(world, appointment, step, seconds=5) is Undone.UNSEEN
    world.work()
    assert world.asked(appointment) == {"Yonas"}
    world.decline(appointment, far)
    world.work()
    assert world.asked(appointment) == set()
    assert questions(world, appointment, near) == 1


def test_an_undone_move_of_what_nobody_could_come_to_leaves_it_at_its_end(world: World) -> None:
    appointment = world.appointment("tir", fallbacks=("mode",))
    world.work()
    world.work(seconds=30)
    step = change(world, appointment, starts_at=world.now + timedelta(days=3))
    undo(world, appointment, step, seconds=5)
    assert (world.status(appointment), row(world, appointment).fall_back_at) == ("unfilled", None)


def test_what_is_handed_back_is_tried_otherwise_in_time(world: World) -> None:
    first = world.mediator("Selam", "tir")
    world.mediator("Dilan", "tur")
    start = world.now + timedelta(hours=6)
    appointment = world.appointment("tir", start, fallbacks=("language",), fallback_languages=("tur",))
    world.work()
    world.accept(appointment, first)
    assert row(world, appointment).fall_back_at is None
    world.now += timedelta(hours=1)
    world.hand_back(appointment, first)
    # half of the five hours that are left, without the last five minutes
    assert row(world, appointment).fall_back_at == start - timedelta(hours=2, minutes=32, seconds=30)
