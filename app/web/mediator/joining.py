"""/join: whoever wants to become a mediator says so here. The answer tells nobody who is registered."""

import secrets
from dataclasses import dataclass

from flask import g, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response

from app import rate_limits, services
from app.access import Rule, allow
from app.links import Links, token_hash
from app.models import MODES, Channel, Pool
from app.registry import applications
from app.registry.application_data import ApplicationData, check
from app.transaction import reading, transaction
from app.web.inputs import show
from app.web.mediator.blueprint import pages
from app.web.mediator.joining_form import JoinForm
from app.web.pages import locale
from notifications.phone import normalise

Answer = Response | tuple[str, int]


@dataclass(frozen=True)
class OpenPool:
    """A pool that takes registrations."""

    id: int
    key: str
    name: str


@pages.route("/join", methods=["GET", "POST"])
@allow(Rule.PUBLIC)
def join() -> Answer:
    """First which pool, where several take registrations (`?pool=`), then the form; sent, the page for the codes."""
    pools = open_pools()
    asked = request.args.get("pool", "")
    pool = next((one for one in pools if len(pools) == 1 or one.key == asked), None)
    if pool is None:
        return render_template("mediator/join_where.html", pools=pools), 200
    g.pool_name = pool.name
    form = JoinForm(request.form or None, data={"modes": list(MODES)})
    if request.method == "POST" and not request.form.get("more"):
        valid = form.validate()
        data = form.values(locale())
        problems = check(data)
        if valid and not problems:
            return redirect(url_for("mediator.joining", token=_apply(pool, data)), 303)
        form.offer_choices()
        show(form, problems, {})
        return form_page(form), 422
    form.offer_choices(more=bool(request.form.get("more")))
    return form_page(form), 200


def open_pools() -> list[OpenPool]:
    """The pools that take registrations, by name."""
    found = reading(None).execute(
        select(Pool.id, Pool.key, Pool.name).where(Pool.takes_applications).order_by(Pool.name)
    )
    return [OpenPool(*row) for row in found]


def form_page(form: JoinForm, token: str | None = None) -> str:
    """The form; `token` of the form where there is no session to keep one in."""
    once = request.form.get("once") or secrets.token_urlsafe(16)
    return render_template("mediator/join.html", form=form, once=once, form_token=token)


def refuse_many(pool_id: int) -> None:
    """Count against the address that asks, whoever is to be written to; raises 429."""
    asking = rate_limits.of_joining(pool_id)
    if wait := rate_limits.seconds_to_wait(asking):
        raise TooManyRequests(retry_after=wait)
    rate_limits.count_wrong(asking, "joining")


def spent(phone: str, email: str) -> set[Channel]:
    """Count a code to each; gives the ways by which enough were sent there. Nothing on the page tells of that."""
    found = set()
    for channel, address in ((Channel.SMS, normalise(phone)), (Channel.EMAIL, email.strip().lower())):
        budgets = rate_limits.of_codes_to(address)
        if rate_limits.seconds_to_wait(budgets):
            found.add(channel)
        rate_limits.count_wrong(budgets, "codes_to")
    return found


def _apply(pool: OpenPool, data: ApplicationData) -> str:
    """Keep the application, of a form that is sent twice the first; gives the token of its page."""
    refuse_many(pool.id)
    silent = spent(data.phone, data.email)
    links: Links = services.links()
    form_hash = token_hash(f"{pool.id}:{request.form['once']}") if request.form.get("once") else None

    def keep() -> str:
        with transaction(pool.id) as session:
            kept = applications.apply(session, g.now, links, data, form_hash=form_hash, silent=silent)
            return links.join_token(kept)

    try:
        return keep()
    except IntegrityError:
        # the other one was first; its constraint made us wait until it was done
        return keep()
