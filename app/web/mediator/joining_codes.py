"""/join/<token>: an application's own page: an invitation to fill in, codes to enter, then what has become of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import links as app_links
from app import rate_limits, services
from app.access import Rule, allow
from app.errors import FieldProblem, Invalid
from app.extensions import csrf, limiter
from app.links import token_hash
from app.models import Application, ApplicationState, Channel, Pool
from app.registry import applications
from app.registry.application_data import check
from app.registry.application_letters import CODES_HELP
from app.transaction import reading, transaction
from app.web.form_token import form_token, is_valid
from app.web.inputs import clean, show
from app.web.mediator.blueprint import pages
from app.web.mediator.joining import form_page, refuse_many, spent
from app.web.mediator.joining_form import JoinForm, typed
from app.web.pages import error_page, locale, sentence
from app.web.when import When
from notifications.phone_words import readable

Answer = Response | tuple[str, int]
# its forms carry a token of their own; see form_token.py
FORM: Final = "join"
FIELDS: Final = {"phone": Channel.SMS, "email": Channel.EMAIL}


@dataclass(frozen=True)
class Opened:
    """What the link of an application opens, in plain values that outlive the session it was read in."""

    id: int
    pool_id: int
    state: ApplicationState

    def rows(self) -> Session:
        """A session bound to the pool that can only read."""
        return reading(self.pool_id)

    def row(self) -> Application:
        """The application as it is now."""
        return self.rows().get_one(Application, self.id)


@pages.get("/join/<token>")
@allow(Rule.LINK)
def joining(token: str) -> Answer:
    """What is to be done next, or what has become of it."""
    found = _opened(token)
    if found is None:
        return _way_back()
    if found.state is ApplicationState.INVITED:
        form = JoinForm(data=typed(found.row()))
        form.offer_choices()
        return form_page(form, form_token(found.id, FORM)), 200
    return _page(found, {}, {})


@pages.post("/join/<token>")
@limiter.limit("30 per minute", key_func=lambda: token_hash((request.view_args or {}).get("token", "")))
@allow(Rule.LINK)
def go_on_joining(token: str) -> Answer:
    """Take the form of an invitation, codes, or the wish for new ones, whichever the page has asked for."""
    found = _opened(token)
    if found is None:
        return _way_back()
    if not is_valid(found.id, request.form.get("csrf_token", ""), FORM):
        return error_page("error_page.400", 400)
    if found.state is ApplicationState.INVITED:
        return _take_up(found, token)
    if found.state is not ApplicationState.PENDING or "once" in request.form:
        # the page was left open, or its button pressed twice: what stands now is shown
        return redirect(url_for("mediator.joining", token=token), 303)
    return _send_again(found, token) if request.form.get("again") else _enter(found, token)


# that protection lives in a session; the form carries a token of its own instead, see form_token.py
csrf.exempt(go_on_joining)


def _opened(token: str) -> Opened | None:
    """The application, and the page dressed in its pool's name; None if the link opens nothing.

    Aborts with 429 where too many from the same address opened nothing.
    """
    row = app_links.find_application(reading(None), g.now, token)
    if row is None:
        rate_limits.wrong_token("join")
        return None
    found, g.locale = Opened(row.id, row.pool_id, row.state), row.locale
    g.pool_name = found.rows().get_one(Pool, found.pool_id).name
    return found


def _way_back() -> tuple[str, int]:
    return error_page("error_page.joining", 404, way=(url_for("mediator.join"), _("joining.title")))


def _take_up(found: Opened, token: str) -> Answer:
    form = JoinForm(request.form)
    if request.form.get("more"):
        form.offer_choices(more=True)
        return form_page(form, form_token(found.id, FORM)), 200
    valid = form.validate()
    data = form.values(locale())
    problems = check(data)
    if not valid or problems:
        form.offer_choices()
        show(form, problems, {})
        return form_page(form, form_token(found.id, FORM)), 422
    refuse_many(found.pool_id)
    silent = spent(data.phone, data.email)
    with transaction(found.pool_id) as session:
        applications.take_up(session, g.now, services.links(), found.id, data, silent=silent)
    return redirect(url_for("mediator.joining", token=token), 303)


def _enter(found: Opened, token: str) -> Answer:
    given = {channel: clean(request.form.get(f"{name}_code")) or "" for name, channel in FIELDS.items()}
    with transaction(found.pool_id) as session:
        wrong = applications.enter_codes(session, g.now, services.links(), found.id, given)
    if not any(given.values()):
        missing = applications.unconfirmed(found.row())
        return _page(found, {f"{name}_code": _("joining.code.missing") for name in _names(missing)}, {}, 422)
    if wrong:
        said = {f"{name}_code": _(f"joining.{wrong[channel]}") for name, channel in FIELDS.items() if channel in wrong}
        return _page(found, said, {}, 422)
    return redirect(url_for("mediator.joining", token=token), 303)


def _send_again(found: Opened, token: str) -> Answer:
    row = found.row()
    written = {name: clean(request.form.get(name)) or getattr(row, name) for name in FIELDS}
    try:
        applications.check_reach(**written)
    except Invalid as invalid:
        return _page(found, _sentences(invalid.problems), written, 422)
    if not applications.is_time_for_codes(row, g.now):
        return _page(found, {"again": _("joining.again.early")}, written, 409)
    refuse_many(found.pool_id)
    silent = spent(**written)
    with transaction(found.pool_id) as session:
        applications.send_codes_again(session, g.now, services.links(), found.id, silent=silent, **written)
    return redirect(url_for("mediator.joining", token=token, sent=1), 303)


def _sentences(problems: tuple[FieldProblem, ...]) -> dict[str, str]:
    return {one.field: sentence(one.code, dict(one.params)) for one in problems}


def _names(channels: list[Channel]) -> list[str]:
    return [name for name, channel in FIELDS.items() if channel in channels]


def _page(found: Opened, problems: Mapping[str, str], written: Mapping[str, str], status: int = 200) -> tuple[str, int]:
    row, pool = found.row(), found.rows().get_one(Pool, found.pool_id)
    when = When.of(pool.timezone, g.now)
    again = applications.codes_again_at(row)
    until = row.codes_at + CODES_HELP if row.codes_at else g.now
    page = render_template(
        "mediator/joining.html",
        state=row.state.value,
        wanted=_names(applications.unconfirmed(row)),
        phone=row.phone,
        email=row.email,
        written={"phone": readable(row.phone), "email": row.email} | dict(written),
        problems=problems,
        until=when.moment(until) if g.now < until else "",
        again=when.moment(again) if again and again > g.now else "",
        no_more=again is None,
        is_sent=request.args.get("sent") == "1",
        token=form_token(found.id, FORM),
        contact=pool.phone,
    )
    return page, status
