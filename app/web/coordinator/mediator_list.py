"""/mediators: who is in the pool."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import g, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app import access
from app.access import Rule, allow
from app.models import Assignment, AssignmentState, Mediator, MediatorStatus, Skill, languages, with_details
from app.web.asked import asked_page
from app.web.coordinator.blueprint import own_when, pages
from app.web.coordinator.candidates import level_word
from app.web.pages import locale

PER_PAGE = 50
LONGEST_SEARCH = 60
BADGES = {MediatorStatus.ACTIVE: "success", MediatorStatus.PAUSED: "warning", MediatorStatus.LEFT: "info"}


@dataclass(frozen=True)
class MediatorRow:
    """One line of the list."""

    id: int
    name: str
    phone: str
    languages: str
    status: str
    badge: str
    opted_out: bool
    phone_trouble: bool
    last: str
    coming: str


@pages.get("/mediators")
@allow(Rule.COORDINATOR)
def mediators() -> str:
    """The list, by name; `?q=`, `?language=`, `?status=` narrow it."""
    rows = access.session()
    chosen = _chosen()
    statement = _filtered(chosen)
    total = rows.scalar(select(func.count()).select_from(statement.subquery())) or 0
    page_count = max(1, -(-total // PER_PAGE))
    page = min(asked_page(), page_count)
    found = list(
        rows.scalars(statement.order_by(Mediator.name, Mediator.id).limit(PER_PAGE).offset((page - 1) * PER_PAGE))
    )
    given: dict[str, Any] = {name: value for name, value in chosen.items() if value}
    return render_template(
        "coordinator/mediators.html",
        people=_rows(rows, found),
        spoken_languages=_spoken(rows),
        statuses=[(one.value, _(f"coordinator.mediator_status.{one.value}")) for one in MediatorStatus],
        chosen=chosen,
        total=total,
        page=page,
        page_count=page_count,
        url_for_page=lambda number: url_for("coordinator.mediators", page=number, **given),
    )


def _chosen() -> dict[str, str]:
    status = request.args.get("status", "")
    return {
        "q": request.args.get("q", "").strip()[:LONGEST_SEARCH],
        "language": request.args.get("language", ""),
        "status": status if status in set(MediatorStatus) else "",
    }


def _filtered(chosen: dict[str, str]) -> Select[Mediator]:
    statement = select(Mediator).options(*with_details())
    if chosen["q"]:
        statement = statement.where(func.lower(Mediator.name).contains(chosen["q"].lower(), autoescape=True))
    if chosen["language"]:
        speak = select(Skill.mediator_id).where(Skill.language == chosen["language"])
        statement = statement.where(Mediator.id.in_(speak))
    if chosen["status"]:
        return statement.where(Mediator.status == MediatorStatus(chosen["status"]))
    return statement.where(Mediator.status != MediatorStatus.LEFT)


def _rows(rows: Session, found: list[Mediator]) -> list[MediatorRow]:
    when = own_when(rows)
    last, coming = _last_and_next(rows, [one.id for one in found])
    return [
        MediatorRow(
            id=one.id,
            name=one.name,
            phone=one.phone,
            languages=", ".join(
                f"{languages.name(skill.language, locale())} ({level_word(skill.level)})" for skill in one.skills
            ),
            status=_(f"coordinator.mediator_status.{one.status.value}"),
            badge=BADGES[one.status],
            opted_out=one.opted_out_at is not None,
            phone_trouble=one.phone_trouble is not None,
            last=when.day(last[one.id]) if last[one.id] else "–",
            coming=when.day(coming[one.id]) if coming[one.id] else "–",
        )
        for one in found
    ]


def _last_and_next(rows: Session, ids: Sequence[int]) -> tuple[dict[int, Any], dict[int, Any]]:
    """Mediator id -> when they came last, and when they come next; None for never."""
    mine = Assignment.state == AssignmentState.ACTIVE, Assignment.mediator_id == Mediator.id
    begins = Assignment.starts_at
    last = select(begins).where(*mine, begins <= g.now).order_by(begins.desc()).limit(1).scalar_subquery()
    coming = select(begins).where(*mine, begins > g.now).order_by(begins).limit(1).scalar_subquery()
    found = rows.execute(select(Mediator.id, last, coming).where(Mediator.id.in_(ids))).all()
    return {one: at for one, at, _ in found}, {one: at for one, _, at in found}


def _spoken(rows: Session) -> list[tuple[str, str]]:
    codes = rows.scalars(select(Skill.language).distinct())
    named = [(code, languages.name(code, locale())) for code in codes]
    return sorted(named, key=lambda pair: languages.plain(pair[1]))
