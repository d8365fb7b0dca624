"""What shown chances turned out to be worth: little past changes little, much past says how it is."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.advice.calibration import USUAL, Calibration, Outcome, fit
from tests.effort import examples

CHANCES = st.floats(0, 1)


def test_without_a_past_it_is_what_is_usual() -> None:
    assert fit([]) == USUAL


@pytest.mark.parametrize("truth", [Calibration(-0.8, 0.7), Calibration(0.5, 1.3), Calibration(0.0, 0.2)])
def test_much_past_says_how_it_is(truth: Calibration) -> None:
    dice = Random(1)
    seen = []
    for _ in range(20_000):
        chance = dice.random()
        seen.append(Outcome(chance, 1, int(dice.random() < truth.honest(chance))))
    found = fit(seen)
    for chance in (0.1, 0.3, 0.5, 0.7, 0.9):
        assert found.honest(chance) == pytest.approx(truth.honest(chance), abs=0.02)


def test_one_failure_changes_little() -> None:
    found = fit([Outcome(0.9, 1, 0)])
    assert USUAL.honest(0.9) - 0.1 < found.honest(0.9) < USUAL.honest(0.9)


@settings(max_examples=examples(100), derandomize=True, deadline=None, database=None)
@given(st.lists(st.tuples(CHANCES, st.integers(1, 200), CHANCES), max_size=20), CHANCES, CHANCES)
def test_likelier_stays_likelier_and_chances_stay_chances(
    seen: list[tuple[float, int, float]], one: float, other: float
) -> None:
    found = fit([Outcome(chance, number, round(number * share)) for chance, number, share in seen])
    low, high = sorted((one, other))
    assert 0 <= found.honest(low) <= found.honest(high) <= 1
    assert found.honest(0.0) == 0


def test_grouped_outcomes_say_the_same_as_single_ones() -> None:
    single = [Outcome(0.6, 1, int(number < 7)) for number in range(20)]
    assert fit(single).honest(0.6) == pytest.approx(fit([Outcome(0.6, 20, 7)]).honest(0.6))
