"""From words to the outbox: who it goes to, under which link, with which invite."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.journey.telling.facts import occasion, spoken
from app.journey.timing.contact_hours import can_call
from app.links import Links
from app.models import Appointment, Assignment, Channel, LinkKind, Message, Offer, Pool, languages
from app.models.topics import topic_name
from notifications import calls, texts
from notifications.invites import Method, invite
from notifications.texts import Text


def offer_message(session: Session, now: datetime, links: Links, offer: Offer, expires_at: datetime) -> None:
    """Queue the question, worth nothing after `expires_at`: an SMS, or a call for whoever would rather be called."""
    link = links.issue(session, now, LinkKind.OFFER, offer.mediator, offer)
    if offer.mediator.prefers_calls and can_call(session):
        call_about(session, now, offer, expires_at=expires_at)
    else:
        words = _question(session, links, offer)
        _text(session, now, offer, "offer", words, expires_at=expires_at, link_id=link.id)


def _question(session: Session, links: Links, offer: Offer) -> Text:
    language = spoken(offer.mediator.locale)
    return texts.offer(
        occasion(offer.appointment, offer.language, language),
        link=links.placeholder(LinkKind.OFFER),
        number=offer.id,
        pool_name=pool_of(session, offer.appointment).name,
        language=language,
    )


def call_about(
    session: Session, now: datetime, offer: Offer, *, expires_at: datetime | None, instead_of: int | None = None
) -> None:
    """Queue a call that reads the question and takes 1 or 2."""
    appointment, mediator = offer.appointment, offer.mediator
    language = spoken(mediator.locale)
    words = calls.offer_call(
        occasion(appointment, offer.language, language),
        number=offer.id,
        pool_name=pool_of(session, appointment).name,
        language=language,
    )
    outbox.put(
        session,
        Message(
            pool_id=offer.pool_id,
            channel=Channel.VOICE,
            kind="offer",
            dedupe_key=f"call:{offer.id}:wave:{offer.wave}" + (f":instead:{instead_of}" if instead_of else ""),
            recipient=mediator.phone,
            recipient_name=mediator.name,
            mediator_id=mediator.id,
            appointment_id=offer.appointment_id,
            offer_id=offer.id,
            body=words.call,
            created_at=now,
            due_at=now,
            expires_at=expires_at,
            instead_of_id=instead_of,
        ),
    )


def text_instead(session: Session, now: datetime, links: Links, offer: Offer, failed: Message) -> None:
    """Queue the question as an SMS after a call that nobody took."""
    words = _question(session, links, offer)
    link = links.issue(session, now, LinkKind.OFFER, offer.mediator, offer)
    _text(session, now, offer, "offer", words, expires_at=failed.expires_at, link_id=link.id, instead_of=failed.id)


def announce_void(session: Session, now: datetime, offer: Offer) -> None:
    """Tell somebody who was asked and has not answered that they need not any more."""
    mediator = offer.mediator
    language = spoken(mediator.locale)
    words = texts.no_longer_open(occasion(offer.appointment, offer.language, language), language=language)
    _text(session, now, offer, "no_longer_open", words, expires_at=offer.appointment.ends_at)


def _text(
    session: Session,
    now: datetime,
    offer: Offer,
    kind: str,
    words: Text,
    *,
    expires_at: datetime | None,
    link_id: int | None = None,
    instead_of: int | None = None,
) -> None:
    """Queue an SMS about an offer, one of each kind a wave."""
    outbox.put(
        session,
        Message(
            pool_id=offer.pool_id,
            channel=Channel.SMS,
            kind=kind,
            dedupe_key=f"{kind}:{offer.id}:wave:{offer.wave}",
            recipient=offer.mediator.phone,
            recipient_name=offer.mediator.name,
            mediator_id=offer.mediator_id,
            appointment_id=offer.appointment_id,
            offer_id=offer.id,
            link_id=link_id,
            body=words.sms,
            created_at=now,
            due_at=now,
            expires_at=expires_at,
            instead_of_id=instead_of,
        ),
    )


def to_mediator(
    session: Session,
    now: datetime,
    due: datetime,
    links: Links,
    assignment: Assignment,
    kind: str,
    words: Text,
    method: Method | None,
) -> None:
    """Queue what there are words for: an SMS, and an e-mail if the address is known."""
    appointment, mediator = assignment.appointment, assignment.mediator
    pool = pool_of(session, appointment)
    link = links.issue(session, now, LinkKind.OFFER, mediator, assignment.offer)
    shared = {
        "pool_id": appointment.pool_id,
        "kind": kind,
        "recipient_name": mediator.name,
        "mediator_id": mediator.id,
        "appointment_id": appointment.id,
        "offer_id": assignment.offer_id,
        "link_id": link.id,
        "created_at": now,
        "due_at": due,
        "expires_at": appointment.ends_at if method != "CANCEL" else None,
    }
    key = f"{kind}:assignment:{assignment.id}:{appointment.invite_sequence}"
    if words.sms:
        outbox.put(
            session,
            Message(
                channel=Channel.SMS,
                dedupe_key=f"sms:{key}",
                recipient=mediator.phone,
                body=words.sms,
                **shared,
            ),
        )
    if words.mail and mediator.email:
        calendar = _calendar(now, links, pool, appointment, method, assignment.language, mediator.name, mediator.email)
        outbox.put(
            session,
            Message(
                channel=Channel.EMAIL,
                dedupe_key=f"mail:{key}",
                recipient=mediator.email,
                sender=sender(pool),
                subject=words.subject,
                body=words.mail,
                calendar=calendar,
                calendar_method=method,
                **shared,
            ),
        )


def to_requester(
    session: Session,
    now: datetime,
    due: datetime,
    links: Links,
    appointment: Appointment,
    kind: str,
    words: Text,
    method: Method | None,
) -> None:
    """Queue an e-mail to whoever requested it, if an address is known."""
    if not appointment.contact_email:
        return
    pool = pool_of(session, appointment)
    name = appointment.contact_name or appointment.organisation.name
    outbox.put(
        session,
        Message(
            pool_id=appointment.pool_id,
            channel=Channel.EMAIL,
            kind=f"requester_{kind.partition(':')[0]}",
            dedupe_key=f"mail:requester:{appointment.id}:{kind}:{appointment.invite_sequence}",
            recipient=appointment.contact_email,
            recipient_name=name,
            appointment_id=appointment.id,
            sender=sender(pool),
            subject=words.subject,
            body=words.mail,
            calendar=_calendar(
                now, links, pool, appointment, method, appointment.language, name, appointment.contact_email
            ),
            calendar_method=method,
            created_at=now,
            due_at=due,
        ),
    )


def uid(links: Links, appointment: Appointment) -> str:
    """The identity of an appointment in every calendar, for ever."""
    return f"appointment-{appointment.id}@{links.host}"


def _calendar(
    now: datetime,
    links: Links,
    pool: Pool,
    appointment: Appointment,
    method: Method | None,
    language: str,
    name: str,
    email: str,
) -> str | None:
    """The invite as text. It carries no personal link: calendars are copied to places that nobody here knows."""
    if method is None:
        return None
    place = ", ".join(part for part in (appointment.place_name, appointment.place_address) if part)
    located = appointment.place_lat is not None and appointment.place_lon is not None
    return invite(
        method=method,
        uid=uid(links, appointment),
        sequence=appointment.invite_sequence,
        stamp=now,
        starts=appointment.starts_at,
        ends=appointment.ends_at,
        summary=f"{pool.name}: {languages.name(language, 'de')}",
        location=place,
        description="\n".join(
            (languages.name(language, "de"), topic_name(appointment.topic, "de"), contact(appointment))
        ),
        organizer_name=pool.name,
        organizer_email=pool.email,
        attendee_name=name,
        attendee_email=email,
        geo=(appointment.place_lat or 0.0, appointment.place_lon or 0.0) if located else None,
    ).decode()


def pool_of(session: Session, appointment: Appointment) -> Pool:
    """The pool an appointment belongs to."""
    return session.execute(select(Pool).where(Pool.id == appointment.pool_id)).scalar_one()


def sender(pool: Pool) -> str:
    """The pool as a From header names it."""
    # a quote or a backslash would end the quoted name of the header
    name = pool.name.translate({ord('"'): None, ord("\\"): None})
    return f'"{name}" <{pool.email}>'


def contact(appointment: Appointment) -> str:
    """Whom a mediator asks for: name and telephone number."""
    name = appointment.contact_name or appointment.organisation.name
    return ", ".join(part for part in (name, appointment.contact_phone) if part)


def staff_link(links: Links, appointment: Appointment) -> str:
    """The page of an appointment for those who log in."""
    return f"{links.public_url}/appointments/{appointment.id}"
