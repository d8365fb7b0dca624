"""How chances that were shown turned out, and what that makes of the next one.

A chance of which people are independent of one another says too much: they are asked for other things, too, waves end,
and on the day of the match nobody answers. Which of the shown came true corrects it: logit q = shift + slope · logit p
(Platt 1999), fitted by the most likely values under a prior, so that little past changes little.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, log

# what is less likely, or likelier, than this is taken for it: nothing is certain
LEAST, MOST = 0.01, 0.99
# Newton's steps; it is there after a handful
STEPS = 25


@dataclass(frozen=True)
class Outcome:
    """Of so many that were given this chance, so many came true."""

    chance: float
    number: int
    came: int


@dataclass(frozen=True)
class Calibration:
    """What a chance is worth; with shift 0 and slope 1 as much as it says."""

    shift: float = 0.0
    slope: float = 1.0

    def honest(self, chance: float) -> float:
        """The chance as it comes true; none stays none."""
        if chance <= 0:
            return 0.0
        return _likely(self.shift + self.slope * _odds(chance))


# Before a pool has any past: what the simulated towns of `python -m benchmarks chances` teach, with so much trust as
# so many outcomes would earn.
USUAL = Calibration()
TRUST_SHIFT, TRUST_SLOPE = 20.0, 40.0


def fit(outcomes: Iterable[Outcome], usual: Calibration = USUAL) -> Calibration:
    """The calibration that makes these outcomes, and what is usual, most likely."""
    seen = [(_odds(one.chance), one.number, one.came) for one in outcomes]
    shift, slope = usual.shift, usual.slope
    # the information of so many outcomes at even odds
    hold_shift, hold_slope = TRUST_SHIFT / 4, TRUST_SLOPE / 4
    for _ in range(STEPS):
        pull_shift, pull_slope = hold_shift * (usual.shift - shift), hold_slope * (usual.slope - slope)
        shift_shift, shift_slope, slope_slope = hold_shift, 0.0, hold_slope
        for odds, number, came in seen:
            likely = _likely(shift + slope * odds)
            missed, spread = came - number * likely, number * likely * (1 - likely)
            pull_shift, pull_slope = pull_shift + missed, pull_slope + missed * odds
            shift_shift, shift_slope = shift_shift + spread, shift_slope + spread * odds
            slope_slope += spread * odds * odds
        size = shift_shift * slope_slope - shift_slope**2
        shift += (slope_slope * pull_shift - shift_slope * pull_slope) / size
        slope += (shift_shift * pull_slope - shift_slope * pull_shift) / size
        # a likelier chance never comes true less often
        slope = max(slope, 0.0)
    return Calibration(shift, slope)


def _odds(chance: float) -> float:
    held = min(max(chance, LEAST), MOST)
    return log(held / (1 - held))


def _likely(odds: float) -> float:
    return 1 / (1 + exp(-odds))
