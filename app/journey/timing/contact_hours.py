"""When somebody may be asked: in their hours, after a pause, and not too often a day.

Only questions are held back. What concerns an assignment that somebody has agreed to is always sent.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.journey.people import Person
from app.journey.timing.local_time import minute_of_day
from app.models import Appointment, Heartbeat, Mediator, Offer, OfferStatus, Pool

# All municipalities that this service is made for lie in North Rhine-Westphalia.
COUNTRY, STATE = "DE", "NW"
# With less left than this at the next usual hour, the question cannot wait for that hour.
SHORT_NOTICE = timedelta(hours=24)
# Days within which everybody can be asked at some time, holidays in between or not.
FARTHEST = 14


@dataclass(frozen=True)
class Hours:
    """When a person may be asked: minutes of the local day, and whether on Saturdays, Sundays and holidays."""

    start: int
    end: int
    every_day: bool
    zone: ZoneInfo

    @classmethod
    def of(cls, pool: Pool, mediator: Mediator | Person) -> "Hours":
        """The mediator's own hours; where they have none, the pool's."""
        start, end, weekends = mediator.text_from_minute, mediator.text_until_minute, mediator.text_weekends
        return cls(
            pool.text_from_minute if start is None else start,
            pool.text_until_minute if end is None else end,
            pool.text_weekends if weekends is None else weekends,
            ZoneInfo(pool.timezone),
        )

    @classmethod
    def of_pool(cls, pool: Pool) -> "Hours":
        """Those of the pool, for whoever has none of their own."""
        return cls(pool.text_from_minute, pool.text_until_minute, pool.text_weekends, ZoneInfo(pool.timezone))

    def before(self, instant: datetime, span: timedelta) -> datetime:
        """How long before an instant people can still be asked for so long; without enough hours, so long before."""
        left, last = span, instant.astimezone(self.zone).date()
        for number in range(FARTHEST + 1):
            start, end = self._span(last - timedelta(days=number)) or (instant, instant)
            room = min(end, instant) - start
            if room >= left:
                return min(end, instant) - left
            left -= max(room, timedelta(0))
        return instant - span

    def next(self, instant: datetime) -> datetime | None:
        """The first instant from this one on at which they may be asked; None if there is none for two weeks."""
        return next((max(instant, start) for start, end in self._spans(instant) if end > instant), None)

    def _spans(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        first = since.astimezone(self.zone).date()
        for number in range(FARTHEST + 1):
            if span := self._span(first + timedelta(days=number)):
                yield span

    def _span(self, day: date) -> tuple[datetime, datetime] | None:
        if not self.every_day and not is_working_day(day):
            return None
        return minute_of_day(day, self.start, self.zone), minute_of_day(day, self.end, self.zone)


@lru_cache(maxsize=16)
def public_holidays(year: int) -> frozenset[date]:
    """Those of the state in which the service is at home."""
    return frozenset(holidays.country_holidays(COUNTRY, subdiv=STATE, years=[year]))


def is_working_day(day: date) -> bool:
    """Monday to Friday, unless it is a public holiday."""
    return day.weekday() < 5 and day not in public_holidays(day.year)


@dataclass(frozen=True)
class Limits:
    """What a pool allows, and what its people were asked lately."""

    pool: Pool
    now: datetime
    rings: bool
    # mediator id -> the last question, and how many of the present local day
    lately: dict[int, tuple[datetime, int]]

    @classmethod
    def of(
        cls, session: Session, now: datetime, pools: Iterable[Pool], people: Collection[int], *, rings: bool
    ) -> dict[int, "Limits"]:
        """Pool id -> the limits as they stand for these people; `rings` as phones_ring() says."""
        found = {pool.id: cls(pool, now, rings, {}) for pool in pools}
        asked = session.execute(
            select(Offer.pool_id, Offer.mediator_id, Offer.sent_at).where(
                Offer.sent_at > min((one.since for one in found.values()), default=now),
                Offer.status != OfferStatus.PLANNED,
                Offer.pool_id.in_(found),
                Offer.mediator_id.in_(people),
            )
        )
        for pool_id, mediator_id, sent_at in asked:
            if sent_at is not None and sent_at > found[pool_id].since:
                found[pool_id].note(mediator_id, sent_at)
        return found

    @cached_property
    def _midnight(self) -> datetime:
        zone = ZoneInfo(self.pool.timezone)
        return minute_of_day(self.now.astimezone(zone).date(), 0, zone)

    @cached_property
    def since(self) -> datetime:
        """How far back what somebody was asked matters."""
        return min(self._midnight, self.now - timedelta(minutes=self.pool.text_pause_minutes))

    def note(self, mediator_id: int, sent_at: datetime) -> None:
        """They were asked then."""
        last, count = self.lately.get(mediator_id, (sent_at, 0))
        self.lately[mediator_id] = (max(last, sent_at), count + (sent_at >= self._midnight))

    def earliest(self, mediator: Mediator, appointment: Appointment) -> datetime | None:
        """When this person may next be asked about it; None if not before it begins."""
        return self.turn(mediator).before(appointment.starts_at, urgent=appointment.urgent)

    def turn(self, mediator: Mediator | Person) -> "Turn":
        """When this person may next be asked, whatever about."""
        if not self.rings:
            return Turn(self.now, self.now, at_any_time=True)
        at = self.now
        hours = Hours.of(self.pool, mediator)
        last, count = self.lately.get(mediator.id, (None, 0))
        if count >= self.pool.max_texts_per_day:
            at = minute_of_day(at.astimezone(hours.zone).date() + timedelta(days=1), 0, hours.zone)
        elif last is not None:
            at = max(at, last + timedelta(minutes=self.pool.text_pause_minutes))
        return Turn(at, hours.next(at), at_any_time=mediator.urgent_opt_in)


class Turn(NamedTuple):
    """When somebody's pause is over, and their next hour from then on; `at_any_time`: for what is urgent."""

    at: datetime
    usual: datetime | None
    at_any_time: bool

    def before(self, starts_at: datetime, *, urgent: bool) -> datetime | None:
        """When they may next be asked about something that starts then; None if not before it does."""
        found = self.at if self.at_any_time and _is_urgent(starts_at, self.usual, urgent=urgent) else self.usual
        return found if found is not None and found < starts_at else None


def _is_urgent(starts_at: datetime, usual: datetime | None, *, urgent: bool) -> bool:
    return urgent or usual is None or starts_at - usual < SHORT_NOTICE


def phones_ring(session: Session) -> bool:
    """Whether somebody's telephone rings when a message leaves; nobody need be spared in a rehearsal."""
    said = session.scalar(select(Heartbeat.rings).order_by(Heartbeat.seen_at.desc()).limit(1))
    return said is None or said


def can_call(session: Session) -> bool:
    """Whether the worker that was seen last can make calls."""
    return bool(session.scalar(select(Heartbeat.calls).order_by(Heartbeat.seen_at.desc()).limit(1)))


def last_asked(session: Session, since: datetime, people: Collection[int]) -> dict[int, datetime]:
    """Mediator id -> when they were last asked anything, of those of these people who were since then."""
    asked = (
        select(Offer.mediator_id, func.max(Offer.sent_at))
        .where(Offer.sent_at > since, Offer.mediator_id.in_(people))
        .group_by(Offer.mediator_id)
    )
    return {mediator_id: at for mediator_id, at in session.execute(asked) if at is not None}
