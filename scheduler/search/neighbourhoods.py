"""Some people's whole weeks, planned anew at their best: small exact models inside a large plan.

Everything these people have becomes free again, together with all that nobody has; everybody else keeps what they have.
For two dozen people this takes some hundredths of a second. They are chosen around an appointment that lacks people
(those who could take it, and those who could relieve them), or so that everybody has a turn beside those who share a
language and live near.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from scheduler.search.exact_model import Answer, Effort, Interrupt, optimise
from scheduler.tables.arrays import NONE, Bools, Floats, Ints
from scheduler.tables.linear_program import Linear
from scheduler.tables.objective import Objective
from scheduler.tables.roster import Roster

# people around one appointment that lacks some, and in one group of a round in which everybody has a turn
FEW, MANY = 15, 24
# and, where they have very much to choose from
FEWEST = 3
# groups of the first kind for each of the second
FOCUS = 3
# how many are drawn at once to relieve somebody
RELIEF = 5
# deterministic seconds for one group; those that need more are rarely worth it
STEPS = 0.1
# columns that a group should have: where weeks are long and dense, fewer people have as many
COLUMNS = 800
# columns of one group at most; the people of a larger one are too free for a small model
MOST_OPTIONS = 5_000


@dataclass(frozen=True)
class Part:
    """People whose weeks are open: what they had, the model of what they could have, and whom it concerns."""

    before: Ints
    linear: Linear
    needs: Ints
    people: Ints


class Neighbourhoods:
    """Groups of the people of a roster, and their plans made anew."""

    def __init__(self, roster: Roster, objective: Objective, dice: np.random.Generator, interrupt: Interrupt) -> None:
        self.roster, self.objective, self.dice, self.interrupt = roster, objective, dice, interrupt
        self._needs = roster.instance.needs
        self._need = roster.instance.options.need
        self._person = roster.instance.options.person
        self._has_options = np.array([need.last > need.first for need in self._needs], bool)
        self._weights = np.array([need.appointment.weight for need in self._needs], np.float64)

    def round(self, effort: Effort, left: Callable[[], float], after: Callable[[], None] | None = None) -> float:
        """Give everybody a turn, and what lacks people several, while seconds are left; gives the steps spent.

        `after` is called when some groups are done and the roster is whole.
        As many groups as `effort.workers` are solved side by side; the plan does not depend on which ends first.
        """
        spent = 0.0
        with ThreadPoolExecutor(effort.workers) as pool:
            for groups in _batched(self._groups(), effort.workers):
                seconds, steps = left(), effort.steps - spent
                if seconds <= 0 or steps <= 0 or self.interrupt.stopped:
                    break
                each = self._each(Effort(seconds, steps, effort.seed))
                spent += self._improve(groups, each, pool)
                if after is not None:
                    after()
        return spent

    def _each(self, effort: Effort) -> Effort:
        """What one group may spend of so much."""
        return Effort(effort.seconds, min(STEPS, effort.steps), effort.seed)

    def improve(self, people: Ints, effort: Effort) -> float:
        """Plan these people's weeks anew; the roster is never worse after it. Gives the steps spent."""
        with ThreadPoolExecutor(1) as pool:
            return self._improve([people], effort, pool)

    def _improve(self, groups: Sequence[Ints], effort: Effort, pool: ThreadPoolExecutor) -> float:
        reserved, parts, busy = np.zeros(len(self._needs), bool), [], np.zeros(0, np.int64)
        for people in groups:
            parts.append(self._open(np.setdiff1d(people, busy), reserved, busy))
            busy = np.union1d(busy, parts[-1].people)
            reserved[parts[-1].needs] = True
        answers = self._solved(parts, effort, pool.map)
        return sum(self._close(part, answer) for part, answer in zip(parts, answers, strict=True))

    def _solved(self, parts: Sequence[Part], effort: Effort, each: Callable[..., Iterator[Answer]]) -> list[Answer]:
        try:
            return list(each(lambda part: self._optimum(part, effort), parts))
        except Exception:
            # whatever a solver dies of, people keep what they had
            for part in parts:
                self.roster.put(part.before)
            raise

    def _optimum(self, part: Part, effort: Effort) -> Answer:
        return optimise(part.linear, part.before, effort, self.interrupt)

    def _open(self, people: Ints, reserved: Bools, busy: Ints, only: int | None = None) -> Part:  # noqa: ARG002 # as in `GapGroups`
        """Take from people what can be taken; free for them are then these needs and all others, or `only` one."""
        roster, owned = self.roster, self._owned(people)
        before = self._movable(owned[roster.chosen[owned]])
        roster.take(before)
        open_needs = (self._seated() == 0) & ~reserved
        if only is not None:
            theirs = np.append(self._need[before], only)
            open_needs &= np.isin(np.arange(len(open_needs)), theirs)
        free = np.sort(roster.allowed(owned[open_needs[self._need[owned]]]))
        free = np.union1d(free[:MOST_OPTIONS], before)
        linear = Linear(self.objective, free, roster.rows_of(people))
        return Part(before, linear, np.unique(self._need[free]), people)

    def _close(self, part: Part, answer: Answer) -> float:
        chosen = answer.chosen
        reached = self.objective.reached
        if chosen is None or reached(chosen).rank < reached(part.before).rank:
            chosen = part.before
        self.roster.put(chosen)
        return answer.steps

    def _size(self, most: int, columns: int = COLUMNS) -> int:
        """How many people have about so many columns: what nobody has, and what they could take from one another."""
        people, options = len(self.roster.instance.by_person), len(self.roster.instance.options)
        if not people:
            return most
        missing = float((self._seated()[self._need] == 0).mean())
        alone, pairs = options / people * missing, options / people**2 * (1 - missing)
        # alone * size + pairs * size² = columns
        size = 2 * columns / (alone + np.sqrt(alone**2 + 4 * pairs * columns))
        return int(np.clip(size, min(FEWEST, most), most))

    def _groups(self) -> Iterator[Ints]:
        for people in self._everybody():
            for _ in range(FOCUS):
                around = self._around_a_gap()
                if len(around):
                    yield around
            yield people

    def _around_a_gap(self) -> Ints:
        gaps = np.flatnonzero((self._seated() == 0) & self._has_options)
        if not len(gaps):
            return gaps
        weights = self._weights[gaps]
        return self.around(int(self.dice.choice(gaps, p=weights / weights.sum())), self._size(FEW))

    def around(self, need: int, most: int) -> Ints:
        """People who could take an appointment, and people who could take something that one of these has."""
        people = self._draw(self._able(need), most)
        for _ in range(most):
            owned = self._owned(people)
            owned = owned[self.roster.chosen[owned]]
            if len(people) >= most or not len(owned):
                break
            others = np.setdiff1d(self._able(int(self._need[self.dice.choice(owned)])), people)
            people = np.union1d(people, self._draw(others, min(RELIEF, most - len(people))))
        return people

    def cover(self, need: int, people: Ints, effort: Effort) -> bool:
        """Cover an appointment by planning these people's weeks anew, taking nobody from others; False if not found."""
        people = np.union1d(people, self._person[self._here(need)])
        part = self._open(people, np.zeros(len(self._needs), bool), people[:0], only=need)
        wanted = np.bincount(self._need[part.before], minlength=len(self._needs))
        wanted[need] = self._needs[need].appointment.open_seats
        [answer] = self._solved([part], effort, map)
        chosen = part.before if answer.chosen is None else answer.chosen
        covers = bool((np.bincount(self._need[chosen], minlength=len(wanted)) == wanted).all())
        self.roster.put(chosen if covers else part.before)
        return covers

    def _here(self, need: int) -> Ints:
        own = np.arange(self._needs[need].first, self._needs[need].last)
        return own[self.roster.chosen[own]]

    def _owned(self, people: Ints) -> Ints:
        by_person = self.roster.instance.by_person
        return np.concatenate([*(by_person[person] for person in people.tolist()), np.zeros(0, np.int64)])

    def _able(self, need: int) -> Ints:
        return np.unique(self._person[self._needs[need].first : self._needs[need].last])

    def _draw(self, people: Ints, most: int) -> Ints:
        return people if len(people) <= most else np.sort(self.dice.choice(people, most, replace=False))

    def _everybody(self) -> Iterator[Ints]:
        """Everybody once, in groups that share a language and, as seen from some side, live next to one another."""
        tables = self.roster.tables
        people = np.array(sorted(self.roster.instance.by_person), np.int64)
        spoken = tables.levels[:, people] != NONE
        # of several languages, one by lot: who speaks two is now with these, now with those
        main = np.where(spoken, self.dice.random(spoken.shape), -1.0).argmax(axis=0)
        order = np.lexsort((self._across(people), self.dice.permutation(len(tables.levels))[main]))
        size = self._size(MANY)
        people = np.roll(people[order], int(self.dice.integers(size)))
        parts = [people[begin : begin + size] for begin in range(0, len(people), size)]
        return (np.sort(parts[index]) for index in self.dice.permutation(len(parts)))

    def _across(self, people: Ints) -> Floats:
        """Where they live, measured along a random direction."""
        angle = self.dice.random() * np.pi
        points = self.roster.tables.points[self.roster.tables.homes[people]]
        across: Floats = points @ np.array([np.cos(angle), np.sin(angle)])
        return across

    def _movable(self, chosen: Ints) -> Ints:
        """Without the seats at appointments that others outside the group share."""
        own = np.bincount(self._need[chosen], minlength=len(self._needs))
        movable: Ints = chosen[own[self._need[chosen]] == self._seated()[self._need[chosen]]]
        return movable

    def _seated(self) -> Ints:
        return np.bincount(self._need[self.roster.choice], minlength=len(self._needs))


def _batched(groups: Iterator[Ints], size: int) -> Iterator[list[Ints]]:
    batch: list[Ints] = []
    for group in groups:
        batch.append(group)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
