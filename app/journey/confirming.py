"""Confirmation, invite, reminders, and what follows when an appointment moves, is cancelled or loses its mediator.

Every message carries the appointment's UID; the sequence rises with everything that invites are told, so that mail
programs replace what they show. Changes go by SMS too: invites alone reach nobody in time.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app import outbox
from app.journey.occasions import occasion, spoken
from app.links import Links
from app.models import Appointment, Assignment, Channel, LinkKind, Message, MessageStatus, Offer, Pool, languages
from app.models.topics import topic_name
from notifications import texts
from notifications.invites import Method, invite
from notifications.texts import Text

# How long a yes or a no can be taken back; confirmations wait for it.
UNDO = timedelta(seconds=10)
REMINDERS = (("reminder_day", timedelta(hours=24)), ("reminder_hours", timedelta(hours=2)))


def confirm(session: Session, now: datetime, links: Links, assignment: Assignment) -> None:
    """Tell mediator and requester that it is settled, with an invite each, once the undo seconds are over."""
    appointment, mediator = assignment.appointment, assignment.mediator
    pool = _pool(session, appointment)
    due = now + UNDO
    if _invites_are_out(session, appointment):
        # somebody's calendar holds this UID: only a higher sequence replaces what it shows
        appointment.invite_sequence += 1
    links.issue(session, now, LinkKind.INVITE, mediator, assignment.offer)
    language = spoken(mediator.locale)
    words = texts.confirmation_mediator(
        occasion(appointment, assignment.language, language),
        mediator_name=mediator.name,
        link=links.placeholder(LinkKind.OFFER),
        pool_name=pool.name,
        contact=_contact(appointment),
        note=appointment.note,
        language=language,
    )
    _to_mediator(session, now, due, links, assignment, "confirmation", words, "REQUEST")
    _confirm_to_requester(session, now, due, links, assignment)
    _remind(session, now, links, assignment)


def unconfirm(session: Session, now: datetime, assignment: Assignment) -> None:
    """Take back what confirm() queued and nobody has received."""
    outbox.discard(session, now, _about(assignment))


def take_back(session: Session, now: datetime, links: Links, assignment: Assignment) -> None:
    """A yes is undone: its confirmation does not leave, and if something about it has left, that is cancelled."""
    unconfirm(session, now, assignment)
    told = _about(assignment) & Message.status.not_in((MessageStatus.QUEUED, MessageStatus.DISCARDED))
    if session.scalar(select(Message.id).where(told).limit(1)) is not None:
        assignment.appointment.invite_sequence += 1
        release(session, now, links, assignment)


def requester_holds_invite(session: Session, appointment: Appointment) -> bool:
    """Whether a calendar of the requester shows this appointment."""
    return _invites_are_out(session, appointment, Message.mediator_id.is_(None))


def _invites_are_out(session: Session, appointment: Appointment, *conditions: ColumnElement[bool]) -> bool:
    sent = select(Message.id).where(
        Message.appointment_id == appointment.id,
        Message.calendar.is_not(None),
        Message.status != MessageStatus.DISCARDED,
        *conditions,
    )
    return session.scalar(sent.limit(1)) is not None


def _about(assignment: Assignment) -> ColumnElement[bool]:
    return Message.dedupe_key.like(f"%:assignment:{assignment.id}:%")


def announce_change(session: Session, now: datetime, links: Links, appointment: Appointment) -> None:
    """Tell everybody who is expected, and the requester, what the appointment is like now."""
    appointment.invite_sequence += 1
    pool = _pool(session, appointment)
    for assignment in appointment.active_assignments:
        unconfirm(session, now, assignment)
        language = spoken(assignment.mediator.locale)
        words = texts.changed_mediator(
            occasion(appointment, assignment.language, language),
            mediator_name=assignment.mediator.name,
            link=links.placeholder(LinkKind.OFFER),
            pool_name=pool.name,
            note=appointment.note,
            language=language,
        )
        _to_mediator(session, now, now, links, assignment, "changed", words, "REQUEST")
        _remind(session, now, links, assignment)
    words = texts.changed_requester(
        occasion(appointment, appointment.language, "de"),
        link=_staff_link(links, appointment),
        pool_name=pool.name,
        mediator_name=", ".join(assignment.mediator.name for assignment in appointment.active_assignments),
    )
    _to_requester(session, now, now, links, appointment, "changed", words, "REQUEST")


def announce_cancellation(session: Session, now: datetime, links: Links, appointment: Appointment) -> None:
    """Tell everybody who is expected, and the requester, that it does not take place."""
    appointment.invite_sequence += 1
    for assignment in appointment.active_assignments:
        release(session, now, links, assignment)
    words = texts.cancelled_requester(
        occasion(appointment, appointment.language, "de"),
        link=_staff_link(links, appointment),
        pool_name=_pool(session, appointment).name,
    )
    _to_requester(session, now, now, links, appointment, "cancelled", words, "CANCEL")


def release(session: Session, now: datetime, links: Links, assignment: Assignment) -> None:
    """Tell a mediator that nobody expects them any more; the caller has raised the sequence."""
    unconfirm(session, now, assignment)
    mediator = assignment.mediator
    language = spoken(mediator.locale)
    words = texts.cancelled_mediator(
        occasion(assignment.appointment, assignment.language, language),
        mediator_name=mediator.name,
        link=links.placeholder(LinkKind.OFFER),
        pool_name=_pool(session, assignment.appointment).name,
        language=language,
    )
    _to_mediator(session, now, now, links, assignment, "cancelled", words, "CANCEL")


def announce_hand_back(session: Session, now: datetime, links: Links, assignment: Assignment) -> None:
    """Take the invite out of the mediator's calendar and tell the requester that we look again."""
    appointment = assignment.appointment
    appointment.invite_sequence += 1
    unconfirm(session, now, assignment)
    pool = _pool(session, appointment)
    language = spoken(assignment.mediator.locale)
    if assignment.mediator.email:
        words = texts.cancelled_mediator(
            occasion(appointment, assignment.language, language),
            mediator_name=assignment.mediator.name,
            link=links.placeholder(LinkKind.OFFER),
            pool_name=pool.name,
            language=language,
        )
        mail_only = Text(subject=words.subject, mail=words.mail)
        _to_mediator(session, now, now, links, assignment, "handed_back", mail_only, "CANCEL")
    words = texts.handed_back_requester(
        occasion(appointment, appointment.language, "de"), link=_staff_link(links, appointment), pool_name=pool.name
    )
    _to_requester(session, now, now, links, appointment, f"handed_back:{assignment.id}", words, "REQUEST")


