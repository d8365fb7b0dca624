"""What looks odd about a request that is allowed: asked about before it is sent, never forbidden."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.journey.participants import travel_of
from app.journey.request import LONGEST_MINUTES, Request
from app.journey.timing.contact_hours import is_working_day
from app.journey.timing.local_time import minute_of_day
from app.models import SEEKING, Appointment, AppointmentStatus, Mediator, MediatorStatus, Pool
from scheduler.model import problem as engine

# outside of these local hours hardly anybody meets
EARLIEST, LATEST = 7 * 60, 20 * 60
# names of places, for the engine
HERE, HOME = "here", "home"
# degrees of latitude and longitude
Point = tuple[float, float]


class Oddity(StrEnum):
    """What may be a slip."""

    HOUR = "hour"
    DAY = "day"
    TWICE = "twice"
    FAR = "far"


@dataclass(frozen=True)
class Hint:
    """One of them; `appointment` is the id of the open appointment that seems to be the same."""

    oddity: Oddity
    appointment: int | None = None


def hints(session: Session, now: datetime, pool: Pool, organisation_id: int, wanted: Request) -> list[Hint]:
    """What to ask about a request that check() finds nothing wrong with."""
    return hints_of_all(session, now, pool, [(organisation_id, wanted)])[0]


def hints_of_all(session: Session, now: datetime, pool: Pool, asked: Sequence[tuple[int, Request]]) -> list[list[Hint]]:
    """The same for each of many requests (id of the organisation, what is wanted), in as many statements as for one."""
    if not asked:
        return []
    zone = ZoneInfo(pool.timezone)
    there, far = _there(session, now, asked), _far(session, pool, asked)
    return [_hints(zone, there, far, *one) for one in asked]


def _hints(
    zone: ZoneInfo, there: Sequence[Row[*tuple[Any, ...]]], far: frozenset[Point], organisation_id: int, wanted: Request
) -> list[Hint]:
    found = []
    if (twin := _twin(there, organisation_id, wanted)) is not None:
        found.append(Hint(Oddity.TWICE, twin))
    if not is_working_day(wanted.starts_at.astimezone(zone).date()):
        found.append(Hint(Oddity.DAY))
    if _is_at_an_odd_hour(wanted, zone):
        found.append(Hint(Oddity.HOUR))
    if (point := _point(wanted)) is not None and point in far:
        found.append(Hint(Oddity.FAR))
    return found


def _is_at_an_odd_hour(wanted: Request, zone: ZoneInfo) -> bool:
    day = wanted.starts_at.astimezone(zone).date()
    ends = wanted.starts_at + timedelta(minutes=wanted.duration_minutes)
    return wanted.starts_at < minute_of_day(day, EARLIEST, zone) or ends > minute_of_day(day, LATEST, zone)


def _there(session: Session, now: datetime, asked: Sequence[tuple[int, Request]]) -> Sequence[Row[*tuple[Any, ...]]]:
    """What these organisations have already around those times and is not over."""
    first = min(wanted.starts_at for _, wanted in asked)
    last = max(_end(wanted) for _, wanted in asked)
    return session.execute(
        select(
            Appointment.id,
            Appointment.organisation_id,
            Appointment.language,
            Appointment.accepted_languages,
            Appointment.starts_at,
            Appointment.ends_at,
        )
        .where(
            Appointment.organisation_id.in_({organisation_id for organisation_id, _ in asked}),
            Appointment.status.in_((*SEEKING, AppointmentStatus.FILLED)),
            # for the index, which knows when they begin
            Appointment.starts_at > first - timedelta(minutes=LONGEST_MINUTES),
            Appointment.starts_at < last,
            Appointment.ends_at > max(first, now),
        )
        .order_by(Appointment.id)
    ).all()


def _twin(there: Sequence[Row[*tuple[Any, ...]]], organisation_id: int, wanted: Request) -> int | None:
    """An appointment of the same organisation, in one of these languages and at that time."""
    understood = {wanted.language, *wanted.accepted_languages}
    ends = _end(wanted)
    return next(
        (
            one.id
            for one in there
            if one.organisation_id == organisation_id
            and one.starts_at < ends
            and one.ends_at > wanted.starts_at
            and understood & {one.language, *one.accepted_languages}
        ),
        None,
    )


def _end(wanted: Request) -> datetime:
    return wanted.starts_at + timedelta(minutes=wanted.duration_minutes)


def _point(wanted: Request) -> Point | None:
    place = wanted.place if wanted.mode == "on_site" else None
    return (place.lat, place.lon) if place else None


def _far(session: Session, pool: Pool, asked: Sequence[tuple[int, Request]]) -> frozenset[Point]:
    """Those places to which most of the pool's people would have to travel farther than they do."""
    points = {point for _, wanted in asked if (point := _point(wanted)) is not None}
    if not points:
        return frozenset()
    homes = session.execute(
        select(Mediator.home_lat, Mediator.home_lon, Mediator.max_travel_minutes).where(
            Mediator.status == MediatorStatus.ACTIVE, Mediator.home_lat.is_not(None), Mediator.home_lon.is_not(None)
        )
    ).all()
    return frozenset(point for point in points if _is_far(pool, point, homes))


def _is_far(pool: Pool, point: Point, homes: Sequence[Row[*tuple[Any, ...]]]) -> bool:
    travel, places = travel_of(pool), {HERE: engine.Place(*point)}
    near = 0
    for lat, lon, most in homes:
        ways = places | {HOME: engine.Place(lat or 0.0, lon or 0.0)}
        farthest = min(limit for limit in (most, pool.max_travel_minutes) if limit is not None)
        near += (travel.between(HOME, HERE, ways) or 0.0) <= farthest
    return near * 2 < len(homes)
