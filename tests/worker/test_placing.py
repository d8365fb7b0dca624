"""A request is placed at once, by one worker, whatever happens meanwhile."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.journey import queueing
from app.journey.locks import BETTERED_AFTER
from app.journey.queueing import Planned
from app.links import Links
from app.models import Appointment, Offer, PlanRun, PlanRunStatus
from app.worker.placing import BATCH, LEASE, place
from app.worker.tools import Solve
from scheduler.model.plan import Plan
from scheduler.model.problem import Problem
from scheduler.solve import solve
from tests.world import World


def waits_since(world: World, appointment_id: int) -> datetime | None:
    with world.change() as session:
        return session.execute(select(Appointment.place_at).where(Appointment.id == appointment_id)).scalar_one()


def rounds_asked(world: World, appointment_id: int) -> list[int]:
    with world.change() as session:
        asked = select(Offer.round).where(Offer.appointment_id == appointment_id, Offer.sent_at.is_not(None))
        return list(session.scalars(asked))


def plan_due(world: World) -> datetime:
    with world.change() as session:
        waiting = select(PlanRun.due_at).where(PlanRun.status == PlanRunStatus.QUEUED)
        return session.execute(waiting).scalar_one()


def meanwhile(happens: Callable[[], object]) -> Solve:
    """A solver during whose work something happens."""

    def solve_then(problem: Problem, **how: Any) -> Plan:
        happens()
        return solve(problem, **how)

    return solve_then


class Killed(BaseException):
    """As if the process ended here."""


def dies(_problem: Problem, **_how: object) -> Plan:
    raise Killed


def test_somebody_is_asked_without_a_plan_of_the_whole_pool_which_comes_soon(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.work()  # the plan that a new mediator is a reason for
    appointment = world.appointment("kmr")
    assert place(world.worker) == 1
    assert world.asked(appointment) == {"Amira"}
    assert waits_since(world, appointment) is None
    assert plan_due(world) == world.now + BETTERED_AFTER


def test_what_is_handed_back_is_placed_at_once(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr")
    place(world.worker)
    world.accept(appointment, amira)
    world.mediator("Berat", "kmr")
    world.hand_back(appointment, amira)
    place(world.worker)
    assert world.asked(appointment) == {"Berat"}


def test_a_plan_is_searched_only_where_the_first_one_leaves_something_open(world: World) -> None:
    limits: list[object] = []

    def noting(problem: Problem, **how: Any) -> Plan:
        limits.append(how.get("seconds"))
        found = solve(problem, **how)
        # as if it were not known to be the best
        return replace(found, status="feasible")

    world.mediator("Amira", "kmr")
    world.work()
    first = world.appointment("kmr")
    place(replace(world.worker, solve=noting))
    assert limits == [0]
    limits.clear()
    second = world.appointment("kmr")
    place(replace(world.worker, solve=noting))
    assert limits == [0, None], "one person cannot be at both"
    assert (world.asked(first), world.asked(second)) == ({"Amira"}, set())


def test_two_workers_place_the_same_request_once(world: World) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr")
    second = list[int]()
    first = replace(world.worker, solve=meanwhile(lambda: second.append(place(replace(world.worker, name="other")))))
    assert place(first) == 1
    assert second == [0]
    assert len(world.messages(kind="offer", appointment_id=appointment)) == 1


def test_a_worker_that_dies_in_between_leaves_it_to_another(world: World) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr")
    with pytest.raises(Killed):
        place(replace(world.worker, solve=dies))
    assert place(world.worker) == 0, "it may yet be alive"
    world.now += LEASE
    assert place(world.worker) == 1
    assert world.asked(appointment) == {"Amira"}
    assert len(world.messages(kind="offer", appointment_id=appointment)) == 1


def test_a_worker_whose_lease_ran_out_asks_nobody(world: World) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr")

    def take_over() -> None:
        world.now += LEASE
        place(replace(world.worker, name="other"))

    place(replace(world.worker, solve=meanwhile(take_over)))
    assert len(world.messages(kind="offer", appointment_id=appointment)) == 1


def test_what_moves_meanwhile_is_asked_about_for_its_new_time_alone(world: World) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr")
    later = world.now + timedelta(days=8, hours=3)
    moves = iter([lambda: world.edit(appointment, starts_at=later)])

    def move_once() -> None:
        next(moves, lambda: None)()

    place(replace(world.worker, solve=meanwhile(move_once)))
    assert rounds_asked(world, appointment) == [2]


def test_what_is_cancelled_meanwhile_is_asked_about_nobody(world: World) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr")
    place(replace(world.worker, solve=meanwhile(lambda: world.cancel(appointment))))
    assert rounds_asked(world, appointment) == []
    assert place(world.worker) == 0


# the clock of another process, or one that was set back
@pytest.mark.parametrize("behind", [timedelta(seconds=0.5), timedelta(hours=1)])
def test_a_clock_that_is_behind_keeps_nobody_waiting(world: World, behind: timedelta) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr")
    world.now -= behind
    assert place(world.worker) == 1
    assert world.asked(appointment) == {"Amira"}


def test_a_pool_without_people_hears_that_there_is_nobody(world: World) -> None:
    appointment = world.appointment("kmr")
    world.work()
    assert world.status(appointment) == "unfilled"


def test_where_others_would_have_to_change_places_the_whole_plan_looks_at_once(world: World) -> None:
    world.appointment("kmr")
    assert place(world.worker) == 1
    assert plan_due(world) == world.now


def test_who_alone_speaks_a_rare_language_is_kept_free_for_it(world: World) -> None:
    world.mediator("Rare", "tir", "ara")
    world.mediator("Common", "ara")
    # at this hour nobody is asked, so both wait with nobody but the plan's word
    world.set_pool(text_from_minute=12 * 60, text_until_minute=13 * 60)
    rare = world.appointment("tir")
    place(world.worker)
    common = world.appointment("ara")
    place(world.worker)
    with world.change() as session:
        chosen = select(Offer).where(Offer.chosen)
        found = {offer.appointment_id: offer.mediator.name for offer in session.scalars(chosen)}
    assert found == {rare: "Rare", common: "Common"}


def test_any_number_of_requests_is_placed_in_batches_and_nobody_is_asked_twice(world: World) -> None:
    for number in range(6):
        world.mediator(f"Person{number}", "kmr")
    hours = [timedelta(days=day, hours=hour) for day in (1, 2, 3, 4, 7, 8, 9) for hour in range(2, 9)]
    wanted = [world.appointment("kmr", world.now + hour) for hour in hours[: 2 * BATCH + 3]]
    assert place(world.worker) == len(wanted)
    assert all(world.asked(one) for one in wanted)
    with world.change() as session:
        asked = session.execute(select(Offer.appointment_id, Offer.mediator_id)).all()
    assert len(asked) == len(set(asked))


def test_requests_of_several_pools_are_placed_together_each_with_its_own_people(world: World) -> None:
    hagen = World.build(world.app, world.now, key="hagen")
    for one, name in ((world, "Amira"), (hagen, "Hanna")):
        one.mediator(name, "kmr", "tur")
    days = {"kmr": timedelta(days=2), "tur": timedelta(days=3)}
    wanted = [(one, one.appointment(code, world.now + day)) for code, day in days.items() for one in (world, hagen)]
    assert place(world.worker) == len(wanted)
    assert [one.asked(appointment) for one, appointment in wanted] == [{"Amira"}, {"Hanna"}] * 2


def test_who_is_wanted_by_two_requests_of_a_batch_is_asked_about_one_and_left_in_peace(world: World) -> None:
    world.set_pool(text_pause_minutes=30)
    world.mediator("Amira", "kmr")
    wanted = [world.appointment("kmr", world.now + timedelta(days=days)) for days in (2, 3)]
    assert place(world.worker) == 2
    assert sorted(len(world.asked(one)) for one in wanted) == [0, 1]
    world.work(minutes=31)
    assert [world.asked(one) for one in wanted] == [{"Amira"}, {"Amira"}]


def test_one_appointment_that_cannot_be_written_keeps_no_other_of_its_batch_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.mediator("Amira", "kmr")
    broken, well = world.appointment("kmr"), world.appointment("kmr", world.now + timedelta(days=3))
    real = queueing.write_all

    def fail_at_one(
        session: Session, now: datetime, links: Links, lines: Sequence[tuple[Appointment, Planned]]
    ) -> None:
        if any(appointment.id == broken for appointment, _ in lines):
            raise RuntimeError("a fault in one row")
        real(session, now, links, lines)

    monkeypatch.setattr(queueing, "write_all", fail_at_one)
    place(world.worker)
    assert (world.asked(broken), world.asked(well)) == (set(), {"Amira"})
    assert waits_since(world, broken) is None
    assert plan_due(world) == world.now, "the plan of the whole pool sees to it at once"


def test_one_pool_that_cannot_be_placed_keeps_no_other_waiting(world: World) -> None:
    hagen = World.build(world.app, world.now, key="hagen")
    hagen.mediator("Hanna", "kmr")
    amira = world.mediator("Amira", "kmr")
    broken, well = world.appointment("kmr"), hagen.appointment("kmr")

    def fails_here(problem: Problem, **how: Any) -> Plan:
        if str(amira) in {one.id for one in problem.mediators}:
            raise RuntimeError("no solution in this life")
        return solve(problem, **how)

    place(replace(world.worker, solve=fails_here))
    assert hagen.asked(well) == {"Hanna"}
    assert world.asked(broken) == set()
    world.work()
    assert world.asked(broken) == {"Amira"}
