"""Clearances that run out: told six weeks before, to coordinators in one alert a day, to each person once.

What has been told is a row of its own, so that neither a second worker nor a clock that is set back says it again.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app import outbox
from app.journey.telling import alerts
from app.journey.telling.facts import spoken
from app.journey.timing.clearances import ending, required
from app.journey.timing.contact_hours import Hours, phones_ring
from app.journey.timing.local_time import minute_of_day
from app.links import Links
from app.models import CLEARANCES, Alert, ClearanceNotice, Mediator, MediatorStatus, Message, Pool
from app.outbox.drafts import To, draft
from notifications import texts

KIND: Final = "clearances"
_DATED: Final = or_(
    *(getattr(Mediator, f"{kind}_on").is_not(None) for kind in CLEARANCES), Mediator.membership_until.is_not(None)
)


class Ending(NamedTuple):
    """A clearance of a person, whose last day is known."""

    mediator: Mediator
    kind: str
    last: date


def due(session: Session, now: datetime) -> list[int]:
    """Pools that have something to be told of and have not been told anything today; each is by tell()."""
    pools = session.scalars(select(Pool).order_by(Pool.id)).all()
    return [pool.id for pool, _ in _untold(session, now, pools)]


def tell(session: Session, now: datetime, links: Links, pool_id: int) -> None:
    """Tell the coordinators of one pool, and whoever's clearance has not run out yet."""
    # held, so that of two workers one finds what the other has told; see alerts.raise_alert()
    pool = session.execute(select(Pool).where(Pool.id == pool_id).with_for_update(key_share=True)).scalar_one()
    for _, found in _untold(session, now, [pool]):
        people = [{"name": one.mediator.name, "kind": one.kind, "last": one.last.isoformat()} for one in found]
        today = _today(pool, now)
        subject = _subject(pool, now)
        alerts.raise_alert(session, now, links, pool_id, KIND, subject, people=people, today=today.isoformat())
        alert_id = session.execute(select(Alert.id).where(Alert.pool_id == pool_id, Alert.subject == subject)).scalar()
        for mediator, kind, last in found:
            row = ClearanceNotice(
                pool_id=pool_id, mediator_id=mediator.id, kind=kind, last_day=last, told_at=now, alert_id=alert_id
            )
            session.add(row)
        _write(session, now, pool, [one for one in found if one.last >= today])


def over(session: Session, now: datetime) -> list[int]:
    """Alerts all of whose people have renewed, or are asked no more; each is ended by settle()."""
    still_open = select(Alert).where(Alert.kind == KIND, Alert.resolved_at.is_(None))
    return [one.id for one in session.scalars(still_open) if _is_over(session, one, now)]


def settle(session: Session, now: datetime, _links: Links, alert_id: int) -> None:
    """End one alert if it is still over."""
    alert = session.get_one(Alert, alert_id)
    if _is_over(session, alert, now):
        alerts.settle(session, now, alert.pool_id, alert.subject)


def take_back(session: Session, now: datetime, mediator: Mediator, kinds: Collection[str]) -> None:
    """Of clearances that have changed, what still waits to be said is not said."""
    if kinds:
        about = (Message.mediator_id == mediator.id, Message.kind.in_([_message_kind(kind) for kind in kinds]))
        outbox.discard(session, now, *about)


def _untold(session: Session, now: datetime, pools: Sequence[Pool]) -> list[tuple[Pool, list[Ending]]]:
    """What ends soon or has ended and was never told, by pool; without pools that were told of something today."""
    by_id = {pool.id: pool for pool in pools}
    todays = {_subject(pool, now): pool for pool in pools}
    told_today = select(Alert.pool_id, Alert.subject).where(Alert.pool_id.in_(by_id), Alert.subject.in_(todays))
    for pool_id, subject in session.execute(told_today).all():
        if _subject(by_id[pool_id], now) == subject:
            del by_id[pool_id]
    active = (Mediator.pool_id.in_(by_id), Mediator.status == MediatorStatus.ACTIVE, _DATED)
    people = session.scalars(select(Mediator).where(*active).order_by(Mediator.pool_id, Mediator.name, Mediator.id))
    found = [
        Ending(person, one.kind, one.last)
        for person in people
        for one in ending(person, by_id[person.pool_id], _today(by_id[person.pool_id], now))
        if one.last is not None
    ]
    known = {
        tuple(row)
        for row in session.execute(
            select(ClearanceNotice.mediator_id, ClearanceNotice.kind, ClearanceNotice.last_day).where(
                ClearanceNotice.mediator_id.in_({one.mediator.id for one in found})
            )
        )
    }
    new = [one for one in found if (one.mediator.id, one.kind, one.last) not in known]
    return [(by_id[pool_id], list(own)) for pool_id, own in groupby(new, key=lambda one: one.mediator.pool_id)]


def _write(session: Session, now: datetime, pool: Pool, found: Sequence[Ending]) -> None:
    """To each by e-mail; by SMS, at an hour at which they may be asked, to whoever has no address."""
    rings = phones_ring(session)
    with outbox.together(session):
        for mediator, kind, last in found:
            if not mediator.email and mediator.opted_out_at is not None:
                continue
            words = texts.clearance_ends(
                kind=kind,
                last_day=last,
                needed=kind in required(pool),
                mediator_name=mediator.name,
                pool_name=pool.name,
                contact=pool.phone or pool.email,
                language=spoken(mediator.locale),
            )
            at = Hours.of(pool, mediator).next(now) if rings and not mediator.email else now
            message = draft(
                To.mailbox(mediator) if mediator.email else To.phone(mediator),
                mediator,
                _message_kind(kind),
                words,
                key=f"{_message_kind(kind)}:{mediator.id}:{last}",
                now=now,
                due=at,
                expires_at=minute_of_day(last + timedelta(days=1), 0, ZoneInfo(pool.timezone)),
            )
            outbox.put(session, message)


def _is_over(session: Session, alert: Alert, now: datetime) -> bool:
    told = session.execute(
        select(ClearanceNotice, Mediator, Pool)
        .join(Mediator, ClearanceNotice.mediator_id == Mediator.id)
        .join(Pool, Pool.id == ClearanceNotice.pool_id)
        .where(ClearanceNotice.alert_id == alert.id)
    )
    return not any(_still_ends(notice, person, pool, now) for notice, person, pool in told)


def _still_ends(notice: ClearanceNotice, person: Mediator, pool: Pool, now: datetime) -> bool:
    soon = {(one.kind, one.last) for one in ending(person, pool, _today(pool, now))}
    return person.status is MediatorStatus.ACTIVE and (notice.kind, notice.last_day) in soon


def _today(pool: Pool, now: datetime) -> date:
    return now.astimezone(ZoneInfo(pool.timezone)).date()


def _subject(pool: Pool, now: datetime) -> str:
    return f"{KIND}:{_today(pool, now)}"


def _message_kind(kind: str) -> str:
    return f"{kind}_ends"
