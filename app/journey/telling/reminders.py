"""Before an assignment: a reminder the day before and some hours before; or a question whether it stays."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.journey.telling import invites, letters
from app.journey.telling.facts import occasion, spoken
from app.links import Links
from app.models import Assignment, Link, LinkKind
from notifications import texts
from notifications.texts import Text

REMINDERS = (("reminder_day", timedelta(hours=24)), ("reminder_hours", timedelta(hours=2)))


def put(session: Session, now: datetime, links: Links, assignment: Assignment, link: Link, *, after: datetime) -> None:
    """Put those of an assignment that are due after then; whatever was said of the last time counts no more."""
    appointment, mediator = assignment.appointment, assignment.mediator
    language = spoken(mediator.locale)
    asks = appointment.pool.reconfirm
    assignment.reconfirm_asked_at = assignment.reconfirmed_at = assignment.reconfirm_alerted_at = None
    for kind, before in REMINDERS:
        due = appointment.starts_at - before
        if due <= after:
            continue
        if asks and kind == "reminder_day":
            _ask_if_it_stays(session, now, due, links, assignment, link)
            continue
        words = getattr(texts, kind)(
            occasion(appointment, assignment.language, language),
            mediator_name=mediator.name,
            link=links.placeholder(LinkKind.OFFER),
            pool_name=appointment.pool.name,
            contact=invites.contact(appointment),
            language=language,
        )
        letters.to_mediator(session, now, due, links, assignment, kind, Text(sms=words.sms), None, link=link)


def _ask_if_it_stays(
    session: Session, now: datetime, due: datetime, links: Links, assignment: Assignment, link: Link
) -> None:
    """Instead of a reminder: a question that wants an answer (see reconfirming.py for what follows)."""
    appointment, mediator = assignment.appointment, assignment.mediator
    language = spoken(mediator.locale)
    words = texts.reconfirm(
        occasion(appointment, assignment.language, language),
        mediator_name=mediator.name,
        link=links.placeholder(LinkKind.OFFER),
        number=assignment.offer_id,
        pool_name=appointment.pool.name,
        contact=invites.contact(appointment),
        language=language,
    )
    letters.to_mediator(session, now, due, links, assignment, "reconfirm", words, None, link=link)
    assignment.reconfirm_asked_at = due
