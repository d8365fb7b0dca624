"""/m/<token>: a mediator's own page, with what is asked of them, what is coming, and their calendar."""

from dataclasses import dataclass
from typing import Final

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager
from werkzeug.wrappers import Response

from app import services
from app.access import Rule, allow
from app.extensions import csrf, limiter
from app.journey import own_links, reconfirming
from app.journey.history import Actor
from app.links import Links, token_hash
from app.models import (
    ActorKind,
    Appointment,
    Assignment,
    Link,
    LinkKind,
    Mediator,
    Offer,
    OfferStatus,
    Organisation,
    Pool,
    Thanks,
    languages,
)
from app.transaction import transaction
from app.web.form_token import form_token, is_valid
from app.web.mediator.blueprint import pages
from app.web.mediator.opening import Opened, opened_own, way_back
from app.web.mediator.states import State, state_of
from app.web.pages import error_page, locale
from app.web.when import When
from notifications import texts

MOST_THANKS_SHOWN: Final = 20
# its forms carry a token of their own; see form_token.py
FORM: Final = "own"


@dataclass(frozen=True)
class Line:
    """An open question or an assignment; `url` leads to its page, `note` says what is wanted of them."""

    when: str
    ahead: str
    language: str
    where: str
    url: str
    note: str


@dataclass(frozen=True)
class Thank:
    """Thanks for one assignment: from whom, for when, in which words."""

    organisation: str
    when: str
    words: str


@pages.get("/m/<token>")
@allow(Rule.LINK)
def own(token: str) -> str | tuple[str, int]:
    """Open questions first, then assignments, each with the way to its page."""
    link = opened_own(token)
    if link is None:
        return way_back()
    rows = link.rows()
    links: Links = services.links()
    pool = rows.get_one(Pool, link.pool_id)
    when = When.of(pool.timezone, g.now)
    offers = _offers(rows, link)
    feed = rows.scalar(_links(link, LinkKind.FEED))
    return render_template(
        "mediator/own.html",
        name=rows.get_one(Mediator, link.mediator_id).name,
        questions=[_line(one, url, when) for one, url in offers if state_of(one, g.now) is State.QUESTION],
        assignments=[_line(one, url, when) for one, url in offers if one.status is OfferStatus.ACCEPTED],
        feed_url=links.url(feed) if feed else "",
        fitting_url=url_for("mediator.fitting_appointments", token=token),
        open_until=when.brief(link.expires_at) if link.expires_at else "",
        is_new=request.args.get("new") == "1",
        token=form_token(link.link_id, FORM),
        reset_url=url_for("mediator.reset_link", token=token),
        thanks=_thanks(rows, link, when),
        pool_phone=pool.phone,
    )


@pages.post("/m/<token>/link")
@limiter.limit("10 per hour", key_func=lambda: token_hash((request.view_args or {}).get("token", "")))
@allow(Rule.LINK)
def reset_link(token: str) -> Response | tuple[str, int]:
    """End this link and all older ones, and lead to the page by the new one."""
    link = opened_own(token)
    if link is None:
        return way_back()
    if not is_valid(link.link_id, request.form.get("csrf_token", ""), FORM):
        return error_page("error_page.400", 400)
    actor, links = Actor(ActorKind.MEDIATOR, link.mediator_id), services.links()
    with transaction(link.pool_id) as session:
        fresh = links.url(own_links.reset(session, g.now, links, link.mediator_id, actor))
    return redirect(url_for("mediator.own", token=fresh.rpartition("/")[2], new=1), 303)


# that protection lives in a session; the form carries a token of its own instead, see form_token.py
csrf.exempt(reset_link)


def _offers(rows: Session, link: Opened) -> list[tuple[Offer, str]]:
    """What is open or agreed and not over, the next first, with the address of its page."""
    links: Links = services.links()
    urls = {one.offer_id: links.url(one) for one in rows.scalars(_links(link, LinkKind.OFFER))}
    found = rows.scalars(
        select(Offer)
        .join(Appointment, Offer.appointment_id == Appointment.id)
        .where(
            Offer.mediator_id == link.mediator_id,
            Offer.status.in_((OfferStatus.SENT, OfferStatus.ACCEPTED)),
            Appointment.ends_at > g.now,
        )
        .order_by(Appointment.starts_at)
    )
    return [(one, urls.get(one.id, "")) for one in found]


def _thanks(rows: Session, link: Opened, when: When) -> list[Thank]:
    """The newest words of thanks."""
    found = rows.scalars(
        select(Thanks)
        .join(Assignment, Thanks.assignment_id == Assignment.id)
        .where(Assignment.mediator_id == link.mediator_id)
        .order_by(Assignment.starts_at.desc(), Thanks.id)
        .limit(MOST_THANKS_SHOWN)
        .options(
            contains_eager(Thanks.assignment)
            .joinedload(Assignment.appointment)
            .joinedload(Appointment.organisation)
            .lazyload(Organisation.sites)
        )
    )
    return [_thank(one, when) for one in found]


def _thank(one: Thanks, when: When) -> Thank:
    appointment = one.assignment.appointment
    ready_made = texts.thanks_choice(one.choice, language=languages.written_in(locale())) if one.choice else ""
    return Thank(
        organisation=appointment.organisation.name,
        when=when.span(appointment.starts_at, appointment.ends_at),
        words=" ".join(part for part in (ready_made, one.words) if part),
    )


def _links(link: Opened, kind: LinkKind) -> Select[Link]:
    return select(Link).where(Link.mediator_id == link.mediator_id, Link.kind == kind, Link.opens(g.now))


def _line(offer: Offer, url: str, when: When) -> Line:
    appointment = offer.appointment
    remote = appointment.mode != "on_site"
    return Line(
        when=when.span(appointment.starts_at, appointment.ends_at),
        ahead=when.ahead(appointment.starts_at),
        language=languages.name(offer.language, locale()),
        where=_(f"offer.mode.{appointment.mode}") if remote else appointment.place_name,
        url=url,
        note=_note(offer, when),
    )


def _note(offer: Offer, when: When) -> str:
    """By when an answer is wanted, if one is."""
    if offer.status is OfferStatus.SENT:
        return str(_("offer.question.by", until=when.moment(offer.due_at))) if offer.due_at else ""
    asked = any(
        reconfirming.is_asked(one, when.now) for one in offer.appointment.active_assignments if one.offer_id == offer.id
    )
    return str(_("own.reconfirm")) if asked else ""
