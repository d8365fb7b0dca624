"""What somebody has agreed to and what is known of them no longer fits: named reasons, for a coordinator to arrange."""

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.journey.timing.availability import is_free, local_days
from app.journey.timing.clearances import is_cleared
from app.models import Assignment, AssignmentState, Mediator, MediatorStatus


def conflicts(
    session: Session, now: datetime, mediator: Mediator, zone: ZoneInfo
) -> list[tuple[Assignment, tuple[str, ...]]]:
    """The coming assignments of somebody who pauses, is away, or would not be asked for them today; the next first."""
    coming = session.scalars(
        select(Assignment)
        .where(
            Assignment.mediator_id == mediator.id,
            Assignment.state == AssignmentState.ACTIVE,
            Assignment.starts_at > now,
        )
        .order_by(Assignment.starts_at)
    )
    return [(one, reasons) for one in coming if (reasons := tuple(_reasons(mediator, one, zone)))]


def _reasons(mediator: Mediator, assignment: Assignment, zone: ZoneInfo) -> Iterator[str]:
    appointment = assignment.appointment
    days = local_days((assignment.starts_at, assignment.ends_at), zone)
    if mediator.status is not MediatorStatus.ACTIVE:
        yield "paused"
    if any(mediator.away_until(day) for day in days):
        yield "absent"
    elif not _is_free(mediator, assignment, zone):
        yield "not_free"
    if not is_cleared(mediator, appointment.pool, days[0]):
        yield "uncleared"
    if appointment.mode not in mediator.modes:
        yield "mode"
    if appointment.organisation_id in {one.organisation_id for one in mediator.exclusions}:
        yield "organisation"
    if appointment.topic in mediator.excluded_topics:
        yield "topic"
    if assignment.language not in {skill.language for skill in mediator.skills}:
        yield "language"


def _is_free(mediator: Mediator, assignment: Assignment, zone: ZoneInfo) -> bool:
    """Whether it lies within their weekly times; what they agreed to on the telephone need not."""
    if assignment.offer.answered_via == "telephone":
        return True
    return is_free(mediator, assignment.starts_at, assignment.ends_at, zone)
