"""What was lent to and borrowed from neighbouring pools: how often and for how many hours, by pool."""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.insight.statistics import FILLED, midnight
from app.models import Appointment, Assignment, AssignmentState, BorrowedSeat, Organisation, Pool
from app.models.functions import seconds_between


@dataclass(frozen=True)
class Exchange:
    """With one pool: how many seats its people had with us and ours with it, and the hours these were planned for."""

    name: str
    borrowed: int
    borrowed_hours: float
    lent: int
    lent_hours: float


def exchanges(session: Session, pool: Pool, first_day: date, last_day: date) -> list[Exchange]:
    """What starts on the local days from `first_day` to `last_day`, both included, was not cancelled and has somebody.

    By the pool's name; pools with which nothing was exchanged are left out.
    """
    zone = ZoneInfo(pool.timezone)
    within = (
        Appointment.starts_at >= midnight(first_day, zone),
        Appointment.starts_at < midnight(last_day + timedelta(days=1), zone),
        Appointment.status.in_(FILLED),
    )
    seconds = func.sum(seconds_between(Appointment.starts_at, Appointment.ends_at))
    borrowed = (
        select(BorrowedSeat.to_pool_id, func.count(BorrowedSeat.id), seconds)
        .join(Appointment, BorrowedSeat.appointment_id == Appointment.id)
        .where(BorrowedSeat.ended_at.is_(None), BorrowedSeat.from_pool_id == pool.id, *within)
        .group_by(BorrowedSeat.to_pool_id)
    )
    lent = (
        select(Organisation.neighbour_id, func.count(Assignment.id), seconds)
        .select_from(Assignment)
        .join(Appointment, Assignment.appointment_id == Appointment.id)
        .join(Organisation, Appointment.organisation_id == Organisation.id)
        .where(Appointment.is_guest, Assignment.state == AssignmentState.ACTIVE, *within)
        .group_by(Organisation.neighbour_id)
    )
    ours = {number: (count, float(time)) for number, count, time in session.execute(borrowed)}
    theirs = {number: (count, float(time)) for number, count, time in session.execute(lent)}
    names = select(Pool.id, Pool.name).where(Pool.id.in_({*ours, *theirs})).order_by(Pool.name, Pool.id)
    return [
        Exchange(name, *_counted(ours.get(number, (0, 0.0))), *_counted(theirs.get(number, (0, 0.0))))
        for number, name in session.execute(names)
    ]


def _counted(found: tuple[int, float]) -> tuple[int, float]:
    return found[0], round(found[1] / 3600, 1)
