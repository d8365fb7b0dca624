"""The smallest concession that covers an appointment, tried out before it is told.

It is tried by repair (`cover`, see search/repair.py): assignments of the relaxed problem that cover the appointment
and take nothing from any other. It is handed in, so that nothing here loads a solver. Counts save most of the trials:
if there are too few people even when nobody had anything but what is fixed, no rearrangement helps; if there are
enough beside everything the plan gives them, none is needed; if there are enough whose appointments in the way others
are free to take over, one will be found. In a large pool only the people around the appointment are planned anew.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from scheduler.advice.alternatives import rate
from scheduler.advice.concessions import Concession, more_people, pairs, singles
from scheduler.advice.excerpt import excerpt, put_back
from scheduler.advice.helpers_around import MOST, HelpersAround
from scheduler.model.plan import Assigned
from scheduler.model.problem import Appointment, Problem, ProblemError
from scheduler.model.rules import collide, open_languages, refusals_given
from scheduler.tables.free_times import FreeTimes

# problem, assignments and an appointment -> assignments that cover it as well; None if none are found
Cover = Callable[[Problem, Iterable[Assigned], str], tuple[Assigned, ...] | None]


@dataclass(frozen=True)
class Remedy:
    """A concession, and the assignments of the relaxed problem that prove it."""

    concession: Concession
    assignments: tuple[Assigned, ...]


class Remedies:
    """Looks for remedies in one plan; of the concessions for which no count promises anything, `tries` are tried."""

    def __init__(self, problem: Problem, assignments: Sequence[Assigned], tries: int, cover: Cover) -> None:
        self.problem, self.assignments, self.tries, self._cover = problem, tuple(assignments), tries, cover
        fixed = (Assigned(one.id, one.fixed, one.language) for one in problem.appointments if one.fixed)
        # everybody says yes, so that a chance is 1 where they are enough and 0 where not
        sure = dict.fromkeys(problem.mediator, 1.0)
        self._beside_all = FreeTimes(problem, self.assignments, sure)
        self._beside_fixed = FreeTimes(problem, fixed, sure)
        self._circle = HelpersAround(problem, self.assignments, self._beside_all, self._beside_fixed)

    def smallest(self, appointment: Appointment) -> Remedy | None:
        """The first concession in their order that is found to cover it; None if nothing helps.

        One more person always helps, unless it has started.
        """
        here = [len(one.mediators) for one in self.assignments if one.appointment == appointment.id]
        people = more_people(self.problem, appointment, appointment.mediators_needed - sum(here))
        tried = map(self._tried, chain(self._promising(appointment), people))
        return next((remedy for remedy in tried if remedy is not None), None)

    def _promising(self, appointment: Appointment) -> Iterator[Concession]:
        left = self.tries
        for stage in (singles, pairs):
            possible = _enough(self._beside_fixed, stage(self.problem, appointment))
            sure = set(map(id, _enough(self._beside_all, possible)))
            for one in possible:
                if id(one) in sure or self._circle.is_likely(one.changed):
                    yield one
                elif left:
                    left -= 1
                    yield one

    def _tried(self, concession: Concession) -> Remedy | None:
        name = concession.appointment.id
        try:
            relaxed = concession.apply(self.problem)
        except ProblemError:
            # fixed people would have two at once, or a way is not in the table
            return None
        one = relaxed.appointment[name]
        others = tuple(assigned for assigned in self.assignments if assigned.appointment != name)
        if not self._suits_fixed(relaxed, one, others):
            return None
        fixed = (Assigned(name, one.fixed, open_languages(relaxed, one)[0]),) if one.fixed else ()
        people = self._people(concession, relaxed)
        found = self._cover(*excerpt(relaxed, (*others, *fixed), people, name), name)
        return None if found is None else Remedy(concession, put_back((*others, *fixed), found, people))

    def _people(self, concession: Concession, relaxed: Problem) -> frozenset[str]:
        """Those who are planned anew: all of a small pool, otherwise those around the appointment."""
        everybody = frozenset(relaxed.mediator)
        if len(everybody) <= MOST:
            return everybody
        around = self._circle.around(concession.changed)
        return frozenset((*around, *concession.appointment.fixed, *(everybody - self.problem.mediator.keys())))

    def _suits_fixed(self, relaxed: Problem, changed: Appointment, others: Sequence[Assigned]) -> bool:
        """Whether nothing speaks against its fixed people that did not before: another time may not suit them."""
        for person in changed.fixed:
            taken = [assigned.appointment for assigned in others if person in assigned.mediators]
            if not _against(relaxed, person, changed.id, taken) <= _against(self.problem, person, changed.id, taken):
                return False
        return True


def _against(problem: Problem, person: str, name: str, taken: Iterable[str]) -> set[str]:
    """The refusals of somebody who has these appointments, and those among them that are in the way."""
    one, others = problem.appointment[name], [problem.appointment[other] for other in taken]
    clashing = {other.id for other in others if collide(problem, one, other)}
    return clashing | set(refusals_given(problem, problem.mediator[person], one, others))


def _enough(free_times: FreeTimes, concessions: Sequence[Concession]) -> list[Concession]:
    """Those for which enough people are free; all times of what is otherwise the same are looked up at once."""
    groups: dict[tuple[object, ...], list[Concession]] = {}
    for one in concessions:
        groups.setdefault((one.mode, one.level, one.any_gender, one.language), []).append(one)
    kept: set[int] = set()
    for group in groups.values():
        wanted = replace(group[0], starts=None).changed
        rated = rate(free_times, wanted, (one.starts or wanted.starts for one in group))
        enough = dict(zip(rated.starts, (rated.chance[0, 0] == 1).tolist(), strict=True))
        kept.update(id(one) for one in group if enough[one.starts or wanted.starts])
    return [one for one in concessions if id(one) in kept]
