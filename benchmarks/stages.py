"""Coverage first, then changes, then preference: how the exact rivals are led through the three objectives."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.answer import Answer, Clock
from scheduler.tables.arrays import Ints
from scheduler.tables.instance import Instance

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Goal:
    """The sum of `sizes` over the chosen options is to be largest (`most`) or smallest."""

    sizes: Ints
    most: bool


@dataclass(frozen=True)
class Held:
    """What a stage reached, which those after it must not fall behind."""

    goal: Goal
    value: int


@dataclass(frozen=True)
class Found:
    """How a stage ended: the options chosen, None if there are none, and what no choice can beat."""

    chosen: Ints | None
    bound: float
    proved: bool


# goal, what is held, the answer so far, the clock to note better coverages with (None after the first stage) -> result
Stage = Callable[[Goal, Sequence[Held], Ints | None, Clock | None], Found]


def in_stages(instance: Instance, clock: Clock, stage: Stage) -> Answer:
    """Solve stage after stage; each may use all the time that is left."""
    options = instance.options
    weights = instance.tables.weights[options.appointment]
    total = int(instance.tables.weights[[need.row for need in instance.needs]].sum())
    goals = (
        Goal(weights, most=True),
        Goal(options.asked.astype(weights.dtype), most=True),
        Goal(options.cost, most=False),
    )
    chosen: Ints | None = None
    held: list[Held] = []
    found: list[Found] = []
    for goal in goals:
        if held and not goal.sizes.any():
            found.append(Found(chosen, 0, proved=True))
            continue
        if not clock.left():
            break
        found.append(stage(goal, held, chosen, None if held else clock))
        if found[-1].chosen is None:
            break
        chosen = found[-1].chosen
        held.append(Held(goal, int(goal.sizes[chosen].sum())))
        clock.note(held[0].value)
    proved = [one.proved for one in found]
    return Answer(
        instance.assignments([] if chosen is None else chosen.tolist()),
        # before its first relaxation is solved, a solver's bound can exceed what there is to cover at all
        coverage_bound=math.floor(min(found[0].bound + TOLERANCE, total)) if found else None,
        preference_bound=_least(found[2]) if len(found) == len(goals) else None,
        coverage_proved=proved[:1] == [True],
        all_proved=proved == [True] * len(goals),
        moments=tuple(clock.moments),
    )


def _least(found: Found) -> int | None:
    return math.ceil(found.bound - TOLERANCE) if math.isfinite(found.bound) else None
