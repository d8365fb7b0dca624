"""/mediators: who is in the pool."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import g, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from app import access
from app.access import Rule, allow
from app.insight.mediator_search import Order, Wanted, last_begin, needs_attention, next_begin, search
from app.insight.renewals import to_renew
from app.models import Mediator, MediatorStatus, Pool, Skill, languages
from app.registry.application_decisions import waiting
from app.web.asked import asked_page
from app.web.coordinator.blueprint import own_pool, own_when, pages
from app.web.coordinator.clearance_words import renewal_words
from app.web.pages import locale
from app.web.when import When

PER_PAGE = 20
LONGEST_SEARCH = 60
# columns whose heading sorts
SORTED = (Order.NAME, Order.DISTRICT, Order.LAST, Order.NEXT)


@dataclass(frozen=True)
class MediatorRow:
    """One line of the list; `to_do` marks a note that asks for something."""

    id: int
    name: str
    languages: str
    district: str
    last: str
    coming: str
    note: str
    to_do: bool


@dataclass(frozen=True)
class Heading:
    """A column that sorts: where its heading leads, and how it is sorted now (a value of aria-sort, or nothing)."""

    name: str
    url: str
    sorted: str


@pages.get("/mediators")
@allow(Rule.COORDINATOR)
def mediators() -> str:
    """The list; `?q=`, `?language=`, `?status=`, `?todo=`, `?renew=` narrow it, `?sort=` orders it (`-`: backwards)."""
    rows = access.session()
    wanted, pool = _wanted(), own_pool(rows)
    renewing = to_renew(rows, g.now, pool)
    found = search(rows, g.now, wanted, renewing if wanted.to_renew else None)
    page_count = max(1, -(-len(found) // PER_PAGE))
    page = min(asked_page(), page_count)
    shown = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    return render_template(
        "coordinator/mediators.html",
        people=_rows(rows, shown, pool),
        spoken_languages=_spoken(rows),
        statuses=[(one.value, _(f"coordinator.mediator_status.{one.value}")) for one in MediatorStatus],
        orders=[(_sort_value(one), _order_words(one)) for one in _orders()],
        headings={one.value: _heading(wanted, one) for one in SORTED},
        wanted=wanted,
        sort=_sort_value(wanted),
        narrowed=_narrowed(wanted),
        total=len(found),
        to_do=rows.scalar(select(func.count(Mediator.id)).where(needs_attention())) or 0,
        applications=waiting(rows),
        page=page,
        page_count=page_count,
        url_for_page=lambda number: _url(wanted, page=number),
        to_renew=len(renewing),
        to_renew_url=_url(Wanted(to_renew=True)),
        to_do_url=_url(Wanted(to_do=True)),
        all_url=_url(Wanted()),
    )


def _wanted() -> Wanted:
    status = request.args.get("status", "")
    sort = request.args.get("sort", "")
    order = sort.removeprefix("-")
    return Wanted(
        text=request.args.get("q", "").strip()[:LONGEST_SEARCH],
        language=request.args.get("language", ""),
        status=MediatorStatus(status) if status in set(MediatorStatus) else None,
        to_do=request.args.get("todo") == "1",
        to_renew=request.args.get("renew") == "1",
        order=Order(order) if order in set(Order) else Order.NAME,
        descending=sort.startswith("-"),
    )


def _url(wanted: Wanted, page: int = 1) -> str:
    """Where the list is as wanted; what goes without saying is left out."""
    said = {
        "q": wanted.text,
        "language": wanted.language,
        "status": wanted.status.value if wanted.status else "",
        "todo": "1" if wanted.to_do else "",
        "renew": "1" if wanted.to_renew else "",
        "sort": _sort_value(wanted),
        "page": str(page) if page > 1 else "",
    }
    return url_for("coordinator.mediators", **{name: value for name, value in said.items() if value})  # type: ignore[arg-type]  # Flask's own keywords are no part of these


def _orders() -> list[Wanted]:
    return [Wanted(order=one, descending=down) for one in SORTED for down in (False, True)]


def _sort_value(wanted: Wanted) -> str:
    if wanted.order is Order.NAME and not wanted.descending:
        return ""
    return f"-{wanted.order.value}" if wanted.descending else wanted.order.value


def _order_words(wanted: Wanted) -> str:
    return str(_(f"coordinator.mediators.order.{wanted.order.value}.{'down' if wanted.descending else 'up'}"))


def _heading(wanted: Wanted, order: Order) -> Heading:
    """Once more on the column that sorts already turns it round."""
    is_it = wanted.order is order
    turned = replace(wanted, order=order, descending=is_it and not wanted.descending)
    now_sorted = ("descending" if wanted.descending else "ascending") if is_it else ""
    return Heading(str(_(f"coordinator.mediators.{order.value}")), _url(turned), now_sorted)


def _narrowed(wanted: Wanted) -> str:
    """What the fold above the list says of itself while it is closed."""
    status = wanted.status.value if wanted.status else "present"
    language = languages.name(wanted.language, locale()) if wanted.language else ""
    shown = (language, str(_(f"coordinator.mediators.shown.{status}")), _order_words(wanted))
    return ", ".join(word for word in shown if word)


def _rows(rows: Session, ids: Sequence[int], pool: Pool) -> list[MediatorRow]:
    when = own_when(rows)
    found = rows.execute(
        select(Mediator, last_begin(g.now), next_begin(g.now))
        .where(Mediator.id.in_(ids))
        .options(selectinload(Mediator.skills), selectinload(Mediator.availability), selectinload(Mediator.absences))
    ).all()
    by_id = {one.id: _row(one, last, coming, pool, when) for one, last, coming in found}
    return [by_id[one] for one in ids]


def _row(one: Mediator, last: datetime | None, coming: datetime | None, pool: Pool, when: When) -> MediatorRow:
    note, to_do = _note(one, pool, when)
    return MediatorRow(
        id=one.id,
        name=one.name,
        languages=", ".join(languages.name(skill.language, locale()) for skill in one.skills),
        district=one.home_district or "–",
        last=when.brief(last) if last else "–",
        coming=when.brief(coming) if coming else "–",
        note=note,
        to_do=to_do,
    )


def _note(one: Mediator, pool: Pool, when: When) -> tuple[str, bool]:
    """What there is to know of somebody in a word, and whether it asks for something; see `needs_attention`."""
    if one.status is MediatorStatus.LEFT:
        return str(_("coordinator.mediator_status.left")), False
    if one.opted_out_at is not None:
        return str(_("coordinator.mediators.opted_out")), True
    if one.phone_trouble is not None:
        return str(_("coordinator.phone_trouble")), True
    if one.status is MediatorStatus.PAUSED:
        return str(_("coordinator.mediator_status.paused")), False
    if not one.availability:
        return str(_("coordinator.mediators.no_times")), True
    renewal = renewal_words(one, pool, when)
    return (renewal, True) if renewal else (_away(one, when), False)


def _away(one: Mediator, when: When) -> str:
    away = one.away_until(when.local(g.now).date())
    return str(_("coordinator.mediators.away", day=when.brief(away))) if away else ""


def _spoken(rows: Session) -> list[tuple[str, str]]:
    codes = rows.scalars(select(Skill.language).distinct())
    named = [(code, languages.name(code, locale())) for code in codes]
    return sorted(named, key=lambda pair: languages.plain(pair[1]))
