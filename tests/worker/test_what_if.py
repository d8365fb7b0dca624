"""What a worker answers to what coordinators ask of the coming weeks: once, visibly, and not for nobody."""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.errors import Invalid, NotFound
from app.insight import forecast_input
from app.models import RUN_LEASE, Pool, Role, WhatIfRun
from app.models.worker import DEAD_AFTER
from app.registry import what_if as questions
from app.worker import apart, jobs
from app.worker.asked_runs import TOLD_EVERY
from app.worker.tools import GivenUp, GoesOn, Worker
from app.worker.what_if import answer_what_ifs
from scheduler.forecast.changes import Away, Changes, Comparison, Joining, More
from scheduler.forecast.history import History
from scheduler.forecast.what_if import what_if
from scheduler.model.problem import Problem
from tests.world import World


def more(people: int) -> Changes:
    """So many new people."""
    return Changes(joining=(Joining("kmr", (0, 1, 2, 3, 4), 8, 18, people),))


MORE_PEOPLE = more(3)


def quickly(problem: Problem, history: History, changes: Changes, goes_on: GoesOn) -> Comparison:
    """Twenty periods are enough to see whose they are; told as the engine's process is told."""

    def report(share: float) -> None:
        if not goes_on(share):
            raise GivenUp

    return what_if(problem, history, changes, periods=20, report=report)


def worker(world: World, name: str = "test", imagine: Callable[..., Comparison] = quickly) -> Worker:
    """A worker that answers, at the world's time."""
    return replace(world.worker, name=name, imagine=imagine)


def asked(world: World, changes: Changes = MORE_PEOPLE) -> int:
    with world.change() as session:
        today = world.now.date()
        return questions.ask(session, world.now, today, changes, world.staff(session, Role.COORDINATOR)).id


def run_of(world: World, run_id: int) -> WhatIfRun:
    with world.change() as session:
        found = session.get_one(WhatIfRun, run_id)
        session.expunge(found)
        return found


def cancel(world: World, run_id: int) -> None:
    with world.change() as session:
        questions.cancel(session, world.now, run_id)


def test_a_question_is_answered_once_with_what_the_changes_do(world: World) -> None:
    world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    run_id = asked(world)
    assert answer_what_ifs(worker(world)) == 1
    assert answer_what_ifs(worker(world)) == 0
    run = run_of(world, run_id)
    assert (run.finished_at, run.share_done, run.error) == (world.now, 1.0, None)
    found = Comparison.from_json(run.result)
    assert found.total.before.unfilled.mean == 1
    assert found.total.unfilled_more < 0


def test_who_has_nobody_to_answer_leaves_it_waiting(sqlite_world: World) -> None:
    run_id = asked(sqlite_world)
    assert answer_what_ifs(sqlite_world.worker) == 0
    assert run_of(sqlite_world, run_id).started_at is None


def test_it_is_seen_how_far_it_is_but_not_written_more_than_once_a_second(sqlite_world: World) -> None:
    world, seen = sqlite_world, list[tuple[float, bool]]()
    run_id = asked(world)

    def slowly(problem: Problem, history: History, changes: Changes, goes_on: GoesOn) -> Comparison:
        for share in (0.1, 0.2):
            seen.append((run_of(world, run_id).share_done, goes_on(share)))
        world.now += TOLD_EVERY
        seen.append((run_of(world, run_id).share_done, goes_on(0.3)))
        seen.append((run_of(world, run_id).share_done, True))
        return quickly(problem, history, changes, goes_on)

    answer_what_ifs(worker(world, imagine=slowly))
    assert seen == [(0.0, True), (0.1, True), (0.1, True), (0.3, True)]


