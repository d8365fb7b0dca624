"""What a pool asks for before somebody is asked, and on which days it is there: the one owner of that rule.

The day of the appointment counts, not the day on which one looks: what runs out before it is of no use there.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from app.journey.people import Person
from app.models import CLEARANCES, Mediator, Pool

# so long before its last day a clearance is told to run out
NOTICE: Final = timedelta(weeks=6)


@dataclass(frozen=True)
class Validity:
    """The days on which one clearance of a person counts, both included; `last` None: it does not run out."""

    kind: str
    first: date
    last: date | None

    def holds_on(self, day: date) -> bool:
        """Whether it counts on that local day."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Lack:
    """A clearance that is asked for and does not count on a day; `ended` is its last day, None where there is none."""

    kind: str
    ended: date | None


def required(pool: Pool) -> tuple[str, ...]:
    """The kinds that the pool asks for."""
    return tuple(kind for kind in CLEARANCES if getattr(pool, f"{kind}_required"))


def validity(mediator: Mediator | Person, pool: Pool, kind: str) -> Validity | None:
    """When a clearance of this person counts; None where nothing is entered."""
    given: date | None = getattr(mediator, f"{kind}_on")
    until = mediator.membership_until if kind == "membership" else None
    if given is None and until is None:
        return None
    months: int | None = getattr(pool, f"{kind}_months")
    if until is None and given is not None and months is not None:
        until = _months_after(given, months)
    return Validity(kind, given or date.min, until)


def validities(mediator: Mediator, pool: Pool) -> Iterator[Validity]:
    """Those of all kinds of which something is entered."""
    return (found for kind in CLEARANCES if (found := validity(mediator, pool, kind)) is not None)


def ending(mediator: Mediator, pool: Pool, today: date) -> tuple[Validity, ...]:
    """What has run out, or will within NOTICE; the first to end comes first."""
    latest = today + NOTICE
    found = [one for one in validities(mediator, pool) if one.last is not None and one.last <= latest]
    return tuple(sorted(found, key=lambda one: one.last or date.max))


def lacks(mediator: Mediator, pool: Pool, day: date) -> tuple[Lack, ...]:
    """What the pool asks for and this person does not have on that local day."""
    return tuple(_lacks(mediator, pool, day))


def _lacks(mediator: Mediator, pool: Pool, day: date) -> Iterator[Lack]:
    for kind in required(pool):
        found = validity(mediator, pool, kind)
        if found is None or day < found.first:
            yield Lack(kind, None)
        elif not found.holds_on(day):
            yield Lack(kind, found.last)


def cleared_days(mediator: Mediator | Person, pool: Pool) -> tuple[date, date] | None:
    """The first and the last day on which they have all that the pool asks for; None for no day at all."""
    found = [validity(mediator, pool, kind) for kind in required(pool)]
    if None in found:
        return None
    known = [one for one in found if one is not None]
    first = max((one.first for one in known), default=date.min)
    last = min((one.last for one in known if one.last is not None), default=date.max)
    return (first, last) if first <= last else None


def is_cleared(mediator: Mediator | Person, pool: Pool, day: date) -> bool:
    """Whether they have on that local day all that the pool asks for."""
    days = cleared_days(mediator, pool)
    return days is not None and days[0] <= day <= days[1]


def _months_after(day: date, months: int) -> date:
    """The same day so many months later; the last of that month where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
