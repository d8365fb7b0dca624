"""/phone: what would have left the house, as the volunteers' phones would show it; only in the demo's own house."""

import secrets
from collections.abc import Sequence

from flask import Response, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from app import services, tenancy
from app.access import Principal, Rule, allow, unattended
from app.extensions import limiter
from app.journey import replying
from app.journey.replying import Inbound
from app.journey.timing.contact_hours import Hours
from app.models import Mediator, Message, Pool
from app.transaction import reading, transaction
from app.web.asked import asked_id
from app.web.coordinator.blueprint import pages, version_of
from app.web.coordinator.clock_times import clock, until
from app.web.coordinator.phone_screens import mails, phones
from app.web.pages import locale

LONGEST_SMS = 1600


@pages.get("/phone")
@allow(Rule.PUBLIC)
def phone() -> str:
    """The phones and the mailbox."""
    return render_template("coordinator/phone.html", **_live())


@pages.get("/phone/rows")
@unattended
@allow(Rule.PUBLIC)
def phone_rows() -> str | tuple[str, int]:
    """The part that changes; 204 while it still says what the page has `seen`."""
    live = _live()
    if request.args.get("seen") == live["version"]:
        return "", 204
    return render_template("coordinator/_phone_live.html", **live)


@pages.post("/phone/reply")
@allow(Rule.PUBLIC)
@limiter.limit("60 per minute")
def reply() -> BaseResponse:
    """Take a text as if it had come by SMS from that mediator."""
    rows, pool_ids = _rows(), _visible_pools()
    with tenancy.across_pools(rows):
        person = rows.scalar(
            select(Mediator).where(Mediator.id == asked_id("mediator_id"), Mediator.pool_id.in_(pool_ids))
        )
        known = (person.pool_id, person.phone) if person else abort(404)
    text = request.form.get("text", "").strip()[:LONGEST_SMS]
    if text:
        pool_id, number = known
        sent = Inbound(f"local-{secrets.token_hex(12)}", number, text)
        # bound to the pool: the same number may belong to somebody of another pool, who is not shown here
        with transaction(pool_id) as session:
            replying.take(session, g.now, services.links(), sent)
        flash(_("coordinator.phone.taken"), "success")
    return redirect(url_for("coordinator.phone"), 303)


@pages.get("/phone/mail/<row:message_id>.ics")
@allow(Rule.PUBLIC)
def mail_calendar(message_id: int) -> Response:
    """The invite that hangs on an e-mail."""
    rows, pool_ids = _rows(), _visible_pools()
    with tenancy.across_pools(rows):
        found = rows.scalar(select(Message).where(Message.id == message_id, Message.pool_id.in_(pool_ids)))
        if found is None or found.calendar is None:
            abort(404)
        return Response(
            found.calendar,
            content_type=f"text/calendar; charset=utf-8; method={found.calendar_method or 'REQUEST'}",
            headers={"Content-Disposition": 'attachment; filename="invite.ics"'},
        )


def _rows() -> Session:
    # what stands on them opens every personal link: nobody may read that over a network
    if not services.config().shows_phones:
        abort(404)
    who: Principal | None = g.get("principal")
    return reading(who.pool_id if who else None)


def _visible_pools() -> list[int]:
    """The own pool of a coordinator, otherwise the demo pools; without any there is no such page."""
    who: Principal | None = g.get("principal")
    shown = Pool.id == who.pool_id if who is not None and who.coordinates else Pool.is_demo
    found = _rows().scalars(select(Pool.id).where(shown).order_by(Pool.id))
    return list(found) or abort(404)


def _live() -> dict[str, object]:
    rows, pool_ids = _rows(), _visible_pools()
    links = services.links()
    with tenancy.across_pools(rows):
        screens, letters = phones(rows, g.now, links, pool_ids), mails(rows, g.now, links, pool_ids)
    night = _night(rows, pool_ids)
    shown = night, [one.id for one in letters], [(one.id, [bubble.key for bubble in one.bubbles]) for one in screens]
    return {
        "phones": screens,
        "mails": letters,
        "version": f"{locale()}.{version_of(repr(shown))}",
        "night": night,
        "several_pools": len({one.pool for one in screens}) > 1,
    }


def _night(rows: Session, pool_ids: Sequence[int]) -> str:
    """Why texts leave although it is no hour for them; nothing while it is."""
    for pool in rows.scalars(select(Pool).where(Pool.id.in_(pool_ids)).order_by(Pool.id)):
        if Hours.of_pool(pool).next(g.now) != g.now:
            first, last = clock(pool.text_from_minute), until(pool.text_until_minute)
            return str(_("coordinator.phone.night", first=first, last=last))
    return ""
