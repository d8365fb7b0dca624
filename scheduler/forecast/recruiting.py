"""Whom the pool should look for: the language and half days of one more person who would leave least unfilled.

Candidates are scored by "asked last": in each simulated period the newcomer takes only what stayed unfilled there, so
that nobody who comes can ever leave more unfilled. The best are simulated again, asked like everybody else.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import numpy as np

from scheduler.advice.recruiting import MOST_PER_DAY
from scheduler.advice.time_slots import hour_of
from scheduler.forecast.dice import named, uniform
from scheduler.forecast.remedies import Newcomer
from scheduler.forecast.simulation import Simulation
from scheduler.model.participants import CHANCE, GENDERS, LEVELS, Appointment, Mediator
from scheduler.tables.arrays import Bools, Floats, Ints
from scheduler.waves.acceptance import LEAST, MOST, log_odds

# from an hour to an hour of the local clock
HALF_DAYS = ((8, 13), (12, 18), (17, 21))
DAYS = 7
NAME = "newcomer"
# so large a part of what somebody would take says how and where they are needed
CLEAR = 2 / 3
# from which hour of the local clock to which something lasts -> whether somebody is free then
Suits = Callable[[float, float], bool]


def candidates(simulation: Simulation, most_days: int = 1) -> tuple[Newcomer, ...]:
    """All languages and half days of up to so many weekdays, scored by "asked last", best first.

    Those that would take nothing are left out. Of equal gains the one with fewer days comes first.
    """
    return _candidates(Unfilled(simulation), most_days)


def advise(simulation: Simulation, *, few: int = 5, most_days: int = 1) -> tuple[Newcomer, ...]:
    """The best few candidates, simulated again, best first."""
    best = candidates(simulation, most_days)[:few]
    tried = [replace(one, simulated=round(simulated_gain(simulation, one), 4)) for one in best]
    return tuple(sorted(tried, key=_rank))


def next_in_order(simulation: Simulation, *, few: int = 5, most_days: int = 1) -> tuple[Newcomer, ...]:
    """The best candidate, then the best given that one, and so on, each by what those before leave unfilled."""
    unfilled, found = Unfilled(simulation), list[Newcomer]()
    best: dict[str, Newcomer | None] = {}
    changed = set(unfilled.languages)
    while len(found) < few:
        for language in changed:
            best[language] = min(_of_language(unfilled, language, most_days), key=_rank, default=None)
        left = [one for one in best.values() if one is not None]
        if not left:
            break
        taken = unfilled.entries(chosen := min(left, key=_rank))
        found.append(replace(chosen, mode=unfilled.usual_mode(taken), district=unfilled.usual_district(taken)))
        changed = unfilled.take(taken)
    return tuple(found)


def simulated_gain(simulation: Simulation, newcomer: Newcomer) -> float:
    """How many requests fewer stay unfilled in a period with this person in the pool, asked like everybody else."""
    people = (*simulation.problem.mediators, person(simulation, newcomer))
    return simulation.unfilled - simulation.with_people(people).unfilled


def person(simulation: Simulation, newcomer: Newcomer) -> Mediator:
    """The newcomer as a mediator: free in their hours of the simulated weeks, of whom nothing else is known."""
    problem = simulation.problem
    first = problem.now.astimezone(ZoneInfo(problem.timezone)).date()
    days = [first + timedelta(days=number) for number in range(DAYS * simulation.weeks)]
    hours = newcomer.opens, newcomer.closes
    windows = [
        (hour_of(problem.timezone, day, hours[0]), hour_of(problem.timezone, day, hours[1]))
        for day in days
        if day.weekday() in newcomer.days
    ]
    name = NAME
    while name in problem.mediator:
        name += "+"
    return Mediator(
        name,
        {newcomer.language: newcomer.level or LEVELS[0]},
        gender=newcomer.gender,
        available=tuple(windows),
        max_appointments_per_day=MOST_PER_DAY,
        chance=CHANCE,
    )


def between(first: int, last: int) -> Suits:
    """Whether something lies between two hours of the local clock."""
    return lambda opens, closes: first <= opens and closes <= last


@dataclass(frozen=True)
class _Wishes:
    """What the unfilled requests of a language need: who can take all that somebody of one gender can take."""

    level: str | None
    gender: str | None


class Unfilled:
    """Requests that lack exactly one person, period by period, and which of them one more person would say yes to."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._zone = ZoneInfo(simulation.problem.timezone)
        self._rows, self._steps = np.nonzero(simulation.played.missing == 1)
        self._places = simulation.periods.sequence[self._rows, self._steps]
        self._open = self._willing()
        self._wanted = [one.wanted for one in simulation.periods.requests]
        places = np.unique(self._places[self._open]).tolist()
        self._hours = {place: self._local(self._wanted[place]) for place in places}
        self._spoken = {place: _languages(self._wanted[place]) for place in places}
        self._entries: dict[str, list[int]] = {}
        for entry in np.flatnonzero(self._open).tolist():
            for language in self._spoken[int(self._places[entry])]:
                self._entries.setdefault(language, []).append(entry)

    @property
    def languages(self) -> list[str]:
        """Those in which anything could be taken at first."""
        return sorted(self._entries)

    def _left(self, language: str) -> list[tuple[int, int]]:
        """The entries that somebody who speaks it could still take, in the order of asking, and the place of each."""
        entries = np.array(self._entries.get(language, ()), np.int64)
        entries = entries[self._open[entries]]
        return list(zip(entries.tolist(), self._places[entries].tolist(), strict=True))

    def wishes(self, language: str) -> _Wishes:
        """The highest level asked for, and the gender asked for most often."""
        places = [place for _, place in self._left(language)]
        levels = [LEVELS.index(level) for place in places if (level := self._wanted[place].min_level)]
        genders = [gender for place in places if (gender := self._wanted[place].gender)]
        most = max(GENDERS, key=genders.count) if genders else None
        return _Wishes(LEVELS[max(levels)] if levels else None, most)

    def taken(self, language: str, gender: str | None, suits: Suits) -> dict[int, list[int]]:
        """Weekday -> the entries that somebody would take who is free where `suits`, in the order of asking."""
        found: dict[int, list[int]] = {}
        days: dict[tuple[int, int], list[int]] = {}
        for entry, place in self._left(language):
            if self._wanted[place].gender not in {None, gender} or not suits(*self._hours[place][1:]):
                continue
            own = days.setdefault((int(self._rows[entry]), self._hours[place][0]), [])
            if len(own) < MOST_PER_DAY and not self._clashes(place, own):
                own.append(place)
                found.setdefault(self._wanted[place].starts.astimezone(self._zone).weekday(), []).append(entry)
        return found

    def language_of(self, entry: int) -> str:
        """The language that an entry asks for in the first place."""
        return self._wanted[int(self._places[entry])].language

    def cells(self, entries: Sequence[int]) -> tuple[Ints, Ints]:
        """The rows and steps of the simulation at which these entries are."""
        where = np.array(entries, np.int64)
        return self._rows[where], self._steps[where]

    def entries(self, newcomer: Newcomer) -> list[int]:
        """What somebody would take."""
        taken = self.taken(newcomer.language, newcomer.gender, between(newcomer.opens, newcomer.closes))
        return [entry for day in newcomer.days for entry in taken.get(day, [])]

    def usual_mode(self, entries: Sequence[int]) -> str | None:
        """How most of these are held; None where that is no clear majority."""
        return _clear([self._wanted[int(place)].mode for place in self._places[entries]])

    def usual_district(self, entries: Sequence[int]) -> str | None:
        """Where most of these are held; None where that is no clear majority, or not known."""
        requests, about = self._simulation.periods.requests, self._simulation.history.about
        places = self._places[entries].tolist()
        return _clear([about.get(requests[place].of, ("", ""))[1] for place in places]) or None

    def take(self, gone: Sequence[int]) -> set[str]:
        """Have somebody take these: they are unfilled no more. Gives the languages in which they could be taken."""
        self._open[gone] = False
        return {language for place in self._places[gone].tolist() for language in self._spoken[place]}

    @property
    def periods(self) -> int:
        """How many were simulated."""
        return len(self._simulation.periods.sequence)

    def _willing(self) -> Bools:
        """To what one more person says yes, nothing being known of them but the pool's shift."""
        simulation = self._simulation
        odds = log_odds(CHANCE) + simulation.calibration.shift + simulation.lines.leads[self._places]
        yes: Floats = np.clip(1 / (1 + np.exp(-odds)), LEAST, MOST) * simulation.lines.stays[self._places]
        words = simulation.keys[self._rows, self._steps] ^ named([NAME])
        found: Bools = uniform(words) < yes
        return found

    def _local(self, wanted: Appointment) -> tuple[int, float, float]:
        """The day, and the hours of the local clock from and to which it is held."""
        starts = wanted.starts.astimezone(self._zone)
        opens = starts.hour + starts.minute / 60
        return starts.toordinal(), opens, opens + wanted.minutes / 60

    def _clashes(self, place: int, others: Sequence[int]) -> bool:
        if not others:
            return False
        one: Ints = np.full(len(others), place, np.int64)
        return bool(self._simulation.lines.tables.clash(one, np.array(others, np.int64)).any())


