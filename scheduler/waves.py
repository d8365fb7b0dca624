"""How many to ask now: the smallest waves that fill an appointment before its deadline, likely enough.

Somebody who would say yes with chance p, and of whose kind a share F has answered after a while, has said yes by then
with p·F. Asked at s₁, s₂, … people fill one seat by D with 1 − Π(1 − pᵢ F(sᵢ, D)); the expected number of people asked
is Σ P(still open at sᵢ). Among a few moments at which a wave could leave, branch and bound finds how many to ask at
each. Only the first wave is carried out: with an answer, or without one in time, the caller plans again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import prod
from typing import NamedTuple

from scheduler import checks

# Of the risk that a promise leaves, only so much is planned with, because people are not independent of one another: on
# the day of the match nobody answers. 97 % is what is aimed at where 95 % is promised.
RISK_PLANNED = 0.6
# Nobody is taken for surer than this: a single person believed certain would be waited for until it is too late.
SUREST = 0.75
# the time left is planned with as if it were so many times shorter, but not shorter than an hour
SHARE_PLANNED = 3
SHORTEST_PROMISE = timedelta(hours=1)
# where the aim is out of reach: so much of what asking everybody at once would reach
NEARLY_ALL = 0.99
# a wave leaves now, or after so many eighths of the waking time left
PARTS, LAST_PART = 8, 6
# the time left is looked at in so many pieces to find those in which somebody is awake
PIECES = 48
SHORTEST_PAUSE = timedelta(minutes=1)
# what a web request can afford: some milliseconds
NODES = 300
# no plan is looked for that would save less
LEAST_SAVING = 0.01

Answered = Callable[[datetime, datetime], float]
# the chances that 0, 1, … seats are taken (a row each, as many as there are seats) at each moment (columns)
Taken = list[list[float]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be asked, not before `earliest`; `chance` is that of ever saying yes."""

    chance: float
    earliest: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who was asked when `sent` and is silent so far; `chance` is the one from before that silence."""

    chance: float
    sent: datetime


@dataclass(frozen=True, slots=True)
class Wave:
    """Whom to ask now, and what may be expected.

    `ask` are places in the list of candidates, ascending. `again` is when to look next, None if nobody is left to ask
    later. `reached` is the chance that all seats are taken before the deadline if things go on as planned, `asked` the
    expected number of people asked for that, from now on.
    """

    ask: tuple[int, ...]
    again: datetime | None
    reached: float
    asked: float


def aim(target: float) -> float:
    """The chance to plan for where `target` is promised."""
    return 1 - (1 - target) * RISK_PLANNED


def promise(now: datetime, deadline: datetime) -> datetime:
    """Until when to plan for a yes if answers are taken until `deadline`: a third of the time left, an hour at least.

    Waves save texts, not time: planned for the whole of it they take about as long as asking one after the other. Who
    requests waits, so most of what they save is given up for an answer in a fraction of the time.
    """
    left = deadline - now
    return now + max(left / SHARE_PLANNED, min(left, SHORTEST_PROMISE))


def next_wave(
    candidates: Sequence[Candidate],
    waiting: Sequence[Waiting],
    *,
    seats: int,
    now: datetime,
    deadline: datetime,
    answered: Answered,
    target: float,
    at_least: int = 0,
) -> Wave:
    """Whom of the candidates, given in the order in which to ask, to ask now.

    Follows the plan that expects to ask the fewest people among those that fill `seats` before `deadline` with a chance
    of `target` (and a little more, see `aim`); where that is out of reach, among those that nearly reach what is
    possible. `answered(sent, until)` is the share of those who say yes that has done so by then. At least `at_least`
    are asked, and one if nobody is waiting, as far as there are candidates who may be asked now; from the deadline on
    no others are. Raises `ProblemError` for chances that are none and times without an offset.
    """
    _check(candidates, waiting, seats, (now, deadline), target, at_least)
    allowed = [index for index, one in enumerate(candidates) if one.earliest <= now]
    later = min((one.earliest for one in candidates if one.earliest > now), default=None)
    least = min(max(at_least, 0 if waiting else 1), len(allowed))
    start = now if allowed or later is None else later
    if start >= deadline:
        return Wave(tuple(allowed[:least]), later, 0.0, float(least))
    times = _times(start, deadline, answered)
    ends = (*times, deadline)
    search = _Search(
        [min(one.chance, SUREST) for one in candidates],
        [next((slot for slot, time in enumerate(times) if one.earliest <= time), len(times)) for one in candidates],
        [[answered(sent, until) if until > sent else 0.0 for until in ends] for sent in times],
    )
    plan = search.plan(_taken(waiting, seats, now, ends, answered), aim(target), least)
    ask = plan.groups[0] if start == now else ()
    left = len(candidates) - len(ask) > 0
    waves = [time for time, group in zip(times, plan.groups, strict=True) if group and time > now]
    again = waves[0] if waves else next((time for time in times if time > now), later) if left else None
    return Wave(ask, again, plan.reached, plan.asked)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Who is asked at each of the times; the chance that this suffices, and how many that are on average."""

    groups: tuple[tuple[int, ...], ...]
    reached: float
    asked: float


