"""Soft costs as integers: what makes one person a better choice than another who could do it as well.

The cost of a person for an appointment is the sum of

- 1 per minute of the way from home (on site only), rounded;
- `NOT_PREFERRED` if the appointment prefers people and this is none of them (continuity);
- `SURE_NO` for somebody who surely says no when asked, in proportion to the chance of a no;
- `PER_LOAD` per appointment the person did lately, so that the work goes round;
- up to `NOT_IDLE` for somebody who had a task lately, none for who has waited `IDLE_AFTER` days or more, so that those
  who idle get something to do before they leave;
- `SUBSTITUTE` if they would work in an accepted language instead of the main one;
- up to `SCARCEST` for the scarcest language they speak that is not wanted here: `PER_SEAT_A_SPEAKER` for each open seat
  of that language per speaker, so that the only Tigrinya speaker is not spent on Arabic.

Units are minutes of travel: `NOT_PREFERRED` = 30 says that a familiar face is worth half an hour on the way.
"""

from collections import Counter
from collections.abc import Mapping
from functools import cached_property

import numpy as np

from scheduler.model.problem import Appointment, Mediator, Problem
from scheduler.model.rules import home_minutes, usable_languages
from scheduler.tables import eligibility
from scheduler.tables.arrays import Ints, Tables

NOT_PREFERRED = 30
PER_LOAD = 3
SURE_NO = 40
NOT_IDLE = 8
IDLE_AFTER = 28
SUBSTITUTE = 60
SCARCEST = 40
PER_SEAT_A_SPEAKER = 10


class Preferences:
    """The costs of one problem's people."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._scarcest_beside: dict[frozenset[str], Ints] = {}

    def cost(self, mediator: Mediator, appointment: Appointment, language: str) -> int:
        """What it costs to have this person work in this language here; 0 or more."""
        return (
            round(home_minutes(self.problem, mediator, appointment))
            + (NOT_PREFERRED if appointment.preferred and mediator.id not in appointment.preferred else 0)
            + _own(mediator)
            + (0 if language == appointment.language else SUBSTITUTE)
            + self._spent(mediator, appointment)
        )

    def costs(self, tables: Tables, people: Ints, appointment: Appointment, language: str) -> Ints:
        """`cost` of many people (rows of the tables) at once."""
        ways = np.rint(eligibility.home_minutes(tables, people, appointment)).astype(np.int64)
        total = ways + self._owns[people] + self._spent_by_each(tables, frozenset(appointment.languages))[people]
        if appointment.preferred:
            familiar = [tables.person[name] for name in appointment.preferred]
            total += NOT_PREFERRED * ~np.isin(people, familiar)
        return total + (0 if language == appointment.language else SUBSTITUTE)

    def least_cost(self, mediator: Mediator, appointment: Appointment) -> int:
        """The cost in the best language the person could use here; they must be able to use one."""
        return self.cost(mediator, appointment, usable_languages(self.problem, mediator, appointment)[0])

    @cached_property
    def scarcity(self) -> Mapping[str, int]:
        """Language -> what it costs to spend one of its speakers on something else."""
        wanted: Counter[str] = Counter()
        for appointment in self.problem.appointments:
            if appointment.starts >= self.problem.now:
                wanted[appointment.language] += appointment.open_seats
        return {
            language: min(SCARCEST, PER_SEAT_A_SPEAKER * wanted[language] // len(speakers))
            for language, speakers in self.problem.speakers.items()
        }

    @cached_property
    def _owns(self) -> Ints:
        return np.array([_own(one) for one in self.problem.mediators], np.int64)

    def _spent_by_each(self, tables: Tables, wanted: frozenset[str]) -> Ints:
        """`_spent` of everybody, by row, for appointments that can be held in these languages."""
        found = self._scarcest_beside.get(wanted)
        if found is None:
            found = np.zeros(len(tables.homes), np.int64)
            for language, code in tables.languages.items():
                if language not in wanted:
                    speakers = tables.speakers[code]
                    found[speakers] = np.maximum(found[speakers], self.scarcity[language])
            self._scarcest_beside[wanted] = found
        return found

    def _spent(self, mediator: Mediator, appointment: Appointment) -> int:
        others = [language for language in mediator.languages if language not in appointment.languages]
        return max((self.scarcity[language] for language in others), default=0)


def _own(mediator: Mediator) -> int:
    """The part of the cost that is the same wherever the person goes."""
    idle = IDLE_AFTER if mediator.idle_days is None else min(IDLE_AFTER, mediator.idle_days)
    not_idle = NOT_IDLE * (IDLE_AFTER - idle) // IDLE_AFTER
    return PER_LOAD * mediator.load + round(SURE_NO * (1 - mediator.chance)) + not_idle
