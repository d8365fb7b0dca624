"""The problems that rivals compete on."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks import ptsp
from scheduler.generate import SIZES, generate
from scheduler.model.problem import Problem


class Case(Protocol):
    """A problem by the name it is printed with; small, because it travels to another process."""

    @property
    def name(self) -> str:
        """Told in tables."""

    def problem(self) -> Problem:
        """Make it."""


@dataclass(frozen=True)
class Week:
    """A week of a pool of one of the engine's sizes."""

    size: str
    seed: int

    @property
    def name(self) -> str:
        """Size and seed."""
        return f"{self.size}, seed {self.seed}"

    def problem(self) -> Problem:
        """A week as `python -m scheduler generate` makes it."""
        return generate(SIZES[self.size], self.seed)


@dataclass(frozen=True)
class Invented:
    """Which tasks to invent: people, tasks for each, and for how many per cent of the others they are qualified."""

    people: int
    each: int
    skilled: int

    def tasks(self) -> ptsp.Tasks:
        """Invent them."""
        return ptsp.invent(self.people, self.each, self.skilled, seed=1)


@dataclass(frozen=True)
class Published:
    """A file in the published format."""

    path: Path

    def tasks(self) -> ptsp.Tasks:
        """Read it; raises `Unreadable`."""
        return ptsp.read(self.path.read_text(encoding="utf-8"), self.path.stem)


@dataclass(frozen=True)
class TaskDay:
    """Tasks with so many per cent of the people gone."""

    source: Invented | Published
    gone: int

    @property
    def name(self) -> str:
        """The name of the tasks, and who is gone."""
        return ptsp.without(self.source.tasks(), self.gone, seed=1).name

    def problem(self) -> Problem:
        """As appointments."""
        return ptsp.as_problem(ptsp.without(self.source.tasks(), self.gone, seed=1))


# from the smallest to the largest of the published ones
INVENTED: Sequence[Invented] = (
    Invented(23, 2, 66),
    Invented(50, 5, 66),
    Invented(70, 8, 33),
    Invented(100, 8, 66),
    Invented(150, 9, 33),
    Invented(200, 11, 33),
)