class _Node(NamedTuple):
    """A plan up to some time: who is left, how many seats are taken when, who was asked when, how many on average."""

    slot: int
    left: tuple[int, ...]
    taken: Taken
    asked_at: tuple[tuple[int, int], ...]
    asked: float

    @property
    def reached(self) -> float:
        """The chance that all seats are taken before the deadline if nobody else is asked."""
        return 1 - sum(row[-1] for row in self.taken)

    @property
    def open(self) -> float:
        """The chance that a seat is still open at the time of this node."""
        return sum(row[self.slot] for row in self.taken)


class _Search:
    """The sizes of waves for people with these chances, each allowed from one of the times on.

    `shares` has a row for each time of asking: the share of the yeses given at each of the times, and by the deadline.
    """

    def __init__(self, chances: Sequence[float], allowed: Sequence[int], shares: Sequence[Sequence[float]]) -> None:
        self._chances, self._allowed, self._shares = chances, allowed, shares
        self._slots = range(len(shares))
        self._by_deadline = [row[-1] for row in shares]
        self._nodes = NODES
        self._goal = 0.0
        self._best: _Node | None = None

    def plan(self, taken: Taken, wanted: float, least: int) -> _Plan:
        """The best plan found that reaches what is wanted, or nearly what is possible, and asks so many at once."""
        everybody = tuple(index for index, slot in enumerate(self._allowed) if slot < len(self._shares))
        root = _Node(0, everybody, taken, (), 0.0)
        self._goal = min(wanted, NEARLY_ALL * self._outlook(root)[0])
        for _ in range(least):
            root = self._ask(root)
        for sizes in self._sketches(len(everybody)):
            self._follow(root, sizes)
        self._branch(root)
        best = self._best or root
        groups = [[index for index, slot in best.asked_at if slot == own] for own in range(len(self._shares))]
        return _Plan(tuple(tuple(sorted(group)) for group in groups), best.reached, best.asked)

    def _sketches(self, most: int) -> list[list[int]]:
        """Sizes that make good plans as a rule: so many at once, then so many each time, the rest at the last time."""
        later = len(self._shares) - 1
        found = [[most] * (later + 1)]
        for first in range(min(most, 14)):
            found += [[first, *[each] * (later - 1), most][: later + 1] for each in range(3)]
        return found

    def _follow(self, node: _Node, sizes: Sequence[int]) -> None:
        for slot, size in enumerate(sizes):
            node = self._move_on(node, slot)
            for _ in range(size):
                if self._keep(node) or (self._best and node.asked >= self._best.asked):
                    return
                if self._next(node) is None:
                    break
                node = self._ask(node)
        self._keep(node)

    def _keep(self, node: _Node) -> bool:
        """Whether the goal is reached, by a plan that is kept if it is the best so far."""
        if node.reached < self._goal:
            return False
        if self._best is None or node.asked < self._best.asked:
            self._best = node
        return True

    def _branch(self, node: _Node) -> None:
        """Try whatever may follow: one more now, or nobody more at this time."""
        self._nodes -= 1
        if self._keep(node) or self._nodes < 0:
            return
        possible, least = self._outlook(node)
        if possible < self._goal or (self._best and node.asked + least > self._best.asked - LEAST_SAVING):
            return
        if self._next(node) is not None:
            self._branch(self._ask(node))
        if node.slot + 1 < len(self._shares):
            self._branch(self._move_on(node, node.slot + 1))

    def _next(self, node: _Node) -> int | None:
        for index in node.left:
            if self._allowed[index] <= node.slot:
                return index
        return None

    def _ask(self, node: _Node) -> _Node:
        """One more is asked at the time of the node: the next in line of those allowed."""
        index = self._next(node)
        if index is None:
            return node
        chance = self._chances[index]
        return _Node(
            node.slot,
            tuple(other for other in node.left if other != index),
            _with(node.taken, [chance * share for share in self._shares[node.slot]]),
            (*node.asked_at, (index, node.slot)),
            node.asked + node.open,
        )

    def _move_on(self, node: _Node, slot: int) -> _Node:
        return _Node(slot, node.left, node.taken, node.asked_at, node.asked)

    def _outlook(self, node: _Node) -> tuple[float, float]:
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
        prices = [row[slot] / share for slot, share in enumerate(self._by_deadline) if slot >= node.slot and share > 0]
        return possible, missing * min(prices, default=0.0) / (row[-1] * best) if row[-1] > 0 else 0.0

    def _possible(self, node: _Node) -> tuple[float, float]:
        """The chance if all others are asked as early as allowed, and the best chance of one of them."""
        shares = [self._by_deadline[slot] if slot > node.slot else self._by_deadline[node.slot] for slot in self._slots]
        yes = [self._chances[index] * shares[self._allowed[index]] for index in node.left]
        best = max((self._chances[index] for index in node.left), default=0.0)
        if len(node.taken) == 1:
            return 1 - node.taken[0][-1] * prod([1 - own for own in yes]), best
        last = [[row[-1]] for row in node.taken]
        for own in yes:
            last = _with(last, [own])
        return 1 - sum(row[0] for row in last), best


