"""The simulated periods of small problems beside all outcomes there are."""

from math import sqrt

import numpy as np
from hypothesis import given, settings

from scheduler.forecast.simulation import simulate
from scheduler.model.problem import Problem
from tests.effort import examples
from tests.scheduler.forecast.every_outcome import EveryOutcome
from tests.scheduler.forecast.pools import NOTHING
from tests.scheduler.small_problems import small_problems

PERIODS = 2_000
# how far a mean may be off by chance alone: so many standard deviations, and what Bernstein's inequality adds
SURE = 5.0


@settings(max_examples=examples(200), deadline=None)
@given(small_problems())
def test_what_stays_unfilled_is_what_all_outcomes_together_say(given: Problem) -> None:
    simulation = simulate(given, NOTHING, periods=PERIODS, seed=1)
    wanted = [one.wanted.id for one in simulation.periods.requests]
    expected = EveryOutcome(given).unfilled()
    seen = np.mean(simulation.played.missing > 0, axis=0).tolist()
    assert wanted[: len(seen)] == list(expected)
    for share, chance in zip(seen, expected.values(), strict=True):
        allowed = SURE * sqrt(max(chance * (1 - chance), 0.0) / PERIODS) + SURE * SURE / 3 / PERIODS
        assert abs(share - chance) <= allowed
