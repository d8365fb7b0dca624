"""How likely somebody says yes, and how long that takes, learned from past offers.

A hierarchy: the pool's mean chance; factors on its odds for how soon the appointment is and for when the question
comes; what is particular to a person. Each is drawn towards the level above by so many offers' worth of doubt
(empirical Bayes), and older offers count less. An offer that ended before an answer could be expected says little: of a
chance p of which a share F was due by then, silence counts as no with the weight F(1 − p) / (1 − pF), the fixed point
of the EM algorithm.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from math import exp, log
from statistics import NormalDist
from typing import Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from scheduler.model import checks
from scheduler.model.participants import CHANCE
from scheduler.tables.arrays import Floats, Ints

FORMAT = "sprachmittlerpool-acceptance/1"
# before anything is known
MEDIAN_MINUTES = 45.0
# of the logarithm; most answers within a day
SPREAD = 1.2
LEAST, MOST = 0.021, 0.949
# people change: an offer that old counts half
HALF_LIFE_DAYS = 120.0
# how many offers' worth of doubt there is about: the pool's mean, a factor, the delays
POOL_DOUBT, FACTOR_DOUBT, DELAY_DOUBT = 20.0, 40.0, 30.0
# about a person: estimated, within these bounds; what is assumed counts as so many pairs of one person's offers
PERSON_DOUBT, LEAST_DOUBT, MOST_DOUBT, PAIRS_ASSUMED = 4.0, 1.0, 20.0, 60.0
ROUNDS = 25
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
        return cls(timezone, _log_odds(CHANCE), *neutral, {}, tuple(_usual_delays().tolist()))

    @classmethod
    def learn(cls, asked: Iterable[Asked], now: datetime, timezone: str) -> Self:
        """What past offers teach, in whatever order they come; what ended after now is taken as open still.

        5,000 of them take a tenth of a second. Raises `ProblemError` for an unknown timezone.
        """
        known = cls.prior(timezone)
        offers = sorted(asked, key=lambda one: (one.mediator, one.sent, one.starts, one.ended, one.answer))
        if not offers:
            return known
        learning = _Learning(offers, now, known)
        for _ in range(ROUNDS):
            learning.improve()
        people = dict(zip(learning.names, learning.people.tolist(), strict=True))
        leads, moments, delays = (tuple(part.tolist()) for part in (learning.leads, learning.moments, learning.delays))
        return cls(timezone, float(learning.pool), leads, moments, people, delays)

    def chance(self, mediator: str, sent: datetime, starts: datetime) -> float:
        """The chance that this person, asked then about an appointment starting then, ever says yes."""
        odds = self.pool + self.leads[_lead(sent, starts)] + self.moments[_moment(sent, ZoneInfo(self.timezone))]
        chance = 1 / (1 + exp(-odds - self.people.get(mediator, 0.0)))
        return min(max(chance, LEAST), MOST)

    def answered(self, sent: datetime, until: datetime) -> float:
        """Of those who say yes, the share that has done so by then; nothing happens from 22:00 to 7:00 local time."""
        minutes = _waking_minutes(sent, until, ZoneInfo(self.timezone))
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


class _Learning:
    """Past offers as arrays, and what is made of them; `improve` makes each part fit what the others say."""

    def __init__(self, offers: list[Asked], now: datetime, known: Acceptance) -> None:
        zone = ZoneInfo(known.timezone)
        names, person = np.unique([one.mediator for one in offers], return_inverse=True)
        self.names: list[str] = names.tolist()
        self._person: Ints = person
        self._lead: Ints = np.array([_lead(one.sent, one.starts) for one in offers])
        self._moment: Ints = np.array([_moment(one.sent, zone) for one in offers])
        over = [one.ended <= now for one in offers]
        self._yes = np.array([one.answer is Answer.YES and done for one, done in zip(offers, over, strict=True)])
        self._silent = np.array([one.answer is Answer.NONE or not done for one, done in zip(offers, over, strict=True)])
        waited = [_waking_minutes(one.sent, min(one.ended, now), zone) for one in offers]
        self._waited: Floats = np.maximum(waited, 0.0)
        ages = np.array([(now - one.sent).total_seconds() / 86400 for one in offers])
        self._recent: Floats = 0.5 ** (np.maximum(ages, 0) / HALF_LIFE_DAYS)
        self.pool = known.pool
        self.leads, self.moments = np.array(known.leads), np.array(known.moments)
        self.people: Floats = np.zeros(len(self.names))
        self.delays: Floats = np.array(known.delays)
        self._doubt = PERSON_DOUBT
        self._weight = self._recent

    def improve(self) -> None:
        """One round; some two dozen are enough."""
        self._look_again()
        self._fit_pool()
        self.leads = self._factors(self._lead, self.leads)
        self.moments = self._factors(self._moment, self.moments)
        self._fit_people()
        self._fit_delays()

    @property
    def _context(self) -> Floats:
        odds: Floats = self.pool + self.leads[self._lead] + self.moments[self._moment]
        return odds

    @property
    def _chances(self) -> Floats:
        return _chance_of(self._context + self.people[self._person])

    def _look_again(self) -> None:
        """How much each offer counts: silence only as far as a yes was due."""
        due = np.interp(self._waited, (0.0, *DELAYS), (0.0, *self.delays))
        chances = self._chances
        self._weight = self._recent * np.where(self._silent, due * (1 - chances) / (1 - chances * due), 1.0)

    def _fit_pool(self) -> None:
        """The mean over people, so that those who are asked often do not stand for all."""
        count = len(self.names)
        weight = np.bincount(self._person, self._weight, count)
        share = (1 + self._doubt) / (self._doubt + weight)
        expected, said = (
            float((share * np.bincount(self._person, self._weight * one, count)).sum())
            for one in (_chance_of(self._context), self._yes)
        )
        total = float((share * weight).sum())
        if total > 0:
            usual = float(_chance_of(np.array(_log_odds(CHANCE) - self.pool + _log_odds(expected / total))))
            self.pool += _log_odds((said + POOL_DOUBT * usual) / (total + POOL_DOUBT)) - _log_odds(expected / total)

    def _factors(self, kind: Ints, own: Floats) -> Floats:
        """For each kind of offer, by how much (log-odds) its share of yeses differs from what all else makes expect."""
        others = _chance_of(self._context - own[kind] + self.people[self._person])
        weight, expected, said = self._sums(kind, len(own), others)
        mean = np.divide(expected, weight, out=np.full(len(own), CHANCE), where=weight > 0)
        return _log_odds_of((said + FACTOR_DOUBT * mean) / (weight + FACTOR_DOUBT)) - _log_odds_of(mean)

    def _fit_people(self) -> None:
        """The posterior mean of each person's chance in the situations they were asked in, as a distance (log-odds)."""
        count = len(self.names)
        usual = _chance_of(self._context)
        weight, expected, said = self._sums(self._person, count, usual)
        mean = np.divide(expected, weight, out=np.full(count, CHANCE), where=weight > 0)
        squares, spread = (
            np.bincount(self._person, self._weight**2 * one, count) for one in (1.0, usual * (1 - usual))
        )
        assumed = PAIRS_ASSUMED * CHANCE * (1 - CHANCE)
        more = float(((said - expected) ** 2 - spread).sum()) + assumed / (PERSON_DOUBT + 1)
        pairs = float(((weight**2 - squares) * mean * (1 - mean)).sum()) + assumed
        # beta-binomial: yeses in n offers vary by p(1 − p)(n + n(n − 1)/(m + 1)), m being the strength of the prior
        self._doubt = min(max(pairs / max(more, pairs / (MOST_DOUBT + 1)) - 1, LEAST_DOUBT), MOST_DOUBT)
        posterior = (said + self._doubt * mean) / (weight + self._doubt)
        self.people = _log_odds_of(posterior) - _log_odds_of(mean)

    def _sums(self, group: Ints, count: int, chances: Floats) -> tuple[Floats, Floats, Floats]:
        """For each group of offers: how many, how many yeses were to be expected, how many there were (weighted)."""
        counts = (self._weight, self._weight * chances, self._weight * self._yes)
        weight, expected, said = (np.bincount(group, one, count).astype(np.float64) for one in counts)
        return weight, expected, said

    def _fit_delays(self) -> None:
        """One step of Turnbull's estimate: who is silent may still say yes, later than now, as others do."""
        edges = np.array((0.0, *DELAYS))
        shares = np.diff(self.delays, prepend=0.0)
        cell = np.minimum(np.searchsorted(edges[1:], self._waited), len(DELAYS) - 1)
        due = np.interp(self._waited, edges, (0.0, *self.delays))
        chances = self._chances
        seen = np.bincount(cell, self._recent * self._yes, len(DELAYS))
        open_ = np.where(self._silent, self._recent * chances / (1 - chances * due), 0.0)
        rest = np.clip((edges[1:][cell] - self._waited) / np.diff(edges)[cell], 0, 1)
        later = np.cumsum(np.bincount(cell, open_, len(DELAYS))) - np.bincount(cell, open_ * (1 - rest), len(DELAYS))
        found = seen + shares * later + DELAY_DOUBT * np.diff(_usual_delays(), prepend=0.0)
        self.delays = np.cumsum(found) / found.sum()
        self.delays[-1] = 1.0


