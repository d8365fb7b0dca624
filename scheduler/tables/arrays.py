"""A problem as arrays, made once: what the rules need to look at thousands of people in one step.

Times are whole seconds since 1970 in UTC. Codes follow the order of `LEVELS`, `GENDERS` and
`MODES`; -1 stands for none.
"""

import math
from collections.abc import Collection, Sequence
from copy import copy
from datetime import datetime
from functools import cached_property

import numpy as np
import numpy.typing as npt

from scheduler.model.participants import GENDERS, LEVELS, LIMITS, MODES, Appointment
from scheduler.model.problem import Problem
from scheduler.model.travel import EARTH_RADIUS_KM

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

NONE = -1
ON_SITE = MODES.index("on_site")
# what a limit that does not bind is compared with
UNBOUND = 2**40


class Tables:
    """The people, appointments and ways of one problem; rows are in its order."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.now = seconds_of(problem.now)
        spoken = {language for mediator in problem.mediators for language in mediator.languages}
        self.languages = {language: index for index, language in enumerate(sorted(spoken))}
        self.person = {mediator.id: index for index, mediator in enumerate(problem.mediators)}
        self.appointment = {one.id: index for index, one in enumerate(problem.appointments)}
        self._read_people()
        self._read_appointments()

    def _read_people(self) -> None:
        people = self.problem.mediators
        self.levels = np.full((len(self.languages), len(people)), NONE, np.int8)
        for index, one in enumerate(people):
            for language, level in one.languages.items():
                self.levels[self.languages[language], index] = LEVELS.index(level)
        self.speakers = [np.flatnonzero(row != NONE) for row in self.levels]
        self.genders = np.array([_code(GENDERS, one.gender) for one in people], np.int8)
        self.works = np.array([[mode in one.modes for one in people] for mode in MODES], bool)
        limits = [[_least(one.max_travel_minutes, self.problem.travel.max_minutes) for one in people]]
        self.farthest = np.array(limits[0], np.float64)
        caps = [[_cap(one, name) for one in people] for name in LIMITS]
        self.limits = np.array(caps, np.int64).reshape(len(LIMITS), len(people))
        self.homes = np.array([self._place(one.home) for one in people], np.int64)
        windows = [(index, window) for index, one in enumerate(people) for window in one.windows]
        self._window_person = np.array([index for index, _ in windows], np.int64)
        self._window_starts = np.array([seconds_of(start) for _, (start, _) in windows], np.int64)
        self._window_ends = np.array([seconds_of(end) for _, (_, end) in windows], np.int64)
        self._window_keys = self._window_person * SPAN + self._window_starts
        self.shunned = _by_appointment([one.excluded for one in people])
        self.uncleared = _by_appointment([one.uncleared for one in people])
        # whoever is not to come to it, at whatever time it is and however it is held
        self.barred = _by_appointment([one.excluded | one.uncleared for one in people])

    def _read_appointments(self) -> None:
        wanted = self.problem.appointments
        self.starts = np.array([seconds_of(one.starts) for one in wanted], np.int64)
        self.ends = np.array([seconds_of(one.ends) for one in wanted], np.int64)
        self.lengths = self.ends - self.starts
        self.sites = np.array([self.site_of(one) for one in wanted], np.int64)
        self.open_seats = np.array([one.open_seats for one in wanted], np.int64)
        self.seats = np.array([one.mediators_needed for one in wanted], np.int64)
        self.partial = np.array([one.partial for one in wanted], bool)
        self.weights = np.array([one.weight for one in wanted], np.int64)
        days = [self.problem.days[one.id] for one in wanted]
        self.days = np.array([day.toordinal() for day in days], np.int64)
        # a proleptic ordinal counts from a Monday, so whole weeks of it are ISO weeks
        self.weeks = (self.days - 1) // 7

    def plus(self, problem: Problem) -> "Tables":
        """The same for a problem with one appointment more, the last."""
        one = problem.appointments[-1]
        larger = copy(self)
        larger.problem = problem
        larger.appointment = {**self.appointment, one.id: len(self.starts)}
        day = problem.days[one.id].toordinal()
        starts, ends, site = seconds_of(one.starts), seconds_of(one.ends), self.site_of(one)
        more = {
            "starts": starts,
            "ends": ends,
            "lengths": ends - starts,
            "sites": site,
            "open_seats": one.open_seats,
            "seats": one.mediators_needed,
            "partial": one.partial,
            "weights": one.weight,
            "days": day,
            "weeks": (day - 1) // 7,
        }
        for name, value in more.items():
            setattr(larger, name, np.append(getattr(self, name), value))
        if site not in {NONE, *self.sites.tolist()}:
            # the ways known so far lead to no such site
            larger.__dict__.pop("ways", None)
        return larger

    @cached_property
    def places(self) -> dict[str, int]:
        """Place -> its code, for every place that anybody could be at."""
        named = self.problem.travel.named if self.problem.travel.minutes is not None else ()
        return {name: index for index, name in enumerate(dict.fromkeys((*self.problem.places, *sorted(named))))}

    def site_of(self, appointment: Appointment) -> int:
        """The code of the place people have to go to; -1 by phone or video."""
        return self._place(appointment.place) if appointment.mode == "on_site" else NONE

    def _place(self, name: str | None) -> int:
        return NONE if name is None else self.places[name]

    def clash(self, one: Ints, other: Ints) -> Bools:
        """Pair by pair, whether nobody can do both appointments (rows): the namesake of `rules.collide`."""
        swap = (self.starts[other] < self.starts[one]) | (
            (self.starts[other] == self.starts[one]) & (self.ends[other] < self.ends[one])
        )
        first, second = np.where(swap, other, one), np.where(swap, one, other)
        left = self.starts[second] - self.ends[first]
        origins, sites = self.sites[first], self.sites[second]
        on_site = (origins != NONE) & (sites != NONE)
        gaps = np.full(len(first), 60 * self.problem.remote_gap_minutes, np.int64)
        gaps[on_site] = self.ways.gaps(origins[on_site], sites[on_site])
        found: Bools = left < gaps
        return found

    @cached_property
    def points(self) -> Floats:
        """Where each place lies (degrees; longitude and latitude made comparable), and, last, where nobody knows."""
        known = (self.problem.places.get(name) for name in self.places)
        points = [(0.0, 0.0) if one is None else (one.lat, one.lon * math.cos(math.radians(one.lat))) for one in known]
        return np.array([*points, (0.0, 0.0)])

    @cached_property
    def ways(self) -> "Ways":
        """Minutes between places."""
        return Ways(self)

    def free(self, people: Ints, starts: int, ends: int) -> Bools:
        """Which of these people have a window that holds the whole time."""
        if not len(self._window_keys):
            return np.zeros(len(people), bool)
        found = np.searchsorted(self._window_keys, people * SPAN + starts, side="right") - 1
        inside: Bools = (found >= 0) & (self._window_person[found] == people) & (self._window_ends[found] >= ends)
        return inside


class Ways:
    """Minutes between places, by their codes; each column is filled when it is first asked for."""

    def __init__(self, tables: Tables) -> None:
        self._travel, self._places = tables.problem.travel, tables.problem.places
        self._names = list(tables.places)
        self._columns: dict[int, Floats] = {}
        self._origins = np.unique(np.concatenate((tables.homes, tables.sites, [NONE])))[1:]
        self._sites = np.unique(np.append(tables.sites, NONE))[1:]
        if self._travel.minutes is None:
            points = [self._places[name] for name in self._names]
            self._lat = np.radians([point.lat for point in points])
            self._lon = np.radians([point.lon for point in points])

    def to(self, site: int) -> Floats:
        """Minutes from each place to this one; infinite from where nobody starts."""
        column = self._columns.get(site)
        if column is None:
            column = self._columns[site] = np.full(len(self._names), np.inf)
            column[self._origins] = self._minutes(self._origins, site)
        return column

    def gaps(self, origins: Ints, sites: Ints) -> Ints:
        """Whole seconds, rounded up, that must lie between an end at one place and a start at the other, pairwise."""
        if self._travel.minutes is None and len(self._sites) > MOST_SITES_AT_ONCE:
            return gap_seconds(self._pairs(origins, sites))
        return self._between[self._rank[origins], self._rank[sites]]

    @cached_property
    def _rank(self) -> Ints:
        rank = np.zeros(len(self._names) + 1, np.int64)
        rank[self._sites] = np.arange(len(self._sites))
        return rank

    @cached_property
    def _between(self) -> Ints:
        columns = [self.to(int(site))[self._sites] for site in self._sites]
        count = len(self._sites)
        return np.array([gap_seconds(column) for column in columns], np.int64).reshape(count, count).T.copy()

    def _minutes(self, origins: Ints, site: int) -> Floats:
        if self._travel.minutes is None:
            return self._pairs(origins, np.full(len(origins), site))
        names = ((self._names[origin], self._names[site]) for origin in origins)
        minutes = (self._travel.between(one, other, self._places) for one, other in names)
        return np.array([0.0 if one is None else one for one in minutes])

    def _pairs(self, origins: Ints, sites: Ints) -> Floats:
        """What `Travel.between` says of each pair, by the same formula."""
        half_lat = (self._lat[sites] - self._lat[origins]) / 2
        half_lon = (self._lon[sites] - self._lon[origins]) / 2
        chord = np.sin(half_lat) ** 2 + np.cos(self._lat[origins]) * np.cos(self._lat[sites]) * np.sin(half_lon) ** 2
        km = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
        minutes = km * self._travel.minutes_per_km + self._travel.base_minutes
        return np.where(origins == sites, 0.0, minutes)


# more than the seconds of any moment the format can hold
SPAN = 2**34
# a table of all ways between more sites than this would be large; then each is computed when asked for
MOST_SITES_AT_ONCE = 2_000


def seconds_of(moment: datetime) -> int:
    """Whole seconds since 1970."""
    return int(moment.timestamp())


def gap_seconds(minutes: Floats) -> Ints:
    """The smallest whole numbers of seconds that are not less than so many minutes, as `timedelta` rounds them."""
    return np.ceil(np.rint(minutes * 60_000_000) / 1_000_000).astype(np.int64)


def _by_appointment(named: Sequence[Collection[str]]) -> dict[str, list[int]]:
    """Appointment id -> whose names for appointments hold it."""
    found: dict[str, list[int]] = {}
    for index, names in enumerate(named):
        for name in names:
            found.setdefault(name, []).append(index)
    return found


def _code(words: Sequence[str], word: str | None) -> int:
    return NONE if word is None else words.index(word)


def _least(*limits: float | None) -> float:
    return min((one for one in limits if one is not None), default=math.inf)


def _cap(person: object, name: str) -> int:
    cap: int | None = getattr(person, name)
    return UNBOUND if cap is None else cap
