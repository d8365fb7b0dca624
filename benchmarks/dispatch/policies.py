"""Whom to ask when: habits to compare the engine's waves with. Each sees what the service would see, nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks.dispatch.world import after, waking
from scheduler.waves.next_wave import Answered, Candidate, Waiting, next_wave, promise

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class View:
    """One appointment at one moment: who could be asked, in order, who is silent so far, what has just happened."""

    now: datetime
    deadline: datetime
    candidates: Sequence[Candidate]
    waiting: Sequence[Waiting]
    answered: Answered
    # nothing was asked before; somebody has just said no
    first: bool
    refused: bool


# how many of the candidates to ask now, and when to look again at the latest
Policy = Callable[[View], tuple[int, datetime | None]]


def at_once(most: int | None = None) -> Policy:
    """Ask everybody, or the first few, when the request comes, and wait."""

    def decide(view: View) -> tuple[int, datetime | None]:
        count = len(view.candidates) if most is None else most
        return (count if view.first else 0), None

    return decide


def every_hour(view: View) -> tuple[int, datetime | None]:
    """Ask one, and the next after an hour of silence or a no."""
    return 1, view.now + HOUR


def one_each(share: float) -> Policy:
    """Ask one, and the next after a no or when such a share of the waking time left has passed."""

    def decide(view: View) -> tuple[int, datetime | None]:
        return 1, after(view.now, max(1.0, share * (waking(view.deadline) - waking(view.now))))

    return decide


def waves(target: float, hurry: float | None = 1.0) -> Policy:
    """What the engine says; after a no at least one is asked.

    With `hurry` it is told, whenever it plans, that only this share of the waking time left remains; with None, as the
    service tells it.
    """

    def planned(view: View) -> datetime:
        if hurry is None:
            return promise(view.now, view.deadline)
        if hurry == 1:
            return view.deadline
        return after(view.now, hurry * (waking(view.deadline) - waking(view.now)))

    def decide(view: View) -> tuple[int, datetime | None]:
        wave = next_wave(
            view.candidates,
            view.waiting,
            seats=1,
            now=view.now,
            deadline=planned(view),
            answered=view.answered,
            target=target,
            at_least=1 if view.refused else 0,
        )
        return len(wave.ask), wave.again

    return decide


EVERYBODY, ONE_AN_HOUR, ONE_AN_EIGHTH, WAVES, HURRIED = (
    "everybody at once",
    "one after the other, an hour each",
    "one after the other, an eighth of the time left each",
    "waves",
    "waves as the service plans them",
)
POLICIES: dict[str, Policy] = {
    EVERYBODY: at_once(),
    ONE_AN_HOUR: every_hour,
    ONE_AN_EIGHTH: one_each(1 / 8),
    WAVES: waves(0.95),
    HURRIED: waves(0.95, None),
}
