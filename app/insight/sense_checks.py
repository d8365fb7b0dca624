"""What looks odd about a request that is allowed: asked about before it is sent, never forbidden."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.journey.participants import travel_of
from app.journey.request import LONGEST_MINUTES, Place, Request
from app.journey.timing.contact_hours import is_working_day
from app.journey.timing.local_time import minute_of_day
from app.models import SEEKING, Appointment, AppointmentStatus, Mediator, MediatorStatus, Pool
from scheduler.model import problem as engine

# outside of these local hours hardly anybody meets
EARLIEST, LATEST = 7 * 60, 20 * 60
# names of places, for the engine
HERE, HOME = "here", "home"


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
    zone = ZoneInfo(pool.timezone)
    found = []
    if (twin := _twin(session, now, organisation_id, wanted)) is not None:
        found.append(Hint(Oddity.TWICE, twin))
    if not is_working_day(wanted.starts_at.astimezone(zone).date()):
        found.append(Hint(Oddity.DAY))
    if _is_at_an_odd_hour(wanted, zone):
        found.append(Hint(Oddity.HOUR))
    if wanted.mode == "on_site" and wanted.place is not None and _is_far(session, pool, wanted.place):
        found.append(Hint(Oddity.FAR))
    return found


def _is_at_an_odd_hour(wanted: Request, zone: ZoneInfo) -> bool:
    day = wanted.starts_at.astimezone(zone).date()
    ends = wanted.starts_at + timedelta(minutes=wanted.duration_minutes)
    return wanted.starts_at < minute_of_day(day, EARLIEST, zone) or ends > minute_of_day(day, LATEST, zone)


def _twin(session: Session, now: datetime, organisation_id: int, wanted: Request) -> int | None:
    """An appointment of the same organisation, in one of these languages and at that time, that is not over."""
    understood = {wanted.language, *wanted.accepted_languages}
    ends = wanted.starts_at + timedelta(minutes=wanted.duration_minutes)
    rows = session.execute(
        select(Appointment.id, Appointment.language, Appointment.accepted_languages)
        .where(
            Appointment.organisation_id == organisation_id,
            Appointment.status.in_((*SEEKING, AppointmentStatus.FILLED)),
            # for the index, which knows when they begin
            Appointment.starts_at > wanted.starts_at - timedelta(minutes=LONGEST_MINUTES),
            Appointment.starts_at < ends,
            Appointment.ends_at > wanted.starts_at,
            Appointment.ends_at > now,
        )
        .order_by(Appointment.id)
    )
    return next((one.id for one in rows if understood & {one.language, *one.accepted_languages}), None)


def _is_far(session: Session, pool: Pool, place: Place) -> bool:
    """Whether most of the pool's people would have to travel farther than they do."""
    homes = session.execute(
        select(Mediator.home_lat, Mediator.home_lon, Mediator.max_travel_minutes).where(
            Mediator.status == MediatorStatus.ACTIVE, Mediator.home_lat.is_not(None), Mediator.home_lon.is_not(None)
        )
    ).all()
    travel, places = travel_of(pool), {HERE: engine.Place(place.lat, place.lon)}
    near = 0
    for lat, lon, most in homes:
        ways = places | {HOME: engine.Place(lat or 0.0, lon or 0.0)}
        farthest = min(limit for limit in (most, pool.max_travel_minutes) if limit is not None)
        near += (travel.between(HOME, HERE, ways) or 0.0) <= farthest
    return near * 2 < len(homes)
