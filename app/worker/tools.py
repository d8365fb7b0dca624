"""What a worker process is made of, and how it takes many small steps without one holding up the others."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol

import structlog
from flask import Flask
from sqlalchemy.orm import Session

from app.clock import Clock
from app.links import Links
from app.outbox.claims import Transports
from app.outbox.in_flight import InFlight
from app.tenancy import Begin
from app.transaction import in_own_context, in_transaction, reading
from scheduler.forecast.changes import Changes, Comparison
from scheduler.forecast.history import History
from scheduler.forecast.result import Outlook
from scheduler.model.plan import Plan
from scheduler.model.problem import Problem
from scheduler.search.exact_model import Interrupt
from scheduler.search.portfolio import Report

log = structlog.get_logger()

Step = Callable[[Session, datetime, Links, int], object]


class Solve(Protocol):
    """The engine: a problem in, a plan out."""

    def __call__(
        self,
        problem: Problem,
        /,
        *,
        seconds: float = ...,
        alternates_of: Collection[str] | None = None,
        report: Report | None = None,
        interrupt: Interrupt | None = None,
    ) -> Plan:
        """See scheduler/solve.py."""


Foresee = Callable[[Problem, History], Outlook]
# what share is done -> whether to go on
GoesOn = Callable[[float], bool]
# raises GivenUp when it is told not to
Imagine = Callable[[Problem, History, Changes, GoesOn], Comparison]


class GivenUp(Exception):
    """Nobody wants the answer any more."""


def _not_at_all(_seconds: float) -> None:
    """Who works off what is due, and nothing else, waits for nobody."""


@dataclass(frozen=True)
class Worker:
    """What a worker process needs: transactions, a clock, ways out, links, a solver, and its own name."""

    name: str
    app: Flask
    clock: Clock
    transports: Transports
    links: Links
    solve: Solve
    in_flight: InFlight = field(default_factory=InFlight)
    # how many workers of a host may plan whole pools at once: more would leave messages and requests no processor
    planners: int = 1
    # stand back for so many seconds
    pause: Callable[[float], None] = _not_at_all
    # who plays the coming weeks; without anybody no forecasts are made
    foresee: Foresee | None = None
    # who plays them with something otherwise; without anybody such questions wait
    imagine: Imagine | None = None

    @property
    def host(self) -> str:
        """Where it runs: the first part of its name."""
        return self.name.partition(":")[0]

    @property
    def every_pool(self) -> Begin:
        """Transactions that see all pools: to find what is due."""
        return in_own_context(self.app, every_pool=True)

    @contextmanager
    def reading(self, pool_id: int) -> Iterator[Session]:
        """A session bound to one pool that only reads, and so keeps nobody from writing however long it takes."""
        with self.app.app_context():
            yield reading(pool_id)

    def pool(self, pool_id: int) -> Begin:
        """Transactions bound to one pool: to do it."""
        return in_own_context(self.app, pool_id)


def each(worker: Worker, ids: Sequence[int], step: Step) -> int:
    """Take each step in a transaction of its own; one that fails keeps no other from its turn.

    Gives how many went well.
    """
    done = 0
    for one in ids:
        try:
            in_transaction(worker.every_pool, partial(_step, worker, step, one))
        except Exception:
            log.exception("step_failed", step=step.__module__, id=one)
        else:
            done += 1
    return done


def _step(worker: Worker, step: Step, row_id: int, session: Session) -> None:
    step(session, worker.clock(), worker.links, row_id)
