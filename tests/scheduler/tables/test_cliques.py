from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from scheduler.tables.cliques import bits, cliques, maximal_cliques
from tests.effort import examples

Graph = dict[int, set[int]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    size = draw(st.integers(0, 7))
    edges: Graph = {node: set() for node in range(size)}
    for one, other in combinations(range(size), 2):
        if draw(st.booleans()):
            edges[one].add(other)
            edges[other].add(one)
    return edges


def by_trying(edges: Graph) -> set[tuple[int, ...]]:
    groups = [group for size in range(2, len(edges) + 1) for group in combinations(edges, size)]
    cliques = [group for group in groups if all(other in edges[one] for one, other in combinations(group, 2))]
    return {one for one in cliques if not any(set(one) < set(other) for other in cliques)}


def masks(edges: Graph) -> list[int]:
    return [sum(1 << other for other in edges[node]) for node in range(len(edges))]


@settings(max_examples=examples(200), derandomize=True, deadline=None, database=None)
@given(graphs())
def test_every_maximal_clique_is_found_once(edges: Graph) -> None:
    found = [tuple(bits(clique)) for clique in maximal_cliques(masks(edges))]
    assert len(found) == len(set(found))
    assert set(found) == by_trying(edges)


def test_a_thousand_appointments_at_once_are_one_clique() -> None:
    everybody = (1 << 1000) - 1
    assert list(maximal_cliques([everybody & ~(1 << node) for node in range(1000)])) == [everybody]


def clashes(edges: Graph) -> list[list[bool]]:
    return [[other in edges[node] for other in edges] for node in edges]


@settings(max_examples=examples(200), derandomize=True, deadline=None, database=None)
@given(graphs())
def test_whatever_clashes_its_cliques_are_those_found_by_trying(edges: Graph) -> None:
    found = [tuple(one.tolist()) for one in cliques(np.array(clashes(edges), bool).reshape(len(edges), len(edges)))]
    assert len(found) == len(set(found))
    assert set(found) == by_trying(edges)


@settings(max_examples=examples(200), derandomize=True, deadline=None, database=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 5)), max_size=8))
def test_of_intervals_a_sweep_finds_all_cliques(given_intervals: list[tuple[int, int]]) -> None:
    times = sorted((start, start + length) for start, length in given_intervals)
    edges: Graph = {
        one: {
            other
            for other in range(len(times))
            if other != one and times[one][0] < times[other][1] and times[other][0] < times[one][1]
        }
        for one in range(len(times))
    }
    found = [tuple(one.tolist()) for one in cliques(np.array(clashes(edges), bool).reshape(len(times), len(times)))]
    assert len(found) == len(set(found))
    assert set(found) == by_trying(edges)
