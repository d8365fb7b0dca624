"""The portfolio: an answer at once, an exact one where that is possible, ever better ones and a bound elsewhere."""

import logging
import math
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from scheduler.search.exact_model import Answer, Effort, Interrupt, optimise, optimise_coverage
from scheduler.search.first_plan import have_each_alone, put_teams
from scheduler.search.gap_rounds import GapRounds
from scheduler.search.neighbourhoods import Neighbourhoods
from scheduler.search.price_bound import PriceSearch
from scheduler.search.proofs import Proofs
from scheduler.search.standing import Standing
from scheduler.search.time_slices import AS_IS, TimeSlices
from scheduler.tables.arrays import Ints
from scheduler.tables.instance import Instance
from scheduler.tables.linear_program import Linear, Unfinished
from scheduler.tables.objective import Objective, Reached
from scheduler.tables.roster import Roster
from scheduler.tables.score import fixed_weight

log = logging.getLogger(__name__)

# options up to which one exact model of everything is proved within a second or two
SMALL = 8_000
# of what there is to spend, the exact model of everything takes at most so much; where that does not do, coverage alone
# so much of the rest
EXACT_SHARE, COVERAGE_SHARE = 0.25, 0.6
# what a relaxation takes less of than this, it does not take
SOME = 1e-6
# of all there is to spend, this part goes for coverage before changes and preference have their turn
FOR_COVERAGE = 0.85
# once the coverage is proved, neighbourhoods have this part of what is left before branch and cut settles the cost
BEFORE_SETTLING = 0.35
# of the steps left, the part that may better the prices, and what one round of that takes for each option
PRICING_SHARE, PRICING_STEPS = 0.1, 1e-7
# rounds of neighbourhoods without any gain after which nothing more is expected
PATIENCE = 3


@dataclass(frozen=True)
class Progress:
    """How far a search is: after so many seconds, doing `phase`, with the best plan's coverage and its bound."""

    seconds: float
    phase: str
    coverage: float
    coverage_bound: float


Report = Callable[[Progress], None]


@dataclass(frozen=True)
class Found:
    """The best choice (option indices), its sums, bounds on them (see `Objective.decoded`), and the steps spent."""

    chosen: Ints
    reached: Reached
    bound: Reached
    steps: float

    @property
    def is_proved(self) -> bool:
        """Whether nothing can be better."""
        return self.reached == self.bound


