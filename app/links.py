"""Tokens of offer, invite, feed and mediator pages, and of those for whoever requests or requested an appointment.

A token is 128 bits of HMAC-SHA256 over the link's row id and birth under the service's secret, so the same link can
be written again (a repeated SMS, a reminder) although the database holds only its SHA-256. What waits in the outbox
holds a placeholder instead, as long as the link itself so that segments can be counted; the link is put in on the way
to the provider. The codes of an application are derived and put in likewise; of them the database holds nothing.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app import tenancy
from app.models import (
    Application,
    Appointment,
    Channel,
    DoorLinkKind,
    Installation,
    Link,
    LinkKind,
    Mediator,
    Message,
    Offer,
    RequestDoor,
    RequesterLink,
    RequesterLinkKind,
    UnconfirmedRequest,
)
from app.row_numbers import reserve

TOKEN_BYTES = 16
TOKEN_LENGTH = 22
CODE_DIGITS: Final = 6
# Long enough for whoever is asked twice a year; who asks for another gets it within a minute.
OWN_PAGES_OPEN: Final = timedelta(days=180)
# Marks a session that has written the host of the first invite, and may yet take it back.
_FIRST_INVITE = "first_invite"
_PLACEHOLDER = re.compile(r"<link_*>")
# as long as a code
CODE: Final = "<code>"
_JOIN: Final = "/join/{}"
_PATHS = {
    LinkKind.OFFER: "/o/{}",
    LinkKind.MEDIATOR: "/m/{}",
    LinkKind.INVITE: "/calendar/{}.ics",
    LinkKind.FEED: "/calendar/{}.ics",
    RequesterLinkKind.AFTERWARDS: "/r/{}",
    DoorLinkKind.DOOR: "/request/{}",
    DoorLinkKind.CONFIRM: "/request/confirm/{}",
}
# what a token opens
Linked = Link | RequesterLink | RequestDoor | UnconfirmedRequest


def token_hash(token: str) -> str:
    """What the database keeps of a token: SHA-256 in hex. 128 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


