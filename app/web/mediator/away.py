"""/m/<token>/away: days on which somebody is not there, and a pause until a day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import services
from app.access import Rule, allow
from app.errors import ChangedMeanwhile
from app.extensions import csrf, limiter
from app.journey.history import Actor
from app.links import token_hash
from app.models import ActorKind, Assignment, Mediator, MediatorStatus, Pool, languages
from app.registry import being_away
from app.registry.being_away import Days
from app.registry.mediator_data import data_of
from app.transaction import transaction
from app.versions import version_of
from app.web.form_token import form_token, is_valid
from app.web.inputs import clean, parse_day
from app.web.mediator.blueprint import pages
from app.web.mediator.opening import Opened, opened_own, way_back
from app.web.pages import locale
from app.web.when import When

FORM: Final = "away"
FARTHEST: Final = timedelta(days=2 * 365)
MOST: Final = 50
# pauses that one tap enters, in days
PAUSES: Final = {"week": 7, "month": 30}
# what can be said of something they have agreed to -> whether it is given back
CHOICES: Final = {"keep": False, "give_back": True}
Answer = Response | tuple[str, int]


@dataclass
class Typed:
    """What was typed, with what is wrong at its field; `until` is of the pause. The day today is the pool's."""

    first: str = ""
    last: str = ""
    until: str = ""
    is_pause: bool = False
    wrong: dict[str, str] = field(default_factory=dict)

    def days(self, today: date, kept: Sequence[Days]) -> Days | None:
        """The days meant; None where `wrong` says what cannot be taken."""
        begins_at, ends_at = ("until", "until") if self.is_pause else ("first", "last")
        first = today if self.is_pause else self._day("first")
        # a single day need not be typed twice
        last = self._day(ends_at) if self.is_pause or self.last else first
        if first is None or last is None:
            return None
        if first < today:
            self.wrong["first"] = _("away.error.past")
        if last < first:
            self.wrong[ends_at] = _("away.error.past") if self.is_pause else _("away.error.order")
        elif last > today + FARTHEST:
            self.wrong[ends_at] = _("away.error.far")
        elif any(one[0] <= first and last <= one[1] and one != (first, last) for one in kept):
            self.wrong.setdefault(begins_at, _("away.error.already"))
        elif len(kept) >= MOST and (first, last) not in kept:
            self.wrong.setdefault(begins_at, _("away.error.many"))
        return None if self.wrong else (first, last)

    def _day(self, name: str) -> date | None:
        try:
            return parse_day(getattr(self, name))
        except ValueError:
            self.wrong[name] = _("away.error.day")
            return None


@pages.get("/m/<token>/away")
@allow(Rule.LINK)
def away(token: str) -> Answer:
    """The days that are entered, and forms for more."""
    link = opened_own(token)
    return _page(link, token, Typed()) if link else way_back()


@pages.post("/m/<token>/away")
@limiter.limit("30 per minute", key_func=lambda: token_hash((request.view_args or {}).get("token", "")))
@allow(Rule.LINK)
def keep_away(token: str) -> Answer:
    """Enter or remove days; asks first where something is agreed then, 409 where others have changed them meanwhile."""
    link = opened_own(token)
    if link is None:
        return way_back()
    typed = _typed(_today(link))
    if not is_valid(link.link_id, request.form.get("csrf_token", ""), FORM):
        return _page(link, token, typed, problem=_("offer.problem.token"), status=400)
    removed = request.form.get("remove")
    try:
        return _remove(link, token, removed) if removed else _enter(link, token, typed)
    except ChangedMeanwhile:
        return _page(link, token, typed, problem=_("away.meanwhile"), status=409)


# that protection lives in a session; the form carries a token of its own instead, see form_token.py
csrf.exempt(keep_away)


def _enter(link: Opened, token: str, typed: Typed) -> Answer:
    days = typed.days(_today(link), _coming(link))
    if days is None:
        return _page(link, token, typed, status=422)
    said = {int(name[2:]): value for name, value in request.form.items() if _is_about(name) and value in CHOICES}
    with transaction(link.pool_id) as session:
        is_entered = being_away.enter(
            session, g.now, services.links(), link.mediator_id, days,
            {one: CHOICES[choice] for one, choice in said.items()}, _actor(link), seen=request.form.get("seen", ""),
        )  # fmt: skip
    if not is_entered:
        return _question(link, token, days, said)
    return redirect(url_for("mediator.away", token=token, kept=1), 303)


