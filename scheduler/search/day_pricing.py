"""Each person's best day at given profits: a longest path through what brings one, within appointments and minutes.

Of at most as many appointments and minutes as the day allows. Times are counted in whole units, lengths rounded down,
and what a path relaxes (pairs not next to one another) only raises it, so that no value is below the truth.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scheduler.tables.arrays import Bools, Floats, Ints, Tables

# limits of more appointments per day are not counted along the path
MOST_COUNTED = 6
# numbers that one step of a computation holds at once
AT_ONCE = 2_000_000
# all pairs of a day are written down once if there are at most so many altogether
MOST_WRITTEN = 20_000_000
NOTHING = -np.inf


@dataclass(frozen=True)
class _Paths:
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


@dataclass(frozen=True)
class BestDays:
    """Day (a person's) × units -> the most it is worth, and what that is made of.

    `most` is of the pairs written down, group by group; `paths` of the days that are searched.
    """

    profile: Floats
    profits: Floats
    most: Floats
    paths: list[_Paths]


class DayPricing:
    """The days of a problem's people; options are in their own order, `day` is option -> day.

    `rows` is option -> appointment, `units` how long each takes, `counts` how many appointments each day allows and
    `top` the most units of any day.
    """

    def __init__(self, tables: Tables, rows: Ints, day: Ints, units: Ints, counts: Ints, top: int) -> None:
        self.tables, self.rows, self.day, self.units, self.counts, self.top = tables, rows, day, units, counts, top
        self._order = np.lexsort((tables.ends[rows], day))
        self._pairs = self._written()

    def _written(self) -> _Pairs:
        counts = np.bincount(self.day, minlength=len(self.counts))
        short = (self.counts > 0) & (self.counts <= 2)
        if int((counts[short] ** 2).sum()) > MOST_WRITTEN:
            short[:] = False
        self._searched = (self.counts > 0) & ~short
        singles = self._order[short[self.day[self._order]]]
        first, second = [singles], [np.full(len(singles), len(self.day))]
        for options, inside, _ in self._padded(singles[self.counts[self.day[singles]] == 2]):
            day, later, earlier = np.nonzero(self._follows(options, inside))
            first.append(options[day, earlier])
            second.append(options[day, later])
        one, other = np.concatenate(first), np.concatenate(second)
        units = self.units[one] + np.append(self.units, 0)[other]
        fits = units <= self.top
        one, other, units = one[fits], other[fits], units[fits]
        keys = self.day[one] * (self.top + 1) + units
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        begins = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else keys
        slots, units = np.divmod(keys[begins], self.top + 1)
        return _Pairs(one[order].astype(np.int32), other[order].astype(np.int32), begins, slots, units)

    def at(self, profits: Floats) -> BestDays:
        """The best days at these profits of options; the last row is of no day and worth nothing."""
        profile = np.zeros((len(self.counts) + 1, self.top + 1))
        pairs, paths = self._pairs, list(self._days(profits))
        most = np.maximum.reduceat(pairs.values(profits), pairs.begins) if len(pairs.begins) else np.zeros(0)
        profile[pairs.slots, pairs.units] = np.maximum(most, 0.0)
        profile = np.maximum.accumulate(profile, axis=1)
        for some in paths:
            inner = np.maximum.accumulate(some.best.max(axis=(0, 2)), axis=1)
            width = inner.shape[1]
            profile[some.slots, :width] = np.maximum(inner, 0.0)
            profile[some.slots, width:] = profile[some.slots, width - 1, None]
        return BestDays(profile, profits, most, paths)

    def _days(self, profits: Floats) -> Iterator[_Paths]:
        good = self._order[(profits[self._order] > 0.0) & self._searched[self.day[self._order]]]
        for options, inside, layers in self._padded(good):
            yield self._paths(options, inside, layers, profits)

    def _padded(self, options: Ints) -> Iterator[tuple[Ints, Bools, int]]:
        """Options (in order) as day × place, of days alike in size and count; with the number per day, 0 if any."""
        slots = self.day[options]
        begins = np.flatnonzero(np.append(True, slots[1:] != slots[:-1])) if len(options) else options
        counts = np.diff(np.append(begins, len(options)))
        widths = np.where(counts <= 4, counts, 2 ** np.ceil(np.log2(np.maximum(counts, 1))).astype(np.int64))
        caps = self.counts[slots[begins]]
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

    def _paths(self, options: Ints, inside: Bools, layers: int, profits: Floats) -> _Paths:
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
        return _Paths(self.day[options[:, 0]], options, units, best, before, counted=layers > 0)

    def chosen(self, best: BestDays, budgets: Ints) -> Ints:
        """The options of the best days, given the units each may take."""
        found = [self._pairs.chosen(best.profits, best.most, budgets)]
        for some in best.paths:
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

    def losses(self, profits: Floats, most: float) -> Floats:
        """Option -> what its day loses at these profits if it must hold it; infinite where above `most`."""
        losses = np.full(len(profits), np.inf)
        near = self._order[(profits[self._order] > -most) & (self.counts[self.day[self._order]] > 0)]
        for options, inside, layers in self._padded(near):
            follows = self._follows(options, inside)
            worth = np.where(inside, profits[options], NOTHING)
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
