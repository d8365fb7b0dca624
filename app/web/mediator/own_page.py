"""/m/<token>: a mediator's own page, with what is asked of them, what is coming, and their calendar."""

from dataclasses import dataclass
from typing import Final

from flask import g, redirect, render_template, request, url_for
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager
from werkzeug.wrappers import Response

from app import services
from app.access import Rule, allow
from app.extensions import csrf, limiter
from app.insight.service_record import given_in
from app.journey import own_links
from app.journey.history import Actor
from app.links import Links, token_hash
from app.models import (
    ActorKind,
    Appointment,
    Assignment,
    Link,
    LinkKind,
    Mediator,
    MediatorStatus,
    Offer,
    Organisation,
    Pool,
    Thanks,
    languages,
)
from app.transaction import transaction
from app.web.form_token import form_token, is_valid
from app.web.mediator import own_cards
from app.web.mediator.blueprint import pages
from app.web.mediator.missing import missing_words
from app.web.mediator.opening import Opened, opened_own, way_back
from app.web.pages import error_page, locale
from app.web.when import When
from notifications import texts

MOST_THANKS_SHOWN: Final = 20
# its forms carry a token of their own; see form_token.py
FORM: Final = "own"


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
    mediator = rows.get_one(Mediator, link.mediator_id)
    offers = _offers(rows, link, mediator)
    asked, agreed = own_cards.questions(offers, when), own_cards.coming(offers, when)
    away_until = mediator.away_until(when.local(g.now).date())
    feed = rows.scalar(_links(link, LinkKind.FEED))
    return render_template(
        "mediator/own.html",
        name=mediator.name,
        summary=own_cards.summary(asked, agreed, when),
        questions=asked,
        assignments=agreed,
        is_paused=mediator.status is MediatorStatus.PAUSED,
        away_until=when.short_day(away_until) if away_until else "",
        week=own_cards.week_of(mediator),
        made=given_in(rows, mediator, when.local(g.now).year, g.now),
        record_url=url_for("mediator.own_record", token=token),
        own_token=token,
        feed_url=links.url(feed) if feed else "",
        fitting_url=url_for("mediator.fitting_appointments", token=token),
        open_until=when.brief(link.expires_at) if link.expires_at else "",
        is_new=request.args.get("new") == "1",
        token=form_token(link.link_id, FORM),
        reset_url=url_for("mediator.reset_link", token=token),
        thanks=_thanks(rows, link, when),
        missing=missing_words(mediator, pool, when),
        has_times=bool(mediator.availability),
        contact=pool.phone or pool.email,
        times_url=url_for("mediator.times", token=token),
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


def _offers(rows: Session, link: Opened, mediator: Mediator) -> list[tuple[Offer, str]]:
    """What is open or agreed, with the address of its page."""
    links: Links = services.links()
    urls = {one.offer_id: links.url(one) for one in rows.scalars(_links(link, LinkKind.OFFER))}
    return [(one, urls.get(one.id, "")) for one in own_cards.offers_ahead(rows, mediator, g.now)]


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
