"""An invented town: its people, and what is asked for there. Only the truth knows rates and people's real chances."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import exp, log
from random import Random

import numpy as np

from app.demo.data import rows, settings, table
from benchmarks.dispatch.world import TIMEZONE
from scheduler.model.participants import CHANCE, MODES, Appointment, Mediator, Window
from scheduler.model.problem import Place, Problem

POOL = "beckum"
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
# before anything is looked at, then seen by the forecast, then foretold
WARM_UP, SEEN, AHEAD = 6, 26, 4
NOW = MONDAY + timedelta(weeks=WARM_UP + SEEN, hours=6)
ENDS = MONDAY + timedelta(weeks=WARM_UP + SEEN + AHEAD)
REQUESTS_A_WEEK = 18.5
# how much languages, their weekdays and their hours differ from town to town: shapes of Gamma factors of mean 1
RATES, HABITS = 3.0, 1.5
# a drifting town: the spread by which the logarithm of each language's rate moves in a week
DRIFT = 0.06
TWO_PEOPLE, A_WOMAN, ANOTHER_LANGUAGE = 0.05, 0.06, 0.06
STRENGTH = 4.0
LEAVERS = 12
# first and last minute of a free day, how many days a week, how often: freer than in the demo, for that one looks for
# times at which somebody can come, and these requests do not
WEEKLY_TIMES = (
    ((450, 780), (3, 4), 25),
    ((780, 1140), (3, 5), 15),
    ((480, 1080), (3, 4), 30),
    ((900, 1260), (4, 5), 5),
    ((480, 1140), (5, 5), 25),
)


@dataclass(frozen=True)
class Kind:
    """One kind of town."""

    name: str
    drift: float = 0.0
    leavers: int = 0


KINDS = (Kind("steady"), Kind("drifting", drift=DRIFT), Kind("12 of 75 leave", leavers=LEAVERS))


@dataclass(frozen=True)
class Wish:
    """A request: what is wanted, and when it is asked for."""

    wanted: Appointment
    asked: datetime


@dataclass(frozen=True)
class Habits:
    """When a language is asked for: the weights of the weekdays and of the minutes of the day."""

    days: Sequence[float]
    minutes: Sequence[float]


@dataclass
class Town:
    """The people as the service knows them, `odds` of their yes as nobody does, and what is asked for."""

    kind: Kind
    seed: int
    problem: Problem = field(init=False)
    odds: dict[str, float] = field(init=False)
    leaving: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        dice = Random(f"{self.kind.name} {self.seed}")
        self._offices = rows("organisations", POOL)
        places = {one["slug"]: Place(float(one["lat"]), float(one["lon"])) for one in self._offices}
        communities = [row["skills"] for row in table("communities") for _ in range(int(row[POOL]))]
        people = [_person(dice, f"m{number}", skills, places) for number, skills in enumerate(communities)]
        self.problem = Problem(now=MONDAY, mediators=tuple(people), appointments=(), places=places, timezone=TIMEZONE)
        self.odds = {one.id: _odds(dice) for one in people}
        self.leaving = frozenset(one.id for one in dice.sample(people, self.kind.leavers))
        shares = settings("demand")["languages"]
        weighted = {language: share * dice.gammavariate(RATES, 1 / RATES) for language, share in shares.items()}
        total = sum(weighted.values())
        self._rates = {language: REQUESTS_A_WEEK * share / total for language, share in weighted.items()}
        self._minutes = {int(minute): share for minute, share in settings("demand")["starts"].items()}
        self._habits = {language: self._habit(dice) for language in shares}

    def weeks(
        self, first: int, count: int, rates: dict[str, float], dice: Random
    ) -> Iterator[tuple[dict[str, float], list[Wish]]]:
        """Week by week: the rates, and the requests for appointments that start in it."""
        for week in range(first, first + count):
            yield (
                rates,
                [
                    self._wish(dice, f"{week} {language} {number}", week, language)
                    for language, rate in rates.items()
                    for number in range(int(np.random.default_rng(dice.getrandbits(32)).poisson(rate)))
                ],
            )
            rates = {language: rate * exp(self.kind.drift * dice.gauss(0, 1)) for language, rate in rates.items()}

    @property
    def rates(self) -> dict[str, float]:
        """Requests a week of each language, in the first week."""
        return self._rates

    def without_leavers(self) -> Problem:
        """The people with no free time from now on for those who leave."""
        people = tuple(_until(one, NOW) if one.id in self.leaving else one for one in self.problem.mediators)
        return replace(self.problem, mediators=people)

    def _habit(self, dice: Random) -> Habits:
        return Habits(
            [dice.gammavariate(HABITS, 1) for _ in range(5)],
            [share * dice.gammavariate(HABITS, 1) for share in self._minutes.values()],
        )

    def _wish(self, dice: Random, name: str, week: int, language: str) -> Wish:
        demand, habits = settings("demand"), self._habits[language]
        [day], [minute] = dice.choices(range(5), habits.days), dice.choices(list(self._minutes), habits.minutes)
        starts = MONDAY + timedelta(weeks=week, days=day, minutes=minute)
        length, mode, lead = (_drawn(dice, demand[key]) for key in ("minutes", "modes", "lead"))
        office = dice.choices(self._offices, [int(one["weight"]) for one in self._offices])[0]
        others = [other for other in self._rates if other != language]
        several = dice.random() < TWO_PEOPLE
        wanted = Appointment(
            id=name,
            language=language,
            starts=starts,
            ends=starts + timedelta(minutes=int(length)),
            mode=mode,
            place=office["slug"] if mode == "on_site" else None,
            accepted_languages=(dice.choice(others),) if not several and dice.random() < ANOTHER_LANGUAGE else (),
            min_level="B2",
            gender="f" if dice.random() < A_WOMAN else None,
            mediators_needed=2 if several else 1,
        )
        return Wish(wanted, _asked(dice, starts, lead))


def _person(dice: Random, name: str, skills: str, places: dict[str, Place]) -> Mediator:
    district = dice.choice(rows("districts", POOL))
    home = f"home of {name}"
    places[home] = Place(
        float(district["lat"]) + dice.uniform(-0.007, 0.007), float(district["lon"]) + dice.uniform(-0.011, 0.011)
    )
    return Mediator(
        id=name,
        languages={part.split(":")[0]: part.split(":")[1] for part in skills.split("|")},
        gender=dice.choices(("f", "m", "d"), (64, 35, 1))[0],
        modes=frozenset(dice.choices((MODES, ("on_site", "phone"), ("on_site",)), (62, 26, 12))[0]),
        available=tuple(_windows(dice)),
        home=home,
        max_travel_minutes=dice.choice((20, 30, 30, 45, 60)),
        max_appointments_per_day=2,
        max_minutes_per_week=dice.choice((300, 300, 420, 480, 600)),
        chance=CHANCE,
    )


def _windows(dice: Random) -> Iterator[Window]:
    (opens, closes), (fewest, most), _ = dice.choices(WEEKLY_TIMES, [week[2] for week in WEEKLY_TIMES])[0]
    days = sorted(dice.sample(range(5), dice.randint(fewest, most)))
    for week in range(WARM_UP + SEEN + AHEAD):
        for day in days:
            midnight = MONDAY + timedelta(weeks=week, days=day)
            yield midnight + timedelta(minutes=opens), midnight + timedelta(minutes=closes)


def _until(person: Mediator, moment: datetime) -> Mediator:
    return replace(person, available=tuple(window for window in person.windows if window[1] <= moment))


def _odds(dice: Random) -> float:
    chance = min(max(dice.betavariate(CHANCE * STRENGTH, (1 - CHANCE) * STRENGTH), 0.03), 0.95)
    return log(chance / (1 - chance))


def _asked(dice: Random, starts: datetime, lead: str) -> datetime:
    """So many days before as `lead` says, in office hours."""
    least, most = (float(one) for one in lead.split("-"))
    for _ in range(40):
        asked = starts - timedelta(days=dice.uniform(least, most))
        if asked.weekday() < 5 and 7 <= asked.hour < 17:
            return asked.replace(second=0, microsecond=0)
    return (starts - timedelta(days=most)).replace(second=0, microsecond=0)


def _drawn(dice: Random, shares: dict[str, float]) -> str:
    return dice.choices(list(shares), list(shares.values()))[0]
