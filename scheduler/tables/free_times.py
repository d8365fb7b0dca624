"""Who is free when, beside all that a plan gives them: arrays made once per plan and asked for whole weeks at a time.

Each question is about some people (rows of `Tables`) and some starts, and answered by one matrix of the two.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from scheduler.model import checks
from scheduler.model.participants import CHANCE, MODES, Appointment
from scheduler.model.plan import Assigned
from scheduler.model.problem import Problem
from scheduler.tables import eligibility
from scheduler.tables.arrays import NONE, ON_SITE, Bools, Floats, Ints, Tables, gap_seconds, seconds_of


class FreeTimes:
    """The people of a problem, what the assignments give them, and how likely each says yes.

    `chances` are probabilities by mediator id, `CHANCE` for everybody left out; `chance` has one for each row.
    """

    def __init__(
        self, problem: Problem, assignments: Iterable[Assigned], chances: Mapping[str, float] | None = None
    ) -> None:
        self.problem = problem
        self.tables = tables = Tables(problem)
        self._take(assignments)
        windows = [
            (row, seconds_of(start), seconds_of(end))
            for row, one in enumerate(problem.mediators)
            for start, end in one.windows
        ]
        self._window_people, self._window_starts, self._window_ends = np.array(windows, np.int64).reshape(-1, 3).T
        self.chance = np.full(len(problem.mediators), CHANCE)
        for name, chance in (chances or {}).items():
            if name not in tables.person:
                checks.refuse(f"chances.{name}", "unknown; name the id of one of the mediators")
            self.chance[tables.person[name]] = checks.number(f"chances.{name}", chance, 0, 1)
        self._ways: dict[str, tuple[Floats, Floats]] = {}

    def beside(self, assignments: Iterable[Assigned]) -> "FreeTimes":
        """The same people beside other assignments of the same problem."""
        other = copy(self)
        other._take(assignments)  # noqa: SLF001 - of the same kind
        return other

    def _take(self, assignments: Iterable[Assigned]) -> None:
        tables = self.tables
        pairs = sorted(
            (tables.person[name], tables.appointment[one.appointment]) for one in assignments for name in one.mediators
        )
        self._takers, self._taken = np.array(pairs, np.int64).reshape(-1, 2).T

    def speakers(self, wanted: Appointment) -> Ints:
        """Everybody not fixed for it who speaks a language of it and could take it at some time, in some mode.

        Raises `ProblemError` for people the problem does not know.
        """
        for key in ("fixed", "candidates"):
            for name in getattr(wanted, key) or ():
                if name not in self.tables.person:
                    checks.refuse(key, f"{name!r} is unknown; name the id of one of the mediators")
        people = eligibility.speakers(self.tables, wanted)
        out = [*(self.tables.person[name] for name in wanted.fixed), *self.tables.barred.get(wanted.id, ())]
        if out:
            people = people[~np.isin(people, out)]
        people = people[~eligibility.of_other_gender(self.tables, people, wanted)]
        return people[~eligibility.is_no_candidate(self.tables, people, wanted)]

    def free(self, wanted: Appointment) -> Ints:
        """Who could take it as it is."""
        people = self.speakers(wanted)
        able = np.zeros(len(people), bool)
        for _, mask in eligibility.usable(self.tables, people, wanted):
            able |= mask
        people = people[able & self.reachable(wanted, people)]
        starts = (wanted.starts,)
        idle = self.available(wanted, people, starts) & ~self.busy(wanted, people, starts)
        return people[idle[:, 0]]

    def reachable(self, wanted: Appointment, people: Ints) -> Bools:
        """Who works in its mode and does not live too far away."""
        found: Bools = self.tables.works[MODES.index(wanted.mode), people]
        if wanted.mode == MODES[ON_SITE]:
            homes = self.tables.homes[people]
            minutes = np.where(homes == NONE, 0.0, self._minutes(wanted)[0][homes])
            found &= minutes <= self.tables.farthest[people]
        return found

    def available(self, wanted: Appointment, people: Ints, starts: Sequence[datetime]) -> Bools:
        """Who has free time at which of these starts (ascending), and room within all limits."""
        moments, length = _seconds(starts), _length(wanted)
        rows, chosen = self._rows(people, self._window_people)
        first = np.searchsorted(moments, self._window_starts[chosen], side="left")
        last = np.searchsorted(moments, self._window_ends[chosen] - length, side="right")
        windows = _covered(rows, first, np.maximum(first, last), (len(people), len(moments)))
        windows[:, moments < self.tables.now] = False
        return windows & self._within_limits(wanted, people, starts)

    def busy(self, wanted: Appointment, people: Ints, starts: Sequence[datetime]) -> Bools:
        """Who has something else at which of these starts (ascending), or too little time to get there or away."""
        moments, length = _seconds(starts), _length(wanted)
        rows, chosen = self._rows(people, self._takers)
        other, keep = self._others(wanted, chosen)
        before, after = self._gaps(wanted, other)
        first = np.searchsorted(moments, self.tables.starts[other] - length - after, side="right")
        last = np.searchsorted(moments, self.tables.ends[other] + before, side="left")
        return _covered(rows[keep], first, last, (len(people), len(moments)))

    def _rows(self, people: Ints, owners: Ints) -> tuple[Ints, Ints]:
        """The entries of a list by owner that belong to these people: places in `people`, places in the list."""
        places = np.full(len(self.problem.mediators), NONE, np.int64)
        places[people] = np.arange(len(people))
        chosen = np.flatnonzero(places[owners] != NONE)
        return places[owners[chosen]], chosen

    def _others(self, wanted: Appointment, chosen: Ints) -> tuple[Ints, Bools]:
        """What is taken by these entries, without the wanted appointment itself, and which entries that leaves."""
        taken = self._taken[chosen]
        keep = taken != self.tables.appointment.get(wanted.id, NONE)
        return taken[keep], keep

    def _gaps(self, wanted: Appointment, other: Ints) -> tuple[Ints, Ints]:
        """Seconds that must lie between the end of each other appointment and the wanted one, and the other way."""
        before = np.full(len(other), 60 * self.problem.remote_gap_minutes, np.int64)
        after = before.copy()
        if wanted.mode == MODES[ON_SITE]:
            sites = self.tables.sites[other]
            on_site = sites != NONE
            there, back = self._minutes(wanted)
            before[on_site], after[on_site] = gap_seconds(there[sites[on_site]]), gap_seconds(back[sites[on_site]])
        return before, after

    def _within_limits(self, wanted: Appointment, people: Ints, starts: Sequence[datetime]) -> Bools:
        zone = ZoneInfo(self.problem.timezone)
        days = np.array([one.astimezone(zone).date().toordinal() for one in starts], np.int64)
        different, place = np.unique(days, return_inverse=True)
        rows, chosen = self._rows(people, self._takers)
        other, keep = self._others(wanted, chosen)
        rows, lengths = rows[keep], (self.tables.ends - self.tables.starts)[other]
        limits = self.tables.limits[:, people]
        room = np.ones((len(different), len(people)), bool)
        for own, periods, most, seconds in (
            (different, self.tables.days[other], limits[0], 60 * limits[1]),
            ((different - 1) // 7, self.tables.weeks[other], limits[2], 60 * limits[3]),
        ):
            for index, period in enumerate(own):
                same = periods == period
                count = np.bincount(rows[same], minlength=len(people))
                spent = np.bincount(rows[same], lengths[same], minlength=len(people))
                room[index] &= (count + 1 <= most) & (spent + _length(wanted) <= seconds)
        found: Bools = room.T[:, place]
        return found

    def _minutes(self, wanted: Appointment) -> tuple[Floats, Floats]:
        """Minutes from every place to that of the wanted appointment, and back."""
        name = wanted.place or ""
        if name not in self._ways:
            code = self.tables.places.get(name)
            if code is None:
                checks.refuse("place", f"{name!r} is unknown; add it to places")
            travel, places = self.problem.travel, self.problem.places
            if travel.minutes is None:
                # a distance is the same both ways
                self._ways[name] = (self.tables.ways.to(code),) * 2
            else:
                there = [travel.between(other, name, places) or 0.0 for other in self.tables.places]
                back = [travel.between(name, other, places) or 0.0 for other in self.tables.places]
                self._ways[name] = np.array(there), np.array(back)
        return self._ways[name]


def _seconds(starts: Sequence[datetime]) -> Ints:
    return np.array([seconds_of(one) for one in starts], np.int64)


def _length(wanted: Appointment) -> int:
    return seconds_of(wanted.ends) - seconds_of(wanted.starts)


def _covered(rows: Ints, first: Ints, last: Ints, shape: tuple[int, int]) -> Bools:
    """The cells of a matrix that lie in one of these stretches of a row, from `first` up to before `last`."""
    marks = np.zeros((shape[0], shape[1] + 1), np.int16)
    np.add.at(marks, (rows, first), 1)
    np.subtract.at(marks, (rows, last), 1)
    found: Bools = np.cumsum(marks[:, :-1], axis=1, dtype=np.int16) > 0
    return found
