"""First come, first served: what a person does who answers each request as it comes in."""

import numpy as np

from benchmarks.answer import Answer, Clock
from benchmarks.plain import plain_instance
from scheduler.model.participants import LIMITS
from scheduler.model.problem import Problem
from scheduler.tables.arrays import Bools, Ints
from scheduler.tables.instance import Instance


def first_come(problem: Problem, clock: Clock) -> Answer:
    """Requests in their order, each to the best person (by preference cost, then order) who can still come."""
    instance = plain_instance(problem)
    options, free = instance.options, np.ones(len(instance.options), bool)
    diaries = {person: Diary(instance, person, own, free) for person, own in instance.by_person.items()}
    chosen: list[int] = []
    for need in instance.needs:
        able = np.flatnonzero(free[need.first : need.last]) + need.first
        if len(able):
            best = int(able[np.argmin(options.cost[able])])
            chosen.append(best)
            diaries[int(options.person[best])].take(best)
    clock.note(int(instance.tables.weights[options.appointment[chosen]].sum()))
    return Answer(instance.assignments(chosen), moments=tuple(clock.moments))


class Diary:
    """What one person has taken, and which of their options that leaves `free` (shared by everybody, by option)."""

    def __init__(self, instance: Instance, person: int, options: Ints, free: Bools) -> None:
        self.tables, self.options, self.free = instance.tables, options, free
        self.rows = instance.options.appointment[options]
        self.seconds = self.tables.ends[self.rows] - self.tables.starts[self.rows]
        self.caps = dict(zip(LIMITS, self.tables.limits[:, person].tolist(), strict=True))
        self.taken = np.zeros(len(options), bool)
        self.free[options] &= self._within_limits()

    def take(self, option: int) -> None:
        """Write it down; what no longer fits beside it is free no more."""
        own = int(np.searchsorted(self.options, option))
        self.taken[own] = True
        clashing = self.tables.clash(np.full(len(self.rows), self.rows[own]), self.rows)
        self.free[self.options] &= ~clashing & ~self.taken & self._within_limits()

    def _within_limits(self) -> Bools:
        """Which options would not break a limit if they were taken now."""
        within = np.ones(len(self.rows), bool)
        for name, most in self.caps.items():
            periods = self.tables.days[self.rows] if name.endswith("day") else self.tables.weeks[self.rows]
            sizes = self.seconds if "minutes" in name else np.ones(len(self.rows), np.int64)
            codes = periods - periods.min()
            used = np.bincount(codes, weights=sizes * self.taken)
            within &= used[codes] + sizes <= most * (60 if "minutes" in name else 1)
        return within
