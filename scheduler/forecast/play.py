"""Plays the waves of many periods side by side: request by request, each given to whoever is free and first says yes.

A sequence, not a plan made with knowledge of what is to come: who is spent on an early request is missing at a later
one. All periods (rows) take their next step together, so that it costs arrays of people and rows, not loops.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scheduler.forecast.dice import Words, uniform
from scheduler.forecast.lines import Lines
from scheduler.forecast.schedule import Schedule
from scheduler.tables.arrays import NONE, Floats, Ints
from scheduler.tables.preferences import PER_LOAD

# what was done lately is forgotten over so many seconds, as the service does (see app/journey/matching.py)
LATELY = 28 * 86400
# sets apart the dice for who is fastest from those for who says yes
FASTEST = np.uint64(0xD1B54A32D192ED03)
# how much of the work is done, 0 to 1
Report = Callable[[float], None]


@dataclass(frozen=True)
class Played:
    """How each request of each row ended: `missing` seats (-1 where there is no request) and how many were `willing`.

    `needed` counts for each person and row the requests that would have lacked somebody without them; `schedule` is
    what everybody took, and had before.
    """

    sequence: Ints
    missing: Ints
    willing: Ints
    needed: Ints
    schedule: Schedule


def unheard(_share: float) -> None:
    """Nobody wants to know."""


def play(lines: Lines, sequence: Ints, keys: Words, shifts: Floats, report: Report = unheard) -> Played:
    """Play all rows of `sequence`, requests in the order of asking; `shifts` are added to the log-odds, row by row.

    `keys` has a word for each cell of the sequence, from which its dice follow (see dice.py). `report` is told now and
    then what share is done.
    """
    return _Play(lines, sequence, keys, shifts).run(report)


class _Play:
    def __init__(self, lines: Lines, sequence: Ints, keys: Words, shifts: Floats) -> None:
        self._lines, self._tables = lines, lines.tables
        self._sequence, self._keys, self._shifts = sequence, keys, shifts
        rows, people = len(sequence), len(lines.names)
        self._schedule = Schedule(rows, people)
        self._missing = np.full(sequence.shape, NONE, np.int64)
        self._willing = np.zeros(sequence.shape, np.int64)
        self._needed = np.zeros((rows, people), np.int64)
        self._begins = float(lines.asked.min(initial=2.0**40))
        for place, request in enumerate(lines.requests):
            for name in request.wanted.fixed:
                self._schedule.enter(np.arange(rows), np.full(rows, self._tables.person[name]), np.full(rows, place))
        self._before = self._schedule.taken.copy()

    def run(self, report: Report) -> Played:
        steps = self._sequence.shape[1]
        for step in range(steps):
            report(step / steps)
            rows = np.flatnonzero(self._sequence[:, step] != NONE)
            self._step(step, rows, self._sequence[rows, step])
        return Played(self._sequence, self._missing, self._willing, self._needed, self._schedule)

    def _step(self, step: int, rows: Ints, requests: Ints) -> None:
        turns = self._turns(rows, requests, self._keys[rows, step])
        seats = self._tables.open_seats[requests]
        willing = np.isfinite(turns).sum(axis=1)
        self._willing[rows, step] = willing
        self._missing[rows, step] = np.maximum(seats - willing, 0)
        for seat in range(int(seats.max(initial=0)) if turns.shape[1] else 0):
            first = turns.argmin(axis=1)
            given = np.flatnonzero((seats > seat) & np.isfinite(turns[np.arange(len(rows)), first]))
            people = self._lines.people[requests[given], first[given]]
            self._schedule.enter(rows[given], people, requests[given])
            turns[given, first[given]] = np.inf
            self._needed[rows[given], people] += willing[given] == seats[given]

    def _turns(self, rows: Ints, requests: Ints, keys: Words) -> Floats:
        """For each row and each person in its line, when their yes comes; infinity for whoever does not say yes."""
        width = int(self._lines.lengths[requests].max(initial=0))
        people = self._lines.people[requests, :width]
        place, column = np.nonzero(people != NONE)
        free = self._schedule.free(self._tables, rows[place], people[place, column], requests[place])
        place, column = place[free], column[free]
        own_rows, own, asked = rows[place], people[place, column], requests[place]
        ranks = self._ranks(place, self._costs(own_rows, own, asked, column))
        words = keys[place] ^ self._lines.names[own]
        yes = uniform(words) < self._lines.chances(asked, column, self._shifts[own_rows])
        turns = np.full(people.shape, np.inf)
        waves = ranks[yes] // self._lines.waves[asked[yes]]
        turns[place[yes], column[yes]] = waves + uniform(words[yes] ^ FASTEST)
        return turns

    def _costs(self, rows: Ints, people: Ints, requests: Ints, columns: Ints) -> Floats:
        """The plan's cost, with what a person did lately fading and what they took meanwhile added."""
        gone = (self._lines.asked[requests] - self._begins) / LATELY
        meanwhile = self._schedule.taken[rows, people] - self._before[rows, people]
        lately = meanwhile - self._lines.loads[people] * np.minimum(gone, 1.0)
        found: Floats = self._lines.costs[requests, columns] + PER_LOAD * lately
        return found

    @staticmethod
    def _ranks(place: Ints, costs: Floats) -> Ints:
        """The rank of each cost among those of its row; rows ascend."""
        order = np.lexsort((costs, place))
        ranks = np.empty(len(place), np.int64)
        begins = np.searchsorted(place, place)
        ranks[order] = np.arange(len(place))
        return ranks - begins
