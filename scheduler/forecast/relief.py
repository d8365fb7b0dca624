"""What would help at one time of the week: one more person, the telephone, an hour earlier or later.

As for recruiting, by "asked last": in each simulated period what stayed unfilled is asked for once more in the changed
way, when everything else is over. So no change can ever leave more unfilled, and each is reckoned by itself.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np

from scheduler.forecast.dice import uniform
from scheduler.forecast.drawing import Request
from scheduler.forecast.lines import Lines
from scheduler.forecast.play import free
from scheduler.forecast.recruiting import Unfilled
from scheduler.forecast.remedies import Relief
from scheduler.forecast.result import SLOT_HOURS, Slot
from scheduler.forecast.simulation import Simulation
from scheduler.model.participants import Appointment
from scheduler.tables.arrays import NONE, Bools, Ints, Tables

# less than this in a period is no gap, and more times than these nobody looks at
LEAST, MOST = 0.1, 200
AN_HOUR = timedelta(hours=1)
BY_PHONE, EARLIER, LATER = "by_phone", "earlier", "later"
DIGITS = 4
Key = tuple[str, int, int]


def relief(simulation: Simulation, slots: Iterable[Slot]) -> tuple[Relief, ...]:
    """For each of the slots that lack most, how many requests fewer stay unfilled in a period by each change."""
    lacking = [one for one in slots if one.expected.unfilled.mean >= LEAST][:MOST]
    keys = [(one.language, one.weekday, one.hour) for one in lacking]
    entries = _Entries.of(simulation, keys)
    unfilled, periods = Unfilled(simulation), len(simulation.periods.sequence)
    filled = [_filled_if(simulation, entries, kind) for kind in (BY_PHONE, EARLIER, LATER)]
    numbers = {key: (_one_more(unfilled, key), *(one.get(key, 0) for one in filled)) for key in keys}
    return tuple(Relief(*key, *(round(one / periods, DIGITS) for one in numbers[key])) for key in keys)


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


def _one_more(unfilled: Unfilled, key: Key) -> int:
    """What somebody takes in all periods who is free whenever something starts then."""
    language, weekday, hour = key
    gender = unfilled.wishes(language).gender
    taken = unfilled.taken(language, gender, lambda opens, _closes: hour <= opens < hour + SLOT_HOURS)
    return len(taken.get(weekday, ()))


def _filled_if(simulation: Simulation, entries: _Entries, kind: str) -> Mapping[Key, int]:
    """Key -> what is filled in all periods if it is changed so; what one person would take twice a day counts once."""
    different, index = np.unique(entries.places, return_inverse=True)
    originals = [simulation.periods.requests[place] for place in different.tolist()]
    requests = list(_changed(simulation, originals, kind))
    able = np.array([one is not None for one in requests], bool)
    place_of = np.cumsum(able) - 1
    kept = able[index] if len(index) else np.zeros(0, bool)
    asked = [one for one in requests if one is not None]
    if not asked or not kept.any():
        return {}
    lines = Lines(simulation.problem, asked, simulation.history)
    who = _first_willing(simulation, lines, entries, kept, place_of[index[kept]])
    found = np.flatnonzero(who != NONE)
    day = lines.tables.days[place_of[index[kept]][found]]
    taken = np.unique(np.column_stack((entries.key[kept][found], entries.rows[kept][found], day, who[found])), axis=0)
    numbers = np.bincount(taken[:, 0], minlength=len(entries.keys)).tolist()
    return dict(zip(entries.keys, numbers, strict=True))


def _changed(simulation: Simulation, originals: list[Request], kind: str) -> Iterator[Request | None]:
    """Each changed so; None where that is no change, or would be before it was asked for."""
    people = simulation.problem.mediators
    refusing = {name for one in people for name in one.excluded}
    for one in originals:
        wanted = changed(one.wanted, kind)
        if (kind == BY_PHONE and one.wanted.mode != "on_site") or wanted.starts < one.asked:
            yield None
            continue
        if one.wanted.id in refusing:
            # whoever is not to come to it as it is is not asked for it as it would be
            others = [person.id for person in people if one.wanted.id not in person.excluded]
            among = one.wanted.candidates
            wanted = replace(wanted, candidates=tuple(name for name in others if among is None or name in among))
        yield Request(wanted, one.asked)


def _first_willing(simulation: Simulation, lines: Lines, entries: _Entries, kept: Bools, asked: Ints) -> Ints:
    """The row of the person who would take each entry that is kept, asked as `asked` (rows of the lines), or -1."""
    rows, steps = entries.rows[kept], entries.steps[kept]
    before = simulation.lines.requests
    both = (*(one.wanted for one in before), *(one.wanted for one in lines.requests))
    tables = Tables(replace(simulation.problem, appointments=both))
    place, column = np.nonzero(lines.people[asked] != NONE)
    people = lines.people[asked[place], column]
    able = free(tables, simulation.played.schedule, rows[place], people, asked[place] + len(before))
    place, column, people = place[able], column[able], people[able]
    shifts = np.full(len(place), simulation.calibration.shift)
    words = simulation.keys[rows, steps][place] ^ lines.names[people]
    yes = uniform(words) < lines.chances(asked[place], column, shifts)
    found = np.full(len(asked), NONE, np.int64)
    # the first in line takes it: columns ascend in each place, so the last written is the first found
    found[place[yes][::-1]] = people[yes][::-1]
    return found
