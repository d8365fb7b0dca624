"""/board: what still needs somebody, the pressing first; live."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import g, render_template, request, url_for
from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session, selectinload

from app import access
from app.access import Rule, allow, unattended
from app.insight.statistics import FILLED, without_a_yes
from app.models import DEAD_AFTER, SEEKING, Appointment, AppointmentStatus, Heartbeat, Organisation, languages
from app.web.asked import asked_id, asked_page
from app.web.coordinator.blueprint import own_when, pages, version_of
from app.web.coordinator.board_alerts import waiting_alerts
from app.web.coordinator.board_rows import SOON, board_row
from app.web.pages import locale
from app.web.when import When

PER_PAGE = 50
FILLED_AHEAD = timedelta(days=7)
MOST_FILLED = 50
LONGEST_SEARCH = 60


@pages.get("/board")
@allow(Rule.COORDINATOR)
def board() -> str:
    """The board with its filters."""
    rows = access.session()
    return render_template(
        "coordinator/board.html",
        organisations=rows.scalars(select(Organisation).order_by(Organisation.name)).all(),
        asked_languages=_languages_asked_for(rows),
        chosen=_chosen(),
        **waiting_alerts(rows),
        **_live(rows),
    )


@pages.get("/board/rows")
@unattended
@allow(Rule.COORDINATOR)
def board_rows() -> str | tuple[str, int]:
    """The part that changes; 204 while it still says what the page has `seen`."""
    live = _live(access.session())
    if request.args.get("seen") == live["version"]:
        return "", 204
    return render_template("coordinator/_board_live.html", **live)


def _chosen() -> dict[str, str]:
    return {
        "language": request.args.get("language", ""),
        "organisation": str(asked_id("organisation") or ""),
        "q": request.args.get("q", "").strip()[:LONGEST_SEARCH],
    }


def _live(rows: Session) -> dict[str, object]:
    when, chosen = own_when(rows), _chosen()
    given: dict[str, Any] = {name: value for name, value in chosen.items() if value}
    open_ones = _filtered(select(Appointment), chosen).where(
        Appointment.status.in_(SEEKING), Appointment.starts_at > g.now
    )
    total = rows.scalar(select(func.count()).select_from(open_ones.subquery())) or 0
    page_count = max(1, -(-total // PER_PAGE))
    page = min(asked_page(), page_count)
    shown = rows.scalars(_loaded(open_ones).order_by(*_urgency()).limit(PER_PAGE).offset((page - 1) * PER_PAGE))
    filled = _filtered(select(Appointment), chosen).where(
        Appointment.status == AppointmentStatus.FILLED,
        Appointment.starts_at > g.now,
        Appointment.starts_at < g.now + FILLED_AHEAD,
    )
    content = render_template(
        "coordinator/_board_list.html",
        open_rows=[board_row(one, when) for one in shown],
        filled_rows=[
            board_row(one, when)
            for one in rows.scalars(_loaded(filled).order_by(Appointment.starts_at, Appointment.id).limit(MOST_FILLED))
        ],
        filtered=bool(given),
        page=page,
        page_count=page_count,
        url_for_page=lambda number: url_for("coordinator.board", page=number, **given),
        **_figures(rows, when),
    )
    version = version_of(content)
    poll_url = url_for("coordinator.board_rows", page=page, seen=version, **given)
    return {"content": content, "version": version, "poll_url": poll_url}


def _urgency() -> tuple[ColumnElement[int], ColumnElement[datetime], ColumnElement[int]]:
    """Unfilled ones that are near come first, then whatever begins next."""
    pressing = (Appointment.status == AppointmentStatus.UNFILLED) & (Appointment.starts_at < g.now + SOON)
    return case((pressing, 0), else_=1), Appointment.starts_at.expression, Appointment.id.expression


def _filtered(statement: Select[Appointment], chosen: dict[str, str]) -> Select[Appointment]:
    if chosen["language"]:
        statement = statement.where(Appointment.language == chosen["language"])
    if chosen["organisation"]:
        statement = statement.where(Appointment.organisation_id == int(chosen["organisation"]))
    if chosen["q"]:
        statement = statement.where(func.lower(Appointment.reference).contains(chosen["q"].lower(), autoescape=True))
    return statement


def _loaded(statement: Select[Appointment]) -> Select[Appointment]:
    return statement.options(
        selectinload(Appointment.offers), selectinload(Appointment.assignments), selectinload(Appointment.organisation)
    )


def _languages_asked_for(rows: Session) -> list[tuple[str, str]]:
    codes = rows.scalars(select(Appointment.language).where(Appointment.ends_at > g.now).distinct())
    named = [(code, languages.name(code, locale())) for code in codes]
    return sorted(named, key=lambda pair: languages.plain(pair[1]))


def _figures(rows: Session, when: When) -> dict[str, object]:
    today = when.local(g.now).date()
    monday = datetime.combine(today - timedelta(days=today.weekday()), time(), when.zone)
    week = (monday.astimezone(UTC), (monday + timedelta(days=7)).astimezone(UTC))
    alive = select(func.count(Heartbeat.worker)).where(Heartbeat.seen_at > g.now - DEAD_AFTER)
    return {
        "open_count": _count(rows, Appointment.status.in_(SEEKING), Appointment.starts_at > g.now),
        "pressing_count": without_a_yes(rows, g.now, g.now + timedelta(hours=24)),
        "filled_count": _count(
            rows, Appointment.status.in_(FILLED), Appointment.starts_at >= week[0], Appointment.starts_at < week[1]
        ),
        "workers_alive": rows.scalar(alive) or 0,
    }


def _count(rows: Session, *conditions: ColumnElement[bool]) -> int:
    return rows.scalar(select(func.count(Appointment.id)).where(*conditions)) or 0
