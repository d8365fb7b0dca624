"""Looks at every answer with the engine's audit, which uses no solver and none of the arrays that rivals start from."""

from fractions import Fraction

from benchmarks.answer import Answer
from scheduler.audit import faults
from scheduler.model.plan import Plan, Uncovered
from scheduler.model.problem import Problem
from scheduler.tables.preferences import Preferences
from scheduler.tables.score import covered_weight, figure, score


class Foul(RuntimeError):
    """A rival's answer breaks a rule, or its bound is beaten by its own answer."""


def judged(problem: Problem, answer: Answer) -> Plan:
    """The answer as a plan that can be carried out, with its three figures; raises `Foul`."""
    reached = score(problem, answer.assignments, Preferences(problem))
    bound = sum(one.weight for one in problem.appointments) if answer.coverage_bound is None else answer.coverage_bound
    plan = Plan(
        assignments=answer.assignments,
        uncovered=uncovered(problem, answer),
        status="optimal" if answer.all_proved else "feasible",
        coverage=figure(reached.coverage),
        coverage_bound=bound,
        changes=reached.changes,
        changes_bound=reached.changes if answer.all_proved else 0,
        preference=reached.preference,
        preference_bound=answer.preference_bound or 0,
        seconds=0.0,
        seed=0,
    )
    found = faults(problem, plan)
    if found:
        raise Foul("; ".join(found[:5]))
    return plan


def uncovered(problem: Problem, answer: Answer) -> tuple[Uncovered, ...]:
    """What the answer leaves open and what is lost by it, without reasons: the audit asks for no more."""
    seated = {one.appointment: len(one.mediators) for one in answer.assignments}
    missing = {one: one.mediators_needed - seated.get(one.id, 0) for one in problem.appointments}
    return tuple(
        Uncovered(one.id, figure(Fraction(one.weight) - covered_weight(one, seated.get(one.id, 0))), {}, "people")
        for one, people in missing.items()
        if people
    )
