"""How far a search has come: the best plan so far, and a bound on what any plan can reach."""

from scheduler.tables.arrays import Ints
from scheduler.tables.objective import Objective, Reached
from scheduler.tables.roster import Roster


class Standing:
    """The best choice (option indices) with its sums, and bounds on them; both only ever get better.

    `roster` is what the search changes: it is kept, or goes back to the best.
    """

    def __init__(self, objective: Objective, roster: Roster) -> None:
        self.objective, self.roster = objective, roster
        self.best = roster.choice
        self.reached = objective.reached(self.best)
        self.bound = Reached(objective.most_coverage, objective.most_kept, objective.least_cost)

    @property
    def is_proved(self) -> bool:
        """Whether nothing can be better."""
        return self.reached == self.bound

    @property
    def covers_all_it_can(self) -> bool:
        """Whether no plan can cover more."""
        return self.reached.coverage == self.bound.coverage

    def keep(self) -> None:
        """Let what the roster holds be the best if it is no worse; otherwise the roster goes back to the best."""
        choice = self.roster.choice
        reached = self.objective.reached(choice)
        if reached.rank >= self.reached.rank:
            self.best, self.reached = choice, reached
        else:
            self.roster.become(self.best)

    def consider(self, chosen: Ints | None) -> None:
        """Go on from this choice if it is no worse."""
        if chosen is not None:
            self.roster.become(chosen)
            self.keep()

    def lower(self, bound: Reached) -> None:
        """No plan reaches more than this."""
        if bound.rank < self.bound.rank:
            self.bound = bound

    def lower_coverage(self, coverage: int | None) -> None:
        """No plan covers more than this; of the sums after it nothing is known. None says nothing."""
        if coverage is not None and coverage < self.bound.coverage:
            self.bound = Reached(coverage, self.objective.most_kept, 0)
