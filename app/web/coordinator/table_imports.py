"""/imports/<id>: how far a table is that a worker takes in, and what came of it."""

from typing import Any, Final

from flask import g, redirect, render_template, url_for
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import access
from app.access import Rule, allow, unattended
from app.errors import NotFound
from app.models import Heartbeat, TableImport
from app.registry import past_appointments
from app.spreadsheets import imports
from app.web.coordinator.blueprint import own_when, pages

RULE: Final = Rule(past_appointments.WRITTEN_BY)
LISTS: Final = {"mediators": "mediators", "organisations": "settings", "appointments": "statistics"}
MOST_LISTED: Final = 5
OPEN: Final = frozenset({"waiting", "reading", "saving", "silent", "ending"})


@pages.get("/imports/<row:import_id>")
@allow(RULE)
def table_import(import_id: int) -> str:
    """The table, and how far it is."""
    return render_template("coordinator/table_import.html", **_shown(import_id))


@pages.get("/imports/<row:import_id>/state")
@unattended
@allow(RULE)
def table_import_state(import_id: int) -> str:
    """The part that changes."""
    return render_template("coordinator/_table_import_state.html", **_shown(import_id))


@pages.post("/imports/<row:import_id>/cancel")
@allow(RULE)
def cancel_table_import(import_id: int) -> Response:
    """Nobody wants it any more."""
    with access.change() as session:
        imports.cancel(session, g.now, import_id)
    return redirect(url_for("coordinator.table_import", import_id=import_id), 303)


def saved_words(kind: str, saved: int, present: int) -> str:
    """2.400 Personen sind übernommen. 3 Zeilen waren schon da."""
    said = str(ngettext(f"tables.{kind}.saved_one", f"tables.{kind}.saved_many", saved))
    return f"{said} {ngettext('tables.present_one', 'tables.present_many', present)}" if present else said


def lately(rows: Session, kind: str) -> list[dict[str, Any]]:
    """The last tables of a kind that a worker took in or is to take in, and where each stands."""
    when, seen = own_when(rows), imports.is_seen_while_saved(rows)
    return [
        {
            "id": one.id,
            "name": one.name,
            "at": when.moment(one.asked_at),
            "said": _said(one, _state(rows, one), seen=seen),
        }
        for one in imports.asked(rows, kind, MOST_LISTED)
    ]


def _shown(import_id: int) -> dict[str, Any]:
    rows = access.session()
    asked = rows.scalar(select(TableImport).where(TableImport.id == import_id))
    if asked is None:
        raise NotFound("import_not_found")
    when, state = own_when(rows), _state(rows, asked)
    seen = imports.is_seen_while_saved(rows)
    return {
        "asked": asked,
        "state": state,
        "is_open": state in OPEN,
        "said": _said(asked, state, seen=seen),
        "share": _share(asked, state, seen=seen),
        "may_cancel": state in {"waiting", "reading", "silent"} or (state == "saving" and seen),
        "stand": when.moment(asked.finished_at) if asked.finished_at else None,
        "list_url": url_for(f"coordinator.{LISTS[asked.kind]}"),
    }


def _state(rows: Session, asked: TableImport) -> str:
    if asked.finished_at is not None:
        return _ended(asked)
    if asked.cancelled_at is not None:
        return "ending"
    if asked.started_at is None:
        return "waiting" if rows.scalar(Heartbeat.alive(g.now).limit(1)) else "silent"
    if not asked.is_at_work(g.now) or _is_alone(rows, asked):
        return "silent"
    return "saving" if asked.saving_since is not None else "reading"


def _is_alone(rows: Session, asked: TableImport) -> bool:
    """Whether the worker that is at it gives no sign of life; where it cannot while it saves, that says nothing."""
    if asked.saving_since is not None and not imports.is_seen_while_saved(rows):
        return False
    return rows.scalar(Heartbeat.alive(g.now).where(Heartbeat.worker == asked.claimed_by)) is None


def _ended(asked: TableImport) -> str:
    if asked.saved is not None:
        return "done"
    if asked.cancelled_at is not None:
        return "cancelled"
    return "refused" if asked.problems else "failed"


def _said(asked: TableImport, state: str, *, seen: bool) -> str:
    """Where it stands: 2.400 von 5.000 Zeilen gelesen."""
    if state == "done":
        return saved_words(asked.kind, asked.saved or 0, asked.present or 0)
    if state == "refused":
        return str(ngettext("tables.import.refused_one", "tables.import.refused_many", asked.problems or 0))
    if state == "saving" and not seen:
        state = "saving_unseen"
    done, of = asked.rows_done, asked.new if state == "saving" else asked.rows
    return str(_(f"tables.import.{state}", done=format_decimal(done), of=format_decimal(of)))


def _share(asked: TableImport, state: str, *, seen: bool) -> int | None:
    """Percent of what is being done; None where nobody can say."""
    if state == "saving":
        return round(100 * asked.rows_done / max(asked.new, 1)) if seen else None
    return 0 if state == "waiting" else round(100 * asked.rows_done / max(asked.rows, 1))
