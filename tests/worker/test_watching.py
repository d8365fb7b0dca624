"""What a long plan tells of itself, and how its search is ended."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.journey import locks
from app.journey.locks import BETTERED_AFTER
from app.models import PlanPhase, PlanRun, PlanRunStatus
from app.worker import planning, watching
from app.worker.watching import Watch
from scheduler.model.plan import Plan
from scheduler.model.problem import Problem
from scheduler.search.portfolio import Progress
from scheduler.solve import solve
from tests.soak.waiting import wait_until
from tests.world import World

HALFWAY = Progress(seconds=2.0, phase="improve", coverage=3.0, coverage_bound=4.0)


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "EVERY", 0.01)


def newest(world: World) -> PlanRun:
    with world.change() as session:
        run = session.execute(select(PlanRun).order_by(PlanRun.id.desc()).limit(1)).scalar_one()
        session.expunge(run)
        return run


def wished(world: World) -> int:
    """A plan that is wished for, of whatever is open; gives its id."""
    with world.change() as session:
        return locks.request_plan(session, world.now, "test", world.pool_id).id


def planned(world: World, meanwhile: Callable[..., object], *, proved: bool = True) -> None:
    """Plan with an engine during whose work something happens, and which proves its plan or does not."""

    def long(problem: Problem, **how: Any) -> Plan:
        meanwhile(**how)
        found = solve(problem)
        return found if proved else replace(found, status="feasible")

    planning.plan(replace(world.worker, solve=long))


def test_how_far_it_is_stands_in_the_row_while_it_searches(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.appointment("kmr")
    wished(world)
    seen = list[PlanRun]()

    def looked_at(report: Callable[[Progress], None], **_how: Any) -> None:
        report(HALFWAY)
        wait_until(lambda: newest(world).coverage == 3.0, "it is written", every=0.01)
        seen.append(newest(world))

    planned(world, looked_at)
    assert (seen[0].phase, seen[0].coverage_bound, seen[0].status) == (PlanPhase.SEARCHING, 4.0, PlanRunStatus.RUNNING)
    run = newest(world)
    assert (run.status, run.phase) == (PlanRunStatus.DONE, None)
    assert run.result is not None
    assert (run.result["asked"], run.result["ended"]) == (1, False)


def test_a_plan_that_is_ready_before_the_first_look_writes_nothing_of_itself(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "EVERY", 60.0)
    world.mediator("Amira", "kmr")
    world.appointment("kmr")
    wished(world)
    planned(world, lambda report, **_how: report(HALFWAY))
    assert newest(world).coverage is None


def ended_early(world: World, run: int) -> Callable[..., None]:
    def end(report: Callable[[Progress], None], interrupt: Any, **_how: Any) -> None:
        with world.change() as session:
            locks.end_search(session, world.now, run)
        report(HALFWAY)
        wait_until(lambda: interrupt.stopped, "the search is ended", every=0.01)

    return end


def test_a_search_that_is_ended_leaves_what_it_found_and_calls_nobody_unfilled(world: World) -> None:
    world.mediator("Amira", "kmr")
    found, lacking = world.appointment("kmr"), world.appointment("tir")
    world.left_to_plan(found, lacking)
    run = wished(world)
    planned(world, ended_early(world, run), proved=False)
    assert world.asked(found) == {"Amira"}
    assert world.status(lacking) == "open", "a longer search may find somebody"
    with world.change() as session:
        first = session.get_one(PlanRun, run)
        assert first.result is not None
        assert first.result["ended"] is True
        after = session.execute(select(PlanRun).where(PlanRun.status == PlanRunStatus.QUEUED)).scalar_one()
        assert after.due_at == world.now + BETTERED_AFTER
    world.work(minutes=1)
    assert world.status(lacking) == "unfilled"


def test_a_plan_that_is_proved_is_whole_though_somebody_wanted_to_end_it(world: World) -> None:
    lacking = world.appointment("tir")
    world.left_to_plan(lacking)
    run = wished(world)
    planned(world, ended_early(world, run))
    assert world.status(lacking) == "unfilled"


def running(world: World) -> int:
    run = wished(world)
    with world.change() as session:
        found = session.get_one(PlanRun, run)
        found.advance(PlanRunStatus.RUNNING)
        found.claimed_by, found.lease_until = "test", world.now + timedelta(minutes=5)
        found.started_at = world.now
    return run


def test_a_search_is_not_ended_before_there_is_a_plan(world: World) -> None:
    run = running(world)
    watch = Watch(world.worker.pool(world.pool_id), run, "test")
    with world.change() as session:
        locks.end_search(session, world.now, run)
    watch.look()
    assert not watch.interrupt.stopped
    watch.report(HALFWAY)
    watch.look()
    assert watch.interrupt.stopped


def test_who_is_no_longer_at_it_writes_nothing(world: World) -> None:
    run = running(world)
    watch = Watch(world.worker.pool(world.pool_id), run, "another")
    watch.report(HALFWAY)
    watch.look()
    assert newest(world).coverage is None


def test_what_goes_wrong_with_looking_is_no_business_of_the_plan(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr")
    wished(world)
    looks = list[int]()

    def fail(_watch: Watch) -> None:
        looks.append(1)
        raise RuntimeError("the database is away")

    monkeypatch.setattr(Watch, "look", fail)
    planned(world, lambda **_how: wait_until(lambda: len(looks) > 1, "it has been tried twice", every=0.01))
    assert world.asked(appointment) == {"Amira"}


def test_a_killed_worker_leaves_a_run_that_the_next_begins_anew(world: World) -> None:
    run = running(world)
    watch = Watch(world.worker.pool(world.pool_id), run, "test")
    watch.report(HALFWAY)
    watch.look()
    world.now += timedelta(minutes=5, seconds=1)
    planning.wish_for_plans(world.worker)
    found = newest(world)
    assert (found.status, found.coverage, found.phase) == (PlanRunStatus.QUEUED, None, None)
    planning.plan(world.worker)
    assert newest(world).status is PlanRunStatus.DONE
