"""/appointments: what one's organisation has asked for; for coordinators, what the whole pool has."""

from dataclasses import dataclass

from flask import g, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload

from app import access
from app.access import Rule, allow
from app.models import Appointment, Pool, languages
from app.web.asked import asked_page
from app.web.pages import locale
from app.web.staff.blueprint import pages
from app.web.staff.status_sentence import Standing, standing
from app.web.when import When

PER_PAGE = 50


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
    chosen = _chosen(access.visible_appointments(who), past=past)
    total = rows.scalar(select(func.count()).select_from(chosen.order_by(None).subquery())) or 0
    page_count = max(1, -(-total // PER_PAGE))
    page = min(asked_page(), page_count)
    found = rows.scalars(
        chosen.options(
            selectinload(Appointment.offers),
            selectinload(Appointment.assignments),
            selectinload(Appointment.organisation),
        )
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    )
    when = When.of(rows.get_one(Pool, who.pool_id).timezone, g.now)
    return render_template(
        "staff/mine.html",
        rows=[_row(one, when, with_organisation=who.coordinates) for one in found],
        past=past,
        page=page,
        page_count=page_count,
        url_for_page=lambda number: url_for("staff.mine", show="past" if past else None, page=number),
        everybody=who.coordinates,
    )


def _chosen(visible: Select[Appointment], *, past: bool) -> Select[Appointment]:
    if past:
        return visible.where(Appointment.ends_at <= g.now).order_by(Appointment.starts_at.desc(), Appointment.id.desc())
    return visible.where(Appointment.ends_at > g.now).order_by(Appointment.starts_at, Appointment.id)


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