class Search:
    """One search over an instance; `clock` gives seconds from some beginning."""

    def __init__(
        self, instance: Instance, effort: Effort, clock: Callable[[], float], report: Report, interrupt: Interrupt
    ) -> None:
        self.instance, self.effort, self.clock, self.report, self.interrupt = instance, effort, clock, report, interrupt
        self.began = clock()
        self.objective = Objective(instance)
        self.roster = Roster(instance)
        self.dice = np.random.default_rng(effort.seed)
        self.moments = TimeSlices(self.roster, self.objective, self.dice)
        self.steps = 0.0
        self.standing = Standing(self.objective, self.roster)
        self.proofs = Proofs(
            self.standing,
            len(instance.options),
            self._everything,
            self._seconds_left,
            by_the_clock=effort.steps == math.inf,
        )
        self.fixed = fixed_weight(instance.problem)
        self.prices = PriceSearch(self.objective, self._seconds_left)
        self._pricing: Future[None] | None = None
        # what the report raised: no solver's failure
        self.raised: Exception | None = None

    def run(self) -> Found:
        """Search as long as there is something to gain and effort left; there is always an answer."""
        self._first()
        if self._left() > 0 and len(self.instance.options) and not self.standing.is_proved:
            with self._attempt("exact" if len(self.instance.options) <= SMALL else "anneal"):
                if len(self.instance.options) <= SMALL:
                    self._exact()
                else:
                    self.moments.anneal(self._keeps_on)
            if not self.standing.is_proved:
                with ThreadPoolExecutor(1) as beside:
                    try:
                        self._price(beside)
                        self._improve()
                    finally:
                        self.prices.enough()
        standing = self.standing
        return Found(standing.best, standing.reached, standing.bound, self.steps)

    def _price(self, beside: ThreadPoolExecutor) -> None:
        """Look for prices: by the clock beside everything else; counted in steps before it, or plans would differ."""
        if self.effort.steps == math.inf:
            self._pricing = beside.submit(self.prices.run, self.standing.best)
            return
        each = PRICING_STEPS * len(self.instance.options)
        rounds = PRICING_SHARE * self._effort().steps // each
        self._pricing = beside.submit(self.prices.run, self.standing.best, rounds)
        self._take_bound(wait=True)
        self.steps += rounds * each

    def _first(self) -> None:
        """A plan in one go: what each alone would have, if that goes together; or moment by moment.

        Those that need several people at once come before that.
        """
        with self._attempt("first"):
            if len(self.instance.options) <= SMALL and have_each_alone(self.objective, self.roster):
                return
            put_teams(self.objective, self.roster)
            self.moments.pass_through(AS_IS, lambda: not self.interrupt.stopped)

    def _exact(self) -> None:
        """One model of everything."""
        everything = self._everything()
        answer = optimise(everything, self.standing.best, self._effort().part(EXACT_SHARE), self.interrupt)
        self._take(answer)
        if not answer.proved and self._left() > 0:
            with self._attempt("coverage"):
                self._cover(everything, self._effort().part(COVERAGE_SHARE))

    def _take(self, answer: Answer) -> None:
        self.steps += answer.steps
        self.standing.lower(answer.bound)
        self.standing.consider(answer.chosen)

    def _cover(self, everything: Linear, effort: Effort) -> None:
        """Coverage alone, which is sooner found than all three sums, among what its relaxation takes any part of."""
        relaxed = self.proofs.relaxed_coverage(everything, effort.seconds)
        if relaxed is None or not len(relaxed.shares):
            return
        some = np.flatnonzero(relaxed.shares[: len(everything.options)] > SOME)
        narrow = Linear(self.objective, np.union1d(some, self.standing.best), self.instance.fixed, self._keeps_on)
        answer = optimise_coverage(narrow, self.standing.best, effort, self.interrupt)
        # what it proves holds among so few only
        self._take(replace(answer, bound=self.standing.bound))

    def _improve(self) -> None:
        """What is missing at good prices, then neighbourhoods until nothing is gained."""
        neighbourhoods = Neighbourhoods(self.roster, self.objective, self.dice, self.interrupt)
        gaps = GapRounds(self.moments, self.dice, self.interrupt, self.prices)
        idle, priced, settles_at = 0, False, math.inf
        while self._left() > 0 and not self.standing.is_proved and idle < PATIENCE:
            before = self.standing.reached
            if not priced and self.standing.covers_all_it_can:
                priced = True
                settles_at = self.clock() + BEFORE_SETTLING * self._seconds_left()
                with self._attempt("bound"):
                    self.proofs.preference()
            if self.clock() >= settles_at or (idle == PATIENCE - 1 and settles_at < math.inf):
                settles_at = math.inf
                with self._attempt("prove"):
                    self.proofs.cost()
            if self._goes_for_coverage(gaps):
                with self._attempt("improve", settles=False):
                    self.steps += gaps.round(self._effort(), self._left, self._note_coverage)
            else:
                with self._attempt("improve"):
                    left = partial(self._left_until_prices, gaps)
                    self.steps += neighbourhoods.round(self._effort(), left, partial(self._note, "improve"))
                    self.moments.pass_through(AS_IS, self._keeps_on)
                idle = 0 if self.standing.reached.rank > before.rank else idle + 1
            self._take_bound(wait=False)
        self.standing.keep()
        self.prices.enough()
        self._take_bound(wait=True)
        if self.proofs.are_of_use and self._left() > 0 and not self.standing.is_proved:
            with self._attempt("prove"):
                self._prove()

    def _goes_for_coverage(self, gaps: GapRounds) -> bool:
        early = self.clock() - self.began < FOR_COVERAGE * self.effort.seconds
        steps_left = self.steps < FOR_COVERAGE * self.effort.steps
        return early and steps_left and not self.standing.covers_all_it_can and gaps.can_go_on

    def _note_coverage(self) -> None:
        """What covers as much at a higher cost is left for the time being: it leads elsewhere."""
        if self.objective.reached(self.roster.choice).coverage > self.standing.reached.coverage:
            self._note("improve")

    def _take_bound(self, *, wait: bool) -> None:
        """What prices say by now; whatever their search died of is told once it has ended."""
        ended = self._pricing if self._pricing is not None and (wait or self._pricing.done()) else None
        latest = self.prices.latest
        if ended is None and (latest is None or latest.bound >= self.standing.bound.coverage):
            return
        with self._attempt("bound", settles=False):
            if ended is not None:
                self._pricing = None
                ended.result()
            latest = self.prices.latest
            if latest is not None:
                self.standing.lower_coverage(latest.bound)

    def _prove(self) -> None:
        """What programs of everything say of the coverage, and then of the sums after it."""
        if self.proofs.coverage():
            self.moments.pass_through(AS_IS, self._keeps_on)
        self.proofs.preference()

    def _everything(self) -> Linear:
        return Linear(self.objective, np.arange(len(self.instance.options)), self.instance.fixed, self._keeps_on)

    @contextmanager
    def _attempt(self, phase: str, *, settles: bool = True) -> Iterator[None]:
        """Keep the best of what came before and of what this brings; whatever a solver dies of, that stands.

        What does not settle may go on with a plan that covers as much and is no better yet.
        """
        try:
            yield
        except Unfinished:
            log.debug("no time was left for %s", phase)
        except Exception as error:
            if error is self.raised:
                raise
            log.exception("the search went on without %s", phase)
            self.roster.become(self.standing.best)
        if settles:
            self.standing.keep()
        self._tell(phase)

    def _note(self, phase: str) -> None:
        self.standing.keep()
        self._tell(phase)

    def _tell(self, phase: str) -> None:
        both = self.standing.reached, self.standing.bound
        coverage, bound = (self.fixed + self.objective.weight(one.coverage) for one in both)
        try:
            self.report(Progress(self.clock() - self.began, phase, float(coverage), float(bound)))
        except Exception as error:
            self.raised = error
            raise

    def _effort(self) -> Effort:
        return self.effort.less(self.clock() - self.began, self.steps)

    def _seconds_left(self) -> float:
        return 0.0 if self.interrupt.stopped else self.effort.seconds - (self.clock() - self.began)

    def _left(self) -> float:
        """Seconds left, 0 also where the steps are used up."""
        return self._seconds_left() if self.steps < self.effort.steps else 0.0

    def _left_until_prices(self, gaps: GapRounds) -> float:
        return 0.0 if self._goes_for_coverage(gaps) else self._left()

    def _keeps_on(self) -> bool:
        return self._left() > 0
