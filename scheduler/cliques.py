"""Maximal cliques of a conflict graph: each becomes one at-most-one row, which keeps the relaxation tight."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet


def maximal_cliques(edges: Mapping[int, AbstractSet[int]]) -> Iterator[tuple[int, ...]]:
    """All maximal cliques of two or more nodes, each sorted; `edges` is node -> its neighbours, symmetric.

    Bron and Kerbosch (1973) with the pivot of Tomita, Tanaka and Takahashi (2006), on a stack of its own. Conflicts in
    time form graphs close to interval graphs, which have no more maximal cliques than nodes.
    """
    stack: list[tuple[set[int], set[int], set[int]]] = [(set(), set(edges), set())]
    while stack:
        chosen, open_nodes, done = stack.pop()
        chosen = _absorb(edges, chosen, open_nodes, done)
        if not open_nodes:
            if not done and len(chosen) > 1:
                yield tuple(sorted(chosen))
            continue
        pivot = max(sorted(open_nodes | done), key=lambda node: len(edges[node] & open_nodes))
        for node in sorted(open_nodes - edges[pivot]):
            stack.append((chosen | {node}, open_nodes & edges[node], done & edges[node]))
            open_nodes.remove(node)
            done.add(node)


def _absorb(edges: Mapping[int, AbstractSet[int]], chosen: set[int], open_nodes: set[int], done: set[int]) -> set[int]:
    """Take the nodes next to all others at once: a hundred simultaneous appointments are one step."""
    everywhere = {node for node in open_nodes if len(edges[node] & open_nodes) == len(open_nodes) - 1}
    open_nodes -= everywhere
    for node in everywhere:
        done &= edges[node]
    return chosen | everywhere
