"""From words to the outbox: who it goes to, under which link, with which invite."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app import outbox
from app.journey.series_dates import asked_about
from app.journey.telling import invites
from app.journey.telling.facts import occasion, spoken
from app.journey.timing.contact_hours import can_call
from app.links import Links
from app.models import Appointment, Assignment, BorrowedSeat, Link, LinkKind, Message, Offer
from app.outbox.drafts import To, draft
from notifications import calls, series, texts
from notifications.invites import Method
from notifications.texts import Text


def offer_messages(
    session: Session, now: datetime, links: Links, offers: Mapping[Offer, datetime], *, due: datetime | None = None
) -> None:
    """Queue the questions, each worth nothing after its instant: SMS, or calls to whoever would rather be called.

    They leave at once, or are held back until `due`.
    """
    issued = links.issue_for(session, now, list(offers), LinkKind.OFFER)
    about = {one.appointment_id: asked_about(session, now, one.appointment) for one in offers}
    calls_are_made = any(one.mediator.prefers_calls for one in offers) and can_call(session)
    with outbox.together(session):
        for offer, expires_at in offers.items():
            if offer.mediator.prefers_calls and calls_are_made:
                call_about(session, now, offer, due=due, expires_at=expires_at)
            else:
                link = issued[LinkKind.OFFER, offer.id]
                words = _question(links, offer, about[offer.appointment_id])
                _text(session, now, offer, "offer", words, due=due, expires_at=expires_at, link=link)


def _question(links: Links, offer: Offer, dates: Sequence[Appointment]) -> Text:
    """About these dates; where there are several, about all of them at once."""
    language = spoken(offer.mediator.locale)
    if len(dates) > 1:
        return series.offer_series(
            occasion(dates[0], offer.language, language),
            count=len(dates),
            rhythm=rhythm(dates),
            link=links.placeholder(LinkKind.OFFER),
            number=offer.id,
            pool_name=offer.pool.name,
            language=language,
        )
    return texts.offer(
        occasion(offer.appointment, offer.language, language),
        link=links.placeholder(LinkKind.OFFER),
        number=offer.id,
        pool_name=offer.pool.name,
        language=language,
    )


def call_about(
    session: Session,
    now: datetime,
    offer: Offer,
    *,
    expires_at: datetime | None,
    due: datetime | None = None,
    instead_of: Message | None = None,
) -> None:
    """Queue a call that reads the question and takes 1 or 2."""
    words = _question_aloud(offer, asked_about(session, now, offer.appointment))
    key = f"call:{offer.id}:wave:{offer.wave}" + (f":instead:{instead_of.id}" if instead_of else "")
    outbox.put(
        session,
        draft(
            To.call(offer.mediator), offer, "offer", words, key=key, now=now, due=due, expires_at=expires_at,
            instead_of=instead_of,
        ),
    )  # fmt: skip


def _question_aloud(offer: Offer, dates: Sequence[Appointment]) -> Text:
    language = spoken(offer.mediator.locale)
    first, pool_name = occasion(dates[0], offer.language, language), offer.pool.name
    if len(dates) == 1:
        return calls.offer_call(first, number=offer.id, pool_name=pool_name, language=language)
    return series.offer_series_call(
        first, count=len(dates), rhythm=rhythm(dates), number=offer.id, pool_name=pool_name, language=language
    )


def rhythm(dates: Sequence[Appointment]) -> series.Rhythm:
    """How these dates of one pool follow one another."""
    return series.rhythm_of([one.starts_at for one in dates], ZoneInfo(dates[0].pool.timezone))


def text_instead(session: Session, now: datetime, links: Links, offer: Offer, failed: Message) -> None:
    """Queue the question as an SMS after a call that nobody took."""
    words = _question(links, offer, asked_about(session, now, offer.appointment))
    link = links.issue(session, now, LinkKind.OFFER, offer.mediator, offer)
    _text(session, now, offer, "offer", words, expires_at=failed.expires_at, link=link, instead_of=failed)


def announce_void(session: Session, now: datetime, offer: Offer) -> None:
    """Tell somebody who was asked and has not answered that the appointment is cancelled."""
    mediator = offer.mediator
    language = spoken(mediator.locale)
    words = texts.question_cancelled(occasion(offer.appointment, offer.language, language), language=language)
    _text(session, now, offer, "question_cancelled", words, expires_at=offer.appointment.ends_at)


def _text(
    session: Session,
    now: datetime,
    offer: Offer,
    kind: str,
    words: Text,
    *,
    expires_at: datetime | None,
    due: datetime | None = None,
    link: Link | None = None,
    instead_of: Message | None = None,
) -> None:
    """Queue an SMS about an offer, one of each kind a wave."""
    key = f"{kind}:{offer.id}:wave:{offer.wave}"
    outbox.put(
        session,
        draft(
            To.phone(offer.mediator), offer, kind, words, key=key, now=now, due=due, expires_at=expires_at,
            link=link, instead_of=instead_of,
        ),
    )  # fmt: skip


def to_mediator(
    session: Session,
    now: datetime,
    due: datetime,
    links: Links,
    assignment: Assignment,
    kind: str,
    words: Text,
    method: Method | None,
    *,
    link: Link | None = None,
) -> None:
    """Queue what there are words for: an SMS, and an e-mail if the address is known.

    `link` is that of the offer, for a caller who has it.
    """
    appointment, mediator = assignment.appointment, assignment.mediator
    link = link or links.issue(session, now, LinkKind.OFFER, mediator, assignment.offer)
    expires_at = appointment.ends_at if method != "CANCEL" else None
    key = f"{kind}:assignment:{assignment.id}:{appointment.invite_sequence}"
    write = partial(draft, about=assignment, kind=kind, words=words, now=now, due=due, expires_at=expires_at, link=link)
    if words.sms:
        outbox.put(session, write(To.phone(mediator), key=f"sms:{key}"))
    if words.mail and mediator.email:
        calendar = invites.write(session, now, links, assignment, method, mediator.name, mediator.email)
        by_mail = write(To.mailbox(mediator), key=f"mail:{key}", calendar=calendar, calendar_method=method)
        outbox.put(session, by_mail)


def to_requester(
    session: Session,
    now: datetime,
    due: datetime,
    links: Links,
    about: Appointment | Assignment,
    kind: str,
    words: Text,
    method: Method | None,
    *,
    once_per: str = "",
    borrowed: BorrowedSeat | None = None,
) -> None:
    """Queue an e-mail to whoever requested it, if an address is known; one of a kind for each state of the invite.

    `once_per` tells apart what is to be said more than once in one state; `borrowed` is who comes from a neighbour.
    """
    appointment = appointment_of(about)
    if not appointment.contact_email:
        return
    to = To.requester(appointment)
    calendar = invites.write(session, now, links, appointment, method, to.name, to.address)
    key = f"mail:requester:{appointment.id}:{kind}:{once_per}:{appointment.invite_sequence}"
    message = draft(
        to, about, f"requester_{kind}", words, key=key, now=now, due=due, calendar=calendar, calendar_method=method
    )
    message.borrowed_seat_id = borrowed.id if borrowed else None
    outbox.put(session, message)


def appointment_of(about: Appointment | Assignment) -> Appointment:
    """What it is about, or the appointment of an assignment."""
    return about.appointment if isinstance(about, Assignment) else about


def staff_link(links: Links, appointment: Appointment) -> str:
    """The page of an appointment for those who log in; empty where whoever requested it cannot."""
    return "" if appointment.door_id is not None else f"{links.public_url}/appointments/{appointment.id}"
