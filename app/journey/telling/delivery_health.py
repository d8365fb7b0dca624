"""Whether messages get through: an outage, an account that is refused or late answers are told to coordinators."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.journey.telling import alerts
from app.links import Links
from app.models import UNFINISHED, Alert, Channel, Message, MessageStatus, Pool
from notifications.transports.delivery_errors import Fault, fault_of, parts_of

WINDOW: Final = timedelta(minutes=30)
SLOW: Final = timedelta(minutes=5)
# From so many slow ones among all of the window on; with fewer messages than this nothing can be said.
SLOW_SHARE: Final = 0.1
LEAST: Final = 5
# A provider that takes a message and then refuses the account says so within this.
SECOND_THOUGHTS: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class _Way:
    """One way out, with the alerts that are about it."""

    by_mail: bool
    refused: str
    away: str

    @property
    def is_taken(self) -> ColumnElement[bool]:
        """A message's condition for going this way; calls go the way of the SMS."""
        return Message.channel == Channel.EMAIL if self.by_mail else Message.channel != Channel.EMAIL


PHONE: Final = _Way(by_mail=False, refused="account", away="outage")
MAIL: Final = _Way(by_mail=True, refused="mail_account", away="mail_outage")


@dataclass(frozen=True)
class _Waiting:
    """Messages that wait for the same reason; `long` of them for more than five minutes."""

    by_mail: bool
    code: str
    count: int
    long: int

    @property
    def is_refused(self) -> bool:
        """Whether it is our account that is refused."""
        return fault_of(self.code) is Fault.ACCOUNT


def pools(session: Session) -> list[int]:
    """All pools; each is watched in a transaction of its own, by watch()."""
    return list(session.scalars(select(Pool.id).order_by(Pool.id)))


def watch(session: Session, now: datetime, links: Links, pool_id: int) -> None:
    """Raise or settle the alerts about delivery."""
    waiting = _waiting(session, now, pool_id)
    look = _Look(session, now, links, pool_id, _shown(session, pool_id))
    for way in (PHONE, MAIL):
        here = [one for one in waiting if one.by_mail is way.by_mail]
        look.at_account(way, [one for one in here if one.is_refused])
        look.at_outage(way, [one for one in here if one.long and not one.is_refused])
    is_away = any(one.long for one in waiting if not one.by_mail)
    share = slow_share(session, now, pool_id)
    if share is not None and share >= SLOW_SHARE and not is_away:
        alerts.raise_alert(session, now, links, pool_id, "slow", "slow", share=round(100 * share))
    elif share is not None and share < SLOW_SHARE:
        look.settle("slow")


@dataclass(frozen=True)
class _Look:
    """One look at a pool; `shown` are its open alerts about delivery by their subjects."""

    session: Session
    now: datetime
    links: Links
    pool_id: int
    shown: Mapping[str, Alert]

    def at_account(self, way: _Way, refused: Sequence[_Waiting]) -> None:
        """Say at once that our account is refused; what waits for it leaves by itself once that is mended."""
        shown = self.shown.get(way.refused)
        if refused:
            self._raise(way.refused, refused, sum(one.count for one in refused))
        elif shown is not None and _leaves_again(self.session, self.now, way, shown):
            self.settle(way.refused)
        elif shown is not None and shown.data.get("number"):
            # nothing waits any more, but nothing has left either
            shown.data = {**shown.data, "number": 0}

    def at_outage(self, way: _Way, stuck: Sequence[_Waiting]) -> None:
        """Say that nothing has been taken for minutes."""
        if stuck:
            self._raise(way.away, stuck, sum(one.long for one in stuck))
        else:
            self.settle(way.away)

    def settle(self, subject: str) -> None:
        """It has ended by itself."""
        if subject in self.shown:
            alerts.settle(self.session, self.now, self.pool_id, subject)

    def _raise(self, kind: str, waiting: Sequence[_Waiting], number: int) -> None:
        cause, said = parts_of(max(waiting, key=lambda one: one.count).code)
        where = (self.session, self.now, self.links, self.pool_id)
        alerts.raise_alert(*where, kind, kind, number=number, cause=cause, code=said)


def _shown(session: Session, pool_id: int) -> dict[str, Alert]:
    subjects = (PHONE.refused, PHONE.away, MAIL.refused, MAIL.away, "slow")
    shown = select(Alert).where(Alert.pool_id == pool_id, Alert.subject.in_(subjects), Alert.resolved_at.is_(None))
    return {one.subject: one for one in session.scalars(shown)}


def _waiting(session: Session, now: datetime, pool_id: int) -> list[_Waiting]:
    """What has been tried, or held back with others, by the reason it was given."""
    by_mail = Message.channel == Channel.EMAIL
    code = func.coalesce(Message.error_code, "")
    long = func.count().filter(Message.first_due_at < now - SLOW)
    rows = session.execute(
        select(by_mail, code, func.count(), long)
        .where(
            Message.pool_id == pool_id,
            Message.status.in_(UNFINISHED),
            Message.first_due_at <= now,
            (Message.attempts > 0) | Message.error_code.is_not(None),
        )
        .group_by(by_mail, code)
    )
    return [_Waiting(bool(mail), reason, count, late) for mail, reason, count, late in rows]


def _leaves_again(session: Session, now: datetime, way: _Way, shown: Alert) -> bool:
    """Whether anything has left this way since the alert, not to be thrown back a moment later."""
    settled = now if way.by_mail else now - SECOND_THOUGHTS
    left = (Message.status == MessageStatus.DELIVERED) | (
        (Message.status == MessageStatus.SENT) & (Message.sent_at <= settled)
    )
    since = (Message.pool_id == shown.pool_id, way.is_taken, Message.sent_at > shown.created_at, left)
    return session.scalar(select(Message.id).where(*since).limit(1)) is not None


def slow_share(session: Session, now: datetime, pool_id: int) -> float | None:
    """The share of the last half hour's messages that took more than five minutes; None for too few to say."""
    rows = session.execute(
        select(Message.first_due_at, Message.sent_at, Message.finished_at, Message.status).where(
            Message.pool_id == pool_id,
            Message.channel != Channel.EMAIL,
            Message.first_due_at > now - WINDOW,
            Message.first_due_at <= now,
            Message.status.not_in((MessageStatus.DISCARDED, MessageStatus.FAILED)),
        )
    ).all()
    if len(rows) < LEAST:
        return None
    # not every provider reports deliveries: without a report the moment it took the message counts
    slow = [one for one in rows if (one.finished_at or one.sent_at or now) - one.first_due_at > SLOW]
    return len(slow) / len(rows)