class Links:
    """Issues and writes links for one installation: its secret, and the address people reach it by."""

    def __init__(self, secret: str, public_url: str) -> None:
        self._secret = secret.encode()
        self.public_url = public_url
        self.host = urlsplit(public_url).hostname or "localhost"
        # what was read from the row that never changes any more
        self._key: str | None = None
        self._invite_host: str | None = None

    def installation_key(self, session: Session) -> str:
        """What tells this installation from another that sends for the same mail domain."""
        if self._key is None:
            self._key = session.execute(select(Installation.key)).scalar_one()
        return self._key

    def invite_host(self, session: Session, *, keep: bool = False) -> str:
        """Where invites say they come from: the host at the time of the first one, whatever it is called today.

        `keep` is for whoever writes an invite: if it is the first, the host of today stays.
        """
        if self._invite_host is not None:
            return self._invite_host
        kept = session.scalar(select(Installation.invite_host))
        if kept is None and keep:
            nobody_yet = Installation.invite_host.is_(None)
            session.execute(update(Installation).where(nobody_yet).values(invite_host=self.host))
            session.info[_FIRST_INVITE] = True
            # another process may have been faster
            kept = session.scalar(select(Installation.invite_host))
        elif kept is not None and _FIRST_INVITE not in session.info:
            self._invite_host = kept
        return kept or self.host

    def _token(self, link: Linked) -> str:
        # the instant keeps an id that a restored database gives out again from opening what it opened before
        return self._derived(f"link:{link.kind.value}:{link.id}:{link.created_at.isoformat()}")

    def _derived(self, subject: str) -> str:
        mac = hmac.digest(self._secret, subject.encode(), "sha256")
        return base64.urlsafe_b64encode(mac[:TOKEN_BYTES]).rstrip(b"=").decode()

    def issue(
        self, session: Session, now: datetime, kind: LinkKind, mediator: Mediator, offer: Offer | None = None
    ) -> Link:
        """The link of that kind for this mediator (and offer); made if there is none, or none that stays open long."""
        # what is sent today is still looked for in some months
        stays = now + OWN_PAGES_OPEN / 2
        known = session.scalar(
            select(Link)
            .where(
                Link.kind == kind,
                Link.mediator_id == mediator.id,
                Link.offer_id == (offer.id if offer else None),
                Link.opens(stays),
            )
            .order_by(Link.id.desc())
            .limit(1)
        )
        return known or self.issue_anew(session, now, kind, mediator, offer)

    def issue_anew(
        self, session: Session, now: datetime, kind: LinkKind, mediator: Mediator, offer: Offer | None = None
    ) -> Link:
        """One more link of that kind; those that there are go on."""
        link = Link(
            pool_id=mediator.pool_id,
            kind=kind,
            mediator_id=mediator.id,
            offer_id=offer.id if offer else None,
            created_at=now,
            expires_at=_open_until(kind, now),
        )
        self._add(session, [link])
        return link

    def reset(self, session: Session, now: datetime, mediator: Mediator) -> Link:
        """End every link to a mediator's own pages and calendar; gives the one that opens their pages from now on."""
        ended = (LinkKind.MEDIATOR, LinkKind.FEED)
        theirs = (Link.mediator_id == mediator.id, Link.kind.in_(ended), Link.revoked_at.is_(None))
        session.execute(update(Link).where(*theirs).values(revoked_at=now))
        self.issue_anew(session, now, LinkKind.FEED, mediator)
        return self.issue_anew(session, now, LinkKind.MEDIATOR, mediator)

    def issue_for(
        self, session: Session, now: datetime, offers: Sequence[Offer], *kinds: LinkKind
    ) -> dict[tuple[LinkKind, int], Link]:
        """Kind and offer id -> the mediator's own link; made, all at once, where there is none yet."""
        wanted = {(kind, offer.id): offer for offer in offers for kind in kinds}
        usable = (Link.kind.in_(kinds), Link.offer_id.in_([one.id for one in offers]), Link.revoked_at.is_(None))
        found = {(link.kind, link.offer_id or 0): link for link in session.scalars(select(Link).where(*usable))}
        missing = {key: offer for key, offer in wanted.items() if key not in found}
        made = {
            (kind, number): Link(
                id=own,
                pool_id=offer.pool_id,
                kind=kind,
                mediator_id=offer.mediator_id,
                offer_id=number,
                created_at=now,
            )
            for ((kind, number), offer), own in zip(missing.items(), reserve(session, Link, len(missing)), strict=True)
        }
        self._add(session, [*made.values()])
        return found | made

    def issue_to_all(
        self, session: Session, now: datetime, kinds: Sequence[LinkKind], mediators: Sequence[Mediator]
    ) -> None:
        """Make links of these kinds for mediators who have just been entered, all at once."""
        made = [
            Link(
                pool_id=one.pool_id,
                kind=kind,
                mediator_id=one.id,
                created_at=now,
                expires_at=_open_until(kind, now),
            )
            for one in mediators
            for kind in kinds
        ]
        self._add(session, made)

    def _add(self, session: Session, made: Sequence[Link]) -> None:
        """The token of a link tells of its id."""
        session.add_all(made)
        if any(one.id is None for one in made):
            session.flush()
        for link in made:
            link.token_hash = token_hash(self._token(link))

    def issue_to_requester(
        self, session: Session, now: datetime, kind: RequesterLinkKind, appointment: Appointment, until: datetime
    ) -> RequesterLink:
        """The link of that kind to this appointment, open `until` then; made if there is none yet.

        The caller holds the appointment.
        """
        known = session.scalar(
            select(RequesterLink).where(RequesterLink.kind == kind, RequesterLink.appointment_id == appointment.id)
        )
        if known is not None:
            known.expires_at = until
            return known
        link = RequesterLink(
            pool_id=appointment.pool_id, kind=kind, appointment_id=appointment.id, created_at=now, expires_at=until
        )
        session.add(link)
        session.flush()
        link.token_hash = token_hash(self._token(link))
        return link

    def open_to(self, session: Session, row: RequestDoor | UnconfirmedRequest) -> None:
        """Give a row that was just made, or whose link was born anew, the token of that birth."""
        session.add(row)
        session.flush()
        row.token_hash = token_hash(self._token(row))

    def placeholder(self, kind: LinkKind | RequesterLinkKind | DoorLinkKind) -> str:
        """What stands in a waiting message where the link will be; exactly as long."""
        return self._blank(_PATHS[kind])

    def _blank(self, path: str) -> str:
        length = len(self.public_url + path.format("x" * TOKEN_LENGTH))
        return f"<link{'_' * (length - len('<link>'))}>"

    def join_placeholder(self) -> str:
        """The same where the link to an application will be."""
        return self._blank(_JOIN)

    def fill_in(self, message: Message) -> str:
        """The words of a message as they leave, with its link and its code."""
        about = message.application
        if about is None or message.link is not None:
            return self.fill(message.body, message.link or message.requester_link or message.unconfirmed)
        said = _PLACEHOLDER.sub(self.join_url(about), message.body)
        return said.replace(CODE, self.code(about, message.channel))

    def fill(self, text: str, link: Linked | None) -> str:
        """The text with its own link in every placeholder; without a link it stays as it is."""
        return _PLACEHOLDER.sub(self.url(link), text) if link else text

    def url(self, link: Linked) -> str:
        """The address to send to the person."""
        return self.public_url + _PATHS[link.kind].format(self._token(link))

    def open_application(self, session: Session, application: Application) -> None:
        """Give a new application its link."""
        session.add(application)
        session.flush()
        application.token_hash = token_hash(self.join_token(application))

    def join_token(self, application: Application) -> str:
        """The token of the link to an application."""
        return self._derived(f"join:{application.id}:{application.created_at.isoformat()}")

    def join_url(self, application: Application) -> str:
        """The address of the page of an application."""
        return self.public_url + _JOIN.format(self.join_token(application))

    def code(self, application: Application, channel: Channel) -> str:
        """Six digits that whoever is reached there can know; others with every sending."""
        subject = f"code:{channel.value}:{application.id}:{application.created_at.isoformat()}:{application.codes_sent}"
        mac = hmac.digest(self._secret, subject.encode(), "sha256")
        return f"{int.from_bytes(mac[:8]) % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def _open_until(kind: LinkKind, now: datetime) -> datetime | None:
    return now + OWN_PAGES_OPEN if kind is LinkKind.MEDIATOR else None


