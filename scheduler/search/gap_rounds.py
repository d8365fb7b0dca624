"""Rounds of groups that prices lead: as soon as there are prices, and as long as it is of use."""

from collections.abc import Callable

import numpy as np

from scheduler.search.exact_model import Effort, Interrupt
from scheduler.search.gap_groups import GapGroups
from scheduler.search.price_bound import Prices, PriceSearch
from scheduler.search.time_slices import AS_IS, TimeSlices

# every so many rounds all moments are settled, and what better prices say is looked up
SETTLED, RENEWED = 2, 8


class GapRounds:
    """The groups of a roster (that of the moments), led by whatever prices a search for them has found so far."""

    def __init__(
        self, moments: TimeSlices, dice: np.random.Generator, interrupt: Interrupt, search: PriceSearch
    ) -> None:
        self._moments, self._dice, self._interrupt, self._search = moments, dice, interrupt, search
        self._groups: GapGroups | None = None
        self._used: Prices | None = None
        self._turn = 0

    @property
    def can_go_on(self) -> bool:
        """Whether there are prices, and groups that may still gain something."""
        return self._search.latest is not None and (self._groups is None or not self._groups.is_spent)

    def round(self, effort: Effort, left: Callable[[], float], after: Callable[[], None]) -> float:
        """Some groups; gives the steps spent. `after` is called when some are done and the roster is whole."""
        latest, pricing = self._search.latest, self._search.pricing
        if latest is None or pricing is None:
            return 0.0
        if self._groups is None:
            moments = self._moments
            self._groups = GapGroups(moments.roster, moments.objective, self._dice, self._interrupt, pricing)
        if self._turn % RENEWED == 0 and latest is not self._used:
            self._groups.use(latest)
            self._used = latest
        self._turn += 1
        spent = self._groups.round(effort, left, after)
        if self._turn % SETTLED == 0:
            self._moments.pass_through(AS_IS, lambda: left() > 0)
            after()
        return spent
