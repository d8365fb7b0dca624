"""/r/<token>: how it was, and a word of thanks. Looking changes nothing; what is said comes by POST."""

from dataclasses import dataclass

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import services
from app.access import Rule, allow
from app.errors import ChangedMeanwhile, Invalid, NoLongerOpen
from app.extensions import csrf, limiter
from app.journey import reporting
from app.journey.history import Actor
from app.links import token_hash
from app.models import ActorKind, Appointment, Pool, Reporter, RequesterLink, RequesterLinkKind, languages
from app.transaction import transaction
from app.web.afterwards import AfterwardsForm, Refused, form_of, keep, refused, told
from app.web.form_token import form_token, is_valid
from app.web.pages import error_page, locale
from app.web.requester.blueprint import pages
from app.web.requester.opening import Opened, opened
from app.web.when import When

KIND = RequesterLinkKind.AFTERWARDS
BY = Reporter.REQUESTER
# a day of appointments at one place fits in
MOST_OTHERS = 40
Answer = Response | tuple[str, int]


@dataclass(frozen=True)
class Other:
    """Another appointment about which nothing has been said yet, and the way to its page."""

    when: str
    language: str
    url: str


@pages.get("/r/<token>")
@allow(Rule.LINK)
def afterwards(token: str) -> Answer:
    """The form, with what has been said already; 410 where it is too late to say anything."""
    link = opened(token, KIND)
    if link is None:
        return error_page("error_page.requester_link", 404)
    rows = link.rows()
    return _page(link, form_of(rows, rows.get_one(Appointment, link.appointment_id), BY))


@pages.post("/r/<token>")
@limiter.limit("30 per minute", key_func=lambda: token_hash((request.view_args or {}).get("token", "")))
@allow(Rule.LINK)
def say(token: str) -> Answer:
    """Keep what is said; 409 where it comes too late or somebody else was faster, 400 for a form that is not ours."""
    link = opened(token, KIND)
    if link is None:
        return error_page("error_page.requester_link", 404)
    rows = link.rows()
    form = form_of(rows, rows.get_one(Appointment, link.appointment_id), BY)
    if not is_valid(link.link_id, request.form.get("csrf_token", ""), KIND):
        return _page(link, form, Refused(_("offer.problem.token"), 400))
    if link.is_over:
        return _page(link, form)
    if not form.validate():
        return _page(link, form, Refused("", 422))
    try:
        with transaction(link.pool_id) as session:
            keep(session, link.appointment_id, form, Actor(ActorKind.REQUESTER), BY)
    except (Invalid, NoLongerOpen, ChangedMeanwhile) as error:
        return _page(link, form, refused(form, error))
    return redirect(url_for("requester.afterwards", token=token, kept=1), 303)


# that protection lives in a session; the form carries a token of its own instead, see form_token.py
csrf.exempt(say)


def _page(link: Opened, form: AfterwardsForm, why: Refused | None = None) -> tuple[str, int]:
    rows = link.rows()
    appointment = rows.get_one(Appointment, link.appointment_id)
    when = When.of(rows.get_one(Pool, link.pool_id).timezone, g.now)
    now_told = told(rows, appointment, when, BY)
    gone = link.is_over or bool(now_told.closed)
    shown = render_template(
        "requester/afterwards.html",
        told=now_told,
        gone=gone,
        form=form,
        problem=why.words if why else "",
        kept=request.args.get("kept") == "1" and bool(now_told.said),
        facts=[] if gone else _facts(appointment, when),
        others=_others(rows, appointment),
        token=form_token(link.link_id, KIND),
        pool_phone=link.pool_phone,
    )
    return shown, why.status if why else 410 if gone else 200


def _facts(appointment: Appointment, when: When) -> list[tuple[str, str, str | None]]:
    facts: list[tuple[str, str, str | None]] = [
        (_("staff.fact.language"), languages.name(appointment.language, locale()), None),
        (_("staff.fact.when"), when.span(appointment.starts_at, appointment.ends_at), None),
    ]
    if appointment.place_name:
        facts.append((_("staff.fact.where"), appointment.place_name, None))
    borrowed = appointment.borrowed_seats if appointment.seats_borrowed else ()
    names = ", ".join([*(one.mediator.name for one in appointment.active_assignments), *(one.name for one in borrowed)])
    return [*facts, (_("afterwards.fact.who"), names, None)] if names else facts


def _others(rows: Session, appointment: Appointment) -> list[Other]:
    """Those of the same address about which it was asked, too, and nobody has said anything."""
    links = services.links()
    when = When.of(rows.get_one(Pool, appointment.pool_id).timezone, g.now)
    same = (
        Appointment.organisation_id == appointment.organisation_id,
        Appointment.contact_email == appointment.contact_email,
        Appointment.starts_at > g.now - 2 * reporting.REPORTABLE,
        Appointment.reported_at.is_(None),
        Appointment.id != appointment.id,
    )
    open_links = (RequesterLink.kind == KIND, RequesterLink.expires_at >= g.now)
    found = rows.execute(
        select(RequesterLink, Appointment)
        .join(Appointment, RequesterLink.appointment_id == Appointment.id)
        .where(*same, *open_links)
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(MOST_OTHERS)
    )
    return [
        Other(when.span(one.starts_at, one.ends_at), languages.name(one.language, locale()), links.url(link))
        for link, one in found
    ]
