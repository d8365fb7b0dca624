"""/appointments/<id>: what becomes of a request, live while we ask; and cancelling it."""

from functools import cache
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, bindparam, inspect, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import access, services
from app.access import Principal, Rule, allow, unattended
from app.errors import NotFound
from app.insight.trace import trace
from app.journey import answering, borrowing, history, requesting
from app.journey.confirming import UNDO
from app.journey.device_loans import free_devices, loan_of
from app.journey.falling_back import is_forbidden
from app.journey.reporting import REPORTABLE
from app.models import SEEKING, Appointment, AppointmentStatus, Organisation, Pool, Rung, languages
from app.models.topics import topic_name
from app.web.afterwards import told
from app.web.live import UNDONE_SINCE, about_history, about_people, by_the_clock, mark_of
from app.web.pages import locale
from app.web.staff.attending import attendance_choices, is_over, reporter
from app.web.staff.blueprint import ID, pages
from app.web.staff.history import steps
from app.web.staff.ladder import ladder, on_another_way
from app.web.staff.series_page import part_of_series
from app.web.staff.status_sentence import standing
from app.web.staff.waiting import waiting
from app.web.undo_banner import undo_banner
from app.web.when import When, minutes
from notifications.phone_words import readable

Fact = tuple[str, str, str | None]


@pages.get(f"/appointments/{ID}")
@allow(Rule.STAFF)
def appointment(appointment_id: int) -> str:
    """One appointment: status, who comes, facts, history."""
    rows, who = access.session(), access.principal()
    found = access.visible_appointment(rows, who, appointment_id)
    when = _when(rows)
    return render_template(
        "staff/appointment.html",
        appointment=found,
        trace=trace(rows, found.id) if who.coordinates else [],
        undo=undo_banner(rows, appointment_id),
        **_live(rows, found, when),
    )


@pages.get(f"/appointments/{ID}/status")
@unattended
@allow(Rule.STAFF)
def status(appointment_id: int) -> str | tuple[str, int]:
    """What changes; 204 while the page says it still, as `seen` tells."""
    rows, who = access.session(), access.principal()
    if request.args.get("seen") == _version(rows, who, appointment_id):
        return "", 204
    found = access.visible_appointment(rows, who, appointment_id)
    return render_template("staff/_status.html", appointment=found, **_live(rows, found, _when(rows)))


@pages.post(f"/appointments/{ID}/cancel")
@allow(Rule.STAFF)
def cancel(appointment_id: int) -> Response:
    """Cancel; everybody who was asked or expected is told."""
    who = access.principal()
    with access.change() as session:
        access.visible_appointment(session, who, appointment_id)
        requesting.cancel(session, g.now, services.links(), appointment_id, who.actor)
    flash(_("staff.cancel.done"), "success")
    return redirect(url_for("staff.appointment", appointment_id=appointment_id), 303)


def can_change(found: Appointment) -> bool:
    """Whether it is not over, cancelled or begun."""
    can = found.status in SEEKING | {AppointmentStatus.FILLED} and found.starts_at > g.now
    return can and not found.is_guest


def _when(rows: Session) -> When:
    # not the whole row, which holds all that was learned of a pool's people
    own = select(Pool.timezone).where(Pool.id == access.principal().pool_id)
    return When.of(rows.execute(own).scalar_one(), g.now)


def _live(rows: Session, found: Appointment, when: When) -> dict[str, object]:
    who = access.principal()
    # first: what changes while the rest is read has another version
    version = _version(rows, who, found.id)
    device = loan_of(rows, found)
    afterwards = told(rows, found, when, reporter(who)) if is_over(found) else None
    return {
        "version": version,
        "title": when.span(found.starts_at, found.ends_at),
        "language": languages.name(found.language, locale()),
        "facts": _facts(found, when),
        "part": part_of_series(rows, found),
        "standing": on_another_way(found, standing(found, when), device=device is not None),
        "ladder": ladder(found, when),
        "waiting": waiting(found, when),
        "device_forbidden": is_forbidden(found.pool, Rung.DEVICE, found.topic),
        "device": device,
        "device_free": found.status in SEEKING
        and found.starts_at > when.now
        and bool(free_devices(rows, when.now, found)),
        "people": [
            *((one.mediator.name, access.phone_of(who, one, when.now)) for one in answering.settled(found, when.now)),
            *_from_neighbours(found, who, when),
        ],
        "steps": steps(history.of_appointment(rows, found), when, coordinates=who.coordinates),
        "can_change": can_change(found),
        "can_ask": who.coordinates and found.status in SEEKING and found.starts_at > g.now,
        "can_cancel": found.status in SEEKING | {AppointmentStatus.FILLED},
        "afterwards": afterwards,
        "attendance": attendance_choices(found, afterwards) if afterwards else [],
        "pool_phone": rows.execute(select(Pool.phone).where(Pool.id == found.pool_id)).scalar_one(),
    }


