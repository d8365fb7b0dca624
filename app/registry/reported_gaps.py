"""Gaps in the town's services that staff report and coordinators answer."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.errors import FieldProblem, Invalid, NotFound
from app.journey import history
from app.journey.history import Actor
from app.legible import says_something
from app.models import ActorKind, GapCategory, GapStatus, ReportedGap

LONGEST: Final = 500
# what the steering group still has to hear of
UNSOLVED: Final = frozenset({GapStatus.NEW, GapStatus.IN_HAND})


def report(
    session: Session, now: datetime, category: str, text: str, actor: Actor, organisation_id: int | None
) -> ReportedGap:
    """Take a report; `organisation_id` is whose it is, None for the coordinators'. Raises Invalid."""
    problems = [*_check_choice("category", category, [one.value for one in GapCategory]), *_check_text("text", text)]
    if not says_something(text):
        problems.append(FieldProblem("text", "required"))
    if problems:
        raise Invalid(problems)
    found = ReportedGap(
        organisation_id=organisation_id,
        reported_by_id=actor.id if actor.kind is ActorKind.ACCOUNT else None,
        category=GapCategory(category),
        text=text.strip(),
        status=GapStatus.NEW,
        answer="",
        created_at=now,
    )
    session.add(found)
    session.flush()
    history.record(session, now, "gap_reported", actor, gap=found.id)
    return found


def answer(session: Session, now: datetime, gap_id: int, status: str, words: str, actor: Actor) -> ReportedGap:
    """Say where it stands, for whoever reported it and for the steering group. Raises Invalid, NotFound."""
    found = session.scalar(select(ReportedGap).where(ReportedGap.id == gap_id).with_for_update(of=ReportedGap))
    if found is None:
        raise NotFound("gap_not_found")
    problems = [*_check_choice("status", status, [one.value for one in GapStatus]), *_check_text("answer", words)]
    if problems:
        raise Invalid(problems)
    if (found.status.value, found.answer) == (status, words.strip()):
        return found
    found.status, found.answer, found.answered_at = GapStatus(status), words.strip(), now
    history.record(session, now, "gap_answered", actor, gap=found.id, status=status)
    return found


def reported(session: Session, organisation_id: int | None, most: int) -> Sequence[ReportedGap]:
    """Those of one organisation, or of all for None: the newest first."""
    rows = select(ReportedGap).options(joinedload(ReportedGap.organisation))
    if organisation_id is not None:
        rows = rows.where(ReportedGap.organisation_id == organisation_id)
    return session.scalars(rows.order_by(ReportedGap.created_at.desc(), ReportedGap.id.desc()).limit(most)).all()


def unsolved(session: Session, most: int) -> Sequence[ReportedGap]:
    """What is new or in hand, the oldest first."""
    rows = select(ReportedGap).options(joinedload(ReportedGap.organisation)).where(ReportedGap.status.in_(UNSOLVED))
    return session.scalars(rows.order_by(ReportedGap.created_at, ReportedGap.id).limit(most)).all()


def _check_choice(field: str, value: str, choices: Sequence[str]) -> list[FieldProblem]:
    if value in choices:
        return []
    return [FieldProblem(field, "unknown_choice", {"value": value, "choices": ", ".join(choices)})]


def _check_text(field: str, text: str) -> list[FieldProblem]:
    length = len(text.strip())
    return [FieldProblem(field, "too_long", {"most": LONGEST, "is": length})] if length > LONGEST else []