def _with(taken: Taken, yes: Sequence[float]) -> Taken:
    """The chances with one more person, who has said yes with these chances (a Poisson binomial, one factor more)."""
    rows = [[chance * (1 - own) for chance, own in zip(taken[0], yes, strict=True)]]
    for below, row in pairwise(taken):
        rows.append([chance * (1 - own) + less * own for chance, less, own in zip(row, below, yes, strict=True)])
    return rows


def _taken(
    waiting: Sequence[Waiting], seats: int, now: datetime, ends: Sequence[datetime], answered: Answered
) -> Taken:
    """What those who are silent so far will bring: of p, the part F was due by now and did not come."""
    taken = [[1.0 if row == 0 else 0.0] * len(ends) for row in range(seats)]
    for one in waiting:
        due = answered(one.sent, now) if now > one.sent else 0.0
        chance = min(one.chance, SUREST)
        yes = [chance * max(0.0, answered(one.sent, end) - due) / (1 - chance * due) for end in ends]
        taken = _with(taken, yes)
    return taken


def _times(start: datetime, deadline: datetime, answered: Answered) -> tuple[datetime, ...]:
    """The start, and the moments after each eighth of the time in which somebody is awake to answer."""
    piece = (deadline - start) / PIECES
    edges = [start + number * piece for number in range(PIECES + 1)]
    awake = [early for early, late in pairwise(edges) if answered(early, late) > 0] or edges[:-1]
    times = [start]
    for part in range(1, LAST_PART + 1):
        time = awake[len(awake) * part // PARTS]
        time += timedelta(microseconds=-time.microsecond % 1_000_000)
        if times[-1] + SHORTEST_PAUSE <= time <= deadline - SHORTEST_PAUSE:
            times.append(time)
    return tuple(times)


def _check(
    candidates: Sequence[Candidate],
    waiting: Sequence[Waiting],
    seats: int,
    moments: tuple[datetime, datetime],
    target: float,
    at_least: int,
) -> None:
    checks.whole("seats", seats, 1, 1000)
    checks.whole("at_least", at_least, 0)
    if not 0 < checks.number("target", target, 0, 1) < 1:
        checks.refuse("target", f"{target} is out of range; give a chance above 0 and below 1")
    for key, moment in zip(("now", "deadline"), moments, strict=True):
        _aware(key, moment)
    for index, one in enumerate(candidates):
        checks.number(f"candidates[{index}].chance", one.chance, 0, 1)
        _aware(f"candidates[{index}].earliest", one.earliest)
    for index, asked in enumerate(waiting):
        checks.number(f"waiting[{index}].chance", asked.chance, 0, 1)
        _aware(f"waiting[{index}].sent", asked.sent)


def _aware(key: str, moment: datetime) -> None:
    if moment.utcoffset() is None:
        checks.refuse(key, f"{moment.isoformat()} has no offset; give one, such as 2026-11-24T08:00:00Z")
