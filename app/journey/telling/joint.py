"""Messages that tell of several dates of a series at once: one SMS, and one e-mail with all of them for a calendar.

They name no appointment and no assignment themselves; rows of JointDate say of which dates they tell.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app import outbox
from app.journey.telling import invites, letters
from app.journey.telling.facts import occasion, spoken
from app.links import Links
from app.models import (
    SEEKING,
    Appointment,
    Assignment,
    AssignmentState,
    JointDate,
    Link,
    LinkKind,
    Message,
    MessageStatus,
    Series,
)
from app.outbox.drafts import To, draft
from notifications import series as words_of
from notifications.wording import Text


def tells_of(assignment: Assignment) -> ColumnElement[bool]:
    """Messages that tell of an assignment, alone or with others."""
    jointly = select(JointDate.message_id).where(JointDate.assignment_id == assignment.id)
    return (Message.assignment_id == assignment.id) | Message.id.in_(jointly)


def confirm(
    session: Session, now: datetime, due: datetime, links: Links, assignments: Sequence[Assignment], link: Link
) -> None:
    """Tell a mediator and whoever requested it that all these dates are settled; `link` is that of the first."""
    held = sorted(assignments, key=lambda one: (one.starts_at, one.id))
    first = held[0].appointment
    words = _to_whoever_comes("confirmation", links, held, contact=invites.contact(first), note=first.note)
    _to_mediator(session, now, due, links, held, words, link)
    _confirm_to_requester(session, now, due, links, held)


def leave_out(session: Session, now: datetime, links: Links, assignment: Assignment) -> None:
    """Something else is said of one date: what waits to be said of several says it of the others alone."""
    waiting = _waiting(session, [assignment])
    if not waiting:
        return
    others = select(Assignment).join(JointDate, JointDate.assignment_id == Assignment.id)
    still = others.where(
        JointDate.message_id.in_([one.id for one in waiting]),
        Assignment.id != assignment.id,
        Assignment.state == AssignmentState.ACTIVE,
    )
    held = sorted(session.scalars(still.distinct()).unique().all(), key=lambda one: (one.starts_at, one.id))
    unsay(session, now, [assignment])
    if held:
        link = links.issue(session, now, LinkKind.OFFER, held[0].mediator, held[0].offer)
        confirm(session, now, waiting[0].due_at, links, held, link)


def unsay(session: Session, now: datetime, assignments: Sequence[Assignment]) -> None:
    """Take back what waits to be said of several dates, if it tells of one of these."""
    if waiting := _waiting(session, assignments):
        outbox.discard(session, now, Message.id.in_([one.id for one in waiting]))


def cancel(session: Session, now: datetime, links: Links, appointments: Sequence[Appointment]) -> None:
    """Tell whoever requested these dates that none of them takes place."""
    dates = sorted(appointments, key=lambda one: (one.starts_at, one.id))
    words = words_of.joint_requester(
        "cancelled",
        [occasion(one, one.language, "de") for one in dates],
        link=series_link(links, dates[0]),
        pool_name=dates[0].pool.name,
    )
    held = [one for one in dates if invites.requester_holds(session, one)]
    _to_requester(session, now, now, links, dates, held, "cancelled", words)


def release(session: Session, now: datetime, links: Links, assignments: Sequence[Assignment]) -> None:
    """Tell a mediator that nobody expects them on these dates; the caller has raised the sequences."""
    held = sorted(assignments, key=lambda one: (one.starts_at, one.id))
    words = _to_whoever_comes("cancelled", links, held)
    link = links.issue(session, now, LinkKind.OFFER, held[0].mediator, held[0].offer)
    shown = [one for one in held if invites.mediator_holds(session, one)]
    _to_mediator(session, now, now, links, held, words, link, kind="cancelled", shown=shown)


def series_link(links: Links, appointment: Appointment) -> str:
    """The page of a series for those who log in."""
    return f"{links.public_url}/series/{appointment.series_id}"


def _to_whoever_comes(
    kind: words_of.Kind, links: Links, held: Sequence[Assignment], *, contact: str = "", note: str = ""
) -> Text:
    """What is said to the mediator of these dates, which are in order."""
    mediator = held[0].mediator
    language = spoken(mediator.locale)
    return words_of.joint_mediator(
        kind,
        [occasion(one.appointment, one.language, language) for one in held],
        rhythm=letters.rhythm([one.appointment for one in held]),
        mediator_name=mediator.name,
        link=links.placeholder(LinkKind.OFFER),
        pool_name=held[0].pool.name,
        contact=contact,
        note=note,
        language=language,
    )


def _waiting(session: Session, assignments: Sequence[Assignment]) -> Sequence[Message]:
    of_them = JointDate.assignment_id.in_([one.id for one in assignments])
    jointly = select(JointDate.message_id).where(of_them)
    return session.scalars(
        select(Message)
        .where(Message.id.in_(jointly), Message.status == MessageStatus.QUEUED)
        .order_by(Message.id)
        .with_for_update(of=Message)
    ).all()


def _to_mediator(
    session: Session,
    now: datetime,
    due: datetime,
    links: Links,
    held: Sequence[Assignment],
    words: Text,
    link: Link,
    *,
    kind: str = "confirmation",
    shown: Sequence[Assignment] | None = None,
) -> None:
    """An SMS, and an e-mail with a calendar of the dates that are `shown`, all unless said otherwise."""
    mediator, about = held[0].mediator, _series_of(session, held[0].appointment)
    key, expires = _key(kind, held), held[-1].ends_at if kind == "confirmation" else None
    by_sms = draft(
        To.phone(mediator), about, kind, words, key=f"sms:{key}", now=now, due=due, expires_at=expires, link=link
    )
    _put(session, by_sms, held)
    if not mediator.email:
        return
    told = held if shown is None else shown
    calendar = invites.write_all(session, now, links, told, cancelled=kind == "cancelled") if told else None
    by_mail = draft(
        To.mailbox(mediator), about, kind, words, key=f"mail:{key}", now=now, due=due, expires_at=expires, link=link,
        calendar=calendar, calendar_method="PUBLISH" if calendar else None,
    )  # fmt: skip
    _put(session, by_mail, held)


def _confirm_to_requester(
    session: Session, now: datetime, due: datetime, links: Links, held: Sequence[Assignment]
) -> None:
    first = held[0].appointment
    known = {one.appointment_id for one in held}
    same = select(Appointment).where(Appointment.series_id == first.series_id, Appointment.status.in_(SEEKING))
    still = session.scalars(same.where(Appointment.starts_at > now).order_by(Appointment.starts_at)).all()
    words = words_of.joint_requester(
        "confirmation",
        [occasion(one.appointment, one.language, "de") for one in held],
        link=series_link(links, first),
        pool_name=first.pool.name,
        mediator_name=held[0].mediator.name,
        mediator_phone=held[0].mediator.phone,
        still_needed=max(one.appointment.seats_open for one in held),
        still_open=[occasion(one, one.language, "de") for one in still if one.id not in known],
    )
    _to_requester(session, now, due, links, held, held, "confirmation", words)


def _to_requester(
    session: Session,
    now: datetime,
    due: datetime,
    links: Links,
    dates: Sequence[Appointment] | Sequence[Assignment],
    shown: Sequence[Appointment] | Sequence[Assignment],
    kind: str,
    words: Text,
) -> None:
    """An e-mail to whoever requested these dates, with a calendar of those that are `shown`."""
    first = letters.appointment_of(dates[0])
    if not first.contact_email:
        return
    calendar = invites.write_all(session, now, links, shown, cancelled=kind == "cancelled") if shown else None
    message = draft(
        To.requester(first), _series_of(session, first), f"requester_{kind}", words,
        key=f"mail:requester:{_key(kind, dates)}", now=now, due=due, calendar=calendar,
        calendar_method="PUBLISH" if calendar else None,
    )  # fmt: skip
    _put(session, message, dates)


def _series_of(session: Session, appointment: Appointment) -> Series:
    return session.get_one(Series, appointment.series_id)


def _put(session: Session, message: Message, dates: Sequence[Appointment] | Sequence[Assignment]) -> None:
    if not outbox.put(session, message):
        return
    session.add_all(
        JointDate(
            pool_id=message.pool_id,
            message_id=message.id,
            appointment_id=letters.appointment_of(one).id,
            assignment_id=one.id if isinstance(one, Assignment) else None,
        )
        for one in dates
    )
    session.flush()


def _key(kind: str, dates: Sequence[Appointment] | Sequence[Assignment]) -> str:
    """Another one for other dates, and for the same after a change of them."""
    told = ((type(one).__name__, one.id, letters.appointment_of(one).invite_sequence) for one in dates)
    return f"joint:{kind}:{hashlib.sha256(repr(sorted(told)).encode()).hexdigest()[:32]}"
