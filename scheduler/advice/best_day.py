"""The best appointments for one person: the heaviest of which any two leave time for each other."""

from dataclasses import dataclass, field

import numpy as np

from scheduler.tables.arrays import Bools, Ints


@dataclass
class BestDay:
    """The heaviest set of at most `most` members of which any two go together: `members`, of the weight `weight`.

    Members are numbered in the order of time; `weights` are whole and positive; `together[i, j]` says for i < j whether
    one person can do both, and is false elsewhere. If that were transitive, the heaviest path would be the answer, as
    only neighbours would have to go together. It is not: a phone call between two far places shortens no way. The path
    is therefore the bound of a search in depth, which mostly ends at its first descent.
    """

    weights: Ints
    together: Bools
    most: int
    weight: int = field(default=0, init=False)
    members: tuple[int, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        # for 0, 1, 2, … members: the heaviest path from each on, of which only neighbours go together
        self._paths = [np.zeros_like(self.weights)]
        while len(self._paths) <= min(self.most, len(self.weights)):
            onwards = np.where(self.together, self._paths[-1], 0).max(axis=1, initial=0)
            self._paths.append(self.weights + onwards)
        self._go_on((), 0, np.arange(len(self.weights)))

    def _go_on(self, chosen: tuple[int, ...], weight: int, following: Ints) -> None:
        if weight > self.weight:
            self.weight, self.members = weight, chosen
        left = len(self._paths) - 1 - len(chosen)
        bounds = weight + self._paths[left][following] if left else np.zeros(0, np.int64)
        for place in np.argsort(-bounds, kind="stable").tolist():
            if bounds[place] <= self.weight:
                return
            member = int(following[place])
            fitting = following[self.together[member, following]]
            self._go_on((*chosen, member), weight + int(self.weights[member]), fitting)