def _usual_delays() -> Floats:
    normal = NormalDist(log(MEDIAN_MINUTES), SPREAD)
    return np.array([*(normal.cdf(log(minutes)) for minutes in DELAYS[:-1]), 1.0])


def _lead(sent: datetime, starts: datetime) -> int:
    hours = (starts - sent).total_seconds() / 3600
    return sum(hours >= limit for limit in LEADS)


def _moment(sent: datetime, zone: ZoneInfo) -> int:
    local = sent.astimezone(zone)
    part = (local.hour >= MIDDAY) + (local.hour >= EVENING)
    return 3 * (local.weekday() >= SATURDAY) + part


def _waking_minutes(sent: datetime, until: datetime, zone: ZoneInfo) -> float:
    """Between two moments; clocks change at night, so that a day has as many of them as any other."""
    return _clock(until.astimezone(zone)) - _clock(sent.astimezone(zone))


def _clock(local: datetime) -> float:
    """The waking minutes from the beginning of the calendar to a local time."""
    minutes = 60 * local.hour + local.minute + local.second / 60
    return local.toordinal() * (SLEEPS - WAKES) + min(max(minutes, WAKES), SLEEPS) - WAKES


def _log_odds(chance: float) -> float:
    return log(chance / (1 - chance))


def _log_odds_of(chances: Floats) -> Floats:
    odds: Floats = np.log(chances / (1 - chances))
    return odds


def _chance_of(odds: Floats) -> Floats:
    chances: Floats = 1 / (1 + np.exp(-odds))
    return chances


def _odds(key: str, value: object) -> float:
    return checks.number(key, value, -30, 30)


def _row(key: str, value: object, length: int) -> tuple[float, ...]:
    row = tuple(_odds(f"{key}[{index}]", one) for index, one in enumerate(checks.sequence(key, value)))
    if len(row) != length:
        checks.refuse(key, f"has {len(row)} numbers; give {length}")
    return row
