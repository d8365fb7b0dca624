"""One town forecast and then replayed many times: what was said beside what came, and beside counting the past."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random

from benchmarks.dispatch.world import TIMEZONE
from benchmarks.forecast.life import Life, Search
from benchmarks.forecast.town import AHEAD, ENDS, MONDAY, NOW, SEEN, WARM_UP, Kind, Town
from scheduler.forecast.forecast import forecast
from scheduler.forecast.history import History, PastRequest
from scheduler.forecast.lines import USUAL_LEAD
from scheduler.forecast.result import SLOT_HOURS, Forecast
from scheduler.model.participants import Appointment, Mediator
from scheduler.model.problem import Problem
from scheduler.waves import learning

SINCE = NOW - timedelta(weeks=SEEN)
Cell = tuple[str, int, int]


@dataclass(frozen=True)
class Unfilled:
    """Requests that stay unfilled in four weeks, or are expected to: all, by language, and by language and time."""

    total: float
    languages: dict[str, float]
    cells: dict[Cell, float]


@dataclass(frozen=True)
class Trial:
    """What was said of one town, what counting would have said, the truth's mean, and each of the replayed totals."""

    kind: str
    seed: int
    said: Unfilled
    low: int
    high: int
    counted: Unfilled
    truth: Unfilled
    requests: float
    totals: tuple[int, ...]
    shift: float


@dataclass(frozen=True)
class Lived:
    """A town that has lived until now: who will be there from now on, and the rates at which people will ask."""

    life: Life
    people: Problem
    rates: dict[str, float]

    @property
    def problem(self) -> Problem:
        """What the service knows of the weeks ahead."""
        return _problem(self.life, self.people)

    @property
    def history(self) -> History:
        """What the service knows of the past."""
        return _history(self.life)

    def future(self, people: Problem, dice: Random, *, apart: str = "") -> list[Search]:
        """The requests for the weeks ahead, after these weeks with these people; for `apart` see `Life.branch`."""
        after = self.life.branch(people, dice, apart=apart)
        for _, wishes in self.life.town.weeks(WARM_UP + SEEN, AHEAD, self.rates, dice):
            for wish in wishes:
                if wish.asked >= NOW:
                    named = replace(wish, wanted=replace(wish.wanted, id=f"{wish.wanted.id} later"))
                    after.request(named)
        after.run(ENDS)
        return [one for one in after.searches.values() if one.wanted.starts >= NOW]


def lived(kind: Kind, seed: int) -> Lived:
    """Let a town live until now."""
    town, dice = Town(kind, seed), Random(f"life {kind.name} {seed}")
    life = Life(town, dice)
    life.learn_from(MONDAY + timedelta(weeks=WARM_UP))
    weeks = list(town.weeks(0, WARM_UP + SEEN + AHEAD, town.rates, dice))
    for _, wishes in weeks:
        for wish in wishes:
            if wish.asked < NOW:
                life.request(wish)
    rates, _ = weeks[WARM_UP + SEEN]
    life.run(NOW)
    return Lived(life, town.without_leavers(), rates)


def trial(kind: Kind, seed: int, futures: int, periods: int) -> Trial:
    """Let a town live until now, forecast, and let it live on so many times."""
    now = lived(kind, seed)
    life = now.life
    found = forecast(now.problem, now.history, weeks=AHEAD, periods=periods)
    replayed = [now.future(now.people, Random(f"future {kind.name} {seed} {one}")) for one in range(futures)]
    unfilled = [[one.wanted for one in after if one.open_seats] for after in replayed]
    past = [one.wanted for one in life.searches.values() if SINCE <= one.wanted.starts < NOW and one.open_seats]
    return Trial(
        kind.name,
        seed,
        _said(found),
        found.total.unfilled.low,
        found.total.unfilled.high,
        _counted(past, SEEN / AHEAD),
        _counted([one for each in unfilled for one in each], futures),
        sum(map(len, replayed)) / futures,
        tuple(map(len, unfilled)),
        found.calibration.shift,
    )


def _problem(life: Life, people: Problem) -> Problem:
    """What the service knows now."""
    known = learning.learn(life.asked, NOW, TIMEZONE)
    ahead = [one for one in life.searches.values() if NOW <= one.wanted.starts < ENDS]
    mediators = tuple(
        _mediator(life, one, known.chance(one.id, NOW, NOW + USUAL_LEAD), ahead) for one in people.mediators
    )
    return replace(people, now=NOW, mediators=mediators, appointments=tuple(map(_appointment, ahead)))


def _mediator(life: Life, person: Mediator, chance: float, ahead: list[Search]) -> Mediator:
    asked = {one.wanted.id for one in ahead if person.id in one.asked and person.id not in one.waiting}
    return replace(person, chance=chance, load=life.lately(person.id, NOW), excluded=frozenset(asked))


def _appointment(search: Search) -> Appointment:
    return replace(search.wanted, fixed=tuple(search.holders), asked=tuple(search.waiting))


def _history(life: Life) -> History:
    over = [one for one in life.searches.values() if SINCE <= one.wanted.starts < NOW]
    requests = tuple(PastRequest(one.wanted, one.wish.asked, not one.open_seats, one.handed_back) for one in over)
    return History(since=SINCE, acceptance=learning.learn(life.asked, NOW, TIMEZONE), requests=requests)


def _said(found: Forecast) -> Unfilled:
    return Unfilled(
        found.total.unfilled.mean,
        {one.language: one.expected.unfilled.mean for one in found.languages},
        {(one.language, one.weekday, one.hour): one.expected.unfilled.mean for one in found.slots},
    )


def _counted(unfilled: list[Appointment], by: float) -> Unfilled:
    languages = Counter(one.language for one in unfilled)
    cells = Counter((one.language, one.starts.weekday(), _slot(one.starts)) for one in unfilled)
    return Unfilled(
        len(unfilled) / by,
        {key: number / by for key, number in languages.items()},
        {key: number / by for key, number in cells.items()},
    )


def _slot(moment: datetime) -> int:
    return moment.hour - moment.hour % SLOT_HOURS
