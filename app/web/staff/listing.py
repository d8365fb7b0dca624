"""/appointments: what one's organisation has asked for; for coordinators, what the whole pool has."""

from dataclasses import dataclass

from flask import g, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import selectinload

from app import access
from app.access import Rule, allow
from app.models import Appointment, Pool, languages
from app.web.pages import locale
from app.web.staff.blueprint import pages
from app.web.staff.status_sentence import Standing, standing
from app.web.stretches import asked_stretch
from app.web.when import When


@dataclass(frozen=True)
class Row:
    """One line of the list."""

    id: int
    when: str
    ahead: str
    language: str
    detail: str
    urgent: bool
    standing: Standing


@pages.get("/appointments")
@allow(Rule.STAFF)
def mine() -> str:
    """Coming ones, the next first; or past ones, the last first."""
    rows, who = access.session(), access.principal()
    past = request.args.get("show") == "past"
    chosen = _chosen(access.visible_appointments(who), past=past).options(
        selectinload(Appointment.offers),
        selectinload(Appointment.assignments),
        selectinload(Appointment.organisation),
        selectinload(Appointment.borrowed_seats),
    )
    found = asked_stretch(rows, chosen, Appointment, Appointment.starts_at.expression, newest_first=past)
    when = When.of(rows.get_one(Pool, who.pool_id).timezone, g.now)
    return render_template(
        "staff/mine.html",
        rows=[_row(one, when, with_organisation=who.coordinates) for one in found.rows],
        past=past,
        stretch=found,
        url_for_stretch=lambda **place: url_for("staff.mine", show="past" if past else None, **place),
        everybody=who.coordinates,
    )


def _chosen(visible: Select[Appointment], *, past: bool) -> Select[Appointment]:
    if past:
        # what is over has begun, and by its beginning it is found
        return visible.where(Appointment.ends_at <= g.now, Appointment.starts_at < g.now)
    return visible.where(Appointment.ends_at > g.now)


def _row(found: Appointment, when: When, *, with_organisation: bool) -> Row:
    place = found.place_name if found.mode == "on_site" else _(f"staff.mode.{found.mode}")
    detail = [found.organisation.name if with_organisation else "", place, found.reference]
    return Row(
        id=found.id,
        when=when.span(found.starts_at, found.ends_at),
        ahead=when.ahead(found.starts_at),
        language=languages.name(found.language, locale()),
        detail=" · ".join(part for part in detail if part),
        urgent=found.urgent,
        standing=standing(found, when),
    )
