"""What linear and mixed programs of everything prove of a search's best plan, one sum after the other."""

import math
from collections.abc import Callable
from dataclasses import replace

from scheduler.search.lp_bound import Relaxed, prove_coverage, relax
from scheduler.search.preference_proof import settle
from scheduler.search.standing import Standing
from scheduler.tables.linear_program import Linear

# options up to which programs of everything are of use
MEDIUM = 40_000
# seconds; in less, branch and cut gets nowhere, and it hears no interrupt
LEAST_SETTLING = 10.0


class Proofs:
    """Bounds for a search over `size` options; `everything` makes the program of all of them.

    That of the coverage counts no steps: it runs only where a search goes `by_the_clock`.
    """

    def __init__(
        self,
        standing: Standing,
        size: int,
        everything: Callable[[], Linear],
        seconds_left: Callable[[], float],
        *,
        by_the_clock: bool,
    ) -> None:
        self.standing, self.everything, self.seconds_left = standing, everything, seconds_left
        self.by_the_clock = by_the_clock
        self.are_of_use = size <= MEDIUM

    def relaxed_coverage(self, everything: Linear, seconds: float) -> Relaxed | None:
        """The coverage where people may be split; None if there was no time."""
        relaxed = relax(everything, everything.coverage, seconds)
        if relaxed is not None and len(relaxed.shares):
            self.standing.lower_coverage(relaxed.whole)
        return relaxed

    def coverage(self) -> bool:
        """What a mixed program says of the coverage, and the plan that it found; gives whether it was asked."""
        if self.standing.covers_all_it_can or not self.by_the_clock:
            return False
        proof = prove_coverage(self.everything(), self.seconds_left() / 2, self.standing.best)
        self.standing.lower_coverage(proof.bound)
        self.standing.consider(proof.chosen)
        return True

    def preference(self) -> None:
        """Where the coverage is proved: what the linear program says of the sums after it."""
        standing = self.standing
        if not (standing.covers_all_it_can and standing.objective.fits_one_number and self.are_of_use):
            return
        linear = self.everything()
        relaxed = relax(linear, linear.one_number, self.seconds_left())
        if relaxed is not None:
            # of the coverage it may say less than was proved
            standing.lower(standing.objective.decoded(standing.reached, relaxed.whole))

    def cost(self) -> None:
        """The cost, where the sums before it are proved; it counts no steps, so only where seconds are given."""
        standing, seconds = self.standing, self.seconds_left()
        reached, bound = standing.reached, standing.bound
        settled = (reached.coverage, reached.kept) == (bound.coverage, bound.kept)
        if not settled or not LEAST_SETTLING <= seconds < math.inf or not self.are_of_use:
            return
        found = settle(self.everything(), standing.best, reached, self.seconds_left)
        if found is not None:
            standing.lower(replace(bound, cost=found.least_cost))
            standing.consider(found.chosen)
