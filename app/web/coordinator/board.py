"""/board: what still needs somebody, the pressing first; live."""

from typing import Any

from flask import g, render_template, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from app import access
from app.access import Rule, allow, unattended
from app.models import Appointment, Organisation, languages
from app.web.asked import asked_id, asked_page
from app.web.coordinator import board_lists
from app.web.coordinator.blueprint import own_when, pages
from app.web.coordinator.board_alerts import waiting_alerts
from app.web.coordinator.board_rows import SOON, board_row
from app.web.live import by_the_clock, mark_of
from app.web.pages import locale
from app.web.when import When

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
    rows = access.session()
    if request.args.get("seen") == _version(rows, own_when(rows), _chosen()):
        return "", 204
    return render_template("coordinator/_board_live.html", **_live(rows))


def _chosen() -> dict[str, str]:
    return {
        "language": request.args.get("language", ""),
        "organisation": str(asked_id("organisation") or ""),
        "q": request.args.get("q", "").strip()[:LONGEST_SEARCH],
    }


def _live(rows: Session) -> dict[str, object]:
    when, chosen = own_when(rows), _chosen()
    # first: what changes while the rest is read has another version
    version = _version(rows, when, chosen)
    used, given = board_lists.filters(chosen), board_lists.parameters(when, chosen)
    found = rows.execute(board_lists.figures(used), given).one()
    page, page_count = _page(found.chosen_count)
    listed = [
        [board_row(one, when) for one in rows.scalars(_loaded(statement), given | _skipped(page))]
        for statement in (board_lists.open_ones(used), board_lists.filled_ones(used))
    ]
    kept: dict[str, Any] = {name: value for name, value in chosen.items() if value}
    content = render_template(
        "coordinator/_board_list.html",
        open_rows=listed[0],
        filled_rows=listed[1],
        filtered=bool(used),
        page=page,
        page_count=page_count,
        url_for_page=lambda number: url_for("coordinator.board", page=number, **kept),
        **found._asdict(),
    )
    poll_url = url_for("coordinator.board_rows", page=page, seen=version, **kept)
    return {"content": content, "version": version, "poll_url": poll_url}


def _version(rows: Session, when: When, chosen: dict[str, str]) -> str:
    """The mark of what the board shows of what was chosen."""
    used, given = board_lists.filters(chosen), board_lists.parameters(when, chosen)
    found = rows.execute(board_lists.figures(used), given).one()
    page, _ = _page(found.chosen_count)
    said = [
        (by_the_clock(when, *one[:3]), one[0] - when.now < SOON, tuple(one))
        for statement in (board_lists.open_ones(used), board_lists.filled_ones(used))
        for one in rows.execute(board_lists.marks(statement), given | _skipped(page))
    ]
    return mark_of(when, tuple(found), page, sorted(chosen.items()), said)


def _page(total: int) -> tuple[int, int]:
    """The page that is asked for, as far as there are so many, and how many there are."""
    page_count = max(1, -(-total // board_lists.PER_PAGE))
    return min(asked_page(), page_count), page_count


def _skipped(page: int) -> dict[str, int]:
    return {"skipped": (page - 1) * board_lists.PER_PAGE}


def _loaded(statement: Select[Appointment]) -> Select[Appointment]:
    return statement.options(
        selectinload(Appointment.offers), selectinload(Appointment.assignments), selectinload(Appointment.organisation)
    )


def _languages_asked_for(rows: Session) -> list[tuple[str, str]]:
    codes = rows.scalars(select(Appointment.language).where(Appointment.ends_at > g.now).distinct())
    named = [(code, languages.name(code, locale())) for code in codes]
    return sorted(named, key=lambda pair: languages.plain(pair[1]))