def _remove(link: Opened, token: str, removed: str) -> Answer:
    try:
        first, last = map(date.fromisoformat, removed.split("/"))
    except ValueError:
        return _page(link, token, Typed(), status=422)
    with transaction(link.pool_id) as session:
        being_away.take_out(
            session, g.now, services.links(), link.mediator_id, (first, last), _actor(link),
            seen=request.form.get("seen", ""),
        )  # fmt: skip
    return redirect(url_for("mediator.away", token=token, removed=1), 303)


def _typed(today: date) -> Typed:
    first, last, until = (clean(request.form.get(name)) or "" for name in ("first", "last", "until"))
    if days := PAUSES.get(pause := request.form.get("pause", "")):
        until = (today + timedelta(days=days)).isoformat()
    return Typed(first, last, until, bool(pause))


def _is_about(name: str) -> bool:
    number = name.removeprefix("a-")
    return name.startswith("a-") and number.isascii() and number.isdecimal() and len(number) < 19


def _actor(link: Opened) -> Actor:
    return Actor(ActorKind.MEDIATOR, link.mediator_id)


def _today(link: Opened) -> date:
    return _when(link).local(g.now).date()


def _when(link: Opened) -> When:
    return When.of(link.rows().get_one(Pool, link.pool_id).timezone, g.now)


def _kept(link: Opened) -> tuple[Days, ...]:
    return data_of(link.rows().get_one(Mediator, link.mediator_id)).absences


def _coming(link: Opened) -> list[Days]:
    today = _today(link)
    return [one for one in _kept(link) if one[1] >= today]


def _page(link: Opened, token: str, typed: Typed, *, problem: str = "", status: int = 200) -> tuple[str, int]:
    when, today = _when(link), _today(link)
    mediator = link.rows().get_one(Mediator, link.mediator_id)
    shown = render_template(
        "mediator/away.html",
        token=token,
        form_token=form_token(link.link_id, FORM),
        # what was shown when the form was opened; after a refusal, what is shown now
        seen=request.form.get("seen", "") if status not in {200, 409} else version_of((_kept(link),)),
        typed=typed,
        away=[(f"{one[0]}/{one[1]}", said_days(when, one)) for one in _coming(link)],
        today=today.isoformat(),
        farthest=(today + FARTHEST).isoformat(),
        pauses=tuple(PAUSES),
        problem=problem,
        done=next((one for one in ("kept", "removed") if request.args.get(one) == "1"), ""),
        is_paused=mediator.status is MediatorStatus.PAUSED,
        pool_phone=mediator.pool.phone,
    )
    return shown, status


def _question(link: Opened, token: str, days: Days, said: dict[int, str]) -> tuple[str, int]:
    """What shall become of what they have agreed to on these days; what was not answered is named."""
    rows, when = link.rows(), _when(link)
    agreed = being_away.agreed_within(rows, g.now, rows.get_one(Mediator, link.mediator_id), days)
    is_asked = request.form.get("asked") == "1"
    shown = render_template(
        "mediator/away_agreed.html",
        token=token,
        form_token=form_token(link.link_id, FORM),
        seen=request.form.get("seen", ""),
        days=days,
        said_days=said_days(when, days),
        agreed=[(one.id, _line(one, when), said.get(one.id, "")) for one in agreed],
        choices=tuple(CHOICES),
        is_asked=is_asked,
    )
    return shown, 422 if is_asked else 200


def _line(one: Assignment, when: When) -> tuple[str, str]:
    """When it is, and what and where."""
    appointment = one.appointment
    remote = appointment.mode != "on_site"
    where = _(f"offer.mode.{appointment.mode}") if remote else appointment.place_name
    words = (languages.name(one.language, locale()), where, appointment.organisation.name)
    # a place is often named as its organisation
    return when.span(one.starts_at, one.ends_at), ", ".join(dict.fromkeys(word for word in words if word))


def said_days(when: When, days: Days) -> str:
    """Mo., 21. Dez. bis So., 3. Jan.; a single day by itself."""
    first, last = (when.short_day(one) for one in days)
    return first if first == last else str(_("away.days", first=first, last=last))