def find(session: Session, now: datetime, token: str, *kinds: LinkKind) -> Link | None:
    """The link a token opens, of whichever pool; None if it is wrong, revoked, expired or of another kind."""
    with tenancy.across_pools(session):
        return session.scalar(
            select(Link).where(Link.token_hash == token_hash(token), Link.kind.in_(kinds), Link.opens(now))
        )


def find_of_requester(session: Session, token: str, kind: RequesterLinkKind) -> RequesterLink | None:
    """The requester's link that a token opens, of whichever pool, expired or not; None if it is wrong."""
    with tenancy.across_pools(session):
        return session.scalar(
            select(RequesterLink).where(RequesterLink.token_hash == token_hash(token), RequesterLink.kind == kind)
        )


def find_door(session: Session, token: str) -> RequestDoor | None:
    """The door that a token leads to, of whichever pool, switched off or not; None if it is wrong."""
    with tenancy.across_pools(session):
        return session.scalar(select(RequestDoor).where(RequestDoor.token_hash == token_hash(token)))


def find_unconfirmed(session: Session, token: str) -> UnconfirmedRequest | None:
    """What a token confirms, of whichever pool, expired or not; None if it is wrong or forgotten."""
    with tenancy.across_pools(session):
        return session.scalar(select(UnconfirmedRequest).where(UnconfirmedRequest.token_hash == token_hash(token)))


def find_application(session: Session, now: datetime, token: str) -> Application | None:
    """The application that a token opens, of whichever pool; None if it is wrong, or over."""
    with tenancy.across_pools(session):
        return session.scalar(
            select(Application).where(
                Application.token_hash == token_hash(token),
                or_(Application.expires_at.is_(None), Application.expires_at > now),
            )
        )
