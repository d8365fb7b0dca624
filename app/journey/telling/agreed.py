"""What a mediator knows of an appointment, which a change that waits to be said has changed already."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.journey.telling.facts import occasion, spoken
from app.journey.telling.joint import tells_of
from app.models import Assignment, ManualStep, Message, MessageStatus, StepKind
from notifications.texts import Occasion


def as_agreed(session: Session, assignment: Assignment) -> Occasion:
    """What the mediator knows of it: without changes by hand, of the last day, of which nothing has left.

    Where it is to change again, it is to be kept before it does.
    """
    appointment = assignment.appointment
    present = occasion(appointment, assignment.language, spoken(assignment.mediator.locale))
    heard_at = _heard_at(session, assignment)
    if heard_at is None:
        return present
    about = (ManualStep.appointment_id == appointment.id, ManualStep.kind == StepKind.CHANGE)
    unheard = select(ManualStep.before).where(*about, ManualStep.at > heard_at).order_by(ManualStep.at.desc())
    before: dict[str, Any] = {}
    # the first of them says how it was
    for step in session.scalars(unheard.order_by(ManualStep.id.desc())):
        before |= step["wanted"]
    place = before["place"] or {} if "place" in before else None
    return replace(
        present,
        starts=datetime.fromisoformat(before["starts_at"]) if "starts_at" in before else present.starts,
        minutes=before.get("duration_minutes", present.minutes),
        mode=before.get("mode", present.mode),
        district=present.district if place is None else place.get("district", ""),
        place=present.place if place is None else place.get("name", ""),
        address=present.address if place is None else place.get("address", ""),
    )


def _heard_at(session: Session, assignment: Assignment) -> datetime | None:
    """As of when the last that has left tells them how it is; None while nothing has."""
    told = (tells_of(assignment), Message.mediator_id == assignment.mediator_id)
    left = Message.status.not_in((MessageStatus.QUEUED, MessageStatus.DISCARDED))
    of_it = Message.kind.in_(("confirmation", "changed"))
    return session.scalar(select(func.max(Message.created_at)).where(*told, of_it, left))
