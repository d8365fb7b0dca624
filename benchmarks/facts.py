"""What else is promised and measured: building, memory, alternatives."""

import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from benchmarks.answer import Clock
from benchmarks.apart import Failed, apart, mebibytes
from benchmarks.first_come import first_come
from scheduler.alternatives import rate
from scheduler.generate import SIZES, generate
from scheduler.instance import Instance
from scheduler.outlook import Outlook
from scheduler.participants import MODES, Appointment
from scheduler.slots import slots

SEED = 1
QUESTIONS = 300
# in which questions that arise one by one are measured
BUSIEST = "L"
PATIENCE = 300.0


def facts(sizes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """What was measured and the figures, in words; one after another, each in a process of its own."""
    asked: list[tuple[str, Callable[[str], str], str]] = [("Building", building, size) for size in sizes]
    if BUSIEST in sizes:
        asked.append(("Alternatives", alternatives, BUSIEST))
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
    return f"{counts}, {len(instance.options):,} eligible pairs; {seconds:.2f} s, {mebibytes():,} MiB"


def alternatives(size: str) -> str:
    """A whole week in quarters of an hour, in all modes, beside a plan made first come, first served."""
    problem = generate(SIZES[size], SEED)
    outlook = Outlook(problem, first_come(problem, Clock(0)).assignments)
    days = tuple(sorted(set(problem.days.values())))
    milliseconds: list[float] = []
    for wanted in problem.appointments[:QUESTIONS]:
        began = time.perf_counter()
        starts = slots(problem.timezone, days, wanted.ends - wanted.starts)
        rate(outlook, wanted, starts, modes=_modes(wanted)).best(10)
        milliseconds.append(1000 * (time.perf_counter() - began))
    return told(milliseconds)


def told(milliseconds: Sequence[float]) -> str:
    """Median, 95th percentile and the largest."""
    ordered = sorted(milliseconds)
    high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{len(ordered)} questions; median {median(ordered):.1f} ms, p95 {high:.1f} ms, most {ordered[-1]:.1f} ms"


def _modes(wanted: Appointment) -> Sequence[str]:
    return [mode for mode in MODES if mode != "on_site" or wanted.place is not None]
