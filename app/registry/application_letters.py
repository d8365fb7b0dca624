"""What is written to those who want to become mediators."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.journey.telling.facts import spoken
from app.links import CODE, Links
from app.models import Application, Channel, Link, LinkKind, Mediator, MediatorStatus, Pool
from app.outbox.drafts import To, draft
from app.registry.application_rows import reached_there
from notifications import joining
from notifications.wording import Text

# whoever asked for a code does not wait any longer
CODES_HELP: Final = timedelta(minutes=10)
HELPS: Final = timedelta(days=2)


def send_code(session: Session, now: datetime, links: Links, application: Application, channel: Channel) -> None:
    """Send a code; to whoever is a mediator there already, the way to their own page instead."""
    pool = session.get_one(Pool, application.pool_id)
    known = session.scalar(
        select(Mediator)
        .where(reached_there(application, channel), Mediator.status != MediatorStatus.LEFT)
        # who wants no SMS gets none; somebody else at the same number may
        .order_by(Mediator.opted_out_at.is_not(None), Mediator.id)
        .limit(1)
    )
    if known is None:
        to, kind = To.applicant(application, channel), "join_code"
        words = joining.code(
            code=CODE,
            minutes=int(CODES_HELP.total_seconds()) // 60,
            pool_name=pool.name,
            contact=pool.phone or pool.email,
            language=spoken(application.locale),
        )
    else:
        to, kind = To.mailbox(known) if channel is Channel.EMAIL else To.phone(known), "join_known"
        words = joining.known(
            link=f"{links.public_url}/m",
            pool_name=pool.name,
            contact=pool.phone or pool.email,
            language=spoken(known.locale),
        )
    key = f"join_code:{application.id}:{channel.value}:{application.codes_sent}"
    _put(session, now, to, pool, kind, words, application, key=key, helps=CODES_HELP)


def send_invitation(session: Session, now: datetime, links: Links, application: Application) -> None:
    """Send the link by which somebody is invited, by the way that the coordinator knows."""
    pool = session.get_one(Pool, application.pool_id)
    until = application.expires_at or now
    words = joining.invitation(
        name=application.name,
        link=links.join_placeholder(),
        last_day=until.astimezone(ZoneInfo(pool.timezone)).date(),
        pool_name=pool.name,
        contact=pool.phone or pool.email,
        language=spoken(application.locale),
    )
    to = To.applicant(application, Channel.SMS if application.phone else Channel.EMAIL)
    key = f"join_invitation:{application.id}"
    _put(session, now, to, pool, "join_invitation", words, application, key=key, helps=HELPS)


def send_welcome(session: Session, now: datetime, links: Links, mediator: Mediator, link: Link) -> None:
    """Send a new mediator the link to their own page, both ways."""
    pool = mediator.pool
    words = joining.welcome(
        mediator_name=mediator.name,
        link=links.placeholder(LinkKind.MEDIATOR),
        pool_name=pool.name,
        contact=pool.phone or pool.email,
        language=spoken(mediator.locale),
    )
    for to in (To.phone(mediator), To.mailbox(mediator)):
        # not by the application: once it is forgotten, SQLite may give its number to another one
        key = f"join_welcome:{mediator.id}:{to.channel.value}"
        message = draft(to, mediator, "join_welcome", words, key=key, now=now, expires_at=now + HELPS, link=link)
        outbox.put(session, message)


def send_refusal(session: Session, now: datetime, application: Application) -> None:
    """Thank whoever the pool cannot take now, and say so."""
    pool = session.get_one(Pool, application.pool_id)
    words = joining.declined(
        name=application.name,
        pool_name=pool.name,
        contact=pool.phone or pool.email,
        language=spoken(application.locale),
    )
    to, key = To.applicant(application, Channel.EMAIL), f"join_declined:{application.id}"
    _put(session, now, to, pool, "join_declined", words, application, key=key, helps=HELPS)


def _put(
    session: Session,
    now: datetime,
    to: To,
    pool: Pool,
    kind: str,
    words: Text,
    application: Application,
    *,
    key: str,
    helps: timedelta,
) -> None:
    message = draft(to, pool, kind, words, key=key, now=now, expires_at=now + helps, application=application)
    outbox.put(session, message)
