"""A plan as it follows from assignments."""

from collections.abc import Sequence

from scheduler.model.plan import Assigned, Plan
from scheduler.model.problem import Problem
from scheduler.tables.outcome import Outcome
from scheduler.tables.preferences import Preferences
from scheduler.tables.score import figure, score, total_weight


def planned(whole: Problem, given: Sequence[Assigned] = ()) -> Plan:
    """Fixed people are added; there is no claim how good it is."""
    fixed = [Assigned(one.id, one.fixed, one.language) for one in whole.appointments if one.fixed]
    assignments = tuple({one.appointment: one for one in (*fixed, *given)}.values())
    reached = score(whole, assignments, Preferences(whole))
    return Plan(
        assignments=assignments,
        uncovered=Outcome(whole, assignments).uncovered(),
        status="feasible",
        coverage=figure(reached.coverage),
        coverage_bound=figure(total_weight(whole)),
        changes=reached.changes,
        changes_bound=0,
        preference=reached.preference,
        preference_bound=0,
        seconds=0,
        seed=0,
    )
