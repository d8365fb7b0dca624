"""From a token to the appointment it was given for. Opening a link creates no session and sets no cookie."""

from dataclasses import dataclass
from datetime import datetime

from flask import g
from sqlalchemy.orm import Session

from app import links, rate_limits
from app.models import Pool, RequesterLinkKind
from app.transaction import reading


@dataclass(frozen=True)
class Opened:
    """What a link says, in plain values that outlive the session it was read in."""

    link_id: int
    pool_id: int
    appointment_id: int
    expires_at: datetime
    pool_phone: str

    def rows(self) -> Session:
        """A session bound to the pool that can only read."""
        return reading(self.pool_id)

    @property
    def is_over(self) -> bool:
        """Whether it opens nothing any more."""
        now: datetime = g.now
        return self.expires_at < now


def opened(token: str, kind: RequesterLinkKind) -> Opened | None:
    """The link, and the page dressed in its pool's name; None if it opens nothing.

    Aborts with 429 where too many from the same address opened nothing.
    """
    link = links.find_of_requester(reading(None), token, kind)
    if link is None:
        rate_limits.wrong_token("requester_link")
        return None
    number, pool_id, about, expires_at = link.id, link.pool_id, link.appointment_id, link.expires_at
    pool = reading(pool_id).get_one(Pool, pool_id)
    g.pool_name = pool.name
    return Opened(number, pool_id, about, expires_at, pool.phone)
