"""Maximal cliques of a conflict graph: each becomes one at-most-one row, which keeps the relaxation tight."""

from collections.abc import Iterator, Sequence

import numpy as np

from scheduler.tables.arrays import Bools, Ints


def cliques(clashing: Bools) -> Iterator[Ints]:
    """The places of all maximal sets of two or more that exclude one another, given who clashes with whom.

    Those who come first by start come first. Days without a clash between them are looked at one by one, and where
    everybody clashes just with those who follow until some time (as by phone), one sweep over the starts is enough.
    """
    for first, last in _blocks(clashing):
        block = clashing[first:last, first:last]
        reach = _reach(block)
        found = _by_search(block) if reach is None else _by_sweep(reach)
        for members in found:
            yield members + first


def _blocks(clashing: Bools) -> Iterator[tuple[int, int]]:
    """Ranges without a clash between them."""
    count = len(clashing)
    if not count:
        return
    farthest = np.where(clashing.any(axis=1), count - 1 - np.argmax(clashing[:, ::-1], axis=1), 0)
    reach = np.maximum.accumulate(np.maximum(farthest, np.arange(count)))
    ends = np.flatnonzero(reach == np.arange(count)) + 1
    for first, last in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
        if last - first > 1:
            yield first, last


def _reach(clashing: Bools) -> Ints | None:
    """The last with which each clashes, itself if with nobody later; None if it leaves out anybody in between."""
    later = np.triu(clashing, 1)
    places = np.arange(len(clashing))
    reach: Ints = places + later.sum(axis=1)
    last = np.where(later.any(axis=1), len(clashing) - 1 - np.argmax(later[:, ::-1], axis=1), places)
    return reach if (reach == last).all() else None


def _by_sweep(reach: Ints) -> Iterator[Ints]:
    for place in range(len(reach)):
        members = np.flatnonzero(reach[: place + 1] >= place)
        # if all of them clash with the next as well, the next has a larger set
        if len(members) > 1 and reach[members].min() == place:
            yield members


def _by_search(clashing: Bools) -> Iterator[Ints]:
    packed = np.packbits(clashing, axis=1, bitorder="little")
    for clique in sorted(maximal_cliques([int.from_bytes(row.tobytes(), "little") for row in packed])):
        yield np.array(list(bits(clique)), np.int64)


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
