"""Days away, entered and taken out by mediators themselves; what they have agreed to is kept or given back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.journey import answering
from app.journey.history import Actor
from app.journey.locks import lock_appointments, lock_mediator
from app.journey.timing.local_time import minute_of_day
from app.links import Links
from app.models import Appointment, Assignment, AssignmentState, Mediator, Organisation
from app.registry import mediators
from app.registry.mediator_data import MediatorChanges, data_of
from app.versions import refuse_other

# the first and the last local day
Days = tuple[date, date]


def agreed_within(session: Session, now: datetime, mediator: Mediator, days: Days) -> Sequence[Assignment]:
    """What somebody has agreed to on these days and has not begun, the next first, with its appointment."""
    zone = ZoneInfo(mediator.pool.timezone)
    begins, ends = minute_of_day(days[0], 0, zone), minute_of_day(days[1] + timedelta(days=1), 0, zone)
    return session.scalars(
        select(Assignment)
        .where(
            Assignment.mediator_id == mediator.id,
            Assignment.state == AssignmentState.ACTIVE,
            Assignment.starts_at > now,
            Assignment.starts_at < ends,
            Assignment.ends_at > begins,
        )
        .order_by(Assignment.starts_at)
        .options(joinedload(Assignment.appointment).joinedload(Appointment.organisation).lazyload(Organisation.sites))
    ).all()


def enter(
    session: Session,
    now: datetime,
    links: Links,
    mediator_id: int,
    days: Days,
    gives_back: Mapping[int, bool],
    actor: Actor,
    *,
    seen: str,
) -> bool:
    """Enter an absence and give back what `gives_back` says, by assignment; entered twice it is there once.

    False, with nothing done, where it does not yet say of everything they have agreed to on these days. `seen` marks,
    as version_of() a tuple of all their absences, what they saw. Raises ChangedMeanwhile, Invalid, NotFound.
    """
    mediator = session.get_one(Mediator, mediator_id)
    # appointments are always held before people
    lock_appointments(session, [one.appointment_id for one in agreed_within(session, now, mediator, days)])
    lock_mediator(session, mediator_id)
    kept = data_of(mediator).absences
    if days not in kept:
        refuse_other(seen, (kept,))
    agreed = agreed_within(session, now, mediator, days)
    if any(one.id not in gives_back for one in agreed):
        return False
    for one in sorted(agreed, key=lambda one: one.appointment_id):
        if gives_back[one.id]:
            answering.hand_back(session, now, links, one.offer_id, actor)
    if days not in kept:
        changes: MediatorChanges = {"absences": (*kept, days)}
        mediators.change(session, now, links, mediator_id, changes, actor, seen=seen)
    return True


def take_out(
    session: Session, now: datetime, links: Links, mediator_id: int, days: Days, actor: Actor, *, seen: str
) -> None:
    """Take an absence out; one that is not there any more is no error. `seen` and what is raised as with enter()."""
    lock_mediator(session, mediator_id)
    kept = data_of(session.get_one(Mediator, mediator_id)).absences
    if days not in kept:
        return
    changes: MediatorChanges = {"absences": tuple(one for one in kept if one != days)}
    mediators.change(session, now, links, mediator_id, changes, actor, seen=seen)
