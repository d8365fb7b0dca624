"""What really happens in a town, event by event: requests, waves, answers, silence, assignments handed back.

It asks as the service does (`next_wave`, contact hours, deadlines, learned chances) and decides by its own dice and by
the scalar rules, so that it shares no code with how the forecast plays periods.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from math import exp
from random import Random

from benchmarks.dispatch.world import (
    NO_MINUTES,
    NO_SPREAD,
    REFUSE,
    TIMEZONE,
    YES_MINUTES,
    YES_SPREAD,
    after,
    allowed,
    deadline,
)
from benchmarks.forecast.town import Town, Wish
from scheduler.model import rules
from scheduler.model.participants import CHANCE, Appointment
from scheduler.model.problem import Problem
from scheduler.tables import eligibility
from scheduler.tables.arrays import Tables
from scheduler.tables.preferences import PER_LOAD, SURE_NO, Preferences
from scheduler.waves import learning
from scheduler.waves.acceptance import Acceptance, Answer, Asked, log_odds
from scheduler.waves.next_wave import Candidate, Waiting, next_wave, promise

TARGET = 0.95
LAST_CALL, SHORTEST = timedelta(minutes=5), timedelta(minutes=20)
LATELY, LEARN_EVERY = timedelta(days=28), timedelta(weeks=4)
HAND_BACK, EARLIEST_HAND_BACK = 0.04, timedelta(days=3)
# asked on the day before, people say yes less often; in the evening more often (log-odds)
SHORT_NOTICE, EVENING = -0.6, 0.4


@dataclass
class Search:
    """One request under way: who is left to ask, who is silent since when until when, who has accepted."""

    wish: Wish
    line: list[str]
    due: datetime
    waiting: dict[str, tuple[float, datetime]] = field(default_factory=dict)
    holders: list[str] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    handed_back: int = 0

    @property
    def wanted(self) -> Appointment:
        """What it is for."""
        return self.wish.wanted

    @property
    def open_seats(self) -> int:
        """How many people are missing."""
        return self.wanted.mediators_needed - len(self.holders)

    def copied(self) -> "Search":
        """The same, to go on differently."""
        return Search(
            self.wish, [*self.line], self.due, {**self.waiting}, [*self.holders], {*self.asked}, self.handed_back
        )


class Life:
    """A town going on from a moment; `searches` and `asked` are all there were."""

    def __init__(self, town: Town, dice: Random) -> None:
        self.town, self._dice = town, dice
        self._odds = dict(town.odds)
        # what sets the dice of each question and assignment apart from all others; "": they share one
        self._apart = ""
        self.searches: dict[str, Search] = {}
        self.asked: list[Asked] = []
        self.taken: dict[str, list[Appointment]] = {one.id: [] for one in town.problem.mediators}
        self.known = Acceptance.prior(TIMEZONE)
        self._events: list[tuple[datetime, int, str, str, str]] = []
        self._count = 0
        self._people(town.problem)

    def branch(self, problem: Problem, dice: Random, *, apart: str = "") -> "Life":
        """The same town at this moment, to go on with other dice and with these people.

        With `apart`, each answer has dice of its own, so that one person more changes nobody else's. Who is new is as
        likely to say yes as anybody of whom nothing is known, and is asked about what is still open, too.
        """
        other = Life(self.town, dice)
        other._apart = apart
        other.searches = {name: search.copied() for name, search in self.searches.items()}
        other.taken = {name: [*taken] for name, taken in self.taken.items()}
        other.known, other._events, other._count = self.known, [*self._events], self._count
        other._people(problem)
        gone = {one.id for one in problem.mediators if not any(end > self.now for _, end in one.windows)}
        for search in other.searches.values():
            search.line = [name for name in search.line if name not in gone]
        for name in problem.mediator.keys() - self._problem.mediator.keys():
            other._welcome(name, self.now)
        return other

    @property
    def now(self) -> datetime:
        """The last moment at which anything happened."""
        return self._now

    def request(self, wish: Wish) -> None:
        """Have something asked for at its time."""
        self.searches[wish.wanted.id] = Search(wish, [], wish.asked)
        self._later(wish.asked, "request", wish.wanted.id)

    def learn_from(self, first: datetime) -> None:
        """Have the chances learned again, every few weeks from then on."""
        self._later(first, "learn")

    def run(self, until: datetime) -> None:
        """Let everything happen that is due before then."""
        while self._events and self._events[0][0] < until:
            now, _, what, name, person = heappop(self._events)
            self._now = now
            if what == "learn":
                self.known = learning.learn(self.asked, now, TIMEZONE)
                self._later(now + LEARN_EVERY, "learn")
            else:
                self._happens(now, what, self.searches[name], person)
        self._now = until

    def lately(self, person: str, now: datetime) -> int:
        """Assignments of the last four weeks and those ahead, as the service counts them."""
        return sum(one.starts > now - LATELY for one in self.taken[person])

    _now: datetime

    def _people(self, problem: Problem) -> None:
        self._problem, self._tables, self._preferences = problem, Tables(problem), Preferences(problem)

    def _welcome(self, name: str, now: datetime) -> None:
        self._odds[name], self.taken[name] = log_odds(CHANCE), []
        for search in self.searches.values():
            if search.open_seats and search.wanted.starts > now and self._fits(name, search.wanted):
                search.line.append(name)
                self._later(now, "look", search.wanted.id)

    def _fits(self, name: str, wanted: Appointment) -> bool:
        return rules.fits(self._problem, self._problem.mediator[name], wanted)

    def _dice_of(self, search: Search, *about: str) -> Random:
        return Random(f"{self._apart} {search.wanted.id} {' '.join(about)}") if self._apart else self._dice

    def _later(self, at: datetime, what: str, name: str = "", person: str = "") -> None:
        self._count += 1
        heappush(self._events, (at, self._count, what, name, person))

    def _happens(self, now: datetime, what: str, search: Search, person: str) -> None:
        if what == "request":
            search.line = self._line(search.wanted, now)
            self._ask(now, search)
        elif what in {"yes", "no"}:
            self._answer(now, search, person, yes=what == "yes")
        elif what == "hand back":
            self._hand_back(now, search, person)
        elif what == "due" and now >= search.due:
            self._silence(now, search)
            self._ask(now, search)
        elif what == "look":
            self._ask(now, search)

    def _line(self, wanted: Appointment, now: datetime) -> list[str]:
        """Who fits, cheapest first."""
        tables, people = self._tables, self._problem.mediators
        able = eligibility.fitting(tables, eligibility.speakers(tables, wanted), wanted)
        languages = wanted.languages if wanted.mediators_needed == 1 else (wanted.language,)
        costs: dict[str, float] = {}
        for language in languages:
            own = (
                able[tables.levels[tables.languages[language], able] >= 0] if language in tables.languages else able[:0]
            )
            found = self._preferences.costs(tables, own, wanted, language)
            for row, cost in zip(own.tolist(), found.tolist(), strict=True):
                name = people[row].id
                chance = self.known.chance(name, now, wanted.starts)
                costs.setdefault(name, cost + SURE_NO * (CHANCE - chance) + PER_LOAD * self.lately(name, now))
        return sorted(costs, key=lambda name: (costs[name], name))

    def _is_free(self, name: str, wanted: Appointment) -> bool:
        near = [one for one in self.taken[name] if abs(one.starts - wanted.starts) < timedelta(days=7)]
        return not rules.refusals_beside(self._problem, self._problem.mediator[name], wanted, near)

    def _ask(self, now: datetime, search: Search, *, refused: bool = False) -> None:
        wanted = search.wanted
        if not search.open_seats or now >= wanted.starts - LAST_CALL:
            return
        if allowed(now) > now:
            self._later(allowed(now), "look", wanted.id)
            return
        line = [name for name in search.line if self._is_free(name, wanted)]
        if not line:
            return
        if search.due - now < SHORTEST:
            search.due = min(deadline(now, wanted.starts), wanted.starts - LAST_CALL)
            self._later(search.due, "due", wanted.id)
        chances = [self.known.chance(name, now, wanted.starts) for name in line]
        wave = next_wave(
            [Candidate(chance, now) for chance in chances],
            [Waiting(chance, sent) for chance, sent in search.waiting.values()],
            seats=search.open_seats,
            now=now,
            deadline=promise(now, search.due),
            answered=self.known.answered,
            target=TARGET,
            at_least=1 if refused else 0,
        )
        for index in wave.ask:
            self._send(now, search, line[index], chances[index])
        if wave.again is not None:
            self._later(wave.again, "look", wanted.id)

    def _send(self, now: datetime, search: Search, name: str, chance: float) -> None:
        search.line.remove(name)
        search.asked.add(name)
        search.waiting[name] = chance, now
        odds = self._odds[name]
        odds += SHORT_NOTICE if search.wanted.starts - now < timedelta(hours=24) else 0.0
        odds += EVENING if now.hour >= 17 else 0.0
        dice = self._dice_of(search, name)
        true, word = 1 / (1 + exp(-odds)), dice.random()
        if word < true:
            self._later(after(now, YES_MINUTES * exp(YES_SPREAD * dice.gauss(0, 1))), "yes", search.wanted.id, name)
        elif word > 1 - (1 - true) * REFUSE:
            self._later(after(now, NO_MINUTES * exp(NO_SPREAD * dice.gauss(0, 1))), "no", search.wanted.id, name)

    def _end(self, now: datetime, search: Search, name: str, answer: Answer) -> None:
        _, sent = search.waiting.pop(name)
        self.asked.append(Asked(name, sent, search.wanted.starts, max(now, sent), answer))

    def _answer(self, now: datetime, search: Search, name: str, *, yes: bool) -> None:
        if name not in search.waiting:
            return
        self._end(now, search, name, Answer.YES if yes else Answer.NO)
        if not yes or not self._is_free(name, search.wanted):
            self._ask(now, search, refused=True)
            return
        search.holders.append(name)
        self.taken[name].append(search.wanted)
        left = search.wanted.starts - now
        dice = self._dice_of(search, name, "kept")
        if left > EARLIEST_HAND_BACK and dice.random() < HAND_BACK:
            self._later(now + left * dice.uniform(0.2, 0.5), "hand back", search.wanted.id, name)
        if not search.open_seats:
            for other in list(search.waiting):
                self._end(now, search, other, Answer.NONE)

    def _silence(self, now: datetime, search: Search) -> None:
        for name in list(search.waiting):
            self._end(now, search, name, Answer.NONE)

    def _hand_back(self, now: datetime, search: Search, name: str) -> None:
        search.holders.remove(name)
        search.handed_back += 1
        self.taken[name] = [one for one in self.taken[name] if one.id != search.wanted.id]
        self._ask(now, search)
