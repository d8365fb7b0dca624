"""/calendar/<token>.ics: one assignment, or all of a mediator's, for calendar programs."""

from datetime import datetime, timedelta

from flask import Response, g
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import services
from app.access import Rule, allow
from app.journey.telling.invites import uid
from app.models import Assignment, AssignmentState, LinkKind, Mediator, Pool, languages
from app.models.topics import topic_name
from app.web.mediator.blueprint import pages
from app.web.mediator.opening import Opened, opened
from app.web.pages import error_page
from notifications.invites import Event, calendar_of

KEPT = timedelta(days=60)


@pages.get("/calendar/<token>.ics")
@allow(Rule.LINK)
def calendar(token: str) -> Response | tuple[str, int]:
    """The calendar a link opens; what was handed back or cancelled says so, so that programs take it out."""
    link = opened(token, LinkKind.INVITE, LinkKind.FEED)
    if link is None:
        return error_page("offer.unknown", 404)
    rows = link.rows()
    pool = rows.get_one(Pool, link.pool_id)
    locale = rows.get_one(Mediator, link.mediator_id).locale
    host = services.links().invite_host(rows)
    events = [event_of(host, pool, one, locale, g.now) for one in _chosen(rows, link)]
    answer = Response(calendar_of(events, name=pool.name), content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'inline; filename="einsatz.ics"'
    return answer


def _chosen(rows: Session, link: Opened) -> list[Assignment]:
    """The newest assignment of the invite's offer; or all that are on, coming and of late."""
    if link.kind is LinkKind.INVITE:
        newest = select(Assignment).where(Assignment.offer_id == link.offer_id).order_by(Assignment.id.desc()).limit(1)
        return list(rows.scalars(newest))
    active = select(Assignment).where(
        Assignment.mediator_id == link.mediator_id,
        Assignment.state == AssignmentState.ACTIVE,
        Assignment.ends_at > g.now - KEPT,
    )
    return list(rows.scalars(active.order_by(Assignment.starts_at)))


def event_of(host: str, pool: Pool, assignment: Assignment, locale: str, stamp: datetime) -> Event:
    """One assignment as calendars know it: the same UID as in the invite that went by e-mail."""
    appointment = assignment.appointment
    language = languages.name(assignment.language, locale)
    contact = ", ".join(
        part for part in (appointment.contact_name, appointment.organisation.name, appointment.contact_phone) if part
    )
    on_site = appointment.place_lat is not None and appointment.place_lon is not None
    return Event(
        uid=uid(host, appointment),
        sequence=appointment.invite_sequence,
        stamp=stamp,
        starts=assignment.starts_at,
        ends=assignment.ends_at,
        summary=f"{pool.name}: {language}",
        location=", ".join(part for part in (appointment.place_name, appointment.place_address) if part),
        description="\n".join((language, topic_name(appointment.topic, locale), contact)),
        cancelled=not assignment.holds_seat,
        geo=(appointment.place_lat or 0.0, appointment.place_lon or 0.0) if on_site else None,
    )
