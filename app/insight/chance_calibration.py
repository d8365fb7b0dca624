"""What became of the chances that earlier requests were given; learned anew each time, and kept in no cache."""

from datetime import datetime
from typing import Final

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.insight.statistics import FILLED
from app.models import Appointment, AppointmentStatus
from scheduler.advice.calibration import Calibration, Outcome, fit

# the latest of them say enough
MOST_SEEN: Final = 1000
STEPS: Final = 20


def of_pool(session: Session, now: datetime) -> Calibration:
    """What a chance is worth in the session's pool."""
    # a way out that was tried says that nobody came as it had been requested
    as_requested = Appointment.status.in_(FILLED) & (Appointment.round == Appointment.first_round)
    latest = (
        select(Appointment.expected, case((as_requested, 1), else_=0).label("came"))
        .where(
            Appointment.expected > 0,
            Appointment.starts_at < now,
            Appointment.status.in_((*FILLED, AppointmentStatus.UNFILLED)),
        )
        .order_by(Appointment.starts_at.desc())
        .limit(MOST_SEEN)
        .subquery()
    )
    found = session.execute(
        select(func.avg(latest.c.expected), func.count(), func.sum(latest.c.came)).group_by(
            func.round(latest.c.expected * STEPS)
        )
    )
    return fit(Outcome(float(chance), number, int(came)) for chance, number, came in found)
