"""The sizes of waves: branch and bound over who is asked at which of a few moments; see waves.py for what it serves."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import NamedTuple

# where the aim is out of reach: so much of what asking everybody at once would reach
NEARLY_ALL = 0.99
# what a web request can afford: some milliseconds
NODES = 300
# no plan is looked for that would save less
LEAST_SAVING = 0.01

# the chances that 0, 1, … seats are taken (a row each, as many as there are seats) at each moment (columns)
Taken = list[list[float]]


@dataclass(frozen=True, slots=True)
class Plan:
    """Who is asked at each of the times; the chance that this suffices, and how many that are on average."""

    groups: tuple[tuple[int, ...], ...]
    reached: float
    asked: float


class Node(NamedTuple):
    """A plan up to some time: who is left, how many seats are taken when, who was asked when, how many on average.

    `reached` is the chance that all seats are taken before the deadline if nobody else is asked.
    """

    slot: int
    left: tuple[int, ...]
    taken: Taken
    asked_at: tuple[tuple[int, int], ...]
    asked: float
    reached: float


class Search:
    """The sizes of waves for people with these chances, each allowed from one of the times on.

    `shares` has a row for each time of asking: the share of the yeses given at each of the times, and by the deadline.
    """

    def __init__(self, chances: Sequence[float], allowed: Sequence[int], shares: Sequence[Sequence[float]]) -> None:
        self._chances, self._allowed, self._shares = chances, allowed, shares
        self._by_deadline = [row[-1] for row in shares]
        # time -> person -> the chance that they say no, or too late, if asked then or as early as allowed after it
        self._misses = [
            [
                1 - chance * (self._by_deadline[max(own, slot)] if own < len(shares) else 0.0)
                for chance, own in zip(chances, allowed, strict=True)
            ]
            for slot in range(len(shares))
        ]
        self._nodes = NODES
        self._goal = 0.0
        self._best: Node | None = None

    def plan(self, taken: Taken, wanted: float, least: int) -> Plan:
        """The best plan found that reaches what is wanted, or nearly what is possible, and asks so many at once."""
        everybody = tuple(index for index, slot in enumerate(self._allowed) if slot < len(self._shares))
        root = Node(0, everybody, taken, (), 0.0, _filled(taken))
        self._goal = min(wanted, NEARLY_ALL * self._outlook(root)[0])
        for _ in range(least):
            if (index := self._next(root)) is not None:
                root = self._ask(root, index)
        for sizes in self._sketches(len(everybody)):
            self._follow(root, sizes)
        self._branch(root)
        best = self._best or root
        groups = [[index for index, slot in best.asked_at if slot == own] for own in range(len(self._shares))]
        return Plan(tuple(tuple(sorted(group)) for group in groups), best.reached, best.asked)

    def _sketches(self, most: int) -> list[list[int]]:
        """Sizes that make good plans as a rule: so many at once, then so many each time, the rest at the last time."""
        later = len(self._shares) - 1
        found = [[most] * (later + 1)]
        for first in range(min(most, 14)):
            found += [[first, *[each] * (later - 1), most][: later + 1] for each in range(3)]
        return found

    def _follow(self, node: Node, sizes: Sequence[int]) -> None:
        for slot, size in enumerate(sizes):
            node = self._move_on(node, slot)
            for _ in range(size):
                if self._keep(node) or (self._best and node.asked >= self._best.asked):
                    return
                index = self._next(node)
                if index is None:
                    break
                node = self._ask(node, index)
        self._keep(node)

    def _keep(self, node: Node) -> bool:
        """Whether the goal is reached, by a plan that is kept if it is the best so far."""
        if node.reached < self._goal:
            return False
        if self._best is None or node.asked < self._best.asked:
            self._best = node
        return True

    def _branch(self, node: Node) -> None:
        """Try whatever may follow: one more now, or nobody more at this time."""
        self._nodes -= 1
        if self._keep(node) or self._nodes < 0:
            return
        possible, least = self._outlook(node)
        if possible < self._goal or (self._best and node.asked + least > self._best.asked - LEAST_SAVING):
            return
        if (index := self._next(node)) is not None:
            self._branch(self._ask(node, index))
        if node.slot + 1 < len(self._shares):
            self._branch(self._move_on(node, node.slot + 1))

    def _next(self, node: Node) -> int | None:
        """The next in line of those allowed at the time of the node."""
        for index in node.left:
            if self._allowed[index] <= node.slot:
                return index
        return None

    def _ask(self, node: Node, index: int) -> Node:
        """One more is asked at the time of the node."""
        slot, left, before, asked_at, asked, _ = node
        chance = self._chances[index]
        taken = with_one_more(before, [chance * share for share in self._shares[slot]])
        others = left[1:] if left[0] == index else tuple(other for other in left if other != index)
        still_open = before[0][slot] if len(before) == 1 else sum(row[slot] for row in before)
        return Node(slot, others, taken, (*asked_at, (index, slot)), asked + still_open, _filled(taken))

    def _move_on(self, node: Node, slot: int) -> Node:
        _, left, taken, asked_at, asked, reached = node
        return Node(slot, left, taken, asked_at, asked, reached)

    def _outlook(self, node: Node) -> tuple[float, float]:
        """The chance if all others are asked as early as allowed, and how many at least it takes to reach the goal.

        A bound: who is asked brings in at most the chance of a yes in time, and is asked only if a seat is open (Wald's
        identity). With one seat, it being open at s while nobody asked before will say yes in time has the chance
        M / P(open at s), M being that at the deadline.
        """
        possible, best = self._possible(node)
        missing = self._goal - node.reached
        if missing <= 0 or best <= 0:
            return possible, 0.0
        here = self._shares[node.slot][-1]
        if len(node.taken) > 1:
            return possible, missing / (best * here) if here > 0 else 0.0
        row = node.taken[0]
        # a later time costs less as more are likely to have come by then, and brings in less
        rest = zip(row[node.slot : -1], self._by_deadline[node.slot :], strict=True)
        prices = [still_open / share for still_open, share in rest if share > 0]
        return possible, missing * min(prices, default=0.0) / (row[-1] * best) if row[-1] > 0 else 0.0

    def _possible(self, node: Node) -> tuple[float, float]:
        """The chance if all others are asked as early as allowed, and the best chance of one of them."""
        misses, left, taken = self._misses[node.slot], node.left, node.taken
        best = max([self._chances[index] for index in left], default=0.0)
        if len(taken) == 1:
            return 1 - taken[0][-1] * prod([misses[index] for index in left]), best
        last = [[row[-1]] for row in taken]
        for index in left:
            last = with_one_more(last, [1 - misses[index]])
        return 1 - sum(row[0] for row in last), best


def _filled(taken: Taken) -> float:
    return 1 - taken[0][-1] if len(taken) == 1 else 1 - sum(row[-1] for row in taken)


def with_one_more(taken: Taken, yes: Sequence[float]) -> Taken:
    """The chances with one more person, who has said yes with these chances (a Poisson binomial, one factor more)."""
    rows = [[chance * (1 - own) for chance, own in zip(taken[0], yes, strict=True)]]
    for below, row in pairwise(taken):
        rows.append([chance * (1 - own) + less * own for chance, less, own in zip(row, below, yes, strict=True)])
    return rows
