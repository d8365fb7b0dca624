"""The smallest relaxation that covers an appointment, tried out before it is told.

It is tried by repair: `covering` looks for assignments of the relaxed problem that cover the appointment and take
nothing from any other. Counts save most of the trials: if there are too few people even when nobody had anything but
what is fixed, no rearrangement helps; if there are enough beside everything the plan gives them, none is needed; if
there are enough whose appointments in the way others are free to take over, one will be found. In a large pool only the
people around the appointment are planned anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from scheduler.alternatives import rate
from scheduler.circle import MOST, Circle
from scheduler.excerpt import excerpt, put_back
from scheduler.outlook import Outlook
from scheduler.plan import Assigned
from scheduler.problem import Appointment, Problem, ProblemError
from scheduler.relaxations import Relaxation, more_people, pairs, singles
from scheduler.repair import covering
from scheduler.rules import collide, open_languages, refusals_given


@dataclass(frozen=True)
class Remedy:
    """A relaxation, and the assignments of the relaxed problem that prove it."""

    relaxation: Relaxation
    assignments: tuple[Assigned, ...]


class Remedies:
    """Looks for remedies in one plan; of the relaxations for which no count promises anything, `tries` are tried."""

    def __init__(self, problem: Problem, assignments: Sequence[Assigned], tries: int) -> None:
        self.problem, self.assignments, self.tries = problem, tuple(assignments), tries
        fixed = (Assigned(one.id, one.fixed, one.language) for one in problem.appointments if one.fixed)
        # everybody says yes, so that a chance is 1 where they are enough and 0 where not
        sure = dict.fromkeys(problem.mediator, 1.0)
        self._beside_all = Outlook(problem, self.assignments, sure)
        self._beside_fixed = Outlook(problem, fixed, sure)
        self._circle = Circle(problem, self.assignments, self._beside_all, self._beside_fixed)

    def smallest(self, appointment: Appointment) -> Remedy | None:
        """The first relaxation in their order that is found to cover it; None if nothing helps.

        One more person always helps, unless it has started.
        """
        here = [len(one.mediators) for one in self.assignments if one.appointment == appointment.id]
        people = more_people(self.problem, appointment, appointment.mediators_needed - sum(here))
        tried = map(self._tried, chain(self._promising(appointment), people))
        return next((remedy for remedy in tried if remedy is not None), None)

    def _promising(self, appointment: Appointment) -> Iterator[Relaxation]:
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

    def _tried(self, relaxation: Relaxation) -> Remedy | None:
        name = relaxation.appointment.id
        try:
            relaxed = relaxation.apply(self.problem)
        except ProblemError:
            # fixed people would have two at once, or a way is not in the table
            return None
        one = relaxed.appointment[name]
        others = tuple(assigned for assigned in self.assignments if assigned.appointment != name)
        if not self._suits_fixed(relaxed, one, others):
            return None
        fixed = (Assigned(name, one.fixed, open_languages(relaxed, one)[0]),) if one.fixed else ()
        people = self._people(relaxation, relaxed)
        found = covering(*excerpt(relaxed, (*others, *fixed), people, name), name)
        return None if found is None else Remedy(relaxation, put_back((*others, *fixed), found, people))

    def _people(self, relaxation: Relaxation, relaxed: Problem) -> frozenset[str]:
        """Those who are planned anew: all of a small pool, otherwise those around the appointment."""
        everybody = frozenset(relaxed.mediator)
        if len(everybody) <= MOST:
            return everybody
        around = self._circle.around(relaxation.changed)
        return frozenset((*around, *relaxation.appointment.fixed, *(everybody - self.problem.mediator.keys())))

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


def _enough(outlook: Outlook, relaxations: Sequence[Relaxation]) -> list[Relaxation]:
    """Those for which the outlook has people enough; all times of what is otherwise the same are looked up at once."""
    groups: dict[tuple[object, ...], list[Relaxation]] = {}
    for one in relaxations:
        groups.setdefault((one.mode, one.level, one.any_gender, one.language), []).append(one)
    kept: set[int] = set()
    for group in groups.values():
        wanted = replace(group[0], starts=None).changed
        rated = rate(outlook, wanted, (one.starts or wanted.starts for one in group))
        enough = dict(zip(rated.starts, (rated.chance[0, 0] == 1).tolist(), strict=True))
        kept.update(id(one) for one in group if enough[one.starts or wanted.starts])
    return [one for one in relaxations if id(one) in kept]
