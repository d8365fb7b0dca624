"""/appointments: requests and what becomes of them. Staff see those of their organisation, coordinators all."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, jsonify
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, lazyload, selectinload

from app import access, services
from app.access import Rule, allow
from app.api import idempotency, reading
from app.api.appointment_answer import AppointmentMade, AppointmentOut, appointment_json, hint_json
from app.api.appointment_shape import STATUSES, AppointmentChange, AppointmentIn, AppointmentQuery, wishes_of
from app.api.blueprint import ID, api
from app.api.operation import operation
from app.errors import FieldProblem, Invalid
from app.insight import sense_checks
from app.journey import requesting
from app.journey.request import Request
from app.models import Appointment, AppointmentStatus, Organisation


@api.get("/appointments")
@operation(AppointmentOut, query=AppointmentQuery, listed=True)
@allow(Rule.STAFF)
def list_appointments() -> Response:
    """List appointments by their start."""
    wanted = reading.query(AppointmentQuery)
    session, who = access.session(), access.principal()
    zone = zone_of(session)
    rows = _filtered(access.visible_appointments(who), wanted, zone).options(
        selectinload(Appointment.offers),
        selectinload(Appointment.assignments),
        selectinload(Appointment.borrowed_seats),
        selectinload(Appointment.organisation),
        selectinload(Appointment.fallback_steps),
    )
    return reading.page(session, rows, wanted, lambda row: appointment_json(row, who, zone))


@api.post("/appointments")
@operation(AppointmentMade, 201, body=AppointmentIn)
@allow(Rule.STAFF)
def add_appointment() -> Response:
    """Request mediators; the worker plans at once and asks those who fit.

    What looks like a slip is taken all the same, and said in `hints`.
    """
    sent = reading.body(AppointmentIn)

    def make(session: Session) -> dict[str, object]:
        organisation = organisation_of(session, sent.get("organisation"))
        wishes, site = wishes_of(session, organisation, sent, sent["starts_at"])
        wanted, actor = Request(**wishes), access.principal().actor
        requesting.refuse_wrong(session, g.now, organisation, wanted)
        pool = reading.pool_of(session)
        found = sense_checks.hints(session, g.now, pool, organisation.id, wanted)
        made = requesting.request(session, g.now, organisation, wanted, actor, site=site)
        return _shown(session, made) | {"hints": [hint_json(one) for one in found]}

    return idempotency.once(make)


@api.get(f"/appointments/{ID}")
@operation(AppointmentOut, errors=(404,))
@allow(Rule.STAFF)
def get_appointment(id_: int) -> Response:
    """Show an appointment with its offers and assignments."""
    session = access.session()
    return jsonify(_shown(session, access.visible_appointment(session, access.principal(), id_)))


@api.patch(f"/appointments/{ID}")
@operation(AppointmentOut, body=AppointmentChange, partial=True, errors=(404, 409))
@allow(Rule.STAFF)
def change_appointment(id_: int) -> Response:
    """Change some fields; who has accepted stays if they can, and everybody concerned is told."""
    sent = reading.body(AppointmentChange, partial=True)
    who, links = access.principal(), services.links()
    with access.change() as session:
        found = access.visible_appointment(session, who, id_)
        wishes, site = wishes_of(session, found.organisation, sent, found.starts_at)
        changed = requesting.change(session, g.now, links, id_, wishes, who.actor)
        if "site" in sent:
            changed.site = site
        return jsonify(_shown(session, changed))


@api.delete(f"/appointments/{ID}")
@operation(AppointmentOut, errors=(404, 409))
@allow(Rule.STAFF)
def cancel_appointment(id_: int) -> Response:
    """Cancel an appointment; whoever is expected or was asked is told."""
    who, links = access.principal(), services.links()
    with access.change() as session:
        access.visible_appointment(session, who, id_)
        return jsonify(_shown(session, requesting.cancel(session, g.now, links, id_, who.actor)))


def zone_of(session: Session) -> ZoneInfo:
    """The time zone of the pool."""
    return ZoneInfo(reading.pool_of(session).timezone)


def _shown(session: Session, appointment: Appointment) -> dict[str, object]:
    session.flush()
    return appointment_json(appointment, access.principal(), zone_of(session))


def _filtered(rows: Select[Appointment], wanted: dict[str, Any], zone: ZoneInfo) -> Select[Appointment]:
    status = reading.choice(wanted, "status", STATUSES)
    if status is not None:
        rows = rows.where(Appointment.status == AppointmentStatus(status))
    if "language" in wanted:
        rows = rows.where(Appointment.language == wanted["language"])
    if "starts" in wanted:
        rows = rows.where(Appointment.starts_at >= _instant(wanted["starts"], zone, "from"))
    if "ends" in wanted:
        rows = rows.where(Appointment.starts_at < _instant(wanted["ends"], zone, "to", after=1))
    return rows.order_by(Appointment.starts_at, Appointment.id)


def _instant(end: date | datetime, zone: ZoneInfo, field: str, *, after: int = 0) -> datetime:
    """Where a day begins (`after` days later), or the point in time itself."""
    if isinstance(end, datetime):
        return end
    try:
        return datetime.combine(end + timedelta(days=after), time(), zone).astimezone(UTC)
    except OverflowError:
        raise Invalid([FieldProblem(field, "not_day")]) from None


def organisation_of(session: Session, named: int | str | None) -> Organisation:
    """Who requests: staff for themselves; others say it, unless their token or the pool leaves no choice."""
    who = access.principal()
    rows = select(Organisation).options(lazyload(Organisation.sites))
    if not who.coordinates:
        rows = rows.where(Organisation.id == who.organisation_id)
    if named is not None:
        key = Organisation.id if isinstance(named, int) else Organisation.name
        found = session.scalar(rows.where(key == named))
        if found is None:
            raise Invalid([FieldProblem("organisation", "unknown_organisation", {"value": named})])
        return found
    if who.organisation_id is not None:
        rows = rows.where(Organisation.id == who.organisation_id)
    known = session.scalars(rows.where(Organisation.active).limit(2)).all()
    if len(known) != 1:
        raise Invalid([FieldProblem("organisation", "organisation_required")])
    return known[0]
