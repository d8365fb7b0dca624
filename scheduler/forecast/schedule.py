"""What each person of each simulated period has taken, and whom that leaves room for more."""

import numpy as np

from scheduler.tables.arrays import NONE, UNBOUND, Bools, Ints, Tables

# assignments a person has room for at first; more is made where somebody needs it
ROOM = 4


class Schedule:
    """For each row and person the places of requests that they have: `taken` so many, the first of `places`."""

    def __init__(self, rows: int, people: int) -> None:
        self.places = np.full((rows, people, ROOM), NONE, np.int64)
        self.taken = np.zeros((rows, people), np.int64)

    def enter(self, rows: Ints, people: Ints, requests: Ints) -> None:
        """Give each row's person this request; nobody stands in a row twice."""
        column = self.taken[rows, people]
        if column.max(initial=0) >= self.places.shape[2]:
            more = np.full((*self.places.shape[:2], ROOM), NONE, np.int64)
            self.places = np.concatenate((self.places, more), axis=2)
        self.places[rows, people, column] = requests
        self.taken[rows, people] += 1

    def free(self, tables: Tables, rows: Ints, people: Ints, requests: Ints) -> Bools:
        """Pair by pair, whom their other appointments and their limits leave room for the request."""
        taken = self.taken[rows, people]
        pair = np.repeat(np.arange(len(taken)), taken)
        column = np.arange(len(pair)) - np.repeat(np.cumsum(taken) - taken, taken)
        other, one = self.places[rows[pair], people[pair], column], requests[pair]
        found = np.ones(len(taken), bool)
        found[pair[tables.clash(one, other)]] = False
        for index, periods in enumerate((tables.days, tables.weeks)):
            most, longest = tables.limits[2 * index], tables.limits[2 * index + 1]
            counts, lasts = bool((most < UNBOUND).any()), bool((longest < UNBOUND).any())
            # counting towards a limit that nobody has would take half of all the time
            if not (counts or lasts):
                continue
            together = periods[one] == periods[other]
            same = pair[together]
            if counts:
                found &= np.bincount(same, minlength=len(taken)) < most[people]
            if lasts:
                seconds = np.bincount(same, tables.lengths[other[together]], minlength=len(taken))
                found &= seconds + tables.lengths[requests] <= 60 * longest[people]
        return found
