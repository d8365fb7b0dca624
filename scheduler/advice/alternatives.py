"""What would work better than the time, mode and language that are wanted: who could come then, and how likely.

A whole week in steps of a quarter of an hour is rated while a form is filled in; see `FreeTimes`, made once per plan.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

import numpy as np

from scheduler.model import checks
from scheduler.model.participants import MODES, Appointment
from scheduler.tables import eligibility
from scheduler.tables.arrays import ON_SITE, Bools, Floats, Ints
from scheduler.tables.free_times import FreeTimes

# what can differ from what is wanted
CHANGES = ("time", "mode", "language")
# stands for the logarithm of zero: beside 1, its exponential vanishes
NEVER = -50.0
# the sums behind two equal chances may differ by their order; what differs by less than this is equal
DIGITS = 9


@dataclass(frozen=True)
class Alternative:
    """One time, mode and further language at which it could be: how many could come, and how likely enough of them do.

    `language` is accepted beside those wanted; None if no further one is. `changes` are those of `CHANGES` in which it
    differs from what is wanted; none for that itself.
    """

    starts: datetime
    ends: datetime
    mode: str
    language: str | None
    people: int
    chance: float
    changes: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """Write it with its times in UTC."""
        return {
            "starts": checks.written(self.starts),
            "ends": checks.written(self.ends),
            "mode": self.mode,
            "language": self.language,
            "people": self.people,
            "chance": self.chance,
            "changes": list(self.changes),
        }


@dataclass(frozen=True)
class Rating:
    """All combinations of some modes, further languages (None: none) and starts, rated.

    `people` and `chance` have these three axes. The first mode and the first language are those wanted.
    """

    wanted: Appointment
    modes: tuple[str, ...]
    languages: tuple[str | None, ...]
    starts: tuple[datetime, ...]
    people: Ints
    chance: Floats

    @property
    def itself(self) -> Alternative:
        """What is wanted."""
        return self._at(0, 0, self.starts.index(self.wanted.starts))

    def best(self, most: int, changing: Collection[str] = CHANGES) -> tuple[Alternative, ...]:
        """The likeliest combinations in which at most `changing` differs, what is wanted among them, best first.

        Of equal chances the one with the fewest changes comes first, then the nearest time (the later of two), then the
        modes and languages in the order given.
        """
        kept = sum(1 << index for index, change in enumerate(CHANGES) if change not in changing)
        found = np.flatnonzero(self._changes & kept == 0)
        order = np.lexsort((self._distances.ravel()[found], -self.chance.ravel()[found]))[:most]
        places = np.column_stack(np.unravel_index(found[order], self.chance.shape)).tolist()
        return tuple(self._at(*place) for place in places)

    @cached_property
    def _changes(self) -> Ints:
        """Bits of what differs, by the places in `CHANGES`."""
        moved = np.array([one != self.wanted.starts for one in self.starts], np.int64)
        modes, languages = (np.arange(len(one)) > 0 for one in (self.modes, self.languages))
        return moved | modes[:, None, None] << 1 | languages[:, None] << 2

    @cached_property
    def _distances(self) -> Ints:
        """What orders combinations of equal chance; no two have the same."""
        shifts = np.array([(one - self.wanted.starts).total_seconds() for one in self.starts])
        nearest = np.argsort(np.lexsort((-shifts, abs(shifts))))
        changes = np.bitwise_count(self._changes).astype(np.int64)
        modes, languages = np.arange(len(self.modes)), np.arange(len(self.languages))
        combined = modes[:, None, None] * len(languages) + languages[:, None]
        return (changes * len(shifts) + nearest) * len(modes) * len(languages) + combined

    def _at(self, mode: int, language: int, start: int) -> Alternative:
        starts, place = self.starts[start], (mode, language, start)
        return Alternative(
            starts,
            starts + (self.wanted.ends - self.wanted.starts),
            self.modes[mode],
            self.languages[language],
            int(self.people[place]),
            float(self.chance[place]),
            tuple(change for index, change in enumerate(CHANGES) if self._changes[place] >> index & 1),
        )


def rate(
    free_times: FreeTimes,
    wanted: Appointment,
    starts: Iterable[datetime],
    *,
    modes: Sequence[str] = (),
    languages: Sequence[str] = (),
    chances: Floats | None = None,
) -> Rating:
    """Rate every combination of these starts, modes and further languages; what is wanted is always among them.

    `chances` are those of a yes, if they differ from start to start: a row for each mediator of the problem, a column
    for each start, ascending, with that which is wanted. Otherwise those of the free times count.

    The appointment need not be part of the problem. If it is, those who have it count as free. Fixed people are not
    counted, and only the seats beside them are to be filled. The chance is that enough of those who could come say
    yes, each independently of the others: 1 − Π(1 − pᵢ) for one seat. Where several people are needed it is that of the
    likeliest language, as they work in one. Raises `ProblemError` for a place the problem does not know, and for on
    site without one.
    """
    instants = tuple(sorted({*starts, wanted.starts}))
    if chances is None:
        chances = np.repeat(free_times.chance[:, None], len(instants), axis=1)
    held = [replace(wanted, mode=mode) for mode in dict.fromkeys((wanted.mode, *modes))]
    further = tuple(one for one in dict.fromkeys(languages) if one not in wanted.languages)
    spoken = [wanted, *(_accepting(wanted, one) for one in further)]
    people = free_times.speakers(_accepting(wanted, *further))
    reach = [free_times.reachable(one, people) for one in held]
    somehow = np.logical_or.reduce(reach)
    people = people[somehow]
    free = free_times.available(wanted, people, instants)
    busy: dict[bool, Bools] = {}
    found = []
    for one, reached in zip(held, reach, strict=True):
        on_site = one.mode == MODES[ON_SITE]
        if on_site not in busy:
            busy[on_site] = free_times.busy(one, people, instants)
        there = np.flatnonzero(reached[somehow])
        idle = free[there] & ~busy[on_site][there]
        yes = np.where(idle, chances[people[there]], 0.0)
        found.append([_odds(free_times, variant, people[there], idle, yes) for variant in spoken])
    counts, chances = (np.array([[pair[part] for pair in row] for row in found]) for part in (0, 1))
    return Rating(
        wanted,
        tuple(one.mode for one in held),
        (None, *further),
        instants,
        counts.astype(np.int64),
        np.round(chances, DIGITS),
    )


def _accepting(wanted: Appointment, *further: str) -> Appointment:
    return replace(wanted, accepted_languages=(*wanted.accepted_languages, *further))


def _odds(free_times: FreeTimes, wanted: Appointment, people: Ints, idle: Bools, yes: Floats) -> tuple[Ints, Floats]:
    """For each column of `idle`: how many of the people could come, and the chance that enough of them do.

    `yes` is each one's chance of a yes at each start, zero where they could not come.
    """
    able = [mask for _, mask in eligibility.usable(free_times.tables, people, wanted)]
    anybody = np.logical_or.reduce(able) if able else np.zeros(len(people), bool)
    count: Ints = idle[anybody].sum(axis=0)
    if wanted.open_seats == 1:
        return count, _any(yes[anybody])
    chance = np.zeros(idle.shape[1])
    for mask in able:
        chance = np.maximum(chance, _enough(yes[mask], wanted.open_seats))
    return count, chance


def _any(yes: Floats) -> Floats:
    """1 − Π(1 − p) down each column."""
    no = np.where(yes < 1, np.log1p(-np.minimum(yes, np.nextafter(1, 0))), NEVER)
    # where nobody could come it is zero, and not minus zero
    found: Floats = 0.0 - np.expm1(no.sum(axis=0))
    return found


def _enough(yes: Floats, seats: int) -> Floats:
    """The chance that at least so many of those in a column say yes, person by person (Poisson's binomial)."""
    fewer = np.zeros((seats, yes.shape[1]))
    fewer[:1] = 1.0
    for own in yes:
        moved = fewer[:-1] * own
        fewer *= 1 - own
        fewer[1:] += moved
    found: Floats = 1 - fewer.sum(axis=0)
    return found
