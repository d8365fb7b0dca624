"""Whose clearances are missing, have run out or soon will."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, load_only

from app.journey.timing.clearances import ending, lacks, required
from app.models import CLEARANCES, Mediator, MediatorStatus, Pool

DATES = (*(getattr(Mediator, f"{kind}_on") for kind in CLEARANCES), Mediator.membership_until)


def to_renew(session: Session, now: datetime, pool: Pool) -> set[int]:
    """Ids of those of the pool who have not left and need a coordinator for it; narrow rows of few."""
    today = now.astimezone(ZoneInfo(pool.timezone)).date()
    there = select(Mediator).where(Mediator.status != MediatorStatus.LEFT).options(load_only(Mediator.id, *DATES))
    if not required(pool):
        there = there.where(or_(*(one.is_not(None) for one in DATES)))
    people = session.scalars(there)
    return {one.id for one in people if lacks(one, pool, today) or ending(one, pool, today)}
