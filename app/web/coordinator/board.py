"""/board: what needs a coordinator now, the next first; live."""

from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response

from app import access
from app.access import Rule, allow, unattended
from app.journey.telling import alerts
from app.models import Appointment, Organisation, PlanRun, languages
from app.web.asked import asked_id, asked_page
from app.web.coordinator import board_lists
from app.web.coordinator.blueprint import own_when, pages
from app.web.coordinator.board_alerts import alert_marks, alert_rows
from app.web.coordinator.board_groups import grouped
from app.web.coordinator.board_lists import Filters
from app.web.coordinator.board_rows import BoardRow, board_row
from app.web.coordinator.plan_words import PlanStrip, plan_strip
from app.web.live import by_the_clock, mark_of
from app.web.pages import locale
from app.web.when import When

LONGEST_SEARCH = 60
# of the lines that need somebody, the first so many say what would help
MOST_HELPED = 10


@pages.get("/board")
@allow(Rule.COORDINATOR)
def board() -> str:
    """The board with its filters; `?all=1` shows all for which somebody is sought, also where nobody is needed."""
    rows = access.session()
    return render_template(
        "coordinator/board.html",
        organisations=rows.scalars(select(Organisation).order_by(Organisation.name)).all(),
        asked_languages=_languages_asked_for(rows),
        chosen=_chosen(),
        plan=_plan(rows),
        **_live(rows),
    )


@pages.get("/board/rows")
@unattended
@allow(Rule.COORDINATOR)
def board_rows() -> str | tuple[str, int]:
    """The part that changes; 204 while it still says what the page has `seen`."""
    rows = access.session()
    if request.args.get("seen") == _version(rows, own_when(rows), _chosen()):
        return "", 204
    return render_template("coordinator/_board_live.html", **_live(rows))


@pages.post("/board/alerts/<row:alert_id>/resolve")
@allow(Rule.COORDINATOR)
def resolve_alert(alert_id: int) -> Response | str:
    """Somebody has seen to it. A script gets the rest of the board, a form the whole page."""
    with access.change() as session:
        alerts.resolve(session, g.now, access.principal().actor, alert_id)
    if "HX-Request" in request.headers:
        said = _("coordinator.alert.resolved")
        return render_template("coordinator/_board_live.html", said=said, **_live(access.session()))
    return redirect(url_for("coordinator.board", **_kept(_chosen())), 303)


def _plan(rows: Session) -> PlanStrip | None:
    """What is said of the plan that the address names."""
    run = rows.get(PlanRun, asked_id("plan") or 0)
    return plan_strip(rows, run, own_when(rows)) if run else None


def _chosen() -> dict[str, str]:
    return {
        "language": request.args.get("language", ""),
        "organisation": str(asked_id("organisation") or ""),
        "q": request.args.get("q", "").strip()[:LONGEST_SEARCH],
        "all": "1" if request.args.get("all") == "1" else "",
    }


def _kept(chosen: dict[str, str]) -> dict[str, Any]:
    """What the board is narrowed to, for the ways from it to it."""
    return {name: value for name, value in chosen.items() if value}


def _live(rows: Session) -> dict[str, object]:
    when, chosen = own_when(rows), _chosen()
    # first: what changes while the rest is read has another version
    version = _version(rows, when, chosen)
    used, given = board_lists.filters(chosen), board_lists.parameters(when, chosen)
    found = rows.execute(board_lists.figures(used), given).one()
    total = found.sought_count if chosen["all"] else found.wanting_count
    page, page_count = _page(total)
    main, running, filled = (
        _listed(rows, statement, given | _skipped(page), when) for statement in _statements(used, chosen)
    )
    kept = _kept(chosen)
    content = render_template(
        "coordinator/_board_list.html",
        shown=grouped(main, alert_rows(rows, when) if page == 1 else [], when),
        total=total,
        running_rows=running,
        running_count=found.sought_count - found.wanting_count,
        filled_rows=filled,
        filtered=bool(used),
        chosen=chosen,
        kept=kept,
        page=page,
        page_count=page_count,
        url_for_page=lambda number: url_for("coordinator.board", page=number, **kept),
        all_url=url_for("coordinator.board", **kept | {"all": "1"}),
        wanting_url=url_for("coordinator.board", **{name: value for name, value in kept.items() if name != "all"}),
        workers_alive=found.workers_alive,
        devices_waiting=found.devices_waiting,
        next_device=when.moment(found.next_device) if found.devices_waiting else "",
        devices_late=found.devices_late,
        most_helped=MOST_HELPED,
    )
    poll_url = url_for("coordinator.board_rows", page=page, seen=version, **kept)
    return {"content": content, "version": version, "poll_url": poll_url}


def _version(rows: Session, when: When, chosen: dict[str, str]) -> str:
    """The mark of what the board shows of what was chosen."""
    used, given = board_lists.filters(chosen), board_lists.parameters(when, chosen)
    found = rows.execute(board_lists.figures(used), given).one()
    page, _ = _page(found.sought_count if chosen["all"] else found.wanting_count)
    said = [
        (by_the_clock(when, *one[:3]), tuple(one))
        for statement in _statements(used, chosen)
        for one in rows.execute(board_lists.marks(statement), given | _skipped(page))
    ]
    alive, devices = found.workers_alive > 0, (found.devices_waiting, found.next_device, found.devices_late)
    counted = found.wanting_count, found.sought_count, alive, devices
    return mark_of(when, counted, page, sorted(chosen.items()), said, alert_marks(rows, when))


def _statements(used: Filters, chosen: dict[str, str]) -> tuple[Select[Appointment], ...]:
    """The main list, what runs by itself, and what is filled."""
    main = board_lists.sought_ones(used) if chosen["all"] else board_lists.wanting_ones(used)
    return main, board_lists.running_ones(used), board_lists.filled_ones(used)


def _page(total: int) -> tuple[int, int]:
    """The page that is asked for, as far as there are so many, and how many there are."""
    page_count = max(1, -(-total // board_lists.PER_PAGE))
    return min(asked_page(), page_count), page_count


def _skipped(page: int) -> dict[str, int]:
    return {"skipped": (page - 1) * board_lists.PER_PAGE}


def _listed(rows: Session, statement: Select[Appointment], given: dict[str, Any], when: When) -> list[BoardRow]:
    loaded = statement.options(
        selectinload(Appointment.offers),
        selectinload(Appointment.assignments),
        selectinload(Appointment.organisation),
        selectinload(Appointment.borrowed_seats),
    )
    return [board_row(one, when) for one in rows.scalars(loaded, given)]


def _languages_asked_for(rows: Session) -> list[tuple[str, str]]:
    codes = rows.scalars(select(Appointment.language).where(Appointment.ends_at > g.now).distinct())
    named = [(code, languages.name(code, locale())) for code in codes]
    return sorted(named, key=lambda pair: languages.plain(pair[1]))
