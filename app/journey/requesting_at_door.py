"""A request without an account: left at an organisation's door, real once its e-mail is confirmed."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app import outbox
from app.errors import FieldProblem, Invalid, NoLongerOpen, NotFound
from app.journey import requesting
from app.journey.history import Actor
from app.journey.request import Place, Request
from app.links import Links
from app.models import ActorKind, Appointment, DoorLinkKind, Message, RequestDoor, Site, UnconfirmedRequest, languages
from app.outbox.drafts import To, draft
from notifications import texts
from notifications.wording import Mode, Occasion

KIND: Final = "request_confirm"
OPEN_FOR: Final = timedelta(days=1)
# kept a little longer than it is open: the page can say that it came too late, and no mail loses its link on the way
FORGOTTEN_AFTER: Final = timedelta(hours=12)
# of one address at one door
MOST_OPEN: Final = 3


def leave(
    session: Session,
    now: datetime,
    links: Links,
    door_id: int,
    wanted: Request,
    *,
    typed: dict[str, str],
    once: str,
    site: Site | None = None,
    instead_of: str = "",
) -> UnconfirmedRequest:
    """Keep what somebody wants for a day and send the e-mail that asks to confirm it; for the same `once` only once.

    `typed` are the fields of their form, to be shown again; `instead_of` is the `once` of what they mend, which is void
    then unless it was confirmed. Raises Invalid, and NoLongerOpen for a door that is closed.
    """
    # held: of two that press twice, and of many from one address, one comes after the other
    door = session.execute(
        select(RequestDoor).where(RequestDoor.id == door_id).with_for_update(of=RequestDoor)
    ).scalar_one()
    refuse_closed(door)
    known = session.scalar(select(UnconfirmedRequest).where(UnconfirmedRequest.once == once))
    if known is not None:
        return known
    email = wanted.contact_email.strip()
    if not email:
        raise Invalid([FieldProblem("contact_email", "required")])
    requesting.refuse_wrong(session, now, door.organisation, wanted)
    _take_back(session, now, door, instead_of)
    if _open_of(session, now, door, email) >= MOST_OPEN:
        raise Invalid([FieldProblem("contact_email", "unconfirmed_many", {"most": MOST_OPEN})])
    found = UnconfirmedRequest(
        door=door, once=once, email=email, typed=typed, wanted=_plain(wanted), site_id=site.id if site else None,
        created_at=now, expires_at=now + OPEN_FOR,
    )  # fmt: skip
    links.open_to(session, found)
    _ask_to_confirm(session, now, links, found, wanted)
    return found


def refuse_closed(door: RequestDoor) -> None:
    """Raise NoLongerOpen where nobody may request through it."""
    if not door.is_open:
        raise NoLongerOpen("door_closed")


def confirm(session: Session, now: datetime, unconfirmed_id: int) -> Appointment | None:
    """Request what was left; a second time gives the same appointment, None if that is there no more.

    Raises Invalid where it is not possible any more, NoLongerOpen where the door is closed or the day is over, and
    NotFound where it is forgotten.
    """
    found = session.scalar(
        select(UnconfirmedRequest)
        .where(UnconfirmedRequest.id == unconfirmed_id)
        .with_for_update(of=UnconfirmedRequest)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("unconfirmed_not_found")
    if found.confirmed_at is not None:
        return session.get(Appointment, found.appointment_id) if found.appointment_id else None
    refuse_void(now, found)
    site = session.get(Site, found.site_id) if found.site_id else None
    # it belongs to no account, and says so: whoever holds the link to the mailbox asks
    by = Actor(ActorKind.REQUESTER)
    made = requesting.request(session, now, found.door.organisation, wanted_of(found), by, site=site)
    made.door_id = found.door_id
    found.confirmed_at, found.appointment_id = now, made.id
    return made


def refuse_void(now: datetime, found: UnconfirmedRequest) -> None:
    """Raise NoLongerOpen where it cannot be confirmed, whatever it asks for."""
    refuse_closed(found.door)
    if not is_of_present_link(found):
        raise NoLongerOpen("unconfirmed_void")
    if found.expires_at <= now:
        raise NoLongerOpen("unconfirmed_expired")


def is_of_present_link(found: UnconfirmedRequest) -> bool:
    """Whether it was left by the link that the door has now; who holds an older one is not told that."""
    return found.created_at >= found.door.created_at


def wanted_of(found: UnconfirmedRequest) -> Request:
    """What was left, as the journey takes it."""
    kept: dict[str, Any] = dict(found.wanted)
    place = kept.pop("place")
    lists = {name: tuple(one) for name, one in kept.items() if isinstance(one, list)}
    starts = datetime.fromisoformat(kept["starts_at"])
    return Request(**kept | lists | {"starts_at": starts, "place": Place(**place) if place else None})


def ends_of(wanted: Request) -> datetime:
    """When what is wanted would end."""
    return wanted.starts_at + timedelta(minutes=wanted.duration_minutes)


def forget_old(session: Session, now: datetime) -> int:
    """Forget what was left and is over, confirmed or not; gives how many."""
    over = UnconfirmedRequest.expires_at <= now - FORGOTTEN_AFTER
    return len(session.scalars(delete(UnconfirmedRequest).where(over).returning(UnconfirmedRequest.id)).all())


def _take_back(session: Session, now: datetime, door: RequestDoor, once: str) -> None:
    """End what is mended, and the e-mail about it if that still waits."""
    unconfirmed = (UnconfirmedRequest.once == once, UnconfirmedRequest.confirmed_at.is_(None))
    found = session.scalar(
        select(UnconfirmedRequest)
        .where(UnconfirmedRequest.door_id == door.id, *unconfirmed)
        .with_for_update(of=UnconfirmedRequest)
    )
    if found is not None:
        outbox.discard(session, now, Message.unconfirmed_id == found.id)
        # not deleted: another row with its number would be what a late mail leads to
        found.expires_at = now


def _open_of(session: Session, now: datetime, door: RequestDoor, email: str) -> int:
    of_address = (UnconfirmedRequest.door_id == door.id, func.lower(UnconfirmedRequest.email) == email.lower())
    waiting = (UnconfirmedRequest.confirmed_at.is_(None), UnconfirmedRequest.expires_at > now)
    counted = select(func.count()).select_from(UnconfirmedRequest).where(*of_address, *waiting)
    return session.execute(counted).scalar_one()


def _plain(wanted: Request) -> dict[str, Any]:
    # other times are nothing that is asked for at a door
    left_out = {"other_starts"}
    kept = {name: value for name, value in asdict(wanted).items() if name not in left_out}
    return kept | {"starts_at": wanted.starts_at.isoformat()}


def _ask_to_confirm(session: Session, now: datetime, links: Links, found: UnconfirmedRequest, wanted: Request) -> None:
    """Nothing of what was typed freely is in it: nobody writes to strangers through us."""
    pool = found.door.pool
    zone = ZoneInfo(pool.timezone)
    about = Occasion(
        languages.name(wanted.language, "de"), wanted.starts_at, wanted.duration_minutes, cast("Mode", wanted.mode),
        zone=zone,
    )  # fmt: skip
    words = texts.request_confirm(
        about,
        link=links.placeholder(DoorLinkKind.CONFIRM),
        until=found.expires_at,
        organisation=found.door.organisation.name,
        pool_name=pool.name,
        contact=pool.phone or pool.email,
    )
    message = draft(
        To.stranger(found.email),
        pool,
        KIND,
        words,
        key=f"{KIND}:{found.id}:{found.created_at.isoformat()}",
        now=now,
        expires_at=found.expires_at,
        unconfirmed=found,
    )
    outbox.put(session, message)
