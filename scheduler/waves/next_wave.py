"""How many to ask now: the smallest waves that fill an appointment before its deadline, likely enough.

Somebody who would say yes with chance p, and of whose kind a share F has answered after a while, has said yes by then
with p·F. Asked at s₁, s₂, … people fill one seat by D with 1 − Π(1 − pᵢ F(sᵢ, D)); the expected number of people asked
is Σ P(still open at sᵢ). Among a few moments at which a wave could leave, branch and bound finds how many to ask at
each. Only the first wave is carried out: with an answer, or without one in time, the caller plans again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from scheduler.model import checks
from scheduler.waves.sizes import Search, Taken, with_one_more

# Of the risk that a promise leaves, only so much is planned with, because people are not independent of one another: on
# the day of the match nobody answers. 97 % is what is aimed at where 95 % is promised.
RISK_PLANNED = 0.6
# Nobody is taken for surer than this: a single person believed certain would be waited for until it is too late.
SUREST = 0.75
# the time left is planned with as if it were so many times shorter, but not shorter than an hour
SHARE_PLANNED = 3
SHORTEST_PROMISE = timedelta(hours=1)
# a wave leaves now, or after so many eighths of the waking time left
PARTS, LAST_PART = 8, 6
# the time left is looked at in so many pieces to find those in which somebody is awake
PIECES = 48
SHORTEST_PAUSE = timedelta(minutes=1)

Answered = Callable[[datetime, datetime], float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be asked, not before `earliest`; `chance` is that of ever saying yes."""

    chance: float
    earliest: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who was asked when `sent` and is silent so far; `chance` is the one from before that silence."""

    chance: float
    sent: datetime


@dataclass(frozen=True, slots=True)
class Wave:
    """Whom to ask now, and what may be expected.

    `ask` are places in the list of candidates, ascending. `again` is when to look next, None if nobody is left to ask
    later. `reached` is the chance that all seats are taken before the deadline if things go on as planned, `asked` the
    expected number of people asked for that, from now on.
    """

    ask: tuple[int, ...]
    again: datetime | None
    reached: float
    asked: float


def aim(target: float) -> float:
    """The chance to plan for where `target` is promised."""
    return 1 - (1 - target) * RISK_PLANNED


def promise(now: datetime, deadline: datetime) -> datetime:
    """Until when to plan for a yes if answers are taken until `deadline`: a third of the time left, an hour at least.

    Waves save texts, not time: planned for the whole of it they take about as long as asking one after the other. Who
    requests waits, so most of what they save is given up for an answer in a fraction of the time.
    """
    left = deadline - now
    return now + max(left / SHARE_PLANNED, min(left, SHORTEST_PROMISE))


def next_wave(
    candidates: Sequence[Candidate],
    waiting: Sequence[Waiting],
    *,
    seats: int,
    now: datetime,
    deadline: datetime,
    answered: Answered,
    target: float,
    at_least: int = 0,
) -> Wave:
    """Whom of the candidates, given in the order in which to ask, to ask now.

    Follows the plan that expects to ask the fewest people among those that fill `seats` before `deadline` with a chance
    of `target` (and a little more, see `aim`); where that is out of reach, among those that nearly reach what is
    possible. `answered(sent, until)` is the share of those who say yes that has done so by then. At least `at_least`
    are asked, and one if nobody is waiting, as far as there are candidates who may be asked now; from the deadline on
    no others are. Raises `ProblemError` for chances that are none and times without an offset.
    """
    _check(candidates, waiting, seats, (now, deadline), target, at_least)
    allowed = [index for index, one in enumerate(candidates) if one.earliest <= now]
    later = min((one.earliest for one in candidates if one.earliest > now), default=None)
    least = min(max(at_least, 0 if waiting else 1), len(allowed))
    start = now if allowed or later is None else later
    if start >= deadline:
        return Wave(tuple(allowed[:least]), later, 0.0, float(least))
    times = _times(start, deadline, answered)
    ends = (*times, deadline)
    search = Search(
        [min(one.chance, SUREST) for one in candidates],
        [next((slot for slot, time in enumerate(times) if one.earliest <= time), len(times)) for one in candidates],
        [[answered(sent, until) if until > sent else 0.0 for until in ends] for sent in times],
    )
    plan = search.plan(_taken(waiting, seats, now, ends, answered), aim(target), least)
    ask = plan.groups[0] if start == now else ()
    left = len(candidates) - len(ask) > 0
    waves = [time for time, group in zip(times, plan.groups, strict=True) if group and time > now]
    again = waves[0] if waves else next((time for time in times if time > now), later) if left else None
    return Wave(ask, again, plan.reached, plan.asked)


def likely(
    candidates: Sequence[Candidate],
    waiting: Sequence[Waiting],
    *,
    seats: int,
    now: datetime,
    deadline: datetime,
    answered: Answered,
    target: float,
) -> float:
    """The chance that all seats are taken before `deadline` if the search goes on.

    It is what those who wait bring; or what everybody brings who may still be asked in time, but no more than is aimed
    at, for no more are asked than that takes. Raises `ProblemError` like `next_wave`.
    """
    _check(candidates, waiting, seats, (now, deadline), target, 0)
    taken = _taken(waiting, seats, now, (deadline,), answered)
    alone = _all_taken(taken)
    for one in candidates:
        sent = max(now, one.earliest)
        if sent < deadline:
            taken = with_one_more(taken, [min(one.chance, SUREST) * answered(sent, deadline)])
    return max(alone, min(_all_taken(taken), aim(target)))


def _all_taken(taken: Taken) -> float:
    return 1 - sum(row[-1] for row in taken)


def _taken(
    waiting: Sequence[Waiting], seats: int, now: datetime, ends: Sequence[datetime], answered: Answered
) -> Taken:
    """What those who are silent so far will bring: of p, the part F was due by now and did not come."""
    taken = [[1.0 if row == 0 else 0.0] * len(ends) for row in range(seats)]
    for one in waiting:
        due = answered(one.sent, now) if now > one.sent else 0.0
        chance = min(one.chance, SUREST)
        yes = [chance * max(0.0, answered(one.sent, end) - due) / (1 - chance * due) for end in ends]
        taken = with_one_more(taken, yes)
    return taken


def _times(start: datetime, deadline: datetime, answered: Answered) -> tuple[datetime, ...]:
    """The start, and the moments after each eighth of the time in which somebody is awake to answer."""
    piece = (deadline - start) / PIECES
    edges = [start + number * piece for number in range(PIECES + 1)]
    awake = [early for early, late in pairwise(edges) if answered(early, late) > 0] or edges[:-1]
    times = [start]
    for part in range(1, LAST_PART + 1):
        time = awake[len(awake) * part // PARTS]
        time += timedelta(microseconds=-time.microsecond % 1_000_000)
        if times[-1] + SHORTEST_PAUSE <= time <= deadline - SHORTEST_PAUSE:
            times.append(time)
    return tuple(times)


def _check(
    candidates: Sequence[Candidate],
    waiting: Sequence[Waiting],
    seats: int,
    moments: tuple[datetime, datetime],
    target: float,
    at_least: int,
) -> None:
    checks.whole("seats", seats, 1, 1000)
    checks.whole("at_least", at_least, 0)
    if not 0 < checks.number("target", target, 0, 1) < 1:
        checks.refuse("target", f"{target} is out of range; give a chance above 0 and below 1")
    for key, moment in zip(("now", "deadline"), moments, strict=True):
        _aware(key, moment)
    for index, one in enumerate(candidates):
        checks.number(f"candidates[{index}].chance", one.chance, 0, 1)
        _aware(f"candidates[{index}].earliest", one.earliest)
    for index, asked in enumerate(waiting):
        checks.number(f"waiting[{index}].chance", asked.chance, 0, 1)
        _aware(f"waiting[{index}].sent", asked.sent)


def _aware(key: str, moment: datetime) -> None:
    if moment.utcoffset() is None:
        checks.refuse(key, f"{moment.isoformat()} has no offset; give one, such as 2026-11-24T08:00:00Z")
