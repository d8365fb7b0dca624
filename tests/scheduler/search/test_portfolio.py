"""The whole portfolio on small problems, and what is left of it when a part of it fails."""

import logging
import math
from collections.abc import Callable, Iterator
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from ortools.graph.python import min_cost_flow
from ortools.math_opt.python import mathopt

from benchmarks.ptsp import as_problem, invent, without
from scheduler.audit import faults
from scheduler.generate import Size, generate
from scheduler.model.plan import Plan
from scheduler.model.problem import Problem
from scheduler.search import gap_groups, neighbourhoods, portfolio, price_bound, proofs
from scheduler.search.exact_model import Answer, Effort, Interrupt, optimise
from scheduler.search.portfolio import Progress
from scheduler.solve import solve
from scheduler.tables import linear_program, objective
from scheduler.tables.arrays import Bools, Ints
from scheduler.tables.cliques import cliques
from scheduler.tables.linear_program import Linear
from scheduler.tables.score import figure, fixed_weight
from tests.effort import examples
from tests.scheduler.build import appointment, at, mediator, problem
from tests.scheduler.small_problems import best_rank, small_problems

BOUNDED = settings(
    max_examples=examples(150),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
Patch = Callable[[pytest.MonkeyPatch], None]
CROWDED = generate(Size(12, 60, days=(3, 4), hours=(5, 6)), 5)
LARGER = Size(50, 220, days=(4, 5), hours=(7, 8))


def weight(value: float) -> Fraction:
    """The fraction that a figure of small problems stands for."""
    return Fraction(value).limit_denominator(60)


def untruths(small: Problem, plan: Plan) -> list[str]:
    """What a plan claims that trying everything contradicts; the audit has passed it already."""
    coverage, changes, preference = best_rank(small)
    reached = weight(plan.coverage), -plan.changes, -plan.preference
    found = ["better than the best"] * (reached > (coverage, changes, preference))
    found += ["coverage bound"] * (weight(plan.coverage_bound) < coverage)
    if plan.coverage == plan.coverage_bound:
        found += ["changes bound"] * (plan.changes_bound > -changes)
        if plan.changes == plan.changes_bound:
            found += ["preference bound"] * (plan.preference_bound > -preference)
    return found + ["optimal"] * (plan.status == "optimal" and reached != (coverage, changes, preference))


def no_exact_model(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(portfolio, "SMALL", 0)


def tiny_groups(patch: pytest.MonkeyPatch) -> None:
    no_exact_model(patch)
    patch.setattr(neighbourhoods, "MANY", 2)
    patch.setattr(neighbourhoods, "FEW", 2)
    patch.setattr(price_bound, "LEAST", 1)
    patch.setattr(price_bound, "MOST", 1)
    # from the poor prices of so small a program the way is long
    patch.setattr(price_bound, "STEP", 1.0)


def no_mixed_program(patch: pytest.MonkeyPatch) -> None:
    tiny_groups(patch)
    patch.setattr(proofs, "MEDIUM", 0)


def stages(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(objective, "LARGEST_SUM", 1)


def stages_in_groups(patch: pytest.MonkeyPatch) -> None:
    tiny_groups(patch)
    stages(patch)


@pytest.mark.thorough
@pytest.mark.parametrize("way", [no_exact_model, tiny_groups, no_mixed_program, stages_in_groups])
def test_on_every_way_through_the_portfolio_plans_are_valid_and_bounds_are_true(way: Patch) -> None:
    @settings(BOUNDED, max_examples=examples(60))
    @given(small_problems())
    def agree(small: Problem) -> None:
        with pytest.MonkeyPatch.context() as patch:
            way(patch)
            plans = [solve(small), solve(small, steps=1.0, workers=2)]
        assert [untruths(small, plan) for plan in plans] == [[], []]

    agree()


@BOUNDED
@given(small_problems())
def test_in_stages_the_exact_model_proves_the_same(small: Problem) -> None:
    with pytest.MonkeyPatch.context() as patch:
        stages(patch)
        plan = solve(small)
    assert (plan.status, untruths(small, plan)) == ("optimal", [])


def test_a_program_that_says_less_takes_back_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    no_exact_model(monkeypatch)
    told: list[Progress] = []
    plan = solve(CROWDED, report=told.append)
    assert plan.coverage == plan.coverage_bound
    assert [one.coverage_bound for one in told] == sorted((one.coverage_bound for one in told), reverse=True)


# What each part of the portfolio is called where it is used; any of them may die.
def dies(*_given: object, **_options: object) -> None:
    raise RuntimeError("it broke down")


PARTS: dict[str, tuple[object, str]] = {
    "exact model": (portfolio, "optimise"),
    "neighbourhoods": (neighbourhoods, "optimise"),
    "prices": (price_bound, "best_prices"),
    "best weeks": (price_bound, "WeekPricing"),
    "groups led by prices": (gap_groups, "optimise_coverage"),
    "flows": (min_cost_flow.SimpleMinCostFlow, "solve"),
    "relaxation": (proofs, "relax"),
    "rough relaxation": (price_bound, "relax_roughly"),
    "mixed program": (proofs, "prove_coverage"),
    "every program": (mathopt, "solve"),
    "rows": (Linear, "__init__"),
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("way", [lambda _patch: None, no_exact_model], ids=["small", "large"])
def test_whatever_a_solver_dies_of_there_is_an_audited_plan_with_a_true_bound(
    part: str, way: Patch, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    best = solve(CROWDED)
    assert best.status == "optimal"
    with monkeypatch.context() as patch, caplog.at_level(logging.CRITICAL):
        way(patch)
        patch.setattr(*PARTS[part], dies)
        plan = solve(CROWDED)
    assert faults(CROWDED, plan) == ()
    assert plan.coverage <= best.coverage <= plan.coverage_bound
    # no single part makes the difference between much and nothing
    assert plan.coverage > 0.9 * best.coverage


def test_the_log_says_which_part_was_done_without(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(portfolio, "optimise", dies)
    solve(CROWDED)
    assert "the search went on without exact" in caplog.text
    assert "it broke down" in caplog.text


def test_a_solver_that_finds_nothing_in_time_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def finds_nothing(linear: Linear, _first: Ints, _effort: Effort, _interrupt: Interrupt) -> Answer:
        of = linear.objective
        return Answer(None, objective.Reached(of.most_coverage, of.most_kept, 0), proved=False, steps=1.0)

    before = solve(CROWDED, seconds=0)
    monkeypatch.setattr(portfolio, "optimise", finds_nothing)
    monkeypatch.setattr(neighbourhoods, "optimise", finds_nothing)
    plan = solve(CROWDED)
    assert plan.coverage >= before.coverage
    assert plan.coverage_bound <= before.coverage_bound


def test_a_search_that_is_stopped_before_it_begins_gives_a_plan() -> None:
    interrupt = Interrupt()
    interrupt.stop()
    told: list[Progress] = []
    plan = solve(CROWDED, interrupt=interrupt, report=told.append)
    assert plan.status == "feasible"
    assert [one.phase for one in told] == ["first"]


@pytest.mark.thorough
@pytest.mark.parametrize("last", ["first", "anneal", "improve", "bound"])
def test_a_search_that_is_stopped_keeps_what_it_has_found(last: str, monkeypatch: pytest.MonkeyPatch) -> None:
    no_exact_model(monkeypatch)
    interrupt, told = Interrupt(), []

    def stop(progress: Progress) -> None:
        told.append(progress)
        if progress.phase == last:
            interrupt.stop()

    given_problem = generate(LARGER, 5)
    plan = solve(given_problem, interrupt=interrupt, report=stop, steps=5)
    reached = [one.coverage for one in told]
    phases = [one.phase for one in told]
    assert plan.coverage == max(reached)
    # nothing new was begun: what was being done is told of, and the bound that was being computed
    after = phases[phases.index(last) + 1 :]
    assert len(after) <= 3
    assert set(after) <= {"improve", "bound"}


def test_it_can_be_stopped_while_a_solver_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupt = Interrupt()
    watch = Interrupt.watch

    def stop_when_running(own: Interrupt, solver: object) -> None:
        watch(own, solver)
        own.stop()

    monkeypatch.setattr(Interrupt, "watch", stop_when_running)
    plan = solve(CROWDED, interrupt=interrupt)
    assert interrupt.stopped
    assert faults(CROWDED, plan) == ()


NOBODY_MAY = problem([mediator(excluded=frozenset({"a1"}))], [appointment()])
STARTED = problem([mediator()], [appointment("a1", asked=("m1",)), appointment("a2", 12, fixed=("m1",))], now=at(13))


@pytest.mark.parametrize(
    ("given_problem", "coverage", "changes"),
    [
        (problem([], []), 0, 0),
        (problem([mediator()], []), 0, 0),
        (problem([], [appointment(), appointment("a2", 12, mediators_needed=3, partial=True)]), 0, 0),
        (NOBODY_MAY, 0, 0),
        (STARTED, 1, 1),
    ],
    ids=["nothing", "no appointments", "nobody", "nobody may", "all started"],
)
@pytest.mark.parametrize("options", [{}, {"seconds": 0}, {"steps": 0}, {"steps": 1, "workers": 2}])
@pytest.mark.parametrize("way", [lambda _patch: None, no_exact_model, stages])
def test_where_there_is_nothing_to_choose_that_is_proved_at_once(
    given_problem: Problem,
    coverage: int,
    changes: int,
    options: dict[str, float],
    way: Patch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    way(monkeypatch)
    plan = solve(given_problem, **options)  # type: ignore[arg-type] # numbers all
    assert (plan.status, plan.coverage, plan.coverage_bound) == ("optimal", coverage, coverage)
    assert (plan.changes, plan.preference) == (changes, 0)


@pytest.mark.parametrize("apart", [True, False])
def test_where_each_can_have_whom_it_would_have_alone_nothing_is_searched(
    apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[Linear] = []

    def noted(linear: Linear, first: Ints, effort: Effort, interrupt: Interrupt) -> Answer:
        searched.append(linear)
        return optimise(linear, first, effort, interrupt)

    monkeypatch.setattr(portfolio, "optimise", noted)
    wanted = [appointment("a1", 8), appointment("a2", 11 if apart else 8)]
    plan = solve(problem([mediator("first"), mediator("busy", load=3)], wanted))
    assert plan.status == "optimal"
    assert bool(searched) is not apart
    chosen = {one for assigned in plan.assignments for one in assigned.mediators}
    assert chosen == ({"first"} if apart else {"first", "busy"})


@pytest.mark.parametrize("way", [lambda _patch: None, no_exact_model, tiny_groups, no_mixed_program, stages_in_groups])
def test_progress_only_gets_better_and_ends_with_the_plan(way: Patch) -> None:
    @settings(BOUNDED, max_examples=examples(25))
    @given(small_problems())
    def agree(small: Problem) -> None:
        told: list[Progress] = []
        with pytest.MonkeyPatch.context() as patch:
            way(patch)
            plan = solve(small, report=told.append)
        assert [one.coverage for one in told] == sorted(one.coverage for one in told)
        assert [one.coverage_bound for one in told] == sorted((one.coverage_bound for one in told), reverse=True)
        assert [one.seconds for one in told] == sorted(one.seconds for one in told)
        assert (told[-1].coverage, told[-1].coverage_bound) == (plan.coverage, plan.coverage_bound)
        assert told[0].coverage >= figure(fixed_weight(small))

    agree()


@pytest.mark.parametrize("phase", ["first", "anneal", "bound", "improve"])
def test_what_a_report_raises_ends_the_search_and_is_passed_on(phase: str, monkeypatch: pytest.MonkeyPatch) -> None:
    no_exact_model(monkeypatch)
    told: list[str] = []

    def fail(progress: Progress) -> None:
        told.append(progress.phase)
        if progress.phase == phase:
            raise InterruptedError("nobody looks on any more")

    with pytest.raises(InterruptedError, match="nobody looks on any more"):
        solve(CROWDED, report=fail)
    assert told.count(phase) == 1
    assert told[-1] == phase


def test_time_is_only_read_from_the_clock_it_is_given() -> None:
    looks = iter([100.0, 100.0])
    told: list[Progress] = []
    plan = solve(CROWDED, seconds=5, clock=lambda: next(looks, 1e9), report=told.append)
    # by that clock all the time has gone once solve and search have begun
    assert plan.seconds == 1e9 - 100
    assert [one.phase for one in told] == ["first"]
    assert math.isfinite(plan.coverage_bound)


def test_a_limit_holds_also_while_the_rows_of_a_dense_problem_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def slow(clashing: Bools) -> Iterator[Ints]:
        # the rows of one person take a second; there are fifty people
        now[0] += 1
        return cliques(clashing)

    monkeypatch.setattr(linear_program, "cliques", slow)
    for way in (lambda _patch: None, no_exact_model):
        now[0] = 0.0
        with monkeypatch.context() as patch:
            way(patch)
            # groups are small; this is about the models of everything
            patch.setattr(neighbourhoods.Neighbourhoods, "round", lambda *_given: 0.0)
            plan = solve(generate(LARGER, 5), seconds=20, clock=lambda: now[0])
        assert plan.seconds <= 21
        assert plan.coverage > 0


def test_where_the_model_of_all_stages_ends_without_proof_coverage_alone_comes_before_neighbourhoods(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def finds_nothing(linear: Linear, _first: Ints, _effort: Effort, _interrupt: Interrupt) -> Answer:
        of = linear.objective
        return Answer(None, objective.Reached(of.most_coverage, of.most_kept, 0), proved=False, steps=1.0)

    best, told = solve(CROWDED), list[Progress]()
    monkeypatch.setattr(portfolio, "optimise", finds_nothing)
    solve(CROWDED, steps=5, report=told.append)
    at_once = next(one for one in told if one.phase == "coverage")
    assert (at_once.coverage, at_once.coverage_bound) == (best.coverage, best.coverage)
    assert "improve" not in {one.phase for one in told[: told.index(at_once)]}


@pytest.mark.thorough
def test_few_people_with_long_dense_weeks_are_planned_within_a_hundredth_of_the_bound() -> None:
    plan = solve(as_problem(without(invent(20, 20, 66, seed=1), 30, seed=1)), steps=1.5)
    assert plan.coverage >= 0.99 * plan.coverage_bound
