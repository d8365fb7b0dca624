"""What somebody has agreed to and what is known of them no longer fits: a coordinator has to arrange it."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.journey.availability import local_days, windows
from app.models import Assignment, AssignmentState, Mediator, MediatorStatus, languages
from app.web.pages import locale
from app.web.when import When


@dataclass(frozen=True)
class Collision:
    """An assignment that no longer fits, and why, in words."""

    appointment_id: int
    when: str
    language: str
    why: str


def collisions(rows: Session, mediator: Mediator, when: When) -> list[Collision]:
    """The coming assignments of somebody who pauses, is away, or would not be asked for them today; the next first."""
    coming = rows.scalars(
        select(Assignment)
        .where(
            Assignment.mediator_id == mediator.id,
            Assignment.state == AssignmentState.ACTIVE,
            Assignment.starts_at > when.now,
        )
        .order_by(Assignment.starts_at)
    )
    return [
        Collision(
            appointment_id=one.appointment_id,
            when=when.span(one.starts_at, one.ends_at),
            language=languages.name(one.language, locale()),
            why=", ".join(reasons),
        )
        for one in coming
        if (reasons := [_(f"coordinator.collision.{reason}") for reason in _reasons(mediator, one, when)])
    ]


def _reasons(mediator: Mediator, assignment: Assignment, when: When) -> Iterator[str]:
    appointment = assignment.appointment
    days = local_days((assignment.starts_at, assignment.ends_at), when.zone)
    if mediator.status is not MediatorStatus.ACTIVE:
        yield "paused"
    if any(away.first_day <= day <= away.last_day for away in mediator.absences for day in days):
        yield "absent"
    elif not _is_free(mediator, assignment, when):
        yield "not_free"
    if appointment.mode not in mediator.modes:
        yield "mode"
    if appointment.organisation_id in {one.organisation_id for one in mediator.exclusions}:
        yield "organisation"
    if appointment.topic in mediator.excluded_topics:
        yield "topic"
    if assignment.language not in {skill.language for skill in mediator.skills}:
        yield "language"


def _is_free(mediator: Mediator, assignment: Assignment, when: When) -> bool:
    """Whether it lies within their weekly times; what they agreed to on the telephone need not."""
    if assignment.offer.answered_via == "telephone":
        return True
    free = windows(mediator, local_days((assignment.starts_at, assignment.ends_at), when.zone), when.zone)
    return any(start <= assignment.starts_at and assignment.ends_at <= end for start, end in free)
