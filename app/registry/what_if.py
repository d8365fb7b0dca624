"""Questions of coordinators: what the coming weeks would be like if something were otherwise. A worker answers."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.errors import FieldProblem, Invalid, NotFound
from app.journey.history import Actor
from app.models import ActorKind, Appointment, AppointmentStatus, Mediator, MediatorStatus, WhatIfRun, languages
from scheduler.forecast.changes import MOST_PEOPLE, MOST_REQUESTS, Changes
from scheduler.forecast.history import LOOK_BACK

# the weeks that are played, from today on
AHEAD: Final = timedelta(weeks=4)
# so many are kept for each pool, to be looked at again
KEPT: Final = 20
# and so many may wait or be under way
MOST_WAITING: Final = 3


def ask(session: Session, now: datetime, today: date, changes: Changes, actor: Actor) -> WhatIfRun:
    """Take a question; `today` is the pool's. One that waits for its answer is not asked twice: a button pressed twice.

    Raises Invalid, whose fields are such as `away-0-first`.
    """
    problems = [*_nothing(changes), *_away(session, today, changes), *_joining(changes), *_more(session, now, changes)]
    if problems:
        raise Invalid(problems)
    waiting = session.scalars(select(WhatIfRun).where(WhatIfRun.finished_at.is_(None))).all()
    asked_by_id = actor.id if actor.kind is ActorKind.ACCOUNT else None
    for one in waiting:
        if one.cancelled_at is None and (one.asked_by_id, one.changes) == (asked_by_id, changes.to_json()):
            return one
    if len(waiting) >= MOST_WAITING:
        raise Invalid([FieldProblem("changes", "what_if_busy", {"most": MOST_WAITING})])
    found = WhatIfRun(
        asked_by_id=asked_by_id,
        asked_at=now,
        changes=changes.to_json(),
        share_done=0.0,
    )
    session.add(found)
    session.flush()
    old = select(WhatIfRun.id).where(WhatIfRun.finished_at.is_not(None)).order_by(WhatIfRun.id.desc()).offset(KEPT)
    session.execute(delete(WhatIfRun).where(WhatIfRun.id.in_(session.scalars(old).all())))
    return found


def cancel(session: Session, now: datetime, run_id: int) -> WhatIfRun:
    """Want no answer any more; one that is there already stays. Raises NotFound."""
    found = session.scalar(select(WhatIfRun).where(WhatIfRun.id == run_id).with_for_update(of=WhatIfRun))
    if found is None:
        raise NotFound("what_if_not_found")
    found.cancel(now)
    return found


def asked(session: Session) -> Sequence[WhatIfRun]:
    """Those that are kept, the newest first."""
    return session.scalars(select(WhatIfRun).order_by(WhatIfRun.id.desc()).limit(KEPT)).all()


def _nothing(changes: Changes) -> list[FieldProblem]:
    return [FieldProblem("changes", "what_if_nothing")] if changes.is_empty else []


def _away(session: Session, today: date, changes: Changes) -> list[FieldProblem]:
    known = set(session.scalars(select(Mediator.id).where(Mediator.status == MediatorStatus.ACTIVE)))
    problems = []
    for number, one in enumerate(changes.away):
        if not one.mediator.isdecimal() or int(one.mediator) not in known:
            problems.append(FieldProblem(f"away-{number}-mediator", "mediator_not_found"))
        if one.last < one.first:
            problems.append(FieldProblem(f"away-{number}-last", "ends_before_start"))
        elif one.last < today or one.first >= today + AHEAD:
            span = {"first": today, "last": today + AHEAD - timedelta(days=1)}
            problems.append(FieldProblem(f"away-{number}-first", "what_if_beyond", span))
    return problems


def _joining(changes: Changes) -> list[FieldProblem]:
    problems = []
    for number, one in enumerate(changes.joining):
        problems += _language(f"joining-{number}-language", one.language)
        if not one.days:
            problems.append(FieldProblem(f"joining-{number}-days", "required"))
        if one.closes <= one.opens:
            problems.append(FieldProblem(f"joining-{number}-closes", "ends_before_start"))
        problems += _number(f"joining-{number}-people", one.people, MOST_PEOPLE)
    return problems


def _more(session: Session, now: datetime, changes: Changes) -> list[FieldProblem]:
    lately = Appointment.starts_at.between(now - LOOK_BACK, now)
    held = select(Appointment.id).where(lately, Appointment.status != AppointmentStatus.CANCELLED)
    if changes.more and session.scalar(held.limit(1)) is None:
        # nothing that a forecast looks at says when and where more of the same would be
        return [FieldProblem("more-0-language", "what_if_no_past")]
    problems = []
    for number, one in enumerate(changes.more):
        problems += _language(f"more-{number}-language", one.language)
        problems += _number(f"more-{number}-requests", one.requests, MOST_REQUESTS)
    return problems


def _language(field: str, code: str) -> list[FieldProblem]:
    return [] if languages.find(code) else [FieldProblem(field, "unknown_language", {"value": code})]


def _number(field: str, value: int, most: int) -> list[FieldProblem]:
    return [] if 1 <= value <= most else [FieldProblem(field, "out_of_range", {"least": 1, "most": most})]
