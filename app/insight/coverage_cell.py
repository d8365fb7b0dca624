"""One language at one time of the week: who speaks it and is free then, and which appointments there are and were."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.insight.free_people import Cell
from app.journey.timing import acceptance
from app.models import (
    LEVELS,
    Appointment,
    AppointmentStatus,
    Mediator,
    MediatorStatus,
    Pool,
    Skill,
    with_details,
)
from app.models.functions import local_hour_of_week
from scheduler.forecast.result import SLOT_HOURS

# asked so long before, as a rule: see app/journey/matching.py
USUAL_LEAD: Final = timedelta(days=4)
LOOK_BACK: Final = timedelta(weeks=12)
AHEAD: Final = timedelta(weeks=4)
MOST_SHOWN: Final = 12
HOUR, HOURS_OF_DAY = 60, 24


@dataclass(frozen=True)
class Speaker:
    """Somebody who may be asked, in minutes of the local day when they are free on that weekday; `is_free` then."""

    mediator: Mediator
    skill: Skill
    free: tuple[tuple[int, int], ...]
    is_free: bool
    chance: float


def speakers_at(session: Session, now: datetime, pool: Pool, language: str, cell: Cell) -> list[Speaker]:
    """Everybody who speaks the language well enough, who is free first and then the likeliest."""
    weekday, hour = cell
    enough = LEVELS[LEVELS.index(pool.min_level) :] if pool.min_level else LEVELS
    skill = Skill.language == language
    people = session.scalars(
        select(Mediator)
        .where(Mediator.status == MediatorStatus.ACTIVE, Mediator.opted_out_at.is_(None))
        .where(Mediator.skills.any(skill & Skill.level.in_(enough)))
        .options(*with_details())
    )
    learned = acceptance.of_pool(pool)
    found = []
    for one in people:
        free = tuple((each.starts_minute, each.ends_minute) for each in one.availability if each.weekday == weekday)
        is_free = any(starts <= hour * HOUR and (hour + 1) * HOUR <= ends for starts, ends in free)
        own = next(each for each in one.skills if each.language == language)
        found.append(Speaker(one, own, free, is_free, learned.chance(str(one.id), now, now + USUAL_LEAD)))
    return sorted(found, key=lambda one: (not one.is_free, -one.chance, one.mediator.name))


def appointments_at(session: Session, now: datetime, pool: Pool, language: str, cell: Cell) -> Sequence[Appointment]:
    """Those that start then, of the weeks ahead and of the last weeks; the latest first."""
    weekday, hour = cell
    first = weekday * HOURS_OF_DAY + hour
    local = local_hour_of_week(Appointment.starts_at, pool.timezone)
    return session.scalars(
        select(Appointment)
        .where(
            Appointment.language == language,
            Appointment.status != AppointmentStatus.CANCELLED,
            Appointment.starts_at > now - LOOK_BACK,
            Appointment.starts_at < now + AHEAD,
            local.in_(range(first, first + SLOT_HOURS)),
        )
        .order_by(Appointment.starts_at.desc(), Appointment.id)
        .limit(MOST_SHOWN)
        .options(
            selectinload(Appointment.offers), selectinload(Appointment.assignments),
            selectinload(Appointment.organisation),
        )
    ).all()  # fmt: skip
