"""What mediators were there for, as far as anybody knows: each talk, and how much it was in a year."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, contains_eager

from app.models import Appointment, AppointmentStatus, Assignment, AssignmentState, Mediator, Organisation
from app.models.functions import seconds_between


@dataclass(frozen=True)
class Given:
    """How many talks, and their planned length in whole hours."""

    talks: int
    hours: int


def talks(session: Session, mediator: Mediator, now: datetime) -> Sequence[Assignment]:
    """All that is over, the latest first, with appointment and organisation."""
    return session.scalars(
        select(Assignment)
        .join(Appointment, Assignment.appointment_id == Appointment.id)
        .where(*_was_there(mediator, now))
        .order_by(Assignment.starts_at.desc(), Assignment.id.desc())
        .options(
            contains_eager(Assignment.appointment).joinedload(Appointment.organisation).lazyload(Organisation.sites),
        )
    ).all()


def given_in(session: Session, mediator: Mediator, year: int, now: datetime) -> Given:
    """What began within a year of the pool's time, until now."""
    zone = ZoneInfo(mediator.pool.timezone)
    begins, ends = (datetime.combine(date(one, 1, 1), time(), zone) for one in (year, year + 1))
    found = session.execute(
        select(func.count(Assignment.id), func.sum(seconds_between(Assignment.starts_at, Assignment.ends_at)))
        .join(Appointment, Assignment.appointment_id == Appointment.id)
        .where(*_was_there(mediator, now), Assignment.starts_at >= begins, Assignment.starts_at < ends)
    ).one()
    return Given(found[0], round((found[1] or 0) / 3600))


def _was_there(mediator: Mediator, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        Assignment.mediator_id == mediator.id,
        Assignment.state == AssignmentState.ACTIVE,
        Assignment.ends_at <= now,
        Appointment.status.in_((AppointmentStatus.FILLED, AppointmentStatus.DONE)),
    )
