"""Each person's best week at given prices of seats: what a bound and a search for what is missing are made of.

A week is a knapsack of its days (see `day_pricing`) within the minutes that the week allows. Its value is never below
the truth, as that of a day is not. The number per week has a price of its own.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scheduler.search.day_pricing import DayPricing
from scheduler.tables.arrays import UNBOUND, Bools, Floats, Ints
from scheduler.tables.objective import Objective

# a week's minutes are divided into at most so many units
MOST_UNITS = 40
# more than any day's or week's number
BEYOND = 2**24


@dataclass(frozen=True)
class Priced:
    """Everybody's best weeks at some prices.

    `value` is what they are worth in all, beside the prices; `seated` how many people they give each need, `counts` how
    many appointments each week; `worths` what each week is worth and `time_price` what a unit more of it would add.
    """

    value: float
    profits: Floats
    seated: Floats
    counts: Floats
    worths: Floats
    time_price: Floats


class WeekPricing:
    """The weeks of an objective's instance; options are in their own order, weeks in that of `weeks`.

    `weeks` is option -> week, a person's; `week_person` whose it is and `most_counts` how many appointments it allows,
    `UNBOUND` where it does not say.
    """

    def __init__(self, objective: Objective) -> None:
        instance = objective.instance
        tables, options = instance.tables, instance.options
        self.tables, self.need, self.rows = tables, options.need, options.appointment
        self.seats = objective.seats
        # of a rigid need, a part of its people is worth a part of it: more than the truth, so still a bound
        shares = np.where(objective.rigid, objective.worths / np.maximum(self.seats, 1), objective.worths)
        self.values: Floats = shares[options.need].astype(np.float64)
        days, weeks = tables.days[options.appointment], tables.weeks[options.appointment]
        keys = options.person * BEYOND + days
        _, first, self.slot = np.unique(keys, return_index=True, return_inverse=True)
        week_keys = options.person[first] * BEYOND + weeks[first]
        _, first_week, self.week_of_slot = np.unique(week_keys, return_index=True, return_inverse=True)
        self.weeks: Ints = self.week_of_slot[self.slot]
        people = options.person[first]
        self.week_person: Ints = people[first_week]
        self._limits(people, days[first], weeks[first], instance.fixed, first_week)
        self._turns()
        self.days = DayPricing(tables, self.rows, self.slot, self.units, self.day_counts, self.top)

    def _limits(
        self, people: Ints, days: Ints, weeks: Ints, fixed: Mapping[int, Sequence[int]], first_week: Ints
    ) -> None:
        tables = self.tables
        left = tables.limits[:, people].copy()
        for person, rows in fixed.items():
            done = np.array(rows, np.int64)
            for slot in np.flatnonzero(people == person).tolist():
                day, week = tables.days[done] == days[slot], tables.weeks[done] == weeks[slot]
                for first, same in ((0, day), (2, week)):
                    left[first, slot] -= int(same.sum())
                    left[first + 1, slot] -= math.ceil(int(tables.lengths[done[same]].sum()) / 60)
        bound = tables.limits[:, people] < UNBOUND
        left = np.where(bound, np.maximum(left, 0), UNBOUND)
        self.day_counts: Ints = left[0]
        self.most_counts: Ints = left[2][first_week]
        minutes = left[[1, 3]]
        known = minutes[minutes < UNBOUND]
        lengths = tables.lengths // 60
        self.unit = max(1, int(np.gcd.reduce(lengths))) if len(lengths) else 1
        largest = int(known.max(initial=0))
        while largest // self.unit > MOST_UNITS:
            self.unit *= 2
        self.top = largest // self.unit
        timed: Bools = np.asarray((minutes < UNBOUND).any(axis=0))
        self.units: Ints = np.where(timed[self.slot], lengths[self.rows] // self.unit, 0)
        self.day_units: Ints = np.minimum(minutes[0] // self.unit, self.top)
        # without a limit per week, days do not share anything
        self.alone: Bools = minutes[1] == UNBOUND
        self.week_units: Ints = np.minimum(minutes[1][first_week] // self.unit, self.top)

    def _turns(self) -> None:
        """Week × turn -> slot, and one beyond the last where a week has fewer days."""
        order = np.argsort(self.week_of_slot, kind="stable")
        ordered = self.week_of_slot[order]
        begins = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])) if len(order) else order
        turn = np.arange(len(order)) - np.repeat(begins, np.diff(np.append(begins, len(order))))
        self._slots = np.full((len(self.week_person), int(turn.max(initial=-1)) + 1), len(order), np.int64)
        self._slots[ordered, turn] = order

    def at(self, prices: Floats, count_prices: Floats) -> Priced:
        """Everybody's best weeks at these prices of seats (by need) and of a week's appointments (by week)."""
        profits = self.values - prices[self.need] - count_prices[self.weeks]
        best = self.days.at(profits)
        kept = np.minimum(np.arange(self.top + 1), np.append(self.day_units, 0)[:, None])
        profile = np.take_along_axis(best.profile, kept, axis=1)
        profile[np.flatnonzero(self.alone)] = profile[np.flatnonzero(self.alone), -1:]
        total, parts = self._knapsacks(profile)
        weeks = np.arange(len(total))
        worths = total[weeks, self.week_units]
        less = total[weeks, np.maximum(self.week_units - 1, 0)]
        chosen = self.days.chosen(best, self._budgets(parts))
        seated = np.bincount(self.need[chosen], minlength=len(self.seats)).astype(np.float64)
        counts = np.bincount(self.weeks[chosen], minlength=len(total)).astype(np.float64)
        return Priced(float(worths.sum()), profits, seated, counts, worths, worths - less)

    def _knapsacks(self, profile: Floats) -> tuple[Floats, list[Ints]]:
        """Week × units -> the best of its days together, and for each turn the units it takes of that."""
        total = np.zeros((len(self.week_person), self.top + 1))
        parts: list[Ints] = []
        for turn in range(self._slots.shape[1]):
            day = profile[self._slots[:, turn]]
            best, part = total + day[:, :1], np.zeros(total.shape, np.int64)
            for units in range(1, self.top + 1):
                if (day[:, units] <= day[:, units - 1]).all():
                    continue
                more = total[:, : self.top + 1 - units] + day[:, units : units + 1]
                better = more > best[:, units:]
                best[:, units:][better] = more[better]
                part[:, units:][better] = units
            total = best
            parts.append(part)
        return total, parts

    def _budgets(self, parts: list[Ints]) -> Ints:
        """Slot -> the units its day takes in the best week."""
        budgets = np.zeros(len(self.week_of_slot) + 1, np.int64)
        left, weeks = self.week_units.copy(), np.arange(len(self.week_units))
        for turn in range(len(parts) - 1, -1, -1):
            taken = parts[turn][weeks, left]
            budgets[self._slots[:, turn]] = taken
            left = left - taken
        budgets[:-1][self.alone] = self.top
        budgets[:-1] = np.minimum(budgets[:-1], self.day_units)
        return budgets

    def losses(self, priced: Priced, most: float) -> Floats:
        """Option -> about what its person's week loses at these prices if it must hold it; infinite where above `most`.

        What a unit of the week's time is worth at the margin stands for the rest of the week.
        """
        net = priced.profits - priced.time_price[self.weeks] * self.units
        return self.days.losses(net, most)
