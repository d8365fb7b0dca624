"""One shift of all log-odds, so that the pool's own past, played again, leaves as many unfilled as it really did.

It absorbs whatever the simulation leaves out and whatever is wrong with the learned chances of everybody alike.
"""

from dataclasses import replace

import numpy as np

from scheduler.forecast.dice import numbered
from scheduler.forecast.drawing import Request, without_people
from scheduler.forecast.history import MOST_REPLAYED, History
from scheduler.forecast.lines import Lines
from scheduler.forecast.play import play
from scheduler.forecast.result import Calibration
from scheduler.model.problem import Problem
from scheduler.tables.arrays import Floats, Ints

# shifts are tried side by side and interpolated; each plays the past so many times, with the same dice
SHIFTS = np.linspace(-2.0, 2.0, 9)
REPEATS = 8
# so many requests' worth of doubt there is about the need for any shift
DOUBT = 20


def calibrate(problem: Problem, history: History, seed: int) -> Calibration:
    """Play the latest requests of the past with the people as they were free then.

    Whoever has left since is among the problem's mediators, with no free time after they left.
    """
    past = history.until(problem.now)[-MOST_REPLAYED:]
    if not past:
        return Calibration()
    requests = [Request(without_people(one.wanted), one.asked) for one in past]
    then = replace(problem, now=min(one.asked for one in past), appointments=())
    unfilled = _unfilled(Lines(then, requests, history), np.arange(len(past)), seed)
    seen = sum(not one.filled for one in past)
    expected = float(np.interp(0.0, SHIFTS, unfilled))
    believed = len(past) / (len(past) + DOUBT)
    target = believed * seen + (1 - believed) * expected
    # more yeses leave fewer unfilled, so both run the other way
    shift = float(np.interp(target, unfilled[::-1], SHIFTS[::-1]))
    return Calibration(round(shift, 6), len(past), seen, round(expected, 6))


def _unfilled(lines: Lines, order: Ints, seed: int) -> Floats:
    """How many stay unfilled on average, for each of the shifts."""
    keys = np.tile(numbered(seed, REPEATS, len(order)), (len(SHIFTS), 1))
    sequence = np.tile(order, (len(keys), 1))
    played = play(lines, sequence, keys, np.repeat(SHIFTS, REPEATS))
    totals = (played.missing > 0).sum(axis=1).reshape(len(SHIFTS), REPEATS).mean(axis=1)
    # noise may turn two neighbours around
    found: Floats = np.minimum.accumulate(totals)
    return found
