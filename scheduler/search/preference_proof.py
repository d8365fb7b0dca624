"""The least cost where coverage and changes are settled: branch and cut, twice side by side.

One search looks at everything and brings the bound; the other looks only at what the linear relaxation finds worth its
price, or nearly, and brings the plan. Both start from the plan there is. Coverage counts so much beside cost that no
seat is given up for it, and no more: larger numbers would cost the solver its digits.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from scheduler.search.lp_bound import Relaxed, prove, relax
from scheduler.tables.arrays import Floats, Ints
from scheduler.tables.linear_program import Linear
from scheduler.tables.objective import Reached

# a seat counts as much as so many of the dearest choices
DEAREST = 10
# what costs no more than this beyond its price at the relaxation's prices is worth looking at
NEARLY = 15
# a share beyond this is one that the relaxation takes
SOME = 1e-6


@dataclass(frozen=True)
class Settled:
    """The options chosen, None if none were found in time; and what no choice of these sums costs less than."""

    chosen: Ints | None
    least_cost: int


def settle(everything: Linear, first: Ints, reached: Reached, seconds_left: Callable[[], float]) -> Settled | None:
    """Look as long as there is time for what covers and keeps as much as `reached` at a lower cost, from `first` on.

    None where not even the relaxation was solved in time.
    """
    total = _total(everything, *_weights(everything))
    relaxed = relax(everything, total, seconds_left())
    if relaxed is None or not len(relaxed.shares):
        return None
    narrow = Linear(everything.objective, _worth_it(everything, total, relaxed, first), everything.taken)
    with ThreadPoolExecutor(1) as beside:
        whole = beside.submit(prove, everything, total, seconds_left(), first)
        found = prove(narrow, _total(narrow, *_weights(everything)), seconds_left(), first)
        proof = whole.result()
    bounds = [relaxed.whole, *([proof.bound] if proof.bound is not None else [])]
    seat, asked = _weights(everything)
    worth = seat * reached.coverage + asked * reached.kept
    chosen = [one.chosen for one in (found, proof) if one.chosen is not None]
    best = max(chosen, key=lambda one: everything.objective.reached(one).rank, default=None)
    return Settled(best, max(0, worth - min(bounds)))


def _weights(linear: Linear) -> tuple[int, int]:
    """What a seat and an asked person who is kept count beside cost."""
    asked = DEAREST * int(linear.cost.max(initial=1))
    return (DEAREST * asked if linear.objective.most_kept else asked), asked


def _total(linear: Linear, seat: int, asked: int) -> Ints:
    return linear.coverage * seat + linear.kept * asked - linear.cost


def _worth_it(everything: Linear, total: Ints, relaxed: Relaxed, first: Ints) -> Ints:
    paid: Floats = np.zeros(len(everything))
    for row, price in zip(everything.rows, relaxed.prices.tolist(), strict=True):
        paid[row.columns] += price * row.sizes
    good = (relaxed.shares > SOME) | (total - paid > -NEARLY)
    return np.union1d(everything.options[good[: len(everything.options)]], first)
