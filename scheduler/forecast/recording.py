"""From simulated periods to how each of their requests ended; see outcomes.py."""

from array import array
from zoneinfo import ZoneInfo

import numpy as np

from scheduler.forecast.drawing import Request
from scheduler.forecast.outcomes import HELPED, UNFILLED, Kind, Outcomes
from scheduler.forecast.relief import Helped
from scheduler.forecast.result import SLOT_HOURS
from scheduler.forecast.simulation import Simulation
from scheduler.tables.arrays import NONE, Ints

NOTHING_SAID = ("", "")


def record(simulation: Simulation, helped: Helped) -> Outcomes:
    """All requests of all periods, by kind and period."""
    sequence = simulation.periods.sequence
    rows, steps = np.nonzero(sequence != NONE)
    ended: Ints = np.where(simulation.played.missing > 0, UNFILLED, 0)
    for change, cells in helped.cells.items():
        ended[cells] |= HELPED[change]
    kinds = [_kind(simulation, one) for one in simulation.periods.requests]
    known = {kind: number for number, kind in enumerate(sorted(set(kinds)))}
    kind = np.array([known[one] for one in kinds], np.int64)[sequence[rows, steps]]
    order = np.lexsort((rows, kind))
    columns = (kind[order], rows[order], ended[rows, steps][order])
    return Outcomes(len(sequence), tuple(known), *(array("I", one.tolist()) for one in columns))


def _kind(simulation: Simulation, request: Request) -> Kind:
    wanted, zone = request.wanted, ZoneInfo(simulation.problem.timezone)
    local = wanted.starts.astimezone(zone)
    hour = local.hour - local.hour % SLOT_HOURS
    about = simulation.history.about.get(request.of, NOTHING_SAID)
    return Kind(wanted.language, local.weekday(), hour, wanted.mode, wanted.gender or "", *about)
