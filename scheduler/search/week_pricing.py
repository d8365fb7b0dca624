"""Each person's best week at given prices of seats: what a bound and a search for what is missing are made of.

A day is a longest path through what brings a profit, of at most as many appointments and minutes as the day allows; a
week is a knapsack of its days within the minutes that the week allows. Times are counted in whole units, lengths
rounded down, and what a path relaxes (pairs not next to one another) only raises it, so the value is never below the
truth. The number per week has a price of its own.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scheduler.tables.arrays import UNBOUND, Bools, Floats, Ints
from scheduler.tables.objective import Objective

# a week's minutes are divided into at most so many units
MOST_UNITS = 40
# limits of more appointments per day are not counted along the path
MOST_COUNTED = 6
# numbers that one step of a computation holds at once
AT_ONCE = 2_000_000
# all pairs of a day are written down once if there are at most so many altogether
MOST_WRITTEN = 20_000_000
NOTHING = -np.inf
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


@dataclass(frozen=True)
class _Days:
    """Some people's days of like size: options in order of end, place by place, and the best paths that end there.

    `best` and `before` are layer × day × place × units; a layer holds paths of one length, or of any if not `counted`.
    """

    slots: Ints
    options: Ints
    units: Ints
    best: Floats
    before: npt.NDArray[np.int16]
    counted: bool


@dataclass(frozen=True)
class _Pairs:
    """All that days of at most two appointments can hold, by day and units, written down once.

    An item is one or two options, the second one beyond the last where there is none; `begins` is where the items of
    one day (`slots`) and number of units (`units`) begin.
    """

    first: Ints
    second: Ints
    begins: Ints
    slots: Ints
    units: Ints

    def values(self, profits: Floats) -> Floats:
        extended = np.append(profits, 0.0)
        found: Floats = extended[self.first] + extended[self.second]
        return found

    def chosen(self, profits: Floats, most: Floats, budgets: Ints) -> Ints:
        """The options of the best item of each day within its units, given the best of each day and units."""
        open_groups = np.flatnonzero((self.units <= budgets[self.slots]) & (most > 0.0))
        order = open_groups[np.lexsort((-most[open_groups], self.slots[open_groups]))]
        slots = self.slots[order]
        best = order[np.append(True, slots[1:] != slots[:-1])] if len(order) else order
        ends = np.append(self.begins, len(self.first))[best + 1]
        counts = ends - self.begins[best]
        items = np.repeat(ends - np.cumsum(counts), counts) + np.arange(int(counts.sum()))
        extended = np.append(profits, 0.0)
        reached = extended[self.first[items]] + extended[self.second[items]] >= np.repeat(most[best], counts)
        group = np.repeat(np.arange(len(best)), counts)[reached]
        items = items[reached][np.append(True, group[1:] != group[:-1])] if len(group) else items[:0]
        options = np.concatenate((self.first[items], self.second[items]))
        return options[options < len(profits)]


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
        self._order = np.lexsort((tables.ends[options.appointment], self.slot))
        self._limits(people, days[first], weeks[first], instance.fixed, first_week)
        self._turns()
        self._pairs = self._written()

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

    def _written(self) -> _Pairs:
        counts = np.bincount(self.slot, minlength=len(self.week_of_slot))
        short = (self.day_counts > 0) & (self.day_counts <= 2)
        if int((counts[short] ** 2).sum()) > MOST_WRITTEN:
            short[:] = False
        self._searched = (self.day_counts > 0) & ~short
        singles = self._order[short[self.slot[self._order]]]
        first, second = [singles], [np.full(len(singles), len(self.slot))]
        for options, inside, _ in self._padded(singles[self.day_counts[self.slot[singles]] == 2]):
            day, later, earlier = np.nonzero(self._follows(options, inside))
            first.append(options[day, earlier])
            second.append(options[day, later])
        one, other = np.concatenate(first), np.concatenate(second)
        units = self.units[one] + np.append(self.units, 0)[other]
        fits = units <= self.top
        one, other, units = one[fits], other[fits], units[fits]
        keys = self.slot[one] * (self.top + 1) + units
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        begins = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else keys
        slots, units = np.divmod(keys[begins], self.top + 1)
        return _Pairs(one[order].astype(np.int32), other[order].astype(np.int32), begins, slots, units)

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
        profile = np.zeros((len(self.week_of_slot) + 1, self.top + 1))
        pairs, days = self._pairs, list(self._days(profits))
        most = np.maximum.reduceat(pairs.values(profits), pairs.begins) if len(pairs.begins) else np.zeros(0)
        profile[pairs.slots, pairs.units] = np.maximum(most, 0.0)
        profile = np.maximum.accumulate(profile, axis=1)
        for some in days:
            inner = np.maximum.accumulate(some.best.max(axis=(0, 2)), axis=1)
            width = inner.shape[1]
            profile[some.slots, :width] = np.maximum(inner, 0.0)
            profile[some.slots, width:] = profile[some.slots, width - 1, None]
        kept = np.minimum(np.arange(self.top + 1), np.append(self.day_units, 0)[:, None])
        profile = np.take_along_axis(profile, kept, axis=1)
        profile[np.flatnonzero(self.alone)] = profile[np.flatnonzero(self.alone), -1:]
        total, parts = self._knapsacks(profile)
        weeks = np.arange(len(total))
        worths = total[weeks, self.week_units]
        less = total[weeks, np.maximum(self.week_units - 1, 0)]
        budgets = self._budgets(parts)
        chosen = np.concatenate((pairs.chosen(profits, most, budgets), self._chosen(days, budgets)))
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

    def _days(self, profits: Floats) -> Iterator[_Days]:
        good = self._order[(profits[self._order] > 0.0) & self._searched[self.slot[self._order]]]
        for options, inside, layers in self._padded(good):
            yield self._paths(options, inside, layers, profits)

    def _padded(self, options: Ints) -> Iterator[tuple[Ints, Bools, int]]:
        """Options (in order) as day × place, of days alike in size and count; with the number per day, 0 if any."""
        slots = self.slot[options]
        begins = np.flatnonzero(np.append(True, slots[1:] != slots[:-1])) if len(options) else options
        counts = np.diff(np.append(begins, len(options)))
        widths = np.where(counts <= 4, counts, 2 ** np.ceil(np.log2(np.maximum(counts, 1))).astype(np.int64))
        caps = self.day_counts[slots[begins]]
        layers = np.where((caps > MOST_COUNTED) | (caps >= counts), 0, caps)
        kinds = widths * (MOST_COUNTED + 1) + layers
        for kind in np.unique(kinds).tolist():
            width, layer = divmod(kind, MOST_COUNTED + 1)
            own = np.flatnonzero(kinds == kind)
            step = max(1, AT_ONCE // (width * max(width, self.top + 1) * max(1, layer)))
            for begin in range(0, len(own), step):
                some = own[begin : begin + step]
                inside = np.arange(width) < counts[some][:, None]
                places = np.where(inside, begins[some][:, None] + np.arange(width), begins[some][:, None])
                yield options[places], inside, layer

    def _follows(self, options: Ints, inside: Bools) -> Bools:
        """Day × place × earlier place -> whether the one can come after the other."""
        later, earlier = np.tril_indices(options.shape[1], -1)
        follows = np.zeros((*options.shape, options.shape[1]), bool)
        rows = self.rows[options]
        clashing = self.tables.clash(rows[:, earlier].ravel(), rows[:, later].ravel()).reshape(len(rows), -1)
        follows[:, later, earlier] = ~clashing & inside[:, later]
        return follows

    def _paths(self, options: Ints, inside: Bools, layers: int, profits: Floats) -> _Days:
        count, width = options.shape
        units = self.units[options]
        top = min(self.top, int(units.max(initial=0)) * (layers or width))
        best = np.full((max(1, layers), count, width, top + 1), NOTHING)
        before: npt.NDArray[np.int16] = np.full(best.shape, -1, np.int16)
        follows = self._follows(options, inside)
        worth = np.where(inside, profits[options], NOTHING)
        days, scale = np.arange(count), np.arange(top + 1)
        for place in range(width):
            fits = units[:, place] <= top
            best[0, days[fits], place, units[fits, place]] = worth[fits, place]
            if not place:
                continue
            shift = scale - units[:, place, None]
            for layer in range(1, max(2, layers)) if layers != 1 else ():
                earlier, into = (layer - 1, layer) if layers else (0, 0)
                reached = np.where(follows[:, place, :place, None], best[earlier, :, :place], NOTHING)
                at = reached.argmax(axis=1)
                most = np.take_along_axis(reached, at[:, None], axis=1)[:, 0]
                moved = np.take_along_axis(most, np.maximum(shift, 0), axis=1) + worth[:, place, None]
                moved[shift < 0] = NOTHING
                better = moved > best[into, :, place]
                came = np.take_along_axis(at, np.maximum(shift, 0), axis=1)
                best[into, :, place][better] = moved[better]
                before[into, :, place][better] = came[better]
        return _Days(self.slot[options[:, 0]], options, units, best, before, counted=layers > 0)

    def _chosen(self, days: list[_Days], budgets: Ints) -> Ints:
        """The options of the best weeks, given the units each day may take."""
        found = [np.zeros(0, np.int64)]
        for some in days:
            _, count, width, top = some.best.shape
            within = np.arange(top) <= budgets[some.slots][:, None]
            flat = np.where(within[None, :, None], some.best, NOTHING).transpose(1, 0, 2, 3).reshape(count, -1)
            at = flat.argmax(axis=1)
            live = flat[np.arange(count), at] > 0.0
            layer, rest = np.divmod(at, width * top)
            place, units = np.divmod(rest, top)
            day = np.arange(count)
            while live.any():
                day, layer, place, units = day[live], layer[live], place[live], units[live]
                found.append(some.options[day, place])
                came = some.before[layer, day, place, units].astype(np.int64)
                units = units - some.units[day, place]
                layer = layer - 1 if some.counted else layer
                place, live = came, came >= 0
        return np.concatenate(found)

    def losses(self, priced: Priced, most: float) -> Floats:
        """Option -> about what its person's week loses at these prices if it must hold it; infinite where above `most`.

        What a unit of the week's time is worth at the margin stands for the rest of the week.
        """
        net = priced.profits - priced.time_price[self.weeks] * self.units
        losses = np.full(len(net), np.inf)
        near = self._order[(net[self._order] > -most) & (self.day_counts[self.slot[self._order]] > 0)]
        for options, inside, layers in self._padded(near):
            follows = self._follows(options, inside)
            worth = np.where(inside, net[options], NOTHING)
            ahead = _chains(worth, follows, layers)
            back = _chains(worth[:, ::-1], follows.transpose(0, 2, 1)[:, ::-1, ::-1], layers)[:, :, ::-1]
            through = np.full(options.shape, NOTHING)
            for one in range(len(ahead)):
                for other in range(len(back) - one if layers else 1):
                    through = np.maximum(through, ahead[one] + back[other] - np.where(inside, worth, 0.0))
            lost = np.maximum(through.max(axis=1, keepdims=True), 0.0) - through
            losses[options[inside]] = lost[inside]
        losses[losses > most] = np.inf
        return losses


def _chains(worth: Floats, follows: Bools, layers: int) -> Floats:
    """Layer × day × place: the best chains that end there, of each length, or of any (one layer) if none is counted."""
    best = np.full((max(1, layers), *worth.shape), NOTHING)
    for place in range(worth.shape[1]):
        best[0, :, place] = worth[:, place]
        for layer in range(1, max(2, layers)) if place and layers != 1 else ():
            earlier, into = (layer - 1, layer) if layers else (0, 0)
            came = np.where(follows[:, place, :place], best[earlier, :, :place], NOTHING).max(axis=1)
            best[into, :, place] = np.maximum(best[into, :, place], came + worth[:, place])
    return best
