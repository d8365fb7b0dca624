import pytest

from scheduler.model.problem import Travel
from scheduler.tables.preferences import (
    IDLE_AFTER,
    NOT_IDLE,
    NOT_PREFERRED,
    PER_LOAD,
    PER_SEAT_A_SPEAKER,
    SCARCEST,
    SUBSTITUTE,
    SURE_NO,
    Preferences,
)
from tests.scheduler.build import appointment, mediator, problem

TABLE = Travel(minutes={"school": {"hall": 12}})


def test_a_perfect_fit_costs_nothing() -> None:
    who, what = mediator(), appointment(preferred=("m1",))
    assert Preferences(problem([who], [what])).cost(who, what, "ara") == 0


def test_each_reason_adds_its_cost() -> None:
    familiar, other = mediator("m1"), mediator("m2", home="school", load=4, languages={"kmr": "C1"})
    what = appointment(preferred=("m1",), accepted_languages=("kmr",), mode="on_site", place="hall")
    costs = Preferences(problem([familiar, other], [what], travel=TABLE))
    assert costs.cost(other, what, "kmr") == NOT_PREFERRED + 12 + 4 * PER_LOAD + SUBSTITUTE
    assert costs.least_cost(other, what) == costs.cost(other, what, "kmr")


@pytest.mark.parametrize(("chance", "cost"), [(1.0, 0), (0.75, SURE_NO // 4), (0.0, SURE_NO)])
def test_a_no_costs_as_much_as_it_is_likely(chance: float, cost: int) -> None:
    who, what = mediator(chance=chance), appointment()
    assert Preferences(problem([who], [what])).cost(who, what, "ara") == cost


@pytest.mark.parametrize(
    ("days", "cost"),
    [(None, 0), (0, NOT_IDLE), (IDLE_AFTER // 2, NOT_IDLE // 2), (IDLE_AFTER, 0), (10 * IDLE_AFTER, 0)],
)
def test_who_has_waited_long_is_preferred(days: int | None, cost: int) -> None:
    who, what = mediator(idle_days=days), appointment()
    assert Preferences(problem([who], [what])).cost(who, what, "ara") == cost


@pytest.mark.parametrize(("seats", "expected"), [(0, 0), (2, 2 * PER_SEAT_A_SPEAKER), (9, SCARCEST)])
def test_spending_the_only_speaker_of_a_language_costs_what_it_is_in_demand(seats: int, expected: int) -> None:
    who, what = mediator(languages={"ara": "C1", "tir": "C1"}), appointment()
    others = [appointment(f"t{index}", language="tir") for index in range(seats)]
    assert Preferences(problem([who], [what, *others])).cost(who, what, "ara") == expected


def test_the_main_language_is_never_dearer_than_a_substitute() -> None:
    who = mediator(languages={"ara": "C1", "kmr": "C1"})
    what = appointment(accepted_languages=("kmr",))
    wanted = [what, *(appointment(f"k{index}", language="kmr") for index in range(9))]
    costs = Preferences(problem([who], wanted))
    assert costs.cost(who, what, "ara") < costs.cost(who, what, "kmr")