def announce_unfilled(session: Session, now: datetime, links: Links, appointment: Appointment) -> None:
    """Tell the requester that nobody is left to ask, and why."""
    pool = _pool(session, appointment)
    words = texts.unfilled_requester(
        occasion(appointment, appointment.language, "de"),
        reason=texts.refusal_reason(appointment.explanation or {}, languages.name(appointment.language, "de")),
        link=_staff_link(links, appointment),
        pool_name=pool.name,
        coming=", ".join(assignment.mediator.name for assignment in appointment.active_assignments),
    )
    key = f"unfilled:{appointment.round}:{appointment.invite_sequence}"
    _to_requester(session, now, now, links, appointment, key, words, None)


def offer_message(session: Session, now: datetime, links: Links, offer: Offer) -> None:
    """Queue the SMS that asks; it is worth nothing after the offer's deadline."""
    appointment, mediator = offer.appointment, offer.mediator
    language = spoken(mediator.locale)
    words = texts.offer(
        occasion(appointment, offer.language, language),
        link=links.placeholder(LinkKind.OFFER),
        number=offer.id,
        pool_name=_pool(session, appointment).name,
        language=language,
    )
    link = links.issue(session, now, LinkKind.OFFER, mediator, offer)
    outbox.put(
        session,
        Message(
            pool_id=appointment.pool_id,
            channel=Channel.SMS,
            kind="offer",
            dedupe_key=f"offer:{offer.id}:wave:{offer.wave}",
            recipient=mediator.phone,
            recipient_name=mediator.name,
            mediator_id=mediator.id,
            appointment_id=appointment.id,
            offer_id=offer.id,
            link_id=link.id,
            body=words.sms,
            created_at=now,
            due_at=now,
            expires_at=offer.due_at,
        ),
    )