def _from_neighbours(found: Appointment, who: Principal, when: When) -> list[tuple[str, str | None]]:
    may_call = who.coordinates or found.ends_at > when.now
    return [
        (str(_("neighbours.person", name=one.name, pool=one.to_pool.name)), one.phone if may_call else None)
        for one in borrowing.settled(found, when.now)
    ]


def _version(rows: Session, who: Principal, appointment_id: int) -> str:
    """The mark of what `_live` says; raises NotFound."""
    shown = rows.execute(
        _shown(everybody=who.coordinates),
        {"appointment": appointment_id, "organisation": who.organisation_id, UNDONE_SINCE: g.now - UNDO},
    ).first()
    if shown is None:
        raise NotFound("appointment_not_found")
    when = When.of(shown[0], g.now)
    is_next_way_due = shown[4] is not None and shown[4] <= g.now
    can_be_reported = shown[2] + REPORTABLE >= g.now
    by_now = (*by_the_clock(when, *shown[1:4]), is_next_way_due, can_be_reported)
    return mark_of(when, who.role, by_now, tuple(shown))


@cache
def _shown(*, everybody: bool) -> Select[*tuple[Any, ...]]:
    """All that a page says of an appointment, after the pool's time zone and the times the clock has a say in."""
    times = (Appointment.starts_at, Appointment.ends_at, Appointment.look_again_at, Appointment.fall_back_at)
    about_pool = (Pool.phone, Pool.forbidden_fallbacks)
    said = (*inspect(Appointment).columns, Organisation.name, *about_pool, *about_people(), *about_history())
    wanted = select(Pool.timezone, *times, *said).where(Appointment.id == bindparam("appointment"))
    if not everybody:
        wanted = wanted.where(Appointment.organisation_id == bindparam("organisation"))
    owned = wanted.join(Organisation, Appointment.organisation_id == Organisation.id)
    return owned.join(Pool, Appointment.pool_id == Pool.id)


def _facts(found: Appointment, when: When) -> list[Fact]:
    others = [languages.name(code, locale()) for code in found.accepted_languages]
    also = _("staff.fact.also", languages=", ".join(others)) if others else None
    contact = ", ".join(part for part in (found.contact_name, readable(found.contact_phone)) if part)
    length = " · ".join(part for part in (minutes(found.duration_minutes), when.ahead(found.starts_at)) if part)
    facts: list[Fact] = [
        (_("staff.fact.language"), languages.name(found.language, locale()), also),
        (_("staff.fact.when"), when.span(found.starts_at, found.ends_at), length),
        (_("staff.fact.where"), *_where(found)),
        (_("staff.fact.topic"), topic_name(found.topic, locale()), None),
        (_("staff.fact.organisation"), found.organisation.name, contact or None),
    ]
    if found.mediators_needed > 1:
        facts.append((_("staff.fact.mediators_needed"), str(found.mediators_needed), None))
    if found.gender:
        facts.append((_("staff.fact.gender"), _(f"staff.gender.{found.gender}"), None))
    if found.urgent:
        facts.append((_("staff.fact.urgent"), _("staff.fact.yes"), None))
    if found.reference:
        facts.append((_("staff.fact.reference"), found.reference, None))
    if found.is_guest:
        facts.append((_("neighbours.guest"), _("neighbours.guest.fact", name=found.organisation.name), None))
    if found.note and not found.is_guest:
        facts.append((_("staff.fact.note"), found.note, None))
    return facts


def _where(found: Appointment) -> tuple[str, str | None]:
    if found.mode != "on_site":
        return _(f"staff.mode.{found.mode}"), _(f"staff.how.{found.mode}")
    return found.place_name, found.place_address or None
