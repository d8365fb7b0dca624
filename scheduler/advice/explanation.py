"""Why an appointment stays open: what speaks against each person, and the smallest concession that would cover it.

Loads the solver, as every concession is tried out; for the worker and the command line.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from scheduler.advice.concessions import Concession
from scheduler.advice.objections import Objection, objections
from scheduler.advice.remedy import Cover, Remedies
from scheduler.model import checks
from scheduler.model.plan import Assigned, Plan
from scheduler.model.problem import Appointment, Mediator, Problem
from scheduler.model.rules import Refusal, open_languages
from scheduler.tables.outcome import Outcome
from scheduler.tables.score import covered_weight, figure

# these find most of what many more would find
TRIES = 12


@dataclass(frozen=True)
class Explanation:
    """Why an appointment is as it is in a plan.

    It lacks `missing` people and `weight` of the coverage; nothing if it is covered. `reasons` counts people by what
    speaks most against each; `people` has everything, by mediator id, and nothing against who is free. `concession` is
    the smallest that was found to cover it, and `moves` are the assignments that are new or different with it; None if
    it is covered, or nothing helps.
    """

    appointment: str
    missing: int
    weight: float
    reasons: Mapping[Refusal, int]
    people: Mapping[str, tuple[Objection, ...]]
    concession: Concession | None
    moves: tuple[Assigned, ...]

    def to_json(self) -> dict[str, object]:
        """Write it."""
        return {
            "appointment": self.appointment,
            "missing": self.missing,
            "weight": self.weight,
            "reasons": {refusal.value: count for refusal, count in self.reasons.items()},
            "people": {name: [one.to_json() for one in found] for name, found in self.people.items()},
            "relaxation": None if self.concession is None else self.concession.to_json(),
            "moves": [one.to_json() for one in self.moves],
        }


def explain(
    problem: Problem,
    plan: Plan,
    appointment_ids: Iterable[str] | None = None,
    *,
    cover: Cover,
    everybody: bool = False,
    tries: int = TRIES,
) -> list[Explanation]:
    """Explain these appointments in their order; without ids, all that lack people.

    Told of are those who speak a language of the appointment, or `everybody`. Of the concessions for which several
    people would have to change places, the `tries` smallest are tried by `cover`; simpler ones always. Raises
    `ProblemError` for ids that the problem does not know.
    """
    for index, assigned in enumerate(plan.assignments):
        _refuse_unknown(f"assignments[{index}].appointment", (assigned.appointment,), problem.appointment)
        _refuse_unknown(f"assignments[{index}].mediators", assigned.mediators, problem.mediator)
    outcome = Outcome(problem, plan.assignments)
    chosen = [one.appointment for one in outcome.uncovered()] if appointment_ids is None else list(appointment_ids)
    _refuse_unknown("appointment", chosen, problem.appointment)
    remedies = Remedies(problem, plan.assignments, tries, cover)
    return [_explanation(outcome, remedies, problem.appointment[name], everybody=everybody) for name in chosen]


def _explanation(outcome: Outcome, remedies: Remedies, one: Appointment, *, everybody: bool) -> Explanation:
    assigned = outcome.assigned.get(one.id)
    here = assigned.mediators if assigned else ()
    missing = max(0, one.mediators_needed - len(here))
    people = outcome.problem.mediators if everybody else _speakers(outcome.problem, one)
    against = {
        person.id: objections(outcome.problem, person, one, outcome.taken.get(person.id, ()))
        for person in people
        if person.id not in here
    }
    counted = Counter(found[0].refusal for found in against.values() if found)
    remedy = remedies.smallest(one) if missing else None
    return Explanation(
        one.id,
        missing,
        figure(one.weight - covered_weight(one, len(here))),
        {refusal: counted[refusal] for refusal in Refusal if counted[refusal]},
        against,
        None if remedy is None else remedy.concession,
        ()
        if remedy is None
        else tuple(new for new in remedy.assignments if outcome.assigned.get(new.appointment) != new),
    )


def _speakers(problem: Problem, appointment: Appointment) -> Sequence[Mediator]:
    """Everybody who speaks a language it can be held in, in the order of languages."""
    spoken = (problem.speakers.get(language, ()) for language in open_languages(problem, appointment))
    return tuple({person.id: person for speakers in spoken for person in speakers}.values())


def _refuse_unknown(key: str, names: Iterable[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            checks.refuse(key, f"{name!r} is unknown; name one that the problem has")
