"""What would find more people for an appointment: each change tried on everybody who speaks its languages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from math import prod
from typing import Final
from zoneinfo import ZoneInfo

from app.insight.explanations import Candidate, Circle
from app.journey.offers import current_offers
from app.models import Mediator, MediatorStatus, OfferStatus
from scheduler.model import problem as engine

# As far as a time is moved without talking about another day, and the hours of a day at which people meet.
SHIFTS: Final = (timedelta(hours=1), timedelta(hours=2))
EARLIEST, LATEST = 7, 20
# What a long talk may be cut down to.
SHORTER: Final = timedelta(hours=1)
# As many as are told, and as are asked together.
TOLD, TOGETHER = 3, 5
STILL_FREE: Final = frozenset({None, OfferStatus.PLANNED.value, OfferStatus.WITHDRAWN.value})


class Change(StrEnum):
    """What could be different."""

    PHONE = "phone"
    VIDEO = "video"
    ANY_GENDER = "any_gender"
    EARLIER = "earlier"
    LATER = "later"
    SHORTER = "shorter"


@dataclass(frozen=True)
class Remedy:
    """A change, and who could come then who cannot now: likeliest yes first, with the chance of each.

    `starts` and `ends` are when it would be.
    """

    change: Change
    starts: datetime
    ends: datetime
    people: tuple[tuple[Mediator, float], ...]

    @property
    def chance(self) -> float:
        """That of a yes if the first few of them are asked."""
        return together(chance for _, chance in self.people[:TOLD])


def remedies(now: datetime, circle: Circle) -> list[Remedy]:
    """The changes that find somebody more, most promising first."""
    people = [one for one in circle.people if _may_be_asked(circle, one) and circle.refusals(one)]
    found = (_tried(now, circle, people, change, changed) for change, changed in _changes(now, circle))
    by_change: dict[Change, Remedy] = {}
    for one in found:
        # of two times in one direction the nearer
        if one.people:
            by_change.setdefault(one.change, one)
    return sorted(by_change.values(), key=lambda one: -one.chance)[:TOLD]


def askable(candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Those who fit and have not been asked, or whose question was taken back; best first, as they came."""
    return [one for one in candidates if one.eligible and one.offer_status in STILL_FREE]


def ask_together(candidates: Sequence[Candidate], target: float) -> Sequence[Candidate]:
    """Of those who fit and may be asked, best first, as many as reach the target together; empty if one does, or none.

    `target` is the chance of a yes to aim at.
    """
    for number in range(1, min(len(candidates), TOGETHER) + 1):
        if together(one.chance for one in candidates[:number]) >= target:
            return candidates[:number] if number > 1 else ()
    return candidates[:TOLD] if len(candidates) > 1 else ()


def together(chances: Iterable[float]) -> float:
    """The chance of at least one yes."""
    return 1 - prod(1 - one for one in chances)


def _may_be_asked(circle: Circle, person: Mediator) -> bool:
    asked = {offer.mediator_id: offer.status.value for offer in current_offers(circle.appointment)}
    return person.status is MediatorStatus.ACTIVE and person.opted_out_at is None and asked.get(person.id) in STILL_FREE


def _changes(now: datetime, circle: Circle) -> Iterable[tuple[Change, engine.Appointment]]:
    given = circle.problem.appointment[str(circle.appointment.id)]
    for mode in (Change.PHONE, Change.VIDEO):
        if given.mode != mode.value:
            yield mode, replace(given, mode=mode.value, place=None)
    if given.gender is not None:
        yield Change.ANY_GENDER, replace(given, gender=None)
    zone = ZoneInfo(circle.appointment.pool.timezone)
    for shift in SHIFTS:
        for change, by in ((Change.EARLIER, -shift), (Change.LATER, shift)):
            starts, ends = given.starts + by, given.ends + by
            if starts > now and _at_a_usual_hour(starts, ends, given.starts, zone):
                yield change, replace(given, starts=starts, ends=ends)
    if given.ends - given.starts > SHORTER:
        yield Change.SHORTER, replace(given, ends=given.starts + SHORTER)


def _at_a_usual_hour(starts: datetime, ends: datetime, agreed: datetime, zone: ZoneInfo) -> bool:
    first, last, day = starts.astimezone(zone), ends.astimezone(zone), agreed.astimezone(zone).date()
    return first.date() == day == last.date() and first.hour >= EARLIEST and last.hour < LATEST


def _tried(
    now: datetime, circle: Circle, people: Sequence[Mediator], change: Change, changed: engine.Appointment
) -> Remedy:
    able = [one for one in people if not circle.refusals(one, changed)]
    chances = [(one, circle.learned.chance(str(one.id), now, changed.starts)) for one in able]
    likeliest = sorted(chances, key=lambda one: (-one[1], one[0].name, one[0].id))
    return Remedy(change, changed.starts, changed.ends, tuple(likeliest))
