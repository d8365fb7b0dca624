"""Maximal cliques of a conflict graph: each becomes one at-most-one row, which keeps the relaxation tight."""

from collections.abc import Iterator, Sequence


def maximal_cliques(neighbours: Sequence[int]) -> Iterator[int]:
    """All maximal cliques of two or more nodes as bit masks; `neighbours[i]` is the mask of the nodes next to `i`.

    Bron and Kerbosch (1973) with the pivot of Tomita, Tanaka and Takahashi (2006), on a stack of its own. Conflicts in
    time form graphs close to interval graphs, which have no more maximal cliques than nodes.
    """
    stack = [(0, (1 << len(neighbours)) - 1, 0)]
    while stack:
        chosen, open_nodes, done = stack.pop()
        if not open_nodes:
            if not done and chosen & (chosen - 1):
                yield chosen
            continue
        pivot = max(bits(open_nodes | done), key=lambda node: (neighbours[node] & open_nodes).bit_count())
        for node in bits(open_nodes & ~neighbours[pivot]):
            stack.append((chosen | 1 << node, open_nodes & neighbours[node], done & neighbours[node]))
            open_nodes &= ~(1 << node)
            done |= 1 << node


def bits(mask: int) -> Iterator[int]:
    """The places of the ones, lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