def announce_void(session: Session, now: datetime, offer: Offer) -> None:
    """Tell somebody who was asked and has not answered that they need not any more."""
    mediator = offer.mediator
    language = spoken(mediator.locale)
    words = texts.no_longer_open(occasion(offer.appointment, offer.language, language), language=language)
    outbox.put(
        session,
        Message(
            pool_id=offer.pool_id,
            channel=Channel.SMS,
            kind="no_longer_open",
            dedupe_key=f"void:{offer.id}:wave:{offer.wave}",
            recipient=mediator.phone,
            recipient_name=mediator.name,
            mediator_id=mediator.id,
            appointment_id=offer.appointment_id,
            offer_id=offer.id,
            body=words.sms,
            created_at=now,
            due_at=now,
            expires_at=offer.appointment.ends_at,
        ),
    )


def _remind(session: Session, now: datetime, links: Links, assignment: Assignment) -> None:
    appointment, mediator = assignment.appointment, assignment.mediator
    language = spoken(mediator.locale)
    for kind, before in REMINDERS:
        due = appointment.starts_at - before
        if due <= now + UNDO:
            continue
        words = getattr(texts, kind)(
            occasion(appointment, assignment.language, language),
            mediator_name=mediator.name,
            link=links.placeholder(LinkKind.OFFER),
            pool_name=_pool(session, appointment).name,
            contact=_contact(appointment),
            language=language,
        )
        _to_mediator(session, now, due, links, assignment, kind, Text(sms=words.sms), None)


def _confirm_to_requester(session: Session, now: datetime, due: datetime, links: Links, assignment: Assignment) -> None:
    appointment = assignment.appointment
    words = texts.confirmation_requester(
        occasion(appointment, assignment.language, "de"),
        mediator_name=assignment.mediator.name,
        mediator_phone=assignment.mediator.phone,
        link=_staff_link(links, appointment),
        pool_name=_pool(session, appointment).name,
        still_needed=appointment.seats_open,
    )
    kind = f"confirmation:assignment:{assignment.id}:"
    _to_requester(session, now, due, links, appointment, kind, words, "REQUEST")


def _to_mediator(
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
    pool = _pool(session, appointment)
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
                sender=_sender(pool),
                subject=words.subject,
                body=words.mail,
                calendar=calendar,
                calendar_method=method,
                **shared,
            ),
        )


def _to_requester(
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
    pool = _pool(session, appointment)
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
            sender=_sender(pool),
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
            (languages.name(language, "de"), topic_name(appointment.topic, "de"), _contact(appointment))
        ),
        organizer_name=pool.name,
        organizer_email=pool.email,
        attendee_name=name,
        attendee_email=email,
        geo=(appointment.place_lat or 0.0, appointment.place_lon or 0.0) if located else None,
    ).decode()


def _pool(session: Session, appointment: Appointment) -> Pool:
    return session.execute(select(Pool).where(Pool.id == appointment.pool_id)).scalar_one()


def _sender(pool: Pool) -> str:
    # a quote or a backslash would end the quoted name of the header
    name = pool.name.translate({ord('"'): None, ord("\\"): None})
    return f'"{name}" <{pool.email}>'


def _contact(appointment: Appointment) -> str:
    name = appointment.contact_name or appointment.organisation.name
    return ", ".join(part for part in (name, appointment.contact_phone) if part)


def _staff_link(links: Links, appointment: Appointment) -> str:
    return f"{links.public_url}/appointments/{appointment.id}"
