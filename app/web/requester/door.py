"""/request/<token>: a request without an account. First the PIN of the organisation's door, then the form."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import Response, abort, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as BaseResponse

from app import links, passwords, rate_limits, services
from app.access import Rule, allow
from app.errors import Invalid, NoLongerOpen
from app.extensions import csrf, limiter
from app.journey import requesting_at_door
from app.links import token_hash
from app.models import Organisation, Pool, RequestDoor, UnconfirmedRequest
from app.passwords import PIN_DIGITS
from app.transaction import reading, transaction
from app.web import choices
from app.web.elsewhere import place_elsewhere
from app.web.form_token import form_token, is_valid
from app.web.inputs import language_options, spoken_languages
from app.web.once import FIELD, mark
from app.web.pages import error_page
from app.web.requester import door_pass
from app.web.requester.blueprint import pages
from app.web.requester.door_form import DoorForm, Elsewhere, door_form
from app.web.when import When, waiting

FORM: Final = "request_door"
# of a form, but nothing that somebody typed about their request
_ASIDE: Final = ("csrf_token", "pin", FIELD)
_NOT_A_DIGIT: Final = re.compile(r"[\s.\-]")
Answer = BaseResponse | tuple[str, int]


@dataclass(frozen=True)
class Door:
    """What a link says of its door, in plain values that outlive the session it was read in."""

    id: int
    pool_id: int
    organisation_id: int
    version: int
    pin_hash: str
    is_open: bool
    organisation: str
    pool_phone: str
    pool_email: str
    timezone: str

    def rows(self) -> Session:
        """A session bound to the pool that can only read."""
        return reading(self.pool_id)

    @property
    def is_passed(self) -> bool:
        """Whether this browser has said the PIN."""
        return door_pass.is_shown(self.id, self.version)


@pages.get("/request/<token>")
@allow(Rule.LINK)
def door(token: str) -> Answer:
    """The form for whoever has said the PIN, and the page that asks for it for everybody else."""
    found = _opened(token)
    if found is None:
        return error_page("error_page.door", 404)
    if not found.is_open:
        return _closed_page(found)
    left = _left(found, request.args.get("sent", ""))
    if left is not None and left.expires_at > g.now:
        return _sent_page(found, token, left)
    if not found.is_passed:
        return _pin_page(found)
    again = _left(found, request.args.get("again", ""))
    return _form_page(found, _form(found, MultiDict(again.typed) if again else None))


@pages.post("/request/<token>")
@limiter.limit("60 per minute", key_func=lambda: f"{_token_hash()} from {rate_limits.address()}")
@allow(Rule.LINK)
def enter(token: str) -> Answer:
    """The PIN, or the request; whatever is in the way, what was typed is still there afterwards."""
    found = _opened(token)
    if found is None:
        return error_page("error_page.door", 404)
    if not is_valid(found.id, request.form.get("csrf_token", ""), FORM):
        abort(400)
    if not found.is_open:
        return _closed_page(found)
    if "pin" in request.form:
        return _say_pin(found, token)
    if not found.is_passed:
        return _pin_page(found, status=403, why=_("door.pin.again"))
    return _leave(found, token)


# that protection lives in a session; the form carries a token of its own instead, see form_token.py
csrf.exempt(enter)


def _token_hash() -> str:
    return token_hash((request.view_args or {}).get("token", ""))


def _opened(token: str) -> Door | None:
    """The door, and the page dressed in its pool's name; None if there is none.

    Aborts with 429 where too many from the same address opened nothing.
    """
    found = links.find_door(reading(None), token)
    if found is None:
        rate_limits.wrong_token("request_door")
        return None
    number, pool_id = found.id, found.pool_id
    rows = reading(pool_id)
    row = rows.get_one(RequestDoor, number)
    pool = rows.get_one(Pool, pool_id)
    g.pool_name = pool.name
    return Door(
        number, pool_id, row.organisation_id, row.version, row.pin_hash, row.is_open, row.organisation.name,
        pool.phone, pool.email, pool.timezone,
    )  # fmt: skip


def _say_pin(found: Door, token: str) -> Answer:
    """Let them in; a spent budget refuses right and wrong alike, and says for how long."""
    pin = _NOT_A_DIGIT.sub("", request.form.get("pin", ""))
    if not (pin.isascii() and pin.isdecimal() and len(pin) == PIN_DIGITS):
        return _pin_page(found, status=422, problem=_("door.pin.digits", count=PIN_DIGITS))
    budgets = rate_limits.of_pin(found.id)
    if wait := rate_limits.seconds_to_wait(budgets):
        return _wait(found, wait)
    # no transaction is open meanwhile: it takes a while on purpose
    if not passwords.matches(found.pin_hash, pin):
        rate_limits.count_wrong(budgets, "request_door_pin")
        return _pin_page(found, status=403, problem=_("door.pin.wrong"))
    typed = _typed()
    if typed:
        page, status = _form_page(found, _form(found, typed), kept=True)
        response = make_response(page, status)
    else:
        response = make_response(redirect(_here(token), 303))
    door_pass.give(response, token, found.id, found.version)
    return response


def _wait(found: Door, seconds: int) -> Answer:
    page, status = _pin_page(found, status=429, problem=_("door.pin.wait", wait=waiting(seconds)))
    return Response(page, status, {"Retry-After": str(seconds)})


def _leave(found: Door, token: str) -> Answer:
    """Keep the request until its e-mail is confirmed, or show the form with a sentence at each field."""
    form = _form(found, _typed())
    rows = found.rows()
    valid = form.validate()
    elsewhere = place_elsewhere(rows, form)
    if not valid or form.errors:
        return _form_page(found, form, status=422)
    once = _once(found)
    is_new = _left(found, once) is None
    budgets = rate_limits.of_left_requests(found.id, form.contact_email.data)
    if is_new and (wait := rate_limits.seconds_to_wait(budgets)):
        form.contact_email.errors = [_("door.left.wait", wait=waiting(wait))]
        return _form_page(found, form, status=429)
    try:
        _keep(found, form, elsewhere, once)
    except Invalid as invalid:
        for problem in invalid.problems:
            form.show(problem)
        return _form_page(found, form, status=422)
    except NoLongerOpen:
        return _closed_page(found)
    if is_new:
        rate_limits.count_wrong(budgets, "request_left")
    return redirect(url_for("requester.door", token=token, sent=once), 303)


def _keep(found: Door, form: DoorForm, elsewhere: Elsewhere | None, once: str) -> None:
    with transaction(found.pool_id) as session:
        organisation = session.get_one(Organisation, found.organisation_id)
        requesting_at_door.leave(
            session,
            g.now,
            services.links(),
            found.id,
            form.wanted(session.get_one(Pool, found.pool_id), organisation, elsewhere),
            typed=form.typed(),
            once=once,
            site=choices.chosen_site(organisation.sites, form.place.data),
            instead_of=request.args.get("again", ""),
        )


def _once(found: Door) -> str:
    """What tells this form from every other, and the same words typed again from a second press."""
    typed = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    return hashlib.sha256(repr((found.id, typed)).encode()).hexdigest()


def _left(found: Door, once: str) -> UnconfirmedRequest | None:
    """What was left by that form, as long as it is known."""
    if not once:
        return None
    of_form = (UnconfirmedRequest.door_id == found.id, UnconfirmedRequest.once == once)
    return found.rows().scalar(select(UnconfirmedRequest).where(*of_form))


def _typed() -> MultiDict[str, str]:
    """What was typed about the request, in a form or carried along on the page that asked for the PIN."""
    return MultiDict([(name, one) for name, one in request.form.items(multi=True) if name not in _ASIDE])


def _here(token: str) -> str:
    """The same page, and what it was to show."""
    again = request.args.get("again", "")
    return url_for("requester.door", token=token, again=again or None)


def _form(found: Door, typed: MultiDict[str, str] | None) -> DoorForm:
    return door_form(typed, found.rows().get_one(Organisation, found.organisation_id))


def _pin_page(found: Door, *, status: int = 200, problem: str = "", why: str = "") -> tuple[str, int]:
    page = render_template(
        "requester/pin.html",
        door=found,
        problem=problem,
        why=why,
        carried=list(_typed().items(multi=True)),
        once=request.form.get(FIELD, ""),
        digits=PIN_DIGITS,
        token=form_token(found.id, FORM),
    )
    return page, status


def _form_page(found: Door, form: DoorForm, *, status: int = 200, kept: bool = False) -> tuple[str, int]:
    page = render_template(
        "requester/request.html",
        door=found,
        form=form,
        kept=kept,
        once=request.form.get(FIELD) or mark(),
        language_options=language_options(empty=_("staff.choose"), spoken=spoken_languages(found.rows()), macros=True),
        token=form_token(found.id, FORM),
    )
    return page, status


def _sent_page(found: Door, token: str, left: UnconfirmedRequest) -> tuple[str, int]:
    page = render_template(
        "requester/request_left.html",
        door=found,
        email=left.email,
        confirmed=left.confirmed_at is not None,
        until=When.of(found.timezone, g.now).moment(left.expires_at),
        mend_url=url_for("requester.door", token=token, again=left.once),
        another_url=url_for("requester.door", token=token),
    )
    return page, 200


def _closed_page(found: Door) -> tuple[str, int]:
    """It is closed; what somebody had typed already can still be read and copied."""
    typed: Sequence[tuple[str, str]] = ()
    if form_typed := _typed():
        form = _form(found, form_typed)
        typed = [(str(form[name].label.text), said) for name, said in form.typed().items()]
    return render_template("requester/door_closed.html", door=found, typed=typed), 410
