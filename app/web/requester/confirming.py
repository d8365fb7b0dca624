"""/request/confirm/<token>: what was left at a door becomes a request. Looking changes nothing; the button does."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import links, rate_limits, services
from app.access import Rule, allow
from app.errors import Invalid, NoLongerOpen
from app.extensions import csrf, limiter
from app.journey import requesting, requesting_at_door
from app.journey.wanted import wanted_of
from app.links import token_hash
from app.models import SEEKING, Appointment, AppointmentStatus, Pool, UnconfirmedRequest, languages
from app.models.topics import topic_name
from app.transaction import reading, transaction
from app.web.form_token import form_token, is_valid
from app.web.pages import error_page, locale, sentence
from app.web.requester.blueprint import pages
from app.web.when import When

FORM = "request_confirm"
Answer = Response | tuple[str, int]


@dataclass(frozen=True)
class Left:
    """What a link says, in plain values that outlive the session it was read in."""

    id: int
    pool_id: int

    def rows(self) -> Session:
        """A session bound to the pool that can only read."""
        return reading(self.pool_id)


@pages.get("/request/confirm/<token>")
@allow(Rule.LINK)
def confirmation(token: str) -> Answer:
    """What was left, and the button that makes it a request; what became of it once it was pressed."""
    left = _opened(token)
    return error_page("error_page.request_confirm", 404) if left is None else _page(left)


@pages.post("/request/confirm/<token>")
@limiter.limit("30 per minute", key_func=lambda: token_hash((request.view_args or {}).get("token", "")))
@allow(Rule.LINK)
def confirm(token: str) -> Answer:
    """Request it; pressed twice it is requested once. 409 where it is not possible any more, with the reasons."""
    left = _opened(token)
    if left is None:
        return error_page("error_page.request_confirm", 404)
    if not is_valid(left.id, request.form.get("csrf_token", ""), FORM):
        return _page(left, problems=[_("offer.problem.token")], status=400)
    try:
        with transaction(left.pool_id) as session:
            requesting_at_door.confirm(session, g.now, left.id)
    except (Invalid, NoLongerOpen):
        # the page says itself why it cannot be
        return _page(left, status=409)
    return redirect(url_for("requester.confirmation", token=token), 303)


# that protection lives in a session; the form carries a token of its own instead, see form_token.py
csrf.exempt(confirm)


def _opened(token: str) -> Left | None:
    """What was left, and the page dressed in its pool's name; None if the link opens nothing.

    Aborts with 429 where too many from the same address opened nothing.
    """
    found = links.find_unconfirmed(reading(None), token)
    if found is None:
        rate_limits.wrong_token("request_confirm")
        return None
    left = Left(found.id, found.pool_id)
    g.pool_name = left.rows().get_one(Pool, left.pool_id).name
    return left


def _page(left: Left, *, problems: Sequence[str] = (), status: int = 200) -> tuple[str, int]:
    rows = left.rows()
    found = rows.get(UnconfirmedRequest, left.id)
    if found is None:
        # forgotten since the link was looked up
        return error_page("error_page.request_confirm", 404)
    pool = rows.get_one(Pool, left.pool_id)
    confirmed, why = found.confirmed_at is not None, ""
    impossible: Sequence[str] = ()
    if not confirmed:
        try:
            requesting_at_door.refuse_void(g.now, found)
            impossible = _impossible(rows, found)
        except NoLongerOpen as error:
            why, status = sentence(error.code), 410
    page = render_template(
        "requester/confirm.html",
        confirmed=confirmed,
        why=why,
        problems=[*problems, *impossible],
        impossible=bool(impossible),
        became=_became(found.appointment) if confirmed else "",
        facts=_facts(found, pool),
        organisation=found.door.organisation.name,
        email=found.email,
        mend_url=_mend_url(found),
        token=form_token(left.id, FORM),
        pool_phone=pool.phone,
        pool_email=pool.email,
    )
    return page, status


def _became(made: Appointment | None) -> str:
    """What the page promises of it: a word of the catalogues."""
    if made is None or made.status is AppointmentStatus.CANCELLED:
        return "cancelled"
    return "open" if made.status in SEEKING and made.starts_at > g.now else "told"


def _mend_url(found: UnconfirmedRequest) -> str:
    """Back to the form with everything that was typed; empty where that leads nowhere."""
    if not (found.door.is_open and requesting_at_door.is_of_present_link(found)):
        return ""
    return f"{services.links().url(found.door)}?again={found.once}"


def _impossible(rows: Session, found: UnconfirmedRequest) -> Sequence[str]:
    """Why it cannot be requested as it was left, for the world went on meanwhile."""
    try:
        requesting.refuse_wrong(rows, g.now, found.door.organisation, requesting_at_door.wanted_of(found))
    except Invalid as invalid:
        return [sentence(one.code, dict(one.params)) for one in invalid.problems]
    return []


def _facts(found: UnconfirmedRequest, pool: Pool) -> list[tuple[str, str, str | None]]:
    made = found.appointment
    wanted = wanted_of(made) if made else requesting_at_door.wanted_of(found)
    when, ends = When.of(pool.timezone, g.now), requesting_at_door.ends_of(wanted)
    where = wanted.place.name if wanted.place else str(_(f"staff.mode.{wanted.mode}"))
    spoken = " / ".join(languages.name(one, locale()) for one in (wanted.language, *wanted.accepted_languages))
    facts: list[tuple[str, str, str | None]] = [
        (_("staff.fact.language"), spoken, None),
        (_("staff.fact.when"), when.span(wanted.starts_at, ends), None),
        (_("staff.fact.where"), where, wanted.place.address or None if wanted.place else None),
        (_("staff.field.topic"), topic_name(wanted.topic, locale()), None),
    ]
    if wanted.gender:
        facts.append((_("staff.field.gender"), _(f"staff.gender.{wanted.gender}"), None))
    if wanted.note:
        facts.append((_("staff.field.note"), wanted.note, None))
    who = ", ".join(filter(None, [wanted.contact_name, wanted.contact_phone]))
    return [*facts, (_("door.fact.who"), who, None)]
