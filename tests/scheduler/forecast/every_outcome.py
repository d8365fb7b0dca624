"""How likely each request of a small problem stays unfilled, by going through all that its people could say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations, product
from math import comb, prod

from scheduler.forecast.dice import named
from scheduler.forecast.wave_sizes import first_wave
from scheduler.model import rules
from scheduler.model.problem import Appointment, Mediator, Problem
from scheduler.tables.preferences import PER_LOAD, Preferences
from scheduler.waves.acceptance import Acceptance

MORNING = datetime(2026, 1, 5, 8, tzinfo=UTC)
# what is believed of a pool that never had an assignment given back
HANDED_BACK = 0.02
# person -> what they have taken beside what was fixed before
Taken = tuple[tuple[str, str], ...]


@dataclass
class EveryOutcome:
    """The chances of a problem whose appointments are asked for now, in the order of their starts."""

    problem: Problem
    _known: dict[tuple[int, Taken], tuple[float, ...]] = field(default_factory=dict)

    @property
    def order(self) -> list[Appointment]:
        ahead = [one for one in self.problem.appointments if one.starts >= self.problem.now]
        return sorted(ahead, key=lambda one: (one.starts, one.id))

    def unfilled(self) -> Mapping[str, float]:
        """Appointment -> the chance that a seat stays empty."""
        return dict(zip((one.id for one in self.order), self._from(0, ()), strict=True))

    def _from(self, index: int, taken: Taken) -> tuple[float, ...]:
        if index == len(self.order):
            return ()
        if (index, taken) not in self._known:
            one = self.order[index]
            sums = [0.0] * (len(self.order) - index)
            for chance, people in self._outcomes(one, taken):
                own = float(len(people) < one.open_seats)
                after = self._from(index + 1, tuple(sorted((*taken, *((name, one.id) for name in people)))))
                sums = [total + chance * part for total, part in zip(sums, (own, *after), strict=True)]
            self._known[index, taken] = tuple(sums)
        return self._known[index, taken]

    def _outcomes(self, one: Appointment, taken: Taken) -> Iterator[tuple[float, tuple[str, ...]]]:
        """Who takes it, and how likely; of those of a wave who say yes anybody can be the fastest."""
        if not one.open_seats:
            yield 1.0, ()
            return
        line, language = self._line(one)
        free = [person for person in line if not self._beside(one, person, taken)]
        free.sort(key=lambda person: self._cost(one, person, language, taken))
        size = first_wave(
            sum(_ever(person) for person in line) / max(len(line), 1), len(line), one.open_seats, self._patience(one)
        )
        chances = [_ever(person) * self._due(one) * (1 - HANDED_BACK) for person in free]
        for said in product((True, False), repeat=len(free)):
            chance = prod(own if yes else 1 - own for own, yes in zip(chances, said, strict=True))
            willing = [(place // size, free[place].id) for place, yes in enumerate(said) if yes]
            for share, people in _fastest(willing, one.open_seats):
                yield chance * share, people

    def _line(self, one: Appointment) -> tuple[list[Mediator], str | None]:
        """Who could take it were they free, and the language that several of them agree on."""
        fit = [
            person
            for person in self.problem.mediators
            if person.id not in one.fixed and rules.fits(self.problem, person, one)
        ]
        if one.mediators_needed == 1:
            return fit, None
        best: tuple[float, list[Mediator], str | None] = (-1.0, [], None)
        for language in rules.open_languages(self.problem, one):
            own = [person for person in fit if language in rules.usable_languages(self.problem, person, one)]
            expected = round(sum(map(_ever, own)), 9)
            if expected > best[0]:
                best = expected, own, language
        return best[1], best[2]

    def _beside(self, one: Appointment, person: Mediator, taken: Taken) -> bool:
        others = [other for other in self.problem.appointments if person.id in other.fixed]
        others += [self.problem.appointment[name] for who, name in taken if who == person.id]
        return bool(rules.refusals_beside(self.problem, person, one, others))

    def _cost(
        self, one: Appointment, person: Mediator, language: str | None, taken: Taken
    ) -> tuple[bool, int, int, int]:
        preferences = Preferences(self.problem)
        language = language or rules.usable_languages(self.problem, person, one)[0]
        cost = preferences.cost(person, one, language)
        more = PER_LOAD * sum(who == person.id for who, _ in taken)
        return person.id not in one.asked, cost + more, cost, int(named([person.id])[0])

    def _patience(self, one: Appointment) -> timedelta:
        return min(max((one.starts - self.problem.now) / 6, timedelta(minutes=20)), timedelta(hours=12))

    def _due(self, one: Appointment) -> float:
        return Acceptance.prior("UTC").answered(MORNING, MORNING + self._patience(one))


def _ever(person: Mediator) -> float:
    """Nobody is taken for certain."""
    return min(max(person.chance, 0.021), 0.949)


def _fastest(willing: list[tuple[int, str]], seats: int) -> Iterator[tuple[float, tuple[str, ...]]]:
    """The earlier wave first; of the wave in which the last seat is taken, anybody alike."""
    if len(willing) <= seats:
        yield 1.0, tuple(name for _, name in willing)
        return
    last = sorted(wave for wave, _ in willing)[seats - 1]
    sure = tuple(name for wave, name in willing if wave < last)
    rivals = [name for wave, name in willing if wave == last]
    left = seats - len(sure)
    for some in combinations(rivals, left):
        yield 1 / comb(len(rivals), left), (*sure, *some)
