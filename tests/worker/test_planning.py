"""Whole pools: how many at once, and what is written first."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.journey import matching, queueing
from app.models import Appointment, PlanRun, PlanRunStatus, Pool
from app.worker import jobs, planning, writing
from app.worker.placing import place
from app.worker.planning import plan
from app.worker.tools import Worker
from scheduler.model.plan import Plan
from scheduler.model.problem import Problem
from scheduler.solve import solve
from tests.world import World


def test_between_the_parts_of_a_plan_others_may_write_where_only_one_can(world: World) -> None:
    world.mediator("Amira", "kmr")
    for day in (1, 2, 3, 4):
        for hour in (2, 4, 6):
            world.appointment("kmr", world.now + timedelta(days=day, hours=hour))
    pauses: list[float] = []
    plan(replace(world.worker, pause=pauses.append))
    parts = 2 if world.app.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite") else 0
    assert pauses == [writing.LETS_OTHERS_IN] * parts


def test_requests_that_wait_go_before_plans_but_not_for_ever(world: World) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr")
    with world.change() as session:
        session.get_one(Appointment, appointment).place_at = world.now - timedelta(seconds=3)
        [run] = session.scalars(select(PlanRun).where(PlanRun.status == PlanRunStatus.QUEUED)).all()
        run.due_at = world.now - timedelta(seconds=1)
    assert planning.plan(world.worker) == 0
    world.now += planning.WAITS_FOR_REQUESTS
    assert planning.plan(world.worker) == 1


def test_a_request_that_has_just_come_keeps_no_plan_waiting(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.appointment("kmr")
    with world.change() as session:
        [run] = session.scalars(select(PlanRun).where(PlanRun.status == PlanRunStatus.QUEUED)).all()
        run.due_at = world.now
    assert planning.plan(world.worker) == 1


@pytest.mark.parametrize(("beside", "planners", "at_once"), [("here:2", 1, 0), ("here:2", 2, 1), ("there:1", 1, 1)])
def test_as_many_workers_of_a_host_plan_at_once_as_may(world: World, beside: str, planners: int, at_once: int) -> None:
    hagen = World.build(world.app, world.now, key="hagen")
    for town in (world, hagen):
        town.mediator("Amira", "kmr")
    first, second = (replace(world.worker, name=name, planners=planners) for name in ("here:1", beside))
    for worker in (first, second):
        jobs.beat(worker)
    planned = list[int]()

    def meanwhile(problem: Problem, **_how: object) -> Plan:
        planned.append(plan(second))
        return solve(problem)

    plan(replace(first, solve=meanwhile))
    assert planned[0] == at_once


def test_who_has_not_been_asked_about_comes_first_and_what_stands_is_not_written(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.mediator("Nour", "ara")
    early = world.appointment("kmr", world.now + timedelta(days=1, hours=3))
    stands = world.appointment("ara", world.now + timedelta(days=1, hours=3))
    place(world.worker)
    late = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    # there is somebody more for the first, so its line is another
    world.mediator("Berat", "kmr")
    assert different(world, world.worker) == [late, early]
    assert world.asked(stands) == {"Nour"}


def different(world: World, worker: Worker) -> list[int]:
    with world.change() as session:
        pool = session.execute(select(Pool).where(Pool.id == world.pool_id)).scalar_one()
        taken = matching.snapshot(session, world.now, pool)
        return queueing.different(session, world.now, worker.solve(taken.problem), taken)
