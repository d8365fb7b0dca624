"""Confirmation, invite, reminders, and what follows when an appointment moves, is cancelled or loses its mediator.

Every message carries the appointment's UID; the sequence rises with everything that invites are told, so that mail
programs replace what they show. Changes go by SMS too: invites alone reach nobody in time.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app import outbox
from app.journey import requester_news
from app.journey.telling import invites, joint, letters, reminders
from app.journey.telling.agreed import as_agreed
from app.journey.telling.facts import occasion, spoken
from app.links import Links
from app.models import (
    UNFINISHED,
    Appointment,
    Assignment,
    Channel,
    Link,
    LinkKind,
    Message,
    MessageStatus,
)
from notifications import texts
from notifications.invites import Method
from notifications.texts import Occasion, Text

# How long a yes or a no can be taken back; confirmations wait for it.
UNDO = timedelta(seconds=10)
OVERTAKEN = (
    "requester_confirmation",
    "requester_changed",
    "requester_handed_back",
    "requester_unfilled",
)
# What a change says, beside confirmations that wait, which say how it is by then.
OF_A_CHANGE = ("offer", "changed", "cancelled", "requester_changed")


def confirm(session: Session, now: datetime, links: Links, assignment: Assignment) -> None:
    """Tell mediator and requester that it is settled, with an invite each, once the undo seconds are over."""
    appointment, mediator = assignment.appointment, assignment.mediator
    due = now + UNDO
    if invites.are_out(session, appointment):
        # somebody's calendar holds this UID: only a higher sequence replaces what it shows
        appointment.invite_sequence += 1
    if any(one is not assignment and one.mediator_id == mediator.id for one in appointment.assignments):
        # who comes after all is not to read that nobody expects them
        unsaid = (Message.appointment_id == appointment.id, Message.mediator_id == mediator.id)
        outbox.discard(session, now, *unsaid, Message.kind.in_(("cancelled", "handed_back")))
    _confirm(session, now, due, links, assignment)


def _confirm(session: Session, now: datetime, due: datetime, links: Links, assignment: Assignment) -> None:
    appointment, mediator = assignment.appointment, assignment.mediator
    offer = assignment.offer
    link = links.issue_for(session, now, [offer], LinkKind.INVITE, LinkKind.OFFER)[LinkKind.OFFER, offer.id]
    language = spoken(mediator.locale)
    words = texts.confirmation_mediator(
        occasion(appointment, assignment.language, language),
        mediator_name=mediator.name,
        link=links.placeholder(LinkKind.OFFER),
        pool_name=appointment.pool.name,
        contact=invites.contact(appointment),
        note=appointment.note,
        language=language,
    )
    with outbox.together(session):
        letters.to_mediator(session, now, due, links, assignment, "confirmation", words, "REQUEST", link=link)
        requester_news.confirm(session, now, due, links, assignment)
        reminders.put(session, now, links, assignment, link, after=now + UNDO)


def unconfirm(session: Session, now: datetime, links: Links, assignment: Assignment) -> None:
    """Take back what confirm() queued and nobody has received."""
    joint.leave_out(session, now, links, assignment)
    outbox.discard(session, now, Message.assignment_id == assignment.id)


def confirm_all(session: Session, now: datetime, links: Links, assignments: Sequence[Assignment]) -> None:
    """Tell of several dates of one series, which one mediator has taken with one yes, as confirm() does of one."""
    offers = [one.offer for one in assignments]
    issued = links.issue_for(session, now, offers, LinkKind.INVITE, LinkKind.OFFER)
    for one in assignments:
        if invites.are_out(session, one.appointment):
            one.appointment.invite_sequence += 1
    with outbox.together(session):
        for one in assignments:
            reminders.put(session, now, links, one, issued[LinkKind.OFFER, one.offer_id], after=now + UNDO)
    first = min(assignments, key=lambda one: (one.starts_at, one.id))
    joint.confirm(session, now, now + UNDO, links, assignments, issued[LinkKind.OFFER, first.offer_id])


def take_back(session: Session, now: datetime, links: Links, assignment: Assignment) -> None:
    """A yes is undone: its confirmation does not leave, and if something about it has left, that is cancelled."""
    unconfirm(session, now, links, assignment)
    if was_told(session, assignment):
        assignment.appointment.invite_sequence += 1
        release(session, now, links, assignment)


def _about(assignment: Assignment) -> ColumnElement[bool]:
    return joint.tells_of(assignment)


def announce_change(
    session: Session,
    now: datetime,
    due: datetime,
    links: Links,
    appointment: Appointment,
    *,
    by_text: bool,
    to_requester: bool,
    released: bool,
) -> None:
    """Tell everybody who is expected what the appointment is like now, `by_text` where it cannot wait for an e-mail.

    And the requester, if they are to know; all of it at `due`. `released` says that somebody who was expected is not
    any more.
    """
    appointment.invite_sequence += 1
    told = []
    for assignment in appointment.active_assignments:
        # what they were to hear by SMS of the change before, this one says as well
        as_text = by_text or _text_waits(session, assignment)
        link = _renewed(session, now, links, assignment)
        if link is None:
            continue
        told.append(assignment)
        language = spoken(assignment.mediator.locale)
        words = texts.changed_mediator(
            occasion(appointment, assignment.language, language),
            mediator_name=assignment.mediator.name,
            link=links.placeholder(LinkKind.OFFER),
            pool_name=appointment.pool.name,
            note=appointment.note,
            language=language,
        )
        words = words if as_text else Text(subject=words.subject, mail=words.mail)
        letters.to_mediator(session, now, due, links, assignment, "changed", words, "REQUEST", link=link)
        reminders.put(session, now, links, assignment, link, after=now + UNDO)
    if not to_requester:
        return
    words = texts.changed_requester(
        occasion(appointment, appointment.language, "de"),
        link=letters.staff_link(links, appointment),
        pool_name=appointment.pool.name,
        mediator_name=", ".join(assignment.mediator.name for assignment in told),
        searching=released,
    )
    letters.to_requester(session, now, due, links, appointment, "changed", words, "REQUEST")


def _text_waits(session: Session, assignment: Assignment) -> bool:
    """Whether an SMS about a change has not left for certain."""
    waits = (Message.kind == "changed", Message.channel == Channel.SMS, Message.status.in_(UNFINISHED))
    return session.scalar(select(Message.id).where(_about(assignment), *waits).limit(1)) is not None


def _renewed(session: Session, now: datetime, links: Links, assignment: Assignment) -> Link | None:
    """Take back what waits to be said of an assignment, and give its link; None where that is said anew already.

    Where nobody has heard of the yes yet, its confirmation says how it is now, and when it would have.
    """
    due = _confirmed_at(session, assignment)
    unconfirm(session, now, links, assignment)
    if due is None:
        return links.issue(session, now, LinkKind.OFFER, assignment.mediator, assignment.offer)
    _confirm(session, now, due, links, assignment)
    return None


def unsay_change(session: Session, now: datetime, appointment: Appointment, since: datetime) -> bool:
    """Take back what was to be said of a change; False, and nothing is taken back, if any of it has left.

    False as well where it took the place of what waited to be said of the change before, which nobody has heard then.
    """
    earlier = (Message.appointment_id == appointment.id, Message.created_at < since, Message.finished_at >= since)
    replaced = (Message.kind == "changed", Message.status == MessageStatus.DISCARDED)
    if session.scalar(select(Message.id).where(*earlier, *replaced).limit(1)) is not None:
        return False
    about = (Message.appointment_id == appointment.id, Message.created_at >= since)
    savepoint = session.begin_nested()
    outbox.discard(session, now, *about, Message.kind.in_(OF_A_CHANGE))
    left = Message.status.not_in((MessageStatus.QUEUED, MessageStatus.DISCARDED))
    if session.scalar(select(Message.id).where(*about, left).limit(1)) is None:
        savepoint.commit()
        return True
    savepoint.rollback()
    return False


def say_nothing_new(session: Session, now: datetime, links: Links, appointment: Appointment) -> None:
    """A change was undone before anybody heard of it: confirmations that wait, and reminders, say how it is now."""
    appointment.invite_sequence += 1
    for assignment in appointment.active_assignments:
        link = _renewed(session, now, links, assignment)
        if link is not None:
            reminders.put(session, now, links, assignment, link, after=now + UNDO)


def _confirmed_at(session: Session, assignment: Assignment) -> datetime | None:
    """When the mediator is to be told that it is settled; None if that has been said, or is on its way."""
    first = _about(assignment) & (Message.kind == "confirmation") & Message.instead_of_id.is_(None)
    waits = first & (Message.status == MessageStatus.QUEUED)
    return session.scalar(select(Message.due_at).where(waits).order_by(Message.due_at).limit(1))


def announce_cancellation(session: Session, now: datetime, links: Links, appointment: Appointment) -> None:
    """Tell everybody who is expected, and the requester, that it does not take place."""
    appointment.invite_sequence += 1
    for assignment in appointment.active_assignments:
        release(session, now, links, assignment)
    words = texts.cancelled_requester(
        occasion(appointment, appointment.language, "de"),
        link=letters.staff_link(links, appointment),
        pool_name=appointment.pool.name,
    )
    waiting = (Message.appointment_id == appointment.id, Message.kind.in_(OVERTAKEN))
    outbox.discard(session, now, *waiting)
    method: Method | None = "CANCEL" if invites.requester_holds(session, appointment) else None
    letters.to_requester(session, now, now, links, appointment, "cancelled", words, method)


def announce_cancellations(session: Session, now: datetime, links: Links, dates: Sequence[Appointment]) -> None:
    """Tell of several dates of one series that none takes place; the caller has raised their sequences."""
    held = defaultdict[int, list[Assignment]](list)
    for date in dates:
        for assignment in date.active_assignments:
            held[assignment.mediator_id].append(assignment)
    for theirs in held.values():
        joint.unsay(session, now, theirs)
        for assignment in theirs:
            unconfirm(session, now, links, assignment)
        joint.release(session, now, links, theirs)
    waiting = (Message.appointment_id.in_([one.id for one in dates]), Message.kind.in_(OVERTAKEN))
    outbox.discard(session, now, *waiting)
    joint.cancel(session, now, links, dates)


def release(
    session: Session,
    now: datetime,
    links: Links,
    assignment: Assignment,
    *,
    agreed: Occasion | None = None,
    due: datetime | None = None,
) -> None:
    """Tell a mediator, at once or at `due`, that nobody expects them any more; the caller has raised the sequence.

    `agreed` is what they know of it where that is something else by now.
    """
    unconfirm(session, now, links, assignment)
    mediator = assignment.mediator
    language = spoken(mediator.locale)
    words = texts.cancelled_mediator(
        agreed or as_agreed(session, assignment),
        mediator_name=mediator.name,
        link=links.placeholder(LinkKind.OFFER),
        pool_name=assignment.pool.name,
        language=language,
    )
    method: Method | None = "CANCEL" if invites.mediator_holds(session, assignment) else None
    letters.to_mediator(session, now, due or now, links, assignment, "cancelled", words, method)


def was_told(session: Session, assignment: Assignment) -> bool:
    """Whether anything about an assignment may have reached somebody."""
    told = _about(assignment) & Message.status.not_in((MessageStatus.QUEUED, MessageStatus.DISCARDED))
    return session.scalar(select(Message.id).where(told).limit(1)) is not None


def announce_hand_back(
    session: Session, now: datetime, links: Links, assignment: Assignment, *, by_mediator: bool
) -> None:
    """Take the invite out of the mediator's calendar and tell the requester that we look again.

    Whoever did not give it back themselves is told in every way that they are not expected.
    """
    appointment = assignment.appointment
    appointment.invite_sequence += 1
    unconfirm(session, now, links, assignment)
    language = spoken(assignment.mediator.locale)
    if not by_mediator:
        release(session, now, links, assignment)
    elif assignment.mediator.email and invites.mediator_holds(session, assignment):
        words = texts.handed_back_mediator(
            occasion(appointment, assignment.language, language),
            mediator_name=assignment.mediator.name,
            link=links.placeholder(LinkKind.OFFER),
            pool_name=appointment.pool.name,
            language=language,
        )
        letters.to_mediator(session, now, now, links, assignment, "handed_back", words, "CANCEL")
    if not invites.requester_awaits(session, appointment):
        return  # they have not heard of the yes either
    requester_news.handed_back(session, now, links, assignment, once_per=str(assignment.id))
