"""From a token to the person it was given to. Opening a link creates no session and sets no cookie."""

from dataclasses import dataclass

from flask import g
from sqlalchemy.orm import Session

from app import links, rate_limits
from app.models import LinkKind, Mediator, Pool
from app.transaction import reading


@dataclass(frozen=True)
class Opened:
    """What a link says, in plain values that outlive the session it was read in."""

    link_id: int
    kind: LinkKind
    pool_id: int
    mediator_id: int
    offer_id: int | None

    def rows(self) -> Session:
        """A session bound to the pool that can only read."""
        return reading(self.pool_id)


def opened(token: str, *kinds: LinkKind) -> Opened | None:
    """The link, and the page dressed in its pool's name and the person's language; None if it opens nothing.

    Aborts with 429 where too many from the same address opened nothing.
    """
    link = links.find(reading(None), token, *kinds)
    if link is None:
        rate_limits.wrong_token("link")
        return None
    found = Opened(link.id, link.kind, link.pool_id, link.mediator_id, link.offer_id)
    rows = found.rows()
    g.locale = rows.get_one(Mediator, found.mediator_id).locale
    g.pool_name = rows.get_one(Pool, found.pool_id).name
    return found