def _clear(values: Sequence[str]) -> str | None:
    """The value that most have, if these are enough to be told."""
    if not values:
        return None
    most, number = Counter(values).most_common(1)[0]
    return most if number >= CLEAR * len(values) else None


def _languages(wanted: Appointment) -> tuple[str, ...]:
    """Those in which one more person would fill it; none where that depends on others there, or who is chosen."""
    if wanted.candidates is not None or (wanted.mediators_needed > 1 and wanted.accepted_languages):
        return ()
    return wanted.languages


def _candidates(unfilled: Unfilled, most_days: int) -> tuple[Newcomer, ...]:
    found = (one for language in unfilled.languages for one in _of_language(unfilled, language, most_days))
    return tuple(sorted(found, key=_rank))


def _of_language(unfilled: Unfilled, language: str, most_days: int) -> Iterator[Newcomer]:
    wishes = unfilled.wishes(language)
    for opens, closes in HALF_DAYS:
        taken = unfilled.taken(language, wishes.gender, between(opens, closes))
        for number in range(1, most_days + 1):
            for days in combinations(sorted(taken), number):
                gain = sum(len(taken[day]) for day in days) / unfilled.periods
                yield Newcomer(language, wishes.level, wishes.gender, days, opens, closes, round(gain, 4))


def _rank(newcomer: Newcomer) -> tuple[float, int, str, tuple[int, ...], int]:
    return -newcomer.gain, len(newcomer.days), newcomer.language, newcomer.days, newcomer.opens
