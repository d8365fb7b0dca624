"""The exact model, solved with CP-SAT in three stages: coverage, then changes, then preference.

A boolean per option and one at-most-one row per maximal clique of a person's clashes. Its linear relaxation is tight,
so one worker led by it (linearization level 2) proves in a second what interval variables do not prove in a minute.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ortools.sat.python import cp_model

from scheduler.instance import Instance, Need

# How much of the time left a stage may use; what it does not need goes to the next.
SHARES = (0.6, 0.5, 1.0)
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Stage:
    """How one stage ended.

    `value` and `bound` are sums over the chosen options: weights times `Answer.scale`, then asked people kept, then
    costs. `bound` is what no plan can beat that does not fall behind in the stages before.
    """

    proved: bool
    value: int
    bound: int


@dataclass(frozen=True)
class Answer:
    """The options chosen (None if no stage found any in time) and the stages that were reached, in their order."""

    chosen: tuple[int, ...] | None
    stages: tuple[Stage, ...]
    scale: int


def optimise(instance: Instance, first: Sequence[int], *, seconds: float, seed: int, workers: int) -> Answer:
    """Solve an instance in at most so many seconds, starting from the options `first`.

    One worker gives the same answer for the same instance and seed, unless time runs out; several do not.
    """
    scale = math.lcm(*(need.appointment.mediators_needed for need in instance.needs if need.appointment.partial))
    model = cp_model.CpModel()
    taken = [model.new_bool_var(f"option{index}") for index in range(len(instance.options))]
    weights = [term for need in instance.needs if need.options for term in _seat(model, taken, instance, need, scale)]
    _restrict(model, taken, instance)
    kept = [variable for variable, option in zip(taken, instance.options, strict=True) if option.asked]
    costs = [variable * option.cost for variable, option in zip(taken, instance.options, strict=True)]
    chosen, stages = None, []
    for terms, most, share in zip((weights, kept, costs), (True, True, False), SHARES, strict=True):
        if chosen is not None and not terms:
            stages.append(Stage(proved=True, value=0, bound=0))
            continue
        _hint(model, taken, first if chosen is None else chosen)
        solver = _solver(seconds * share, seed, workers)
        stage = _stage(model, solver, cp_model.LinearExpr.sum(terms), most=most)
        if stage is None:
            break
        stages.append(stage)
        chosen = tuple(index for index, variable in enumerate(taken) if solver.boolean_value(variable))
        seconds -= solver.wall_time
    return Answer(chosen, tuple(stages), scale)


def _seat(model: Any, taken: Sequence[Any], instance: Instance, need: Need, scale: int) -> list[Any]:
    """Rows for the seats and the language of one appointment; its terms of the coverage."""
    appointment = need.appointment
    people = [taken[index] for index in need.options]
    _agree_on_a_language(model, taken, instance, need)
    if appointment.partial:
        model.add(cp_model.LinearExpr.sum(people) <= appointment.open_seats)
        return [person * (appointment.weight * scale // appointment.mediators_needed) for person in people]
    if appointment.open_seats == 1:
        model.add_at_most_one(people)
        return [person * (appointment.weight * scale) for person in people]
    covered = model.new_bool_var(f"covered{need.options[0]}")
    model.add(cp_model.LinearExpr.sum(people) == appointment.open_seats * covered)
    return [covered * (appointment.weight * scale)]


def _agree_on_a_language(model: Any, taken: Sequence[Any], instance: Instance, need: Need) -> None:
    languages = {instance.options[index].language for index in need.options}
    if need.appointment.open_seats == 1 or len(languages) == 1:
        return
    spoken = {one: model.new_bool_var(f"{one}{need.options[0]}") for one in sorted(languages)}
    model.add_at_most_one(spoken.values())
    for index in need.options:
        model.add_implication(taken[index], spoken[instance.options[index].language])


def _restrict(model: Any, taken: Sequence[Any], instance: Instance) -> None:
    for exclusion in instance.exclusions:
        model.add_at_most_one([taken[index] for index in exclusion])
    for limit in instance.limits:
        model.add(cp_model.LinearExpr.sum([taken[index] * size for index, size in limit.sizes.items()]) <= limit.most)


def _hint(model: Any, taken: Sequence[Any], chosen: Sequence[int]) -> None:
    among = frozenset(chosen)
    model.clear_hints()
    for index, variable in enumerate(taken):
        model.add_hint(variable, index in among)


def _solver(seconds: float, seed: int, workers: int) -> Any:
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = max(0.0, seconds)
    solver.parameters.num_workers = workers
    solver.parameters.random_seed = seed
    solver.parameters.linearization_level = 2
    return solver


def _stage(model: Any, solver: Any, total: Any, *, most: bool) -> Stage | None:
    """Solve for one sum and hold its value for the stages that follow; None if nothing was found in time."""
    if most:
        model.maximize(total)
    else:
        model.minimize(total)
    status = solver.solve(model)
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        return None
    value = round(solver.objective_value)
    bound = solver.best_objective_bound
    model.add(total >= value if most else total <= value)
    rounded = math.floor(bound + TOLERANCE) if most else math.ceil(bound - TOLERANCE)
    proved = status == cp_model.OPTIMAL
    return Stage(proved, value, value if proved else rounded)
