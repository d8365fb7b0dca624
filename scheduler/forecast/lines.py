"""Who could come to each request, in the order in which they would be asked, and how likely each says yes in time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from scheduler.forecast.dice import named
from scheduler.forecast.drawing import Request
from scheduler.forecast.history import History
from scheduler.forecast.wave_sizes import first_wave
from scheduler.model.participants import Appointment
from scheduler.model.problem import Problem
from scheduler.tables import eligibility
from scheduler.tables.arrays import NONE, Floats, Ints, Tables
from scheduler.tables.preferences import Preferences
from scheduler.waves.acceptance import DELAYS, LEADS, LEAST, MOST, lead, log_odds

# a mediator's chance is that of a question so long ahead (see app/journey/matching.py)
USUAL_LEAD = timedelta(days=4)
# until when answers are waited for: a sixth of the time left, within these bounds (see app/journey/timing/deadlines.py)
SHARE_WAITED, SHORTEST, LONGEST = 6, timedelta(minutes=20), timedelta(hours=12)
# sums that differ by less than this differ by the order in which they were added
DIGITS = 9
# who holds an offer already comes before all others
ASKED_ALREADY = -1_000_000


@dataclass(frozen=True)
class Candidates:
    """Who could take one request: rows of people, what each costs, and their log-odds of a yes, pool's shift left out.

    `lead` is what the notice adds to everybody's log-odds, `due` the share of the yeses given before answers are due,
    `wave` how many are asked at once.
    """

    people: Ints
    costs: Ints
    odds: Floats
    lead: float
    due: float
    wave: int


class Lines:
    """The requests of many periods as arrays: `people`, `costs` and `odds` have a row for each request, filled with -1.

    What is asked of everybody's other appointments goes by `tables`, whose appointments are the requests.
    """

    def __init__(self, problem: Problem, requests: Sequence[Request], history: History) -> None:
        self.requests = requests
        self.tables = Tables(replace(problem, appointments=tuple(one.wanted for one in requests)))
        self.names = named([one.id for one in problem.mediators])
        self.loads = np.array([one.load for one in problem.mediators], np.int64)
        self.asked = np.array([one.asked.timestamp() for one in requests])
        self._history, self._preferences = history, Preferences(problem)
        self._odds = np.array([log_odds(min(max(one.chance, LEAST), MOST)) for one in problem.mediators])
        self._kinds: dict[object, Ints] = {}
        found = [self._candidates(one) for one in requests]
        longest = max((len(one.people) for one in found), default=0)
        self.people = np.full((len(found), longest), NONE, np.int64)
        self.costs = np.zeros((len(found), longest))
        self.odds = np.zeros((len(found), longest))
        for row, one in enumerate(found):
            self.people[row, : len(one.people)] = one.people
            self.costs[row, : len(one.people)] = one.costs
            self.odds[row, : len(one.people)] = one.odds
        self.lengths = np.array([len(one.people) for one in found], np.int64)
        self.leads = np.array([one.lead for one in found])
        # of those who say yes, the share that does so in time and does not hand it back
        self.stays = np.array([one.due for one in found]) * (1 - history.hand_back_rate)
        self.waves = np.array([one.wave for one in found], np.int64)

    def chances(self, requests: Ints, columns: Ints, shifts: Floats) -> Floats:
        """How likely the people in these cells say yes in time and stay with it, their log-odds shifted.

        Who hands an assignment back is replaced from those left in line, as if they had said no.
        """
        yes = 1 / (1 + np.exp(-self.odds[requests, columns] - shifts))
        found: Floats = np.clip(yes, LEAST, MOST) * self.stays[requests]
        return found

    def _candidates(self, request: Request) -> Candidates:
        wanted, tables = request.wanted, self.tables
        notice = wanted.starts - request.asked
        patience = min(max(notice / SHARE_WAITED, SHORTEST), LONGEST)
        due = float(np.interp(patience / timedelta(minutes=1), (0.0, *DELAYS), (0.0, *self._history.acceptance.delays)))
        leads = self._history.acceptance.leads
        usual = sum(timedelta(hours=hours) <= USUAL_LEAD for hours in LEADS)
        more = leads[lead(request.asked, wanted.starts)] - leads[usual]
        if not wanted.open_seats:
            return Candidates(*_nobody(), more, due, 1)
        people = eligibility.fitting_beyond_its_kind(tables, self._of_kind(wanted), wanted)
        if wanted.fixed:
            people = people[~np.isin(people, [tables.person[name] for name in wanted.fixed])]
        people, costs, odds = self._in_a_language(request, people, self._odds[people] + more)
        if wanted.asked:
            costs = costs + ASKED_ALREADY * np.isin(people, [tables.person[name] for name in wanted.asked])
        order = np.lexsort((self.names[people], costs))
        chance = float(np.mean(1 / (1 + np.exp(-odds)))) if len(odds) else 0.0
        wave = first_wave(chance, len(people), wanted.open_seats, patience)
        return Candidates(people[order], costs[order], odds[order], more, due, wave)

    def _of_kind(self, wanted: Appointment) -> Ints:
        """Whom its languages, level, gender and mode allow; thousands of requests have these in common."""
        kind = wanted.languages, wanted.min_level, wanted.gender, wanted.mode
        found = self._kinds.get(kind)
        if found is None:
            speakers = eligibility.speakers(self.tables, wanted)
            found = self._kinds[kind] = eligibility.fitting_its_kind(self.tables, speakers, wanted)
        return found

    def _in_a_language(self, request: Request, people: Ints, odds: Floats) -> tuple[Ints, Ints, Floats]:
        """Each in their best language; for several seats all in the one in which most are to be expected."""
        wanted, left = request.wanted, np.ones(len(people), bool)
        parts: list[tuple[Ints, Ints, Floats]] = []
        for language, able in eligibility.usable(self.tables, people, wanted):
            own = able if wanted.mediators_needed > 1 else able & left
            left &= ~able
            costs = self._preferences.costs(self.tables, people[own], wanted, language)
            parts.append((people[own], costs, odds[own]))
        if not parts:
            return _nobody()
        if wanted.mediators_needed > 1:
            return max(parts, key=lambda part: round(float(np.sum(1 / (1 + np.exp(-part[2])))), DIGITS))
        joined = [np.concatenate([part[index] for part in parts]) for index in range(3)]
        return joined[0], joined[1], joined[2]


def _nobody() -> tuple[Ints, Ints, Floats]:
    return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
