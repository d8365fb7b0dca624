"""What a worker is woken for, so that it need not wait for its next sweep.

Said in the transaction that makes the work, sent after its commit. Nobody relies on it: a wake-up that is lost costs at
most the time until the next sweep, and one that nobody sent finds nothing to do.
"""

from enum import StrEnum
from typing import Final

import structlog
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

log = structlog.get_logger()

# PostgreSQL's name for the line of those who listen; SQLite needs none (see app/worker/listening.py).
CHANNEL: Final = "pool_work"
_DUE: Final = "wake_ups"


class Work(StrEnum):
    """What there is to do."""

    PLACE = "place"
    # a message is to leave, by the name of its channel
    SMS = "sms"
    EMAIL = "email"
    VOICE = "voice"


def wake(session: Session, work: Work) -> None:
    """Wake the workers for this once the transaction is committed."""
    session.info.setdefault(_DUE, set()).add(work)


def forget(session: Session) -> None:
    """The transaction failed, so there is nothing to do."""
    session.info.pop(_DUE, None)


def send(session: Session) -> None:
    """Send what the transaction asked for; the caller has committed it."""
    due: set[Work] = session.info.pop(_DUE, set())
    engine = session.get_bind()
    if not due or engine.dialect.name != "postgresql" or not isinstance(engine, Engine):
        return
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(select(*(func.pg_notify(CHANNEL, work.value) for work in sorted(due))))
    except DBAPIError as error:
        # what was committed stands, and the next sweep finds it
        log.warning("wake_up_not_sent", error=type(error).__name__)
