"""From a token to the person it was given to. Opening a link creates no session and sets no cookie."""

from dataclasses import dataclass
from datetime import datetime

from flask import g, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app import links, rate_limits
from app.models import LinkKind, Mediator, MediatorStatus, Pool
from app.transaction import reading
from app.web.pages import error_page


@dataclass(frozen=True)
class Opened:
    """What a link says, in plain values that outlive the session it was read in."""

    link_id: int
    kind: LinkKind
    pool_id: int
    mediator_id: int
    offer_id: int | None
    expires_at: datetime | None

    def rows(self) -> Session:
        """A session bound to the pool that can only read."""
        return reading(self.pool_id)


def opened(token: str, *kinds: LinkKind) -> Opened | None:
    """The link, and the page dressed in its pool's name and the person's language; None if it opens nothing.

    Aborts with 429 where too many from the same address opened nothing.
    """
    link = links.find(reading(None), g.now, token, *kinds)
    if link is None:
        rate_limits.wrong_token("link")
        return None
    found = Opened(link.id, link.kind, link.pool_id, link.mediator_id, link.offer_id, link.expires_at)
    rows = found.rows()
    g.locale = rows.get_one(Mediator, found.mediator_id).locale
    g.pool_name = rows.get_one(Pool, found.pool_id).name
    return found


def opened_own(token: str) -> Opened | None:
    """The link to somebody's own pages; None if it opens nothing, or not any more since they have left."""
    link = opened(token, LinkKind.MEDIATOR)
    if link is None or link.rows().get_one(Mediator, link.mediator_id).status is MediatorStatus.LEFT:
        return None
    g.manifest_url = url_for("mediator.manifest", token=token)
    return link


def way_back() -> tuple[str, int]:
    """The page for a link to own pages that opens nothing: it leads to where another one is asked for."""
    return error_page("error_page.own_link", 404, way=(url_for("mediator.ask"), _("own_link.submit")))
