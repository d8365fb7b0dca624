"""A plan in one go, before any search: what each appointment alone would have, and teams put together at once."""

import numpy as np

from scheduler.tables.arrays import Ints
from scheduler.tables.objective import Objective
from scheduler.tables.roster import Roster


def have_each_alone(objective: Objective, roster: Roster) -> bool:
    """Whether everybody can have whom they would have alone; then the roster has it, and nothing is better."""
    alone = objective.each_alone
    if len(roster.allowed(alone)) < len(alone) or not _agree(objective, alone):
        return False
    for put, option in enumerate(alone[:, np.newaxis]):
        if not len(roster.allowed(option)):
            roster.take(alone[:put])
            return False
        roster.put(option)
    return True


def put_teams(objective: Objective, roster: Roster) -> None:
    """Those that need several people at once, the weightiest first, each with the cheapest who are free."""
    instance = objective.instance
    rigid = [instance.needs[place] for place in np.flatnonzero(objective.rigid).tolist()]
    for need in sorted(rigid, key=lambda one: -one.appointment.weight):
        roster.put(_team(objective, roster, np.arange(need.first, need.last), need.appointment.open_seats))


def _agree(objective: Objective, options: Ints) -> bool:
    """Whether all people of an appointment work in one language."""
    given = objective.instance.options
    spoken = np.unique(np.stack((given.need[options], given.language[options])), axis=1)
    return len(np.unique(given.need[options])) == int(spoken.shape[1])


def _team(objective: Objective, roster: Roster, options: Ints, seats: int) -> Ints:
    """The cheapest people who are free, enough of them, and of one language; nobody if there are too few."""
    free = roster.allowed(options)
    given = objective.instance.options
    for language in np.unique(given.language[free]).tolist():
        able = free[given.language[free] == language]
        if len(able) >= seats:
            cheapest: Ints = able[np.lexsort((given.cost[able], ~given.asked[able]))][:seats]
            return cheapest
    return free[:0]
