"""/m/<token>/open: what still seeks somebody and fits this person, to be taken without waiting for an SMS."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import ids, services
from app.access import Rule, allow
from app.errors import AlreadyTaken, Busy, NoLongerOpen, NotFound
from app.extensions import csrf, limiter
from app.journey import coming_forward, fitting
from app.journey.fitting import Fit
from app.journey.history import Actor
from app.links import token_hash
from app.models import (
    ActorKind,
    Appointment,
    Assignment,
    AssignmentState,
    Link,
    LinkKind,
    Mediator,
    Pool,
    languages,
)
from app.models.topics import topic_name
from app.transaction import transaction
from app.web.form_token import form_token, is_valid
from app.web.mediator.blueprint import pages
from app.web.mediator.offer_page import way_from_home
from app.web.mediator.opening import Opened, opened_own, way_back
from app.web.pages import locale, sentence
from app.web.when import When

Answer = Response | tuple[str, int]
MOST_REMEMBERED: Final = 100


@dataclass(frozen=True)
class Card:
    """An appointment as it is offered; `asked_until` is empty where it can be taken now."""

    id: int
    when: str
    ahead: str
    language: str
    where: str
    way: str
    topic: str
    why: str
    others: int
    dates: int
    asked_until: str


@pages.get("/m/<token>/open")
@allow(Rule.LINK)
def fitting_appointments(token: str) -> Answer:
    """What fits, the next first."""
    link = opened_own(token)
    return _page(link) if link else way_back()


@pages.post("/m/<token>/open")
@limiter.limit("30 per minute", key_func=lambda: token_hash((request.view_args or {}).get("token", "")))
@allow(Rule.LINK)
def take(token: str) -> Answer:
    """Take `appointment`; 409 where somebody was faster or it fits no more, 400 for a form that is not ours."""
    link = opened_own(token)
    if link is None:
        return way_back()
    if not is_valid(link.link_id, request.form.get("csrf_token", ""), "open"):
        return _page(link, problem=_("offer.problem.token"), status=400)
    wanted = ids.read(request.form.get("appointment", ""))
    try:
        with transaction(link.pool_id) as session:
            actor = Actor(ActorKind.MEDIATOR, link.mediator_id)
            taken = coming_forward.take(session, g.now, services.links(), wanted or 0, link.mediator_id, actor)
            offer_id = taken.offer_id
    except (AlreadyTaken, Busy, NoLongerOpen) as error:
        return _page(link, problem=sentence(error.code), status=409)
    except NotFound:
        return _page(link, problem=_("fitting.problem.gone"), status=409)
    return redirect(_page_of(link, offer_id) or url_for("mediator.own", token=token), 303)


# that protection lives in a session; the form carries a token of its own instead, see form_token.py
csrf.exempt(take)


def _page_of(link: Opened, offer_id: int) -> str:
    """The address of the page of what they have taken: there it can be undone for some seconds."""
    own = (Link.mediator_id == link.mediator_id, Link.offer_id == offer_id)
    kept = (Link.kind == LinkKind.OFFER, Link.revoked_at.is_(None))
    found = link.rows().scalar(select(Link).where(*own, *kept))
    return services.links().url(found) if found else ""


def _page(link: Opened, *, problem: str = "", status: int = 200) -> tuple[str, int]:
    rows = link.rows()
    pool, mediator = rows.get_one(Pool, link.pool_id), rows.get_one(Mediator, link.mediator_id)
    fits = fitting.fits_of(rows, g.now, mediator)
    known = _known_places(rows, mediator, [one.appointment for one in fits])
    when = When.of(pool.timezone, g.now)
    shown = render_template(
        "mediator/fitting.html",
        cards=[_card(one, pool, mediator, when, known) for one in fits],
        problem=problem,
        token=form_token(link.link_id, "open"),
        pool_phone=pool.phone,
    )
    return shown, status


def _card(fit: Fit, pool: Pool, mediator: Mediator, when: When, known: frozenset[int]) -> Card:
    appointment = fit.appointment
    remote = appointment.mode != "on_site"
    been_there = appointment.site_id in known and not remote
    reasons = [_("fitting.why.times"), _("fitting.why.place") if been_there else ""]
    return Card(
        id=appointment.id,
        when=when.span(appointment.starts_at, appointment.ends_at),
        ahead=when.ahead(appointment.starts_at),
        language=languages.name(fit.language, locale()),
        where=_(f"offer.mode.{appointment.mode}") if remote else appointment.place_name,
        way=way_from_home(pool, mediator, appointment),
        topic=topic_name(appointment.topic, locale()),
        why=" ".join(one for one in reasons if one),
        others=appointment.mediators_needed - 1,
        dates=fit.dates,
        asked_until=when.moment(fit.asked_until) if fit.asked_until else "",
    )


def _known_places(rows: Session, mediator: Mediator, wanted: Sequence[Appointment]) -> frozenset[int]:
    """The places, of those wanted, at which they have been lately."""
    sites = {one.site_id for one in wanted if one.site_id is not None}
    lately = (
        select(Assignment.appointment_id)
        .where(
            Assignment.mediator_id == mediator.id,
            Assignment.state == AssignmentState.ACTIVE,
            Assignment.ends_at < g.now,
        )
        .order_by(Assignment.starts_at.desc())
        .limit(MOST_REMEMBERED)
    )
    been = select(Appointment.site_id).where(Appointment.id.in_(list(rows.scalars(lately))))
    return frozenset(site for site in rows.scalars(been) if site in sites)
