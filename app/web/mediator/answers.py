"""/o/<token>: one question, and its answer. Looking changes nothing; answers come by POST with the page's token."""

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import services
from app.access import Rule, allow
from app.errors import AlreadyTaken, Busy, NoLongerOpen
from app.extensions import csrf, limiter
from app.journey import answering, reconfirming
from app.journey.history import Actor
from app.links import token_hash
from app.models import ActorKind, LinkKind, Offer
from app.registry import never_then
from app.transaction import transaction
from app.web.form_token import form_token, is_valid
from app.web.mediator.blueprint import pages
from app.web.mediator.offer_page import offer_page
from app.web.mediator.opening import Opened, opened
from app.web.pages import error_page, sentence

ANSWERS = frozenset({"accept", "decline", "never_then", "undo", "hand_back", "reconfirm"})
Answer = Response | tuple[str, int]


@pages.get("/o/<token>")
@allow(Rule.LINK)
def offer(token: str) -> Answer:
    """The question with all details, or what became of it; 410 where there is nothing left to answer."""
    link = opened(token, LinkKind.OFFER)
    if link is None:
        return error_page("offer.unknown", 404)
    return _page(link)


@pages.post("/o/<token>")
@limiter.limit("30 per minute", key_func=lambda: token_hash((request.view_args or {}).get("token", "")))
@allow(Rule.LINK)
def answer(token: str) -> Answer:
    """Take an answer; 409 where it comes too late, 400 for a form that is not ours."""
    link = opened(token, LinkKind.OFFER)
    if link is None:
        return error_page("offer.unknown", 404)
    said = request.form.get("answer", "")
    if not is_valid(link.link_id, request.form.get("csrf_token", "")):
        return _page(link, problem=_("offer.problem.token"), status=400)
    if said not in ANSWERS:
        return _page(link, problem=_("offer.problem.answer"), status=400)
    try:
        _take(link, said)
    except AlreadyTaken:
        return _page(link, status=409)
    except (Busy, NoLongerOpen) as error:
        return _page(link, problem=sentence(error.code), status=409)
    never = 1 if said == "never_then" else None
    return redirect(url_for("mediator.offer", token=token, never=never), 303)


# that protection lives in a session; the form carries a token of its own instead, see form_token.py
csrf.exempt(answer)


def _take(link: Opened, said: str) -> None:
    links = services.links()
    actor = Actor(ActorKind.MEDIATOR, link.mediator_id)
    offer_id = link.offer_id or 0
    with transaction(link.pool_id) as session:
        if said == "accept":
            late = request.form.get("late") == "1"
            answering.accept(session, g.now, links, offer_id, actor, "link", late=late)
        elif said == "reconfirm":
            reconfirming.reconfirm(session, g.now, offer_id, actor)
        elif said == "never_then":
            never_then.decline(session, g.now, links, offer_id, actor, "link")
        elif said == "undo":
            never_then.undo(session, g.now, links, offer_id, actor)
        elif said == "hand_back":
            answering.hand_back(session, g.now, links, offer_id, actor)
        else:
            answering.decline(session, g.now, links, offer_id, actor, "link")


def _page(link: Opened, *, problem: str = "", status: int | None = None) -> tuple[str, int]:
    rows = link.rows()
    page = offer_page(rows, rows.get_one(Offer, link.offer_id), g.now, services.links())
    shown = render_template(
        "mediator/offer.html",
        page=page,
        problem=problem,
        token=form_token(link.link_id),
        is_only_declined=request.args.get("never") == "1" and page.is_outside,
    )
    return shown, status or (410 if page.state.is_gone else 200)
