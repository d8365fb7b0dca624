"""What would help at one time of the week: one more person, the telephone, an hour earlier or later.

As for recruiting, by "asked last": in each simulated period what stayed unfilled is asked for once more in the changed
way, when everything else is over. So no change can ever leave more unfilled, and each is reckoned by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from scheduler.forecast.dice import uniform
from scheduler.forecast.drawing import Request
from scheduler.forecast.lines import Lines
from scheduler.forecast.recruiting import Unfilled
from scheduler.forecast.remedies import CHANGES, Relief
from scheduler.forecast.result import SLOT_HOURS, Slot
from scheduler.forecast.simulation import Simulation
from scheduler.model.participants import Appointment
from scheduler.tables.arrays import NONE, Bools, Ints, Tables

# less than this in a period is no gap, and more times than these nobody looks at
LEAST, MOST = 0.1, 200
AN_HOUR = timedelta(hours=1)
ONE_MORE, BY_PHONE, EARLIER, LATER = CHANGES
DIGITS = 4
Key = tuple[str, int, int]


@dataclass(frozen=True)
class Helped:
    """Of the times looked at, change by change, the cells (rows, steps) of the simulation that are filled by it."""

    keys: list[Key]
    cells: Mapping[str, tuple[Ints, Ints]]
    numbers: Mapping[str, Mapping[Key, int]]
    periods: int

    def relief(self) -> tuple[Relief, ...]:
        """How many requests fewer stay unfilled in a period by each change, time by time."""
        return tuple(
            Relief(*key, *(round(self.numbers[change].get(key, 0) / self.periods, DIGITS) for change in CHANGES))
            for key in self.keys
        )


def relief(simulation: Simulation, slots: Iterable[Slot]) -> tuple[Relief, ...]:
    """For each of the slots that lack most, how many requests fewer stay unfilled in a period by each change."""
    return helped(simulation, slots).relief()


def helped(simulation: Simulation, slots: Iterable[Slot]) -> Helped:
    """The same, with what it is that each change fills."""
    lacking = [one for one in slots if one.expected.unfilled.mean >= LEAST][:MOST]
    keys = [(one.language, one.weekday, one.hour) for one in lacking]
    entries = _Entries.of(simulation, keys)
    unfilled = Unfilled(simulation)
    taken = {key: _one_more(unfilled, key) for key in keys}
    cells = {ONE_MORE: unfilled.cells([entry for those in taken.values() for entry in those])}
    numbers: dict[str, Mapping[Key, int]] = {ONE_MORE: {key: len(those) for key, those in taken.items()}}
    for kind in (BY_PHONE, EARLIER, LATER):
        found = _filled_if(simulation, entries, kind)
        cells[kind] = entries.rows[found], entries.steps[found]
        counts = np.bincount(entries.key[found], minlength=len(keys)).tolist()
        numbers[kind] = dict(zip(keys, counts, strict=True))
    return Helped(keys, cells, numbers, len(simulation.periods.sequence))


def changed(wanted: Appointment, kind: str) -> Appointment:
    """The same appointment held by telephone instead of on site, or an hour earlier or later."""
    name = f"{wanted.id} {kind}"
    if kind == BY_PHONE:
        return replace(wanted, id=name, mode="phone", place=None)
    by = -AN_HOUR if kind == EARLIER else AN_HOUR
    return replace(wanted, id=name, starts=wanted.starts + by, ends=wanted.ends + by)


@dataclass(frozen=True)
class _Entries:
    """What stayed unfilled at the times looked at: row, step and place of each, and which of the keys it belongs to.

    Requests for several people are left out: who has a seat already would have to agree to the change.
    """

    keys: list[Key]
    rows: Ints
    steps: Ints
    places: Ints
    key: Ints

    @classmethod
    def of(cls, simulation: Simulation, keys: list[Key]) -> "_Entries":
        zone = ZoneInfo(simulation.problem.timezone)
        known = {key: index for index, key in enumerate(keys)}
        wanted = [one.wanted for one in simulation.periods.requests]
        rows, steps = np.nonzero(simulation.played.missing == 1)
        places = simulation.periods.sequence[rows, steps]
        of_place = np.full(len(wanted), NONE, np.int64)
        for place in np.unique(places).tolist():
            if wanted[place].mediators_needed == 1:
                of_place[place] = known.get(_key(wanted[place], zone), NONE)
        key = of_place[places]
        kept = key != NONE
        return cls(keys, rows[kept], steps[kept], places[kept], key[kept])


def _key(wanted: Appointment, zone: ZoneInfo) -> Key:
    local = wanted.starts.astimezone(zone)
    return wanted.language, local.weekday(), local.hour - local.hour % SLOT_HOURS


def _one_more(unfilled: Unfilled, key: Key) -> list[int]:
    """What somebody takes in all periods who is free whenever something starts then, of what asks for the language.

    What would accept it beside another is that other language's gap.
    """
    language, weekday, hour = key
    gender = unfilled.wishes(language).gender
    taken = unfilled.taken(language, gender, lambda opens, _closes: hour <= opens < hour + SLOT_HOURS)
    return [entry for entry in taken.get(weekday, ()) if unfilled.language_of(entry) == language]


def _filled_if(simulation: Simulation, entries: _Entries, kind: str) -> Ints:
    """Which entries are filled if they are changed so; of what one person would take twice a day the first."""
    different, index = np.unique(entries.places, return_inverse=True)
    able = np.array([_can_change(simulation.periods.requests[place], kind) for place in different.tolist()], bool)
    if not able.any():
        return np.zeros(0, np.int64)
    before = [simulation.periods.requests[place] for place in different[able].tolist()]
    after = [Request(changed(one.wanted, kind), one.asked) for one in before]
    lines = Lines(simulation.problem, after, simulation.history)
    kept = np.flatnonzero(able[index])
    asked = (np.cumsum(able) - 1)[index[kept]]
    who = _first_willing(simulation, lines, (entries.rows[kept], entries.steps[kept], asked), before)
    found = np.flatnonzero(who != NONE)
    day = lines.tables.days[asked[found]]
    taken = np.column_stack((entries.key[kept][found], entries.rows[kept][found], day, who[found]))
    _, first = np.unique(taken, axis=0, return_index=True)
    filled: Ints = kept[found[first]]
    return filled


def _can_change(one: Request, kind: str) -> bool:
    """Whether that is a change, and would not be before it was asked for."""
    return one.wanted.mode == "on_site" if kind == BY_PHONE else changed(one.wanted, kind).starts >= one.asked


def _first_willing(
    simulation: Simulation, lines: Lines, entries: tuple[Ints, Ints, Ints], before: Sequence[Request]
) -> Ints:
    """The row of the person who would take each entry, or -1; entries: rows, steps, and what is asked for of the lines.

    `before` is what the requests of the lines were, in their order.
    """
    rows, steps, asked = entries
    place, column = np.nonzero(lines.people[asked] != NONE)
    people = lines.people[asked[place], column]
    able = _free(simulation, lines, rows[place], people, asked[place]) & ~_refused(
        simulation, before, asked[place], people
    )
    place, column, people = place[able], column[able], people[able]
    words = simulation.keys[rows, steps][place] ^ lines.names[people]
    shifts = np.full(len(place), simulation.calibration.shift)
    yes = uniform(words) < lines.chances(asked[place], column, shifts)
    found = np.full(len(asked), NONE, np.int64)
    # the first in line takes it: columns ascend in each place, so the last written is the first found
    found[place[yes][::-1]] = people[yes][::-1]
    return found


def _free(simulation: Simulation, lines: Lines, rows: Ints, people: Ints, asked: Ints) -> Bools:
    """Whom all that they took in their period leaves room for it."""
    played = simulation.lines.requests
    both = tuple(one.wanted for one in (*played, *lines.requests))
    tables = Tables(replace(simulation.problem, appointments=both))
    return simulation.played.schedule.free(tables, rows, people, asked + len(played))


def _refused(simulation: Simulation, before: Sequence[Request], asked: Ints, people: Ints) -> Bools:
    """Who is not to come to it as it is, and so is not asked for it as it would be either."""
    tables = simulation.lines.tables
    count = len(tables.person)
    pairs = [row * count + person for row, one in enumerate(before) for person in tables.barred.get(one.wanted.id, ())]
    refused: Bools = np.isin(asked * count + people, pairs)
    return refused
