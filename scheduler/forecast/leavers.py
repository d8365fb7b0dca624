"""How many of a language's people could leave before too few of its requests are filled.

Read off the simulated periods: of a language's m people so many were willing at each request; of k who leave, drawn
by lot, each is as likely one of these as any other (hypergeometric). That those who stay would be busier is left out,
so that a pool near its limits bears a little less than is said.
"""

from math import comb

import numpy as np

from scheduler.forecast.simulation import Simulation
from scheduler.model.problem import Mediator
from scheduler.tables.arrays import NONE, Ints

# fewer than this filled is too few: published pools fill just under 80 per cent
FILLED = 0.8


def leavers_borne(simulation: Simulation) -> dict[str, int]:
    """Language -> the most people who could leave with still `FILLED` of its requests filled; 0 if fewer are."""
    sequence, played = simulation.periods.sequence, simulation.played
    rows, steps = np.nonzero(sequence != NONE)
    places = sequence[rows, steps]
    seats = simulation.lines.tables.open_seats[places]
    codes = {one.wanted.language: index for index, one in enumerate(simulation.periods.requests)}
    language = np.array([codes[one.wanted.language] for one in simulation.periods.requests], np.int64)[places]
    figures = np.column_stack((seats, played.willing[rows, steps]))
    return {
        name: _borne(_speakers(simulation, name), figures[(language == code) & (seats > 0)])
        for name, code in codes.items()
    }


def _speakers(simulation: Simulation, language: str) -> int:
    """Those who speak it and have any free time ahead."""
    people: tuple[Mediator, ...] = simulation.problem.speakers.get(language, ())
    return sum(any(end > simulation.problem.now for _, end in one.windows[-1:]) for one in people)


def _borne(people: int, figures: Ints) -> int:
    if not len(figures):
        return 0
    kinds, counts = np.unique(figures, axis=0, return_counts=True)
    for leaving in range(people + 1):
        stays = [_filled(people, leaving, *kind) for kind in kinds.tolist()]
        if float(np.average(stays, weights=counts)) < FILLED:
            return max(leaving - 1, 0)
    return people


def _filled(people: int, leaving: int, seats: int, willing: int) -> float:
    """The chance that enough of the willing are among those who stay; who speaks another language never leaves."""
    among = min(willing, people)
    beside = willing - among
    ways = sum(
        comb(among, gone) * comb(people - among, leaving - gone)
        for gone in range(min(among, leaving) + 1)
        if among - gone + beside >= seats
    )
    return ways / comb(people, leaving)
