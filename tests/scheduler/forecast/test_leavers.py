"""How many people a language bears to lose."""

from typing import Any

import pytest

from scheduler.forecast.leavers import leavers_borne
from scheduler.forecast.simulation import simulate
from scheduler.model.problem import Mediator
from tests.scheduler.build import appointment, mediator, problem
from tests.scheduler.forecast.pools import NOTHING


def crowd(number: int, **given: Any) -> list[Mediator]:
    return [mediator(f"m{index}", **given) for index in range(number)]


def borne(people: list[Mediator], **wanted: Any) -> int:
    return leavers_borne(simulate(problem(people, [appointment("a1", day=6, **wanted)]), NOTHING, periods=400))["ara"]


@pytest.mark.parametrize(("number", "expected"), [(0, 0), (1, 0), (2, 1), (4, 3)])
def test_of_people_who_nearly_always_come_one_is_enough(number: int, expected: int) -> None:
    assert borne(crowd(number)) == expected


def test_where_two_are_needed_two_must_stay() -> None:
    assert borne(crowd(5), mediators_needed=2) == 3


def test_of_people_who_seldom_come_nobody_can_be_missed() -> None:
    assert borne(crowd(3, chance=0.3)) == 0


def test_it_is_what_every_choice_of_leavers_leaves() -> None:
    people, chance = 6, 0.5 * 0.98 * 0.99
    # each of those who stay says yes with this chance: one in so many requests stays unfilled
    filled = [1 - (1 - chance) ** (people - leaving) for leaving in range(people)]
    most = max(leaving for leaving, share in enumerate(filled) if share >= 0.8)
    assert borne(crowd(people, chance=0.5)) == most
