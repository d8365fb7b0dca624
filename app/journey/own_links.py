"""The link to a mediator's own pages, sent to whoever asks for it by the number or address that we know of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app import outbox, tenancy
from app.addresses import is_email
from app.journey import history
from app.journey.history import Actor
from app.journey.telling.facts import spoken
from app.links import Links
from app.models import Channel, Link, LinkKind, Mediator, MediatorStatus
from app.outbox.drafts import To, draft
from notifications import texts
from notifications.phone import PhoneError, normalise

KIND: Final = "own_link"
# whoever asked for it does not wait any longer
HELPS: Final = timedelta(hours=6)


@dataclass(frozen=True)
class Reached:
    """A number or a mailbox as it is kept, and the way a message goes there."""

    channel: Channel
    at: str


class Found(NamedTuple):
    """Somebody of some pool."""

    pool_id: int
    mediator_id: int


def reach(typed: str) -> Reached | None:
    """What was typed as a number or an e-mail address; None if it is neither."""
    if "@" in typed:
        return Reached(Channel.EMAIL, typed.strip().lower()) if is_email(typed) else None
    try:
        return Reached(Channel.SMS, normalise(typed))
    except PhoneError:
        return None


def people(session: Session, to: Reached) -> list[Found]:
    """Whoever of any pool is reached there and wants messages: a family may share a telephone, and pools a person."""
    with tenancy.across_pools(session):
        found = session.execute(
            select(Mediator.pool_id, Mediator.id)
            .where(_is_reached(to), Mediator.status != MediatorStatus.LEFT)
            .order_by(Mediator.pool_id, Mediator.id)
        )
        return [Found(*row) for row in found]


def _is_reached(to: Reached) -> ColumnElement[bool]:
    if to.channel is Channel.EMAIL:
        return func.lower(Mediator.email) == to.at
    return (Mediator.phone == to.at) & Mediator.opted_out_at.is_(None)


def send(session: Session, now: datetime, links: Links, mediator_id: int, channel: Channel, actor: Actor) -> None:
    """Send one more link to somebody's own pages; the older ones go on."""
    mediator = session.get_one(Mediator, mediator_id)
    link = links.issue_anew(session, now, LinkKind.MEDIATOR, mediator)
    _send(session, now, links, link, To.mailbox(mediator) if channel is Channel.EMAIL else To.phone(mediator), mediator)
    history.record(session, now, "own_link_sent", actor, mediator=mediator)


def reset(session: Session, now: datetime, links: Links, mediator_id: int, actor: Actor) -> Link:
    """End all links to somebody's own pages and calendar, and send the one that opens them from now on; gives it."""
    mediator = session.get_one(Mediator, mediator_id)
    link = links.reset(session, now, mediator)
    if mediator.opted_out_at is None and not mediator.phone_trouble:
        _send(session, now, links, link, To.phone(mediator), mediator)
    elif mediator.email:
        _send(session, now, links, link, To.mailbox(mediator), mediator)
    history.record(session, now, "own_link_reset", actor, mediator=mediator)
    return link


def _send(session: Session, now: datetime, links: Links, link: Link, to: To, mediator: Mediator) -> None:
    pool = mediator.pool
    last = (link.expires_at or now).astimezone(ZoneInfo(pool.timezone)).date()
    words = texts.own_link(
        mediator_name=mediator.name,
        link=links.placeholder(LinkKind.MEDIATOR),
        last_day=last,
        pool_name=pool.name,
        contact=pool.phone or pool.email,
        language=spoken(mediator.locale),
    )
    outbox.put(
        session,
        draft(to, mediator, KIND, words, key=f"{KIND}:{link.id}", now=now, expires_at=now + HELPS, link=link),
    )
