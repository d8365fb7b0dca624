"""The part of a plan that a few people make: small enough to be planned anew in no time, whatever the pool's size.

What is planned anew there can be put back: the people bring everything they have, and what they share with others is
fixed for them.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

from scheduler.model.plan import Assigned
from scheduler.model.problem import Appointment, Problem


def excerpt(
    problem: Problem, assignments: Sequence[Assigned], people: Collection[str], appointment: str
) -> tuple[Problem, tuple[Assigned, ...]]:
    """The problem of these people, what they have, and one more appointment, whose fixed people are among them.

    If others have that one, they would lose it.
    """
    theirs = {one.appointment: one for one in assignments if any(name in people for name in one.mediators)}
    kept = tuple(
        _of(people, one, theirs[one.id].mediators if one.id in theirs else ())
        for one in problem.appointments
        if one.id in theirs or one.id == appointment
    )
    mediators = tuple(one for one in problem.mediators if one.id in people)
    named = {*(one.place for one in kept), *(one.home for one in mediators)}
    places = {name: place for name, place in problem.places.items() if name in named}
    smaller = replace(problem, mediators=mediators, appointments=kept, places=places)
    return smaller, tuple(replace(one, mediators=_among(people, one.mediators)) for one in theirs.values())


def put_back(
    assignments: Sequence[Assigned], part: Sequence[Assigned], people: Collection[str]
) -> tuple[Assigned, ...]:
    """The whole plan with an excerpt of it planned anew; what has the same people as before stays as it was."""
    new = {one.appointment: one for one in part}
    found: list[Assigned] = []
    for one in assignments:
        own = _among(people, one.mediators)
        changed = new.pop(one.appointment, None)
        if changed is None:
            found += [] if own else [one]
        else:
            found.append(one if set(changed.mediators) == set(own) else changed)
    return (*found, *new.values())


def _of(people: Collection[str], one: Appointment, here: Sequence[str]) -> Appointment:
    own = _among(people, here)
    if len(own) < len(here):
        # shared with others: nobody moves
        return replace(one, fixed=own, mediators_needed=len(own), asked=(), preferred=(), candidates=())
    candidates = None if one.candidates is None else _among(people, one.candidates)
    return replace(one, asked=_among(people, one.asked), preferred=_among(people, one.preferred), candidates=candidates)


def _among(people: Collection[str], names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in people)