def test_who_wants_to_know_no_more_stops_it(world: World) -> None:
    run_id = asked(world)
    heard = list[bool]()

    def slowly(problem: Problem, history: History, changes: Changes, goes_on: GoesOn) -> Comparison:
        cancel(world, run_id)
        heard.append(goes_on(0.5))
        raise GivenUp

    assert answer_what_ifs(worker(world, imagine=slowly)) == 1
    run = run_of(world, run_id)
    assert heard == [False]
    assert (run.finished_at, run.cancelled_at, run.result, run.error) == (world.now, world.now, None, None)


def test_what_is_cancelled_before_anybody_began_is_not_begun(sqlite_world: World) -> None:
    run_id = asked(sqlite_world)
    cancel(sqlite_world, run_id)
    cancel(sqlite_world, run_id)
    assert answer_what_ifs(worker(sqlite_world)) == 0
    assert run_of(sqlite_world, run_id).finished_at == sqlite_world.now
    with pytest.raises(NotFound):
        cancel(sqlite_world, run_id + 1)


def test_a_worker_that_falls_silent_is_relieved_and_does_not_overwrite_the_answer(world: World) -> None:
    run_id = asked(world)

    def hangs(problem: Problem, history: History, changes: Changes, goes_on: GoesOn) -> Comparison:
        assert answer_what_ifs(worker(world, "other")) == 0, "it is not silent for long enough yet"
        world.now += RUN_LEASE + timedelta(seconds=1)
        jobs.beat(worker(world))
        assert answer_what_ifs(worker(world, "other")) == 1
        assert not goes_on(0.9)
        raise RuntimeError("too late anyway")

    jobs.beat(worker(world))
    answer_what_ifs(worker(world, imagine=hangs))
    run = run_of(world, run_id)
    assert (run.claimed_by, run.error) == ("other", None)
    assert run.result is not None


@pytest.mark.parametrize("name", ["test", "other"])
def test_what_a_worker_was_at_that_ended_goes_on_without_waiting(world: World, name: str) -> None:
    run_id = asked(world)

    def killed(*_: object) -> Comparison:
        raise SystemExit(137)

    with pytest.raises(SystemExit):
        answer_what_ifs(worker(world, imagine=killed))
    assert run_of(world, run_id).claimed_by == "test"
    # one of another name cannot tell yet; the same name is the same worker, started anew
    assert answer_what_ifs(worker(world, name)) == (name == "test")
    world.now += DEAD_AFTER
    assert answer_what_ifs(worker(world, name)) == (name == "other")
    assert run_of(world, run_id).result is not None


