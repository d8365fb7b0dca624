"""A town whose offices look at the chance before they ask, and take the first suggestion where it is low.

What is shown is computed by the service's own code (app/insight), from what the service knows at that moment; what
becomes of it is the life of benchmarks/forecast, which shares no code with it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from app.insight import chance_rating
from app.insight.chance_input import ChanceInput
from app.insight.chance_times import starts_around
from app.insight.chances import GOOD, Chances, Suggestion
from app.journey.people import Person
from app.journey.timing.contact_hours import Limits
from app.models import Pool
from benchmarks.dispatch.world import CLOSES, OPENS, TIMEZONE
from benchmarks.forecast.life import Life, Search
from benchmarks.forecast.town import AHEAD, ENDS, KINDS, MONDAY, SEEN, WARM_UP, Kind, Town
from scheduler.advice.calibration import USUAL, Calibration, Outcome, fit
from scheduler.model.participants import Appointment
from scheduler.model.plan import Assigned
from scheduler.model.problem import Problem

# what somebody has farther away neither blocks nor counts towards a week
NEAR = timedelta(days=21)
# how many of those who are shown something better take it
TAKE = 0.7


@dataclass(frozen=True)
class Shown:
    """One request: what was counted and shown, whether the first suggestion was taken, and what became of it."""

    asked: datetime
    starts: datetime
    counted: float
    chance: float
    taken: bool
    filled: bool


class AskingTown(Life):
    """A town that goes on; `shown` is filled in as requests come."""

    def __init__(self, town: Town, dice: Random, usual: Calibration) -> None:
        super().__init__(town, dice)
        self._usual, self._choices = usual, Random(f"choices {town.kind.name} {town.seed}")
        self._told: dict[str, tuple[datetime, Chances, bool]] = {}
        self._pool = Pool(
            timezone=TIMEZONE,
            text_from_minute=60 * OPENS,
            text_until_minute=60 * CLOSES,
            text_weekends=True,
            max_texts_per_day=1000,
            text_pause_minutes=0,
        )
        self._everybody = [Person(number, 0) for number, _ in enumerate(town.problem.mediators)]

    def results(self) -> list[Shown]:
        """What became of each request."""
        return [
            Shown(
                asked,
                self.searches[name].wanted.starts,
                told.counted,
                told.chance,
                taken,
                not self.searches[name].open_seats,
            )
            for name, (asked, told, taken) in self._told.items()
        ]

    def _happens(self, now: datetime, what: str, search: Search, person: str) -> None:
        if what == "request":
            self._look(now, search)
        super()._happens(now, what, search, person)

    def _look(self, now: datetime, search: Search) -> None:
        """Show the chance; what is low is changed as the first suggestion says, and looked at again."""
        told = self._chances(now, search.wanted)
        taken = False
        if told.chance < GOOD and told.suggestions and self._choices.random() < TAKE:
            first = told.suggestions[0]
            if "gender" not in first.changes:
                search.wish = replace(search.wish, wanted=_changed(search.wanted, first))
                told, taken = self._chances(now, search.wanted), True
        self._told[search.wanted.id] = now, told, taken

    def _chances(self, now: datetime, wanted: Appointment) -> Chances:
        past = [one for one in self.results() if one.starts < now and one.counted > 0]
        worth = fit([Outcome(one.counted, 1, int(one.filled)) for one in past[-1000:]], self._usual)
        return chance_rating.of_input(self._input(now, wanted), now, worth)

    def _input(self, now: datetime, wanted: Appointment) -> ChanceInput:
        near = {
            name: one.wanted
            for name, one in self.searches.items()
            if name != wanted.id and abs(one.wanted.starts - wanted.starts) < NEAR
        }
        held = [(one.id, name) for name, taken in self.taken.items() for one in taken if one.id in near]
        waited = [(one, name) for one in near for name in self.searches[one].waiting]
        problem = Problem(
            now=now,
            timezone=TIMEZONE,
            travel=self._problem.travel,
            remote_gap_minutes=self._problem.remote_gap_minutes,
            mediators=tuple(
                replace(one, available=tuple(span for span in one.windows if abs(span[0] - wanted.starts) < NEAR))
                for one in self._problem.mediators
            ),
            appointments=tuple(near.values()),
            places=self._problem.places,
        )
        zone = ZoneInfo(TIMEZONE)
        return ChanceInput(
            pool=self._pool,
            wanted=wanted,
            urgent=False,
            problem=problem,
            people=self._everybody,
            uncleared=frozenset(),
            starts=starts_around(now, wanted.starts, wanted.ends - wanted.starts, zone),
            further=(),
            held=tuple(Assigned(one, (name,), near[one].language) for one, name in held),
            asked=tuple(Assigned(one, (name,), near[one].language) for one, name in waited),
            limits=Limits(self._pool, now, rings=True, lately={}),
            learned=self.known,
        )


def _changed(wanted: Appointment, suggestion: Suggestion) -> Appointment:
    starts = suggestion.starts_at
    mode = suggestion.mode
    return replace(
        wanted,
        starts=starts,
        ends=starts + (wanted.ends - wanted.starts),
        mode=mode,
        place=wanted.place if mode == "on_site" else None,
    )


def town(seed: int, usual: Calibration = USUAL, kind: Kind = KINDS[0]) -> list[Shown]:
    """What was shown in one town in half a year, after some weeks in which nobody looks at it."""
    made, dice = Town(kind, seed), Random(f"life {kind.name} {seed}")
    life = AskingTown(made, dice, usual)
    life.learn_from(MONDAY + timedelta(weeks=WARM_UP))
    for _, wishes in made.weeks(0, WARM_UP + SEEN + AHEAD, made.rates, dice):
        for wish in wishes:
            life.request(wish)
    life.run(ENDS)
    since = MONDAY + timedelta(weeks=WARM_UP)
    return [one for one in life.results() if one.asked >= since and one.starts < ENDS]
