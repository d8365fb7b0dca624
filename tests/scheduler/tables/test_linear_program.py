"""What satisfies the rows is a plan, and every plan satisfies them."""

from fractions import Fraction
from random import Random

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.audit import faults_of
from scheduler.model.problem import Problem
from scheduler.search.exact_model import Effort, optimise
from scheduler.search.lp_bound import prove_coverage, relax
from scheduler.tables.arrays import Ints
from scheduler.tables.instance import Instance
from scheduler.tables.linear_program import Linear
from scheduler.tables.objective import Objective
from scheduler.tables.score import fixed_weight
from tests.effort import examples
from tests.scheduler.build import appointment, mediator, problem
from tests.scheduler.small_problems import best_rank, small_problems, some_choice

BOUNDED = settings(
    max_examples=examples(150),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
NOTHING = np.zeros(0, np.int64)
ENOUGH = Effort(steps=10)


def of(small: Problem) -> Objective:
    return Objective(Instance.of(small))


def everything(objective: Objective) -> Linear:
    return Linear(objective, np.arange(len(objective.instance.options)), objective.instance.fixed)


def is_plan(objective: Objective, chosen: Ints) -> bool:
    instance = objective.instance
    assignments = instance.assignments(chosen)
    people = {one.appointment: len(one.mediators) for one in assignments}
    all_or_nobody = all(
        people.get(need.appointment.id, 0) in {len(need.appointment.fixed), need.appointment.mediators_needed}
        for need in instance.needs
        if not need.appointment.partial
    )
    broken = faults_of(instance.problem, assignments, [one.id for one in instance.problem.mediators])
    return all_or_nobody and not broken


@BOUNDED
@given(small_problems(), st.randoms(use_true_random=False))
def test_every_plan_satisfies_the_rows(small: Problem, dice: Random) -> None:
    objective = of(small)
    choice = some_choice(objective.instance, dice)
    assert is_plan(objective, choice)
    # among its own options nothing is better than all of them, unless the rows forbid them
    answer = optimise(Linear(objective, choice, objective.instance.fixed), NOTHING, ENOUGH)
    assert answer.chosen is not None
    assert answer.chosen.tolist() == choice.tolist()


@BOUNDED
@given(small_problems(), st.randoms(use_true_random=False))
def test_whatever_satisfies_the_rows_is_a_plan(small: Problem, dice: Random) -> None:
    objective = of(small)
    for _ in range(3):
        # people wanted for any reason, also such that no plan would have
        linear = everything(objective)
        linear.coverage = np.array([dice.randint(0, 9) for _ in range(len(linear))], np.int64)
        answer = optimise(linear, NOTHING, ENOUGH)
        assert answer.chosen is not None
        assert is_plan(objective, answer.chosen)


@BOUNDED
@given(small_problems())
def test_the_mixed_program_proves_what_trying_everything_finds_and_its_relaxation_never_less(small: Problem) -> None:
    objective = of(small)
    linear, best = everything(objective), best_rank(small)
    most = (best[0] - fixed_weight(small)) * objective.scale
    proof = prove_coverage(linear, 10)
    assert proof.bound == most
    assert proof.chosen is not None
    assert is_plan(objective, proof.chosen)
    assert objective.reached(proof.chosen).coverage == most
    relaxed = relax(linear, linear.coverage, 10)
    assert relaxed is not None
    assert relaxed.whole >= most
    kept = best[1] + sum(len(one.asked) for one in small.appointments)
    number = most * objective.coverage_units + kept * objective.asked_units + best[2]
    relaxed = relax(linear, linear.one_number, 10)
    assert relaxed is not None
    assert relaxed.whole >= number
    assert len(relaxed.prices) == len(linear.rows)


def test_a_row_of_a_week_tells_whose_week_it_is_and_what_is_left_of_it() -> None:
    person = mediator("m1", max_appointments_per_week=2, max_minutes_per_week=150)
    wanted = [appointment(f"a{day}", 8, day=day) for day in range(4)]
    objective = of(problem([mediator("m0"), person], [appointment("fixed", 12, 0.5, fixed=("m1",)), *wanted]))
    limits = [row for row in everything(objective).rows if row.limit_of is not None]
    found = [(row.limit_of, row.most, sorted(set(row.sizes.tolist()))) for row in limits]
    # the fixed half hour has gone from both
    assert found == [((1, 1, True, False), 1, [1]), ((1, 1, True, True), 7200, [3600])]


def test_minutes_that_are_used_up_and_appointments_that_are_used_up_are_told_apart() -> None:
    person = mediator("m1", max_appointments_per_day=1, max_minutes_per_day=60)
    wanted = [appointment("fixed", 8, fixed=("m1",)), appointment("a1", 12), appointment("a2", 14)]
    limits = [row.limit_of for row in everything(of(problem([person], wanted))).rows if row.limit_of is not None]
    assert [(one[2], one[3]) for one in limits] == [(False, False), (False, True)]


def test_a_share_of_a_partial_appointment_is_worth_its_part() -> None:
    wanted = appointment(mediators_needed=3, partial=True, weight=5)
    objective = of(problem([mediator("m1"), mediator("m2")], [wanted]))
    answer = optimise(everything(objective), NOTHING, ENOUGH)
    assert answer.proved
    assert objective.weight(answer.bound.coverage) == Fraction(10, 3)
