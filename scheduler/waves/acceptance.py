"""How likely somebody says yes, and how long that takes: what learning.py made of past offers."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from math import exp, log
from statistics import NormalDist
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from scheduler.model import checks
from scheduler.model.participants import CHANCE

FORMAT = "sprachmittlerpool-acceptance/1"
# before anything is known
MEDIAN_MINUTES = 45.0
# of the logarithm; most answers within a day
SPREAD = 1.2
LEAST, MOST = 0.021, 0.949
# hours until the appointment
LEADS = (24.0, 72.0, 168.0)
# local hours at which midday and evening begin
MIDDAY, EVENING = 11, 17
SATURDAY = 5
MOMENTS = 6
# people look at their phones from 7:00 to 22:00
WAKES, SLEEPS = 7 * 60, 22 * 60
# waking minutes that divide delays into cells; who takes longer than the last is counted with it
DELAYS = tuple(round(1.25**step, 3) for step in range(39))


class Answer(StrEnum):
    """How an offer ended; NONE: silence until it expired, was withdrawn, or until now."""

    YES = "yes"
    NO = "no"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Asked:
    """One past offer: who was asked when about an appointment starting when, and how and when that ended."""

    mediator: str
    sent: datetime
    starts: datetime
    ended: datetime
    answer: Answer

    def __post_init__(self) -> None:
        for key in ("sent", "starts", "ended"):
            moment = getattr(self, key)
            if moment.utcoffset() is None:
                checks.refuse(key, f"{moment.isoformat()} has no offset; give one, such as 2026-11-24T08:00:00Z")


@dataclass(frozen=True)
class Acceptance:
    """What is known about a pool's answers: log-odds of a yes, and the share of the yeses given after each of `DELAYS`.

    The log-odds of an offer are the sum of `pool`, of those in `leads` and `moments` for its kind, and of the person's.
    """

    timezone: str
    pool: float
    leads: tuple[float, ...]
    moments: tuple[float, ...]
    people: Mapping[str, float]
    delays: tuple[float, ...]

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            checks.refuse("timezone", f"{checks.shown(self.timezone)} is unknown; give one such as Europe/Berlin")

    @classmethod
    def prior(cls, timezone: str) -> Self:
        """What to expect of a pool without any past."""
        neutral = (0.0,) * (len(LEADS) + 1), (0.0,) * MOMENTS
        return cls(timezone, log_odds(CHANCE), *neutral, {}, usual_delays())

    def chance(self, mediator: str, sent: datetime, starts: datetime) -> float:
        """The chance that this person, asked then about an appointment starting then, ever says yes."""
        chance = 1 / (1 + exp(-self.odds(sent, starts) - self.people.get(mediator, 0.0)))
        return min(max(chance, LEAST), MOST)

    def odds(self, sent: datetime, starts: datetime) -> float:
        """The log-odds of a yes to such a question, without what is known of the person."""
        return self.pool + self.leads[lead(sent, starts)] + self.moments[moment(sent, ZoneInfo(self.timezone))]

    def answered(self, sent: datetime, until: datetime) -> float:
        """Of those who say yes, the share that has done so by then; nothing happens from 22:00 to 7:00 local time."""
        minutes = waking_minutes(sent, until, ZoneInfo(self.timezone))
        if minutes <= 0:
            return 0.0
        place = bisect_left(DELAYS, minutes)
        if place == len(DELAYS):
            return 1.0
        before, share = (DELAYS[place - 1], self.delays[place - 1]) if place else (0.0, 0.0)
        return share + (self.delays[place] - share) * (minutes - before) / (DELAYS[place] - before)

    def to_json(self) -> dict[str, Any]:
        """Numbers and ids that `from_json` reads back without loss."""
        return {"format": FORMAT} | asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_json` gave, from JSON too; `ProblemError` names what cannot be meant."""
        keys = ("timezone", "pool", "leads", "moments", "people", "delays")
        checks.only(checks.mapping("", data), ("format", *keys), ("format", *keys))
        checks.one_of("format", data["format"], (FORMAT,))
        people = {
            checks.name("people", key): _odds(f"people.{key}", value)
            for key, value in checks.mapping("people", data["people"]).items()
        }
        delays = _row("delays", data["delays"], len(DELAYS))
        if list(delays) != sorted(delays) or delays[0] < 0 or delays[-1] != 1:
            checks.refuse("delays", "these are no shares; give numbers that rise from 0 to 1")
        return cls(
            checks.name("timezone", data["timezone"]),
            _odds("pool", data["pool"]),
            _row("leads", data["leads"], len(LEADS) + 1),
            _row("moments", data["moments"], MOMENTS),
            people,
            delays,
        )


def usual_delays() -> tuple[float, ...]:
    """The share of the yeses given after each of `DELAYS`, before anything is known."""
    normal = NormalDist(log(MEDIAN_MINUTES), SPREAD)
    return (*(normal.cdf(log(minutes)) for minutes in DELAYS[:-1]), 1.0)


def lead(sent: datetime, starts: datetime) -> int:
    """Which of the factors in `leads` counts: how soon the appointment is when the question comes."""
    hours = (starts - sent).total_seconds() / 3600
    return sum(hours >= limit for limit in LEADS)


def moment(sent: datetime, zone: ZoneInfo) -> int:
    """Which of the factors in `moments` counts: when in the day and the week the question comes."""
    local = sent.astimezone(zone)
    part = (local.hour >= MIDDAY) + (local.hour >= EVENING)
    return 3 * (local.weekday() >= SATURDAY) + part


def waking_minutes(sent: datetime, until: datetime, zone: ZoneInfo) -> float:
    """Between two moments; clocks change at night, so that a day has as many of them as any other."""
    return _clock(until.astimezone(zone)) - _clock(sent.astimezone(zone))


def _clock(local: datetime) -> float:
    """The waking minutes from the beginning of the calendar to a local time."""
    minutes = 60 * local.hour + local.minute + local.second / 60
    return local.toordinal() * (SLEEPS - WAKES) + min(max(minutes, WAKES), SLEEPS) - WAKES


def log_odds(chance: float) -> float:
    """A chance between 0 and 1, neither of them included, as a number that factors are added to."""
    return log(chance / (1 - chance))


def _odds(key: str, value: object) -> float:
    return checks.number(key, value, -30, 30)


def _row(key: str, value: object, length: int) -> tuple[float, ...]:
    row = tuple(_odds(f"{key}[{index}]", one) for index, one in enumerate(checks.sequence(key, value)))
    if len(row) != length:
        checks.refuse(key, f"has {len(row)} numbers; give {length}")
    return row