def test_what_cannot_be_answered_is_said_and_keeps_no_other_waiting(sqlite_world: World) -> None:
    first, second = asked(sqlite_world), asked(sqlite_world, more(4))
    tried = list[int]()

    def once(problem: Problem, history: History, changes: Changes, goes_on: GoesOn) -> Comparison:
        tried.append(1)
        if len(tried) == 1:
            raise apart.CutOff("killed")
        return quickly(problem, history, changes, goes_on)

    assert answer_what_ifs(worker(sqlite_world, imagine=once)) == 2
    assert run_of(sqlite_world, first).error == "CutOff"
    assert run_of(sqlite_world, second).result is not None


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        (Changes(), {"changes"}),
        (
            Changes(joining=(Joining("nix", (), 12, 8, 0),)),
            {f"joining-0-{one}" for one in ("language", "days", "closes", "people")},
        ),
        (Changes(more=(More("kmr", 5),)), {"more-0-language"}),
    ],
)
def test_what_cannot_be_asked_is_named(sqlite_world: World, changes: Changes, fields: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        asked(sqlite_world, changes)
    assert {one.field for one in refused.value.problems} == fields


def test_only_people_of_the_pool_can_be_away_and_only_in_the_weeks_that_are_played(sqlite_world: World) -> None:
    world = sqlite_world
    amira, today = str(world.mediator("Amira", "kmr")), world.now.date()
    wrong = (
        Away("99", today, today),
        Away(amira, today + timedelta(days=2), today),
        Away(amira, today + timedelta(days=28), today + timedelta(days=30)),
        Away(amira, today, today + timedelta(days=400)),
    )
    with pytest.raises(Invalid) as refused:
        asked(world, Changes(away=wrong))
    assert [one.field for one in refused.value.problems] == ["away-0-mediator", "away-1-last", "away-2-first"]


def test_no_more_wait_than_somebody_would_wait_for(sqlite_world: World) -> None:
    for number in range(questions.MOST_WAITING):
        asked(sqlite_world, more(number + 1))
    with pytest.raises(Invalid):
        asked(sqlite_world, more(questions.MOST_WAITING + 1))


def test_a_button_that_is_pressed_twice_asks_once(world: World) -> None:
    first = asked(world)
    assert asked(world) == first
    assert asked(world, more(4)) != first
    cancel(world, first)
    assert asked(world) != first


def test_what_nobody_is_at_any_more_ends_as_soon_as_nobody_wants_it(world: World) -> None:
    run_id = asked(world)

    def hangs(problem: Problem, history: History, changes: Changes, goes_on: GoesOn) -> Comparison:
        world.now += RUN_LEASE
        cancel(world, run_id)
        assert not goes_on(0.9)
        return quickly(problem, history, changes, lambda _share: True)

    answer_what_ifs(worker(world, imagine=hangs))
    run = run_of(world, run_id)
    assert (run.finished_at, run.result) == (run.cancelled_at, None)
    assert answer_what_ifs(worker(world, "other")) == 0


def test_what_was_asked_for_before_a_forecast_looks_says_nothing_of_more_of_the_same(sqlite_world: World) -> None:
    world = sqlite_world
    world.appointment("kmr", world.now + timedelta(days=1))
    world.now += timedelta(days=2)
    run_id = asked(world, Changes(more=(More("kmr", 5),)))
    assert answer_what_ifs(worker(world)) == 1
    assert run_of(world, run_id).result is not None
    world.now += timedelta(weeks=52)
    with pytest.raises(Invalid):
        asked(world, Changes(more=(More("kmr", 5),)))


def test_of_old_ones_only_some_are_kept(sqlite_world: World) -> None:
    made = []
    for _ in range(questions.KEPT + 3):
        made.append(asked(sqlite_world))
        cancel(sqlite_world, made[-1])
    with sqlite_world.change() as session:
        kept = [one.id for one in questions.asked(session)]
    assert kept == sorted(made, reverse=True)[: questions.KEPT]


@pytest.mark.processes
def test_the_engines_own_process_answers_and_can_be_stopped(sqlite_world: World) -> None:
    sqlite_world.appointment("kmr", sqlite_world.now + timedelta(days=3))
    told, run_id = list[float](), asked(sqlite_world)

    def listened(problem: Problem, history: History, changes: Changes, goes_on: GoesOn) -> Comparison:
        def listen(share: float) -> bool:
            told.append(share)
            return goes_on(share)

        return apart.what_if(problem, history, changes, listen)

    answer_what_ifs(worker(sqlite_world, imagine=listened))
    assert run_of(sqlite_world, run_id).result is not None
    assert told == sorted(told)
    assert len(told) >= 2
    second = asked(sqlite_world)

    def stopped(problem: Problem, history: History, changes: Changes, goes_on: GoesOn) -> Comparison:
        return apart.what_if(problem, history, changes, lambda _share: False)

    answer_what_ifs(worker(sqlite_world, imagine=stopped))
    assert run_of(sqlite_world, second).result is None


def test_a_process_that_dies_says_its_last_words(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    command = tmp_path / "dies"
    command.write_text("#!/bin/sh\necho no memory left >&2\nexit 3\n", encoding="utf-8")
    command.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(command))
    with sqlite_world.change() as session:
        known = forecast_input.read(session, sqlite_world.now, session.get_one(Pool, sqlite_world.pool_id))
    with pytest.raises(apart.CutOff, match="no memory left"):
        apart.what_if(known.problem, known.history, Changes(), lambda _share: True)
