"""/m/<token>/times: when somebody usually has time, tapped in their own page."""

from dataclasses import dataclass, field
from typing import Final

from babel.dates import get_day_names
from flask import g, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import services
from app.access import Rule, allow
from app.errors import ChangedMeanwhile
from app.extensions import csrf, limiter
from app.journey.history import Actor
from app.links import token_hash
from app.models import ActorKind, Mediator
from app.registry import mediators
from app.registry.mediator_data import data_of
from app.registry.weekly_times import Span
from app.transaction import transaction
from app.versions import version_of
from app.web.form_token import form_token, is_valid
from app.web.inputs import clean, parse_clock
from app.web.mediator.away import said_days
from app.web.mediator.blueprint import pages
from app.web.mediator.opening import Opened, opened_own, way_back
from app.web.mediator.week import PRESETS, STRETCHES, Week, week_of
from app.web.when import When, hours

FORM: Final = "times"
DAY_END: Final = 24 * 60
Answer = Response | tuple[str, int]


@dataclass
class Typed:
    """What stands in the form: the week, and a time that is being added, with what is wrong with its fields."""

    week: Week
    day: str = ""
    starts: str = ""
    ends: str = ""
    wrong: dict[str, str] = field(default_factory=dict)

    def added(self) -> Span | None:
        """The time that is being added; None if none is, or `wrong` says what cannot be taken."""
        if not (self.day or self.starts or self.ends):
            return None
        if self.day not in {str(one) for one in range(7)}:
            self.wrong["day"] = _("times.error.day")
        first, last = self._minute("starts"), self._minute("ends") or DAY_END
        if not self.wrong and last <= first:
            self.wrong["ends"] = _("times.error.order")
        if not self.wrong and self._overlaps(new := (int(self.day), first, last)):
            self.wrong["starts"] = _("times.error.overlap")
        return None if self.wrong else new

    def _minute(self, name: str) -> int:
        text = getattr(self, name)
        try:
            found = parse_clock("00:00" if name == "ends" and text == "24:00" else text)
        except ValueError:
            self.wrong[name] = _("times.error.clock")
            return 0
        return found.hour * 60 + found.minute

    def _overlaps(self, new: Span) -> bool:
        return any(day == new[0] and starts < new[2] and new[1] < ends for day, starts, ends in self.week.spans())


@pages.get("/m/<token>/times")
@allow(Rule.LINK)
def times(token: str) -> Answer:
    """The week as it is kept."""
    link = opened_own(token)
    if link is None:
        return way_back()
    return _page(link, token, Typed(week_of(_kept(link))))


@pages.post("/m/<token>/times")
@limiter.limit("30 per minute", key_func=lambda: token_hash((request.view_args or {}).get("token", "")))
@allow(Rule.LINK)
def keep_times(token: str) -> Answer:
    """Keep the week, or fill in one of the ready-made ones; 409 where somebody else has changed it meanwhile."""
    link = opened_own(token)
    if link is None:
        return way_back()
    typed = _typed()
    if not is_valid(link.link_id, request.form.get("csrf_token", ""), FORM):
        return _page(link, token, typed, problem=_("offer.problem.token"), status=400)
    if filled := request.form.get("fill"):
        typed.week = _filled(typed.week, filled)
        return _page(link, token, typed, is_filled=True)
    new = typed.added()
    if typed.wrong:
        return _page(link, token, typed, status=422)
    week = typed.week._replace(exact=(*typed.week.exact, new)) if new else typed.week
    actor = Actor(ActorKind.MEDIATOR, link.mediator_id)
    try:
        with transaction(link.pool_id) as session:
            mediators.change(
                session, g.now, services.links(), link.mediator_id, {"availability": week.spans()}, actor,
                seen=request.form.get("seen", ""),
            )  # fmt: skip
    except ChangedMeanwhile:
        return _page(link, token, typed, problem=_("times.meanwhile"), status=409)
    return redirect(url_for("mediator.times", token=token, kept=1), 303)


# that protection lives in a session; the form carries a token of its own instead, see form_token.py
csrf.exempt(keep_times)


def _kept(link: Opened) -> tuple[Span, ...]:
    return data_of(link.rows().get_one(Mediator, link.mediator_id)).availability


def _typed() -> Typed:
    tapped = {(day, one) for day in range(7) for one in range(len(STRETCHES))}
    sent, kept = set(request.form.getlist("free")), request.form.getlist("exact")
    week = Week(frozenset(one for one in tapped if f"{one[0]}-{one[1]}" in sent), tuple(filter(None, map(_span, kept))))
    day, starts, ends = (clean(request.form.get(name)) or "" for name in ("day", "starts", "ends"))
    return Typed(week, day, starts, ends)


def _span(text: str) -> Span | None:
    parts = text.split("-")
    if len(parts) != 3 or not all(one.isascii() and one.isdecimal() and len(one) < 5 for one in parts):
        return None
    day, starts, ends = map(int, parts)
    return (day, starts, ends) if day < 7 and starts < ends <= DAY_END else None


def _filled(week: Week, name: str) -> Week:
    if name not in PRESETS:
        return Week(frozenset(), ())
    return week._replace(tapped=week.tapped | PRESETS[name])


def _page(
    link: Opened, token: str, typed: Typed, *, problem: str = "", status: int = 200, is_filled: bool = False
) -> tuple[str, int]:
    kept = _kept(link)
    mediator = link.rows().get_one(Mediator, link.mediator_id)
    when = When.of(mediator.pool.timezone, g.now)
    # what was shown when the form was opened; after a refusal, what is shown now
    seen = request.form.get("seen", "") if status not in {200, 409} or is_filled else version_of((kept,))
    names = get_day_names("abbreviated", locale=get_locale())
    page = render_template(
        "mediator/times.html",
        token=token,
        form_token=form_token(link.link_id, FORM),
        seen=seen,
        typed=typed,
        presets=tuple(PRESETS),
        days=[(day, names[day], get_day_names("wide", locale=get_locale())[day]) for day in range(7)],
        stretches=[hours(*one) for one in STRETCHES],
        exact=[
            (f"{day}-{starts}-{ends}", f"{names[day]} {hours(starts, ends)}") for day, starts, ends in typed.week.exact
        ],
        problem=problem,
        is_filled=is_filled,
        is_kept=request.args.get("kept") == "1" and request.method == "GET",
        has_none=not kept,
        away=[said_days(when, one) for one in data_of(mediator).absences if one[1] >= when.local(g.now).date()],
    )
    return page, status
