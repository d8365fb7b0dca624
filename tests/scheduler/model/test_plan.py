import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings

from scheduler.model.plan import Plan
from scheduler.model.problem import Problem, ProblemError
from scheduler.solve import solve
from tests.effort import examples
from tests.scheduler.build import appointment, mediator, problem
from tests.scheduler.small_problems import small_problems


@settings(max_examples=examples(30), derandomize=True, deadline=None, database=None)
@given(small_problems())
def test_problems_and_plans_survive_a_round_trip(small: Problem) -> None:
    assert Problem.from_json(json.loads(json.dumps(small.to_json()))) == small
    plan = solve(small, seconds=0)
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def written() -> dict[str, Any]:
    wanted = [appointment("a1"), appointment("a2")]
    return copy.deepcopy(solve(problem([mediator()], wanted)).to_json())


def test_a_plan_says_what_the_format_says() -> None:
    data = written()
    assert data["format"] == "sprachmittlerpool-plan/1"
    assert (data["status"], data["coverage"], data["coverage_bound"]) == ("optimal", 1, 1)
    assert data["uncovered"][0]["reasons"] == {"busy": 1}


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("format", "sprachmittlerpool-problem/1", "format"),
        ("status", "perfect", "status"),
        ("seed", "0", "seed"),
        ("hints", [], "hints"),
        ("assignments", [{"appointment": "a1", "mediators": ["m1"]}], "assignments[0].language"),
        (
            "uncovered",
            [{"appointment": "a1", "weight": 1, "reasons": {"mood": 1}, "needs": "rest"}],
            "uncovered[0].reasons",
        ),
        ("alternates", {"a1": "m1"}, "alternates.a1"),
    ],
)
def test_a_plan_that_cannot_be_meant_is_refused_by_the_name_of_its_key(key: str, value: Any, named: str) -> None:
    with pytest.raises(ProblemError) as caught:
        Plan.from_json(written() | {key: value})
    assert caught.value.key == named
