"""Rows -> what a forecast is made of: the pool's people and open appointments, and its past, as plain values."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.insight.statistics import FILLED
from app.journey import matching
from app.journey.participants import NOTHING_LATELY, mediator_value, place_of
from app.journey.timing import acceptance
from app.journey.timing.availability import local_days, windows
from app.journey.timing.clearances import is_cleared
from app.journey.timing.contact_hours import last_asked, public_holidays
from app.models import (
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    Mediator,
    MediatorStatus,
    Offer,
    Pool,
    with_details,
)
from scheduler.forecast.history import LOOK_BACK, MOST_REPLAYED, History, PastRequest
from scheduler.model import problem as engine
from scheduler.model.participants import CHANCE

WEEKS: Final = 4
# so many requests say what is asked for as well as more would
MOST_PAST: Final = 20_000
DAYS: Final = 7


@dataclass(frozen=True)
class ForecastInput:
    """The problem and the history that scheduler/forecast asks for."""

    problem: engine.Problem
    history: History


def read(session: Session, now: datetime, pool: Pool) -> ForecastInput:
    """What is known of the pool just now.

    Of the people, their free times on all days that are played: those of the latest requests, and of the weeks ahead.
    Whoever pauses or has left was there until they were last asked.
    """
    zone = ZoneInfo(pool.timezone)
    places: dict[str, engine.Place] = {}
    since = _since(session, now).replace(microsecond=0)
    past = _past(session, since, now, pool, places)
    replayed = sorted(past, key=lambda one: one.asked)[-MOST_REPLAYED:]
    today = now.astimezone(zone).date()
    ahead = [today + timedelta(days=number) for number in range(DAYS * WEEKS + 1)]
    held = [instant for one in replayed for instant in (one.wanted.starts, one.wanted.ends)]
    days = sorted({*local_days(held, zone), *ahead})
    problem = matching.snapshot(session, now, pool).problem
    people = _people(session, now, pool, problem.mediator, days, places)
    return ForecastInput(
        replace(problem, mediators=people, places={**problem.places, **places}),
        History(
            since=since,
            acceptance=acceptance.of_pool(pool),
            requests=tuple(past),
            about=_about(session, since, now + timedelta(weeks=WEEKS + 1)),
            holidays=_holidays(since.astimezone(zone).date(), ahead[-1]),
        ),
    )


def _since(session: Session, now: datetime) -> datetime:
    """The start of the past that is looked at: since when anything is known, not too long ago, not too much."""
    known = session.scalar(select(func.min(Appointment.created_at))) or now
    newest = select(Appointment.starts_at).where(Appointment.starts_at < now).order_by(Appointment.starts_at.desc())
    enough = session.scalar(newest.where(Appointment.status != AppointmentStatus.CANCELLED).offset(MOST_PAST).limit(1))
    return max(now - LOOK_BACK, known, *([enough] if enough else []))


def _holidays(first: date, last: date) -> frozenset[date]:
    found = {day for year in range(first.year, last.year + 1) for day in public_holidays(year)}
    return frozenset(day for day in found if first <= day <= last)


def _past(
    session: Session, since: datetime, now: datetime, pool: Pool, places: dict[str, engine.Place]
) -> list[PastRequest]:
    """What started since then and was not cancelled."""
    within = (Appointment.starts_at >= since, Appointment.starts_at < now)
    handed_back = _handed_back(session, since, now)
    rows = session.execute(
        select(
            Appointment.id,
            Appointment.language,
            Appointment.accepted_languages,
            Appointment.min_level,
            Appointment.starts_at,
            Appointment.ends_at,
            Appointment.mode,
            Appointment.place_lat,
            Appointment.place_lon,
            Appointment.gender,
            Appointment.mediators_needed,
            Appointment.created_at,
            Appointment.status,
        )
        .where(*within, Appointment.status != AppointmentStatus.CANCELLED)
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return [
        PastRequest(
            _wanted(row, pool, places),
            # what was entered afterwards was known when it began, at the latest
            min(row.created_at, row.starts_at).replace(microsecond=0),
            row.status in FILLED,
            handed_back[row.id],
        )
        for row in rows
    ]


def _about(session: Session, since: datetime, until: datetime) -> Mapping[str, tuple[str, str]]:
    """Id of a request, past or to come, -> its topic and district."""
    rows = session.execute(
        select(Appointment.id, Appointment.topic, Appointment.place_district)
        .where(Appointment.starts_at >= since, Appointment.starts_at < until)
        .where(Appointment.status != AppointmentStatus.CANCELLED)
    )
    return {str(appointment_id): (topic, district) for appointment_id, topic, district in rows}


def _handed_back(session: Session, since: datetime, now: datetime) -> Counter[int]:
    """Appointment id -> how many assignments were given back."""
    rows = session.execute(
        select(Assignment.appointment_id, func.count())
        .where(Assignment.starts_at >= since, Assignment.starts_at < now)
        .where(Assignment.state == AssignmentState.HANDED_BACK)
        .group_by(Assignment.appointment_id)
    )
    found: Counter[int] = Counter()
    for appointment_id, number in rows:
        found[appointment_id] = number
    return found


def _wanted(row: Row[*tuple[Any, ...]], pool: Pool, places: dict[str, engine.Place]) -> engine.Appointment:
    return engine.Appointment(
        id=str(row.id),
        language=row.language,
        accepted_languages=tuple(row.accepted_languages),
        min_level=row.min_level or pool.min_level,
        starts=row.starts_at,
        ends=row.ends_at,
        mode=row.mode,
        place=place_of(places, row.place_lat, row.place_lon) if row.mode == "on_site" else None,
        gender=row.gender,
        mediators_needed=row.mediators_needed,
        partial=row.mediators_needed > 1,
    )


def _people(
    session: Session,
    now: datetime,
    pool: Pool,
    known: Mapping[str, engine.Mediator],
    days: Sequence[date],
    places: dict[str, engine.Place],
) -> tuple[engine.Mediator, ...]:
    """Everybody, as they are and as they were."""
    zone = ZoneInfo(pool.timezone)
    today = now.astimezone(zone).date()
    found = session.scalars(select(Mediator).order_by(Mediator.id).options(*with_details())).all()
    gone = [one.id for one in found if not _is_there(one)]
    first, last = _first_asked(session), last_asked(session, now - LOOK_BACK, gone)
    values = []
    for one in found:
        begins = min(one.created_at, first.get(one.id, now))
        ends = None if _is_there(one) else last.get(one.id, begins)
        # which clearances somebody had in the past is not known
        had = [day for day in days if day < today or is_cleared(one, pool, day)]
        free = _between(windows(one, had, zone), begins, ends)
        value = known.get(str(one.id)) or mediator_value(one, frozenset(), (), NOTHING_LATELY, places, chance=CHANCE)
        values.append(replace(value, available=free))
    return tuple(values)


def _is_there(mediator: Mediator) -> bool:
    return mediator.status is MediatorStatus.ACTIVE and mediator.opted_out_at is None


def _first_asked(session: Session) -> dict[int, datetime]:
    """Mediator id -> when they were asked for the first time; whoever was entered later had been there before."""
    rows = session.execute(select(Offer.mediator_id, func.min(Offer.sent_at)).group_by(Offer.mediator_id))
    return {mediator_id: at for mediator_id, at in rows if at is not None}


def _between(
    free: Sequence[tuple[datetime, datetime]], begins: datetime, ends: datetime | None
) -> tuple[tuple[datetime, datetime], ...]:
    return tuple(one for one in free if one[1] > begins and (ends is None or one[0] < ends))
