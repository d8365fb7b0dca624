"""The best appointments for one person, against every set there is."""

from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.advice.best_day import BestDay
from tests.effort import examples

Question = tuple[list[int], set[tuple[int, int]], int]


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """Weights, the pairs that go together (of any shape, not only such as times give), and how many at most."""
    weights = draw(st.lists(st.integers(1, 9), max_size=9))
    pairs = list(combinations(range(len(weights)), 2))
    kept = draw(st.lists(st.booleans(), min_size=len(pairs), max_size=len(pairs)))
    return weights, {pair for pair, keep in zip(pairs, kept, strict=True) if keep}, draw(st.integers(0, 9))


@settings(max_examples=examples(300), derandomize=True, deadline=None, database=None)
@given(questions())
def test_it_is_the_heaviest_set_that_goes_together(question: Question) -> None:
    weights, pairs, most = question
    together = np.zeros((len(weights), len(weights)), bool)
    for pair in pairs:
        together[pair] = True
    tour = BestDay(np.array(weights, np.int64), together, most)
    sets = (group for size in range(most + 1) for group in combinations(range(len(weights)), size))
    best = max(sum(weights[one] for one in group) for group in sets if set(combinations(group, 2)) <= pairs)
    assert tour.weight == best == sum(weights[one] for one in tour.members)
    assert set(combinations(tour.members, 2)) <= pairs
    assert len(tour.members) <= most


def test_a_call_between_two_far_places_does_not_join_them() -> None:
    together = np.array([[False, True, False], [False, False, True], [False, False, False]])
    tour = BestDay(np.array([5, 1, 5]), together, 3)
    assert tour.weight == 6
