"""One appointment after another, dispatched by a policy: what happens, event by event."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush

from benchmarks.dispatch.policies import Policy, View
from benchmarks.dispatch.world import TIMEZONE, Appointment, allowed
from scheduler.waves import learning
from scheduler.waves.acceptance import LEAST, MOST, Acceptance, Answer, Asked
from scheduler.waves.next_wave import Answered, Candidate, Waiting

WEEK = timedelta(days=7)
# what a policy takes for the chance of the person at this place, asked at this moment
Judge = Callable[[Appointment, int, datetime], float]


@dataclass(frozen=True)
class Course:
    """How one appointment went. `vain` counts people who would have come, were asked, and were not needed."""

    filled: bool
    texts: int
    minutes: float
    vain: int
    asked: tuple[Asked, ...]


@dataclass(frozen=True)
class Guess:
    """A chance as it was judged when the request came, the true one, and what the person would have said then."""

    judged: float
    true: float
    yes: bool


def dispatch(appointment: Appointment, policy: Policy, judge: Judge, answered: Answered) -> Course:
    """Ask whom the policy wants to ask until somebody comes or the time is over."""
    return _Dispatch(appointment, judge).run(policy, answered)


class _Dispatch:
    def __init__(self, appointment: Appointment, judge: Judge) -> None:
        self._appointment, self._judge = appointment, judge
        at = appointment.requested
        places = range(len(appointment.people))
        self._line = sorted(places, key=lambda index: (-judge(appointment, index, at), index))
        self._sent: dict[int, tuple[datetime, float]] = {}
        self._silent: set[int] = set()
        self._events: list[tuple[datetime, int, Answer]] = []
        self._asked: dict[int, Asked] = {}

    def run(self, policy: Policy, answered: Answered) -> Course:
        now, refused = self._appointment.requested, False
        while True:
            again = self._ask(policy, now, answered, refused=refused)
            event = self._events[0][0] if self._events else self._appointment.deadline
            now, refused = min(event, again), False
            if now >= self._appointment.deadline:
                return self._end(self._appointment.deadline, filled=False)
            if now == event:
                _, index, said = heappop(self._events)
                self._silent.remove(index)
                self._note(index, now, said)
                if said is Answer.YES:
                    return self._end(now, filled=True)
                refused = True

    def _ask(self, policy: Policy, now: datetime, answered: Answered, *, refused: bool) -> datetime:
        """Let the policy ask; when it wants to look again."""
        end, earliest = self._appointment.deadline, allowed(now)
        if not self._line:
            return end
        if earliest > now:
            return earliest
        judged = [self._judge(self._appointment, index, now) for index in self._line]
        waiting = [Waiting(self._sent[index][1], self._sent[index][0]) for index in sorted(self._silent)]
        candidates = [Candidate(chance, now) for chance in judged]
        count, again = policy(View(now, end, candidates, waiting, answered, not self._sent, refused))
        for index, chance in list(zip(self._line, judged, strict=True))[:count]:
            self._send(index, chance, now)
        self._line = self._line[count:]
        return end if again is None else again

    def _send(self, index: int, chance: float, now: datetime) -> None:
        self._sent[index] = now, chance
        self._silent.add(index)
        said, when = self._appointment.answer(index, now)
        if when is not None:
            heappush(self._events, (when, index, said))

    def _note(self, index: int, ended: datetime, said: Answer) -> None:
        name = self._appointment.people[index].name
        self._asked[index] = Asked(name, self._sent[index][0], self._appointment.starts, ended, said)

    def _end(self, now: datetime, *, filled: bool) -> Course:
        for index in sorted(self._silent):
            self._note(index, now, Answer.NONE)
        ready = sum(self._appointment.answer(index, sent)[0] is Answer.YES for index, (sent, _) in self._sent.items())
        minutes = (now - self._appointment.requested).total_seconds() / 60
        asked = tuple(self._asked[index] for index in sorted(self._asked))
        return Course(filled, len(self._sent), minutes, ready - filled, asked)


def with_known_chances(everything: Iterable[Appointment], policy: Policy) -> list[Course]:
    """Dispatch appointments whose people's chances are known, as truly as the scenario says."""
    prior = Acceptance.prior(TIMEZONE)

    def judge(appointment: Appointment, index: int, sent: datetime) -> float:
        return min(max(appointment.scenario.judged * appointment.chance(index, sent), LEAST), MOST)

    return [dispatch(one, policy, judge, prior.answered) for one in everything]


def with_learning(
    everything: Iterable[Appointment], policy: Policy, *, learn: bool = True
) -> tuple[list[Course], list[Guess]]:
    """Dispatch a year's appointments; once a week the policy learns from what it has asked so far.

    Without `learn` it stays with what is known of any pool.
    """
    known = Acceptance.prior(TIMEZONE)
    courses: list[Course] = []
    guesses: list[Guess] = []
    monday: datetime | None = None
    for one in everything:
        if monday is None or one.requested >= monday + WEEK:
            monday = one.requested - timedelta(days=one.requested.weekday(), hours=one.requested.hour)
            past = [asked for course in courses for asked in course.asked]
            known = learning.learn(past, monday, TIMEZONE) if learn else known
        at = one.requested
        for index, person in enumerate(one.people):
            said = one.answer(index, at)[0]
            guesses.append(Guess(known.chance(person.name, at, one.starts), one.chance(index, at), said is Answer.YES))
        courses.append(dispatch(one, policy, _learned(known), known.answered))
    return courses, guesses


def _learned(known: Acceptance) -> Judge:
    return lambda appointment, index, sent: known.chance(appointment.people[index].name, sent, appointment.starts)
