"""/mediators/new and /mediators/<id>: entering a mediator and keeping them up to date."""

from dataclasses import replace

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import access, services
from app.access import Rule, allow
from app.errors import ChangedMeanwhile, NotFound
from app.gazetteer.finding import Finder
from app.gazetteer.surroundings import surroundings
from app.gazetteer.writing import read
from app.links import Links
from app.models import MODES, Link, LinkKind, Mediator, MediatorStatus, Organisation
from app.registry import mediators
from app.registry.mediator_data import MediatorData, check, data_of
from app.web.coordinator.blueprint import own_pool, own_when, pages
from app.web.coordinator.clock_times import clock
from app.web.coordinator.conflicts import conflicts
from app.web.coordinator.mediator_form import NAMES, NEEDED, ROWS, MediatorForm, typed
from app.web.coordinator.mediator_parts import home_distance, open_parts, states
from app.web.inputs import seen_now, show
from app.web.located import Said, found_words, locate

Answer = Response | str | tuple[str, int]


@pages.route("/mediators/new", methods=["GET", "POST"])
@allow(Rule.COORDINATOR)
def new_mediator() -> Answer:
    """An empty form; sent, somebody new can be asked."""
    rows = access.session()
    form = MediatorForm(request.form or None, data={"modes": list(MODES), "status": MediatorStatus.ACTIVE.value})
    return _answer(rows, form, None)


@pages.route("/mediators/<row:mediator_id>", methods=["GET", "POST"])
@allow(Rule.COORDINATOR)
def mediator(mediator_id: int) -> Answer:
    """The form with what is known."""
    rows = access.session()
    found = _mediator(rows, mediator_id)
    form = MediatorForm(request.form or None, data=None if request.form else typed(data_of(found)))
    return _answer(rows, form, found)


def _answer(rows: Session, form: MediatorForm, found: Mediator | None) -> Answer:
    """The page, or after saving the way on; `more` only adds empty rows, and keeps everything typed."""
    more = request.form.get("more", "")
    form.offer_choices(_organisations(rows))
    status = 200
    if request.method == "POST" and not more:
        status = 422
        valid = form.validate()
        data, said = _located(rows, form, data_of(found) if found else None)
        problems = check(rows, data)
        if valid and not (form.errors or problems):
            try:
                return _save(data, found.id if found else None, said)
            except ChangedMeanwhile:
                status, found = 409, _mediator(access.session(), found.id) if found else None
                rows = access.session()
        show(form, problems, NAMES)
    for name in ROWS:
        if name == more or (name in NEEDED and not form[name]):
            form.more(name)
    form.offer_choices(_organisations(rows))
    pool, around = own_pool(rows), surroundings(rows)
    page = render_template(
        "coordinator/mediator.html",
        form=form,
        found=found,
        seen=seen_now(data_of(found), status) if found else "",
        stale=status == 409,
        link=_own_page(rows, found),
        open_parts=open_parts(form, new=found is None, more=more),
        # what is typed may be another thing than what is saved
        states=states(found, pool, own_when(rows), around) if found and request.method == "GET" else {},
        opted_out=own_when(rows).moment(found.opted_out_at) if found and found.opted_out_at else None,
        conflicting=conflicts(rows, found, own_when(rows)) if found else [],
        home_distance=home_distance(found, around) if found else "",
        pool_hours={"first": clock(pool.text_from_minute), "last": clock(pool.text_until_minute)},
    )
    return page, status


def _located(rows: Session, form: MediatorForm, before: MediatorData | None) -> tuple[MediatorData, Said | None]:
    """What was typed, with the home that it means, and what to say of that. Of an address only the point is kept."""
    data, finder = form.values(), Finder(rows)
    written = read(form.home_address.data or "")
    if form.home_address.data:
        spot = locate(finder, written, form.home_address, form.home_spot)
    elif not (form.home_lat.data or form.home_lon.data) or _moved_district(finder, data, before):
        spot = finder.find(read(data.home_district)).spot
    else:
        spot = None
    if spot is None:
        return data, None
    return replace(data, home=(spot.lat, spot.lon)), found_words(finder.around, written, spot)


def _moved_district(finder: Finder, data: MediatorData, before: MediatorData | None) -> bool:
    """Whether somebody who was put in the middle of one district now lives in another."""
    if before is None or data.home != before.home or data.home_district == before.home_district:
        return False
    middle = finder.find(read(before.home_district)).spot
    return middle is not None and before.home == (middle.lat, middle.lon)


def _save(data: MediatorData, mediator_id: int | None, found: Said | None) -> Response:
    actor, links = access.principal().actor, services.links()
    with access.change() as session:
        if mediator_id is None:
            saved = mediators.register(session, g.now, links, data, actor)
            done = "registered"
        else:
            saved = mediators.update(session, g.now, links, mediator_id, data, actor, seen=request.form.get("seen"))
            done = "saved"
        said = _saved_words(saved, done)
        mediator_id, others = saved.id, _same_number(session, saved)
    flash(*said)
    if found is not None:
        flash(*found)
    if others:
        one, many = "coordinator.mediator.same_number_one", "coordinator.mediator.same_number_many"
        flash(ngettext(one, many, len(others), names=", ".join(others)), "warning")
    return redirect(url_for("coordinator.mediator", mediator_id=mediator_id), 303)


def _saved_words(saved: Mediator, done: str) -> tuple[str, str]:
    """What to say after saving, and how: whoever cannot be asked yet is not called ready."""
    if saved.status is not MediatorStatus.ACTIVE:
        return str(_(f"coordinator.mediator.{done}_{saved.status.value}")), "success"
    if not saved.availability:
        return str(_(f"coordinator.mediator.{done}_no_times")), "warning"
    return str(_(f"coordinator.mediator.{done}")), "success"


def _same_number(rows: Session, saved: Mediator) -> list[str]:
    """Who else is reached under the number; a family may share a telephone."""
    others = select(Mediator.name).where(
        Mediator.phone == saved.phone, Mediator.id != saved.id, Mediator.status != MediatorStatus.LEFT
    )
    return list(rows.scalars(others.order_by(Mediator.name)))


def _mediator(rows: Session, mediator_id: int) -> Mediator:
    found = rows.scalar(select(Mediator).where(Mediator.id == mediator_id, Mediator.erased_at.is_(None)))
    if found is None:
        raise NotFound("mediator_not_found")
    return found


def _organisations(rows: Session) -> list[tuple[str, str]]:
    found = rows.execute(
        select(Organisation.id, Organisation.name)
        .where(Organisation.neighbour_id.is_(None))
        .order_by(Organisation.name)
    )
    return [(str(one.id), one.name) for one in found]


def _own_page(rows: Session, found: Mediator | None) -> str:
    """The address of a mediator's own pages, to pass on to them."""
    if found is None:
        return ""
    theirs = (Link.mediator_id == found.id, Link.kind == LinkKind.MEDIATOR, Link.opens(g.now))
    link = rows.scalar(select(Link).where(*theirs).order_by(Link.id.desc()).limit(1))
    links: Links = services.links()
    return links.url(link) if link else ""
