"""Who could help to cover an appointment: people who could take it, and people who could relieve these."""

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from scheduler.model.plan import Assigned
from scheduler.model.problem import Appointment, Problem
from scheduler.model.rules import collide
from scheduler.tables.free_times import FreeTimes

# so many people are planned anew together
MOST = 24
# so many are considered to take over one appointment
RELIEF = 5


class HelpersAround:
    """Finds the people around an appointment, those first who need the fewest others.

    `beside_all` are the free times beside the whole plan, `beside_fixed` that of its fixed people alone.
    """

    def __init__(
        self, problem: Problem, assignments: Sequence[Assigned], beside_all: FreeTimes, beside_fixed: FreeTimes
    ) -> None:
        self.problem, self._beside_all, self._beside_fixed = problem, beside_all, beside_fixed
        self._movable: dict[str, list[Appointment]] = {}
        for assigned in assignments:
            one = problem.appointment[assigned.appointment]
            for name in assigned.mediators:
                if name not in one.fixed:
                    self._movable.setdefault(name, []).append(one)
        self._takers: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {}

    def is_likely(self, changed: Appointment) -> bool:
        """Whether there are enough people for it whom others are free to relieve, each for itself."""
        easy = sum(self._burden(name, blockers)[0] == 0 for name, blockers in self._blocked(changed).items())
        return easy >= changed.open_seats

    def around(self, changed: Appointment) -> list[str]:
        """At most `MOST` people who matter for an appointment of the problem that has been changed."""
        blocked = self._blocked(changed)
        chosen: dict[str, None] = {}
        for name in sorted(blocked, key=lambda name: (*self._burden(name, blocked[name]), self._row(name))):
            for helper in self._team(name, blocked[name]):
                if len(chosen) == MOST:
                    return list(chosen)
                chosen[helper] = None
        return list(chosen)

    def _blocked(self, changed: Appointment) -> dict[str, list[Appointment]]:
        """Everybody who could take it if they had nothing but what is fixed, and what keeps them from it."""
        people, free = self._names(self._beside_fixed, changed), self._names(self._beside_all, changed)
        return {name: [] if name in free else self._blockers(name, changed) for name in people}

    def _blockers(self, name: str, changed: Appointment) -> list[Appointment]:
        """What keeps somebody from it: whatever clashes, or else, where a limit does, all they have in its week."""
        others = [one for one in self._movable.get(name, ()) if one.id != changed.id]
        clashing = [one for one in others if collide(self.problem, changed, one)]
        week = changed.starts.astimezone(ZoneInfo(self.problem.timezone)).isocalendar()[:2]
        return clashing or [one for one in others if self.problem.week_of(one) == week]

    def _burden(self, name: str, blockers: Sequence[Appointment]) -> tuple[int, int]:
        """How many of what blocks somebody nobody is free to take over, and how many block them."""
        stuck = sum(self._relief(one)[1] <= {name} for one in blockers)
        return stuck, len(blockers)

    def _team(self, name: str, blockers: Sequence[Appointment]) -> Iterator[str]:
        yield name
        for one in blockers:
            yield from [other for other in self._relief(one)[0] if other != name][:RELIEF]

    def _relief(self, one: Appointment) -> tuple[tuple[str, ...], frozenset[str]]:
        """Who could take an appointment, free people first; and those who are free."""
        if one.id not in self._takers:
            free = self._names(self._beside_all, one)
            people = dict.fromkeys((*free, *self._names(self._beside_fixed, one)))
            self._takers[one.id] = tuple(people), frozenset(free)
        return self._takers[one.id]

    def _row(self, name: str) -> int:
        return self._beside_all.tables.person[name]

    def _names(self, free_times: FreeTimes, one: Appointment) -> list[str]:
        return [self.problem.mediators[row].id for row in free_times.free(one).tolist()]
