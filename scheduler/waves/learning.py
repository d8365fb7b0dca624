"""What past offers teach of how likely somebody says yes, and of how long that takes.

A hierarchy: the pool's mean chance; factors on its odds for how soon the appointment is and for when the question
comes; what is particular to a person. Each is drawn towards the level above by so many offers' worth of doubt
(empirical Bayes), and older offers count less. An offer that ended before an answer could be expected says little: of a
chance p of which a share F was due by then, silence counts as no with the weight F(1 − p) / (1 − pF), the fixed point
of the EM algorithm.

Apart from acceptance.py, because whoever only asks for a chance, such as the web process, needs no arrays.
"""

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from scheduler.model.participants import CHANCE
from scheduler.tables.arrays import Floats, Ints
from scheduler.waves.acceptance import (
    DELAYS,
    Acceptance,
    Answer,
    Asked,
    lead,
    log_odds,
    moment,
    usual_delays,
    waking_minutes,
)

# people change: an offer that old counts half
HALF_LIFE_DAYS = 120.0
# how many offers' worth of doubt there is about: the pool's mean, a factor, the delays
POOL_DOUBT, FACTOR_DOUBT, DELAY_DOUBT = 20.0, 40.0, 30.0
# about a person: estimated, within these bounds; what is assumed counts as so many pairs of one person's offers
PERSON_DOUBT, LEAST_DOUBT, MOST_DOUBT, PAIRS_ASSUMED = 4.0, 1.0, 20.0, 60.0
ROUNDS = 25


def learn(asked: Iterable[Asked], now: datetime, timezone: str) -> Acceptance:
    """What past offers teach, in whatever order they come; what ended after now is taken as open still.

    5,000 of them take a tenth of a second. Raises `ProblemError` for an unknown timezone.
    """
    known = Acceptance.prior(timezone)
    offers = sorted(asked, key=lambda one: (one.mediator, one.sent, one.starts, one.ended, one.answer))
    if not offers:
        return known
    learning = _Learning(offers, now, known)
    for _ in range(ROUNDS):
        learning.improve()
    people = dict(zip(learning.names, learning.people.tolist(), strict=True))
    leads, moments, delays = (tuple(part.tolist()) for part in (learning.leads, learning.moments, learning.delays))
    return Acceptance(timezone, float(learning.pool), leads, moments, people, delays)


class _Learning:
    """Past offers as arrays, and what is made of them; `improve` makes each part fit what the others say."""

    def __init__(self, offers: list[Asked], now: datetime, known: Acceptance) -> None:
        zone = ZoneInfo(known.timezone)
        names, person = np.unique([one.mediator for one in offers], return_inverse=True)
        self.names: list[str] = names.tolist()
        self._person: Ints = person
        self._lead: Ints = np.array([lead(one.sent, one.starts) for one in offers])
        self._moment: Ints = np.array([moment(one.sent, zone) for one in offers])
        over = [one.ended <= now for one in offers]
        self._yes = np.array([one.answer is Answer.YES and done for one, done in zip(offers, over, strict=True)])
        self._silent = np.array([one.answer is Answer.NONE or not done for one, done in zip(offers, over, strict=True)])
        waited = [waking_minutes(one.sent, min(one.ended, now), zone) for one in offers]
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
            usual = float(_chance_of(np.array(log_odds(CHANCE) - self.pool + log_odds(expected / total))))
            self.pool += log_odds((said + POOL_DOUBT * usual) / (total + POOL_DOUBT)) - log_odds(expected / total)

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
        found = seen + shares * later + DELAY_DOUBT * np.diff(usual_delays(), prepend=0.0)
        self.delays = np.cumsum(found) / found.sum()
        self.delays[-1] = 1.0


def _log_odds_of(chances: Floats) -> Floats:
    odds: Floats = np.log(chances / (1 - chances))
    return odds


def _chance_of(odds: Floats) -> Floats:
    chances: Floats = 1 / (1 + np.exp(-odds))
    return chances
