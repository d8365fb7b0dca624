"""The truth that no policy sees: people, appointments, and what everybody would answer if asked at some moment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp, log
from random import Random

from scheduler.model.participants import CHANCE
from scheduler.waves.acceptance import Answer

# the simulation's clocks show UTC; days on which clocks change are for the tests
TIMEZONE = "UTC"
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
YEAR = timedelta(days=364)
# people answer from 7:00 to 22:00, the service asks from 8:00 to 21:00
WAKES, SLEEPS = 7 * 60, 22 * 60
OPENS, CLOSES = 8, 21
MORNING, EVENING = timedelta(hours=8, minutes=30), timedelta(hours=21)
FEWEST, MOST = 3, 15
# published pools: the median request comes 8 days ahead, 15 per cent come less than 3 days ahead
MEDIAN_LEAD, LEAD_SPREAD, SHORTEST_LEAD = timedelta(days=8), 0.95, timedelta(hours=2)
SHORT_NOTICE = (timedelta(hours=2), timedelta(hours=24))
YES_MINUTES, YES_SPREAD = 45.0, 1.2
NO_MINUTES, NO_SPREAD = 15.0, 1.0
# of those who do not say yes, so many say no; the others are silent
REFUSE = 0.35


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody's log-odds of a yes in the middle of the year, and by how much they change over it."""

    name: str
    odds: float
    drift: float = 0.0


@dataclass(frozen=True, slots=True)
class Dice:
    """What is thrown for one person and one appointment; the same whoever is asked when, so that policies compare."""

    word: float
    yes: float
    no: float


@dataclass(frozen=True)
class Scenario:
    """One kind of world.

    `strength` is that of the Beta distribution of people's chances (none: all are equal), `judged` the factor by which
    the policies misjudge them, `mood` the spread of what all people have in common on one day, in log-odds.
    """

    name: str
    strength: float | None = None
    judged: float = 1.0
    mood: float = 0.0
    # people change over a year, and when they are asked matters; what they are like must be learned
    drifting: bool = False
    yes_minutes: float = YES_MINUTES
    short_notice: bool = False

    def lead(self, dice: Random) -> timedelta:
        """How long before its start somebody requests an appointment."""
        if self.short_notice:
            shortest, longest = SHORT_NOTICE
            lead = shortest * (longest / shortest) ** dice.random()
        else:
            lead = max(SHORTEST_LEAD, MEDIAN_LEAD * exp(LEAD_SPREAD * dice.gauss(0, 1)))
        return timedelta(seconds=round(lead.total_seconds()))


SCENARIOS = (
    Scenario("equal chances"),
    Scenario("unequal chances", strength=4),
    Scenario("taken for 1.5 times as likely", strength=4, judged=1.5),
    Scenario("taken for 0.6 times as likely", strength=4, judged=0.6),
    Scenario("people depend on one another", strength=4, mood=0.8),
    Scenario("short notice (2 to 24 hours)", strength=4, short_notice=True),
)
DRIFTING = Scenario("chances drift and are learned", strength=4, drifting=True, yes_minutes=70)


@dataclass(frozen=True)
class Appointment:
    """One request: when it came, when the appointment starts, until when it should be filled, and who could come."""

    scenario: Scenario
    requested: datetime
    starts: datetime
    deadline: datetime
    people: tuple[Person, ...]
    dice: tuple[Dice, ...]
    mood: float

    def chance(self, index: int, sent: datetime) -> float:
        """The true chance that this person, asked then, says yes, on a day like any other."""
        return _chance(self._odds(index, sent))

    def answer(self, index: int, sent: datetime) -> tuple[Answer, datetime | None]:
        """What this person says if asked then, and when; nothing ever for NONE."""
        dice = self.dice[index]
        chance = _chance(self._odds(index, sent) + self.mood)
        if dice.word < chance:
            return Answer.YES, after(sent, self.scenario.yes_minutes * exp(YES_SPREAD * dice.yes))
        if dice.word > 1 - (1 - chance) * REFUSE:
            return Answer.NO, after(sent, NO_MINUTES * exp(NO_SPREAD * dice.no))
        return Answer.NONE, None

    def _odds(self, index: int, sent: datetime) -> float:
        person = self.people[index]
        if not self.scenario.drifting:
            return person.odds
        soon = -0.6 if self.starts - sent < timedelta(hours=24) else 0.0
        evening = 0.4 if sent.hour >= 17 else 0.0
        return person.odds + person.drift * ((sent - MONDAY) / YEAR - 0.5) + soon + evening


def appointments(scenario: Scenario, seed: int, count: int, pool: int = 40) -> Iterator[Appointment]:
    """So many requests over a year, on working days from 8:00 to 17:00, in the order in which they come."""
    dice = Random(f"{scenario.name} {seed}")
    people = [_person(scenario, f"m{number}", dice) for number in range(pool)]
    for number in range(count):
        day = MONDAY + timedelta(days=_working_day(number * 260 // count))
        requested = day + timedelta(hours=8, minutes=dice.randrange(9 * 60))
        lead = scenario.lead(dice)
        able = dice.sample(people, dice.randint(FEWEST, MOST))
        throws = [Dice(dice.random(), dice.gauss(0, 1), dice.gauss(0, 1)) for _ in able]
        mood = dice.gauss(0, scenario.mood)
        starts = requested + lead
        yield Appointment(scenario, requested, starts, deadline(requested, starts), tuple(able), tuple(throws), mood)


def deadline(requested: datetime, starts: datetime) -> datetime:
    """The service's rule: a sixth of the time left, between 20 minutes and 12 hours; one at night waits for morning."""
    patience = min(max((starts - requested) / 6, timedelta(minutes=20)), timedelta(hours=12))
    due = requested + patience
    due += timedelta(microseconds=-due.microsecond % 1_000_000)
    midnight = due.replace(hour=0, minute=0, second=0)
    if due >= midnight + EVENING:
        midnight += timedelta(days=1)
    morning = midnight + MORNING
    return morning if due < morning and starts - morning >= timedelta(hours=3) else due


def waking(moment: datetime) -> float:
    """Waking minutes from the beginning of the calendar."""
    minutes = 60 * moment.hour + moment.minute + moment.second / 60 + moment.microsecond / 6e7
    return moment.toordinal() * (SLEEPS - WAKES) + min(max(minutes, WAKES), SLEEPS) - WAKES


def after(sent: datetime, minutes: float) -> datetime:
    """The moment after so many waking minutes."""
    day, rest = divmod(waking(sent) + minutes, SLEEPS - WAKES)
    return datetime.fromordinal(int(day)).replace(tzinfo=UTC) + timedelta(minutes=WAKES + rest)


def allowed(now: datetime) -> datetime:
    """The first moment, from now on, at which the service may ask."""
    if now.hour < OPENS:
        return now.replace(hour=OPENS, minute=0, second=0, microsecond=0)
    if now.hour >= CLOSES:
        return now.replace(hour=OPENS, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return now


def _person(scenario: Scenario, name: str, dice: Random) -> Person:
    strength = scenario.strength
    chance = dice.betavariate(CHANCE * strength, (1 - CHANCE) * strength) if strength else CHANCE
    odds = log(max(chance, 0.03) / (1 - min(max(chance, 0.03), 0.95)))
    return Person(name, odds, dice.choice((-2.0, -1.0, 1.0, 2.0)) if scenario.drifting else 0.0)


def _working_day(number: int) -> int:
    return number // 5 * 7 + number % 5


def _chance(odds: float) -> float:
    return 1 / (1 + exp(-odds))
