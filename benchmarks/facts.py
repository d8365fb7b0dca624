"""What else is promised and measured: building, memory, alternatives, and what happens after the plan."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from statistics import median

from benchmarks.answer import Clock
from benchmarks.apart import Failed, apart, mebibytes
from benchmarks.first_come import first_come
from scheduler.advice.alternatives import rate
from scheduler.advice.time_slots import slots
from scheduler.generate import SIZES, generate
from scheduler.model.participants import MODES, Appointment
from scheduler.model.plan import Plan
from scheduler.model.problem import Problem
from scheduler.search.repair import LivePlan
from scheduler.solve import solve
from scheduler.tables.free_times import FreeTimes
from scheduler.tables.instance import Instance

SEED = 1
QUESTIONS = 300
EVENTS = 100
PLANNING_SECONDS = 10.0
# in which questions that arise one by one are measured
BUSIEST = "L"
PATIENCE = 300.0


def facts(sizes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What was measured and the figures, in words; one after another, each in a process of its own."""
    asked: list[tuple[str, Callable[[str], str], str]] = [("Building", building, size) for size in sizes]
    if BUSIEST in sizes:
        asked += [(name, fact, BUSIEST) for name, fact in ONE_BY_ONE.items()]
    for name, fact, size in asked:
        try:
            yield f"{name} {size}", apart(fact, size, seconds=PATIENCE)
        except Failed as failed:
            yield f"{name} {size}", str(failed)


def building(size: str) -> str:
    """Everybody's eligibility for everything, with costs."""
    problem = generate(SIZES[size], SEED)
    began = time.perf_counter()
    instance = Instance.of(problem)
    seconds = time.perf_counter() - began
    counts = f"{len(problem.mediators):,} people, {len(problem.appointments):,} appointments"
    cost = f"{seconds:.2f} s, {mebibytes():,} MiB with the solver loaded"
    return f"{counts}, {len(instance.options):,} eligible pairs; {cost}"


def alternatives(size: str) -> str:
    """A whole week in quarters of an hour, in all modes, beside a plan made first come, first served."""
    problem = generate(SIZES[size], SEED)
    free_times = FreeTimes(problem, first_come(problem, Clock(0)).assignments)
    days = tuple(sorted(set(problem.days.values())))

    def ask(wanted: Appointment) -> None:
        starts = slots(problem.timezone, days, wanted.ends - wanted.starts)
        rate(free_times, wanted, starts, modes=_modes(wanted)).best(10)

    return told([_timed(ask, wanted) for wanted in problem.appointments[:QUESTIONS]])


def refusals(size: str) -> str:
    """People say no to what the plan gives them."""
    dice, problem = random.Random(SEED), generate(SIZES[size], SEED)
    plan = _plan(problem)
    desk = LivePlan(problem, plan.assignments)
    said = [(one.appointment, one.mediators[0]) for one in dice.sample(plan.assignments, EVENTS)]
    return told([_timed(desk.refuse, appointment, person) for appointment, person in said])


def absences(size: str) -> str:
    """People are away for a day."""
    dice, problem = random.Random(SEED), generate(SIZES[size], SEED)
    desk = LivePlan(problem, _plan(problem).assignments)
    people = dice.sample(problem.mediators, EVENTS)
    days = [dice.choice(one.available) for one in people]
    return told([_timed(desk.absent, one.id, *day) for one, day in zip(people, days, strict=True)])


def additions(size: str) -> str:
    """Some appointments come after the plan was made."""
    problem = generate(SIZES[size], SEED)
    late = problem.appointments[-EVENTS:]
    before = replace(problem, appointments=problem.appointments[:-EVENTS])
    desk = LivePlan(before, _plan(before).assignments)
    return told([_timed(desk.add, one) for one in late])


def improvements(size: str) -> str:
    """What people say no to is planned anew with the weeks of those around it."""
    dice, problem = random.Random(SEED), generate(SIZES[size], SEED)
    plan = _plan(problem)
    desk = LivePlan(problem, plan.assignments)
    milliseconds: list[float] = []
    for one in dice.sample(plan.assignments, EVENTS):
        desk.refuse(one.appointment, one.mediators[0])
        milliseconds.append(_timed(desk.improve, one.appointment))
    return told(milliseconds)


def _plan(problem: Problem) -> Plan:
    return solve(problem, seconds=PLANNING_SECONDS)


def _timed(step: Callable[..., object], *arguments: object) -> float:
    began = time.perf_counter()
    step(*arguments)
    return 1000 * (time.perf_counter() - began)


def told(milliseconds: Sequence[float]) -> str:
    """Median, 95th percentile and the largest."""
    ordered = sorted(milliseconds)
    high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{len(ordered)} times; median {median(ordered):.1f} ms, p95 {high:.1f} ms, most {ordered[-1]:.1f} ms"


def _modes(wanted: Appointment) -> Sequence[str]:
    return [mode for mode in MODES if mode != "on_site" or wanted.place is not None]


ONE_BY_ONE: Mapping[str, Callable[[str], str]] = {
    "Alternatives": alternatives,
    "A no": refusals,
    "An absence": absences,
    "A new appointment": additions,
    "The weeks around a no": improvements,
}
