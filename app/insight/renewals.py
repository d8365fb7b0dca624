"""Whose clearances are missing, have run out or soon will; on which days that keeps them from being asked."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, load_only

from app.journey.timing.clearances import cleared_days, ending, lacks, required
from app.models import CLEARANCES, Mediator, MediatorStatus, Pool

DATES = (*(getattr(Mediator, f"{kind}_on") for kind in CLEARANCES), Mediator.membership_until)

DAY: Final = timedelta(days=1)


def uncleared_days(session: Session, pool: Pool, first: date, last: date) -> Mapping[int, Sequence[tuple[date, date]]]:
    """Mediator id -> the parts of these days on which they lack what the pool asks for; nothing for who lacks none."""
    if not required(pool):
        return {}
    people = session.scalars(select(Mediator).options(load_only(Mediator.id, *DATES)))
    return {one.id: spans for one in people if (spans := _outside(cleared_days(one, pool), first, last))}


def _outside(cleared: tuple[date, date] | None, first: date, last: date) -> list[tuple[date, date]]:
    if cleared is None or cleared[1] < first or last < cleared[0]:
        return [(first, last)]
    before = [(first, cleared[0] - DAY)] if first < cleared[0] else []
    return [*before, (cleared[1] + DAY, last)] if cleared[1] < last else before


def to_renew(session: Session, now: datetime, pool: Pool) -> set[int]:
    """Ids of those of the pool who have not left and need a coordinator for it; narrow rows of few."""
    today = now.astimezone(ZoneInfo(pool.timezone)).date()
    there = select(Mediator).where(Mediator.status != MediatorStatus.LEFT).options(load_only(Mediator.id, *DATES))
    if not required(pool):
        there = there.where(or_(*(one.is_not(None) for one in DATES)))
    people = session.scalars(there)
    return {one.id for one in people if lacks(one, pool, today) or ending(one, pool, today)}
