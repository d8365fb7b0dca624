"""The chance while the form is filled in: what the panel beside it says, and what its buttons change."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode

from babel.lists import format_list
from flask import g
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app.errors import FieldProblem, Invalid
from app.insight import chances
from app.insight.chances import GOOD, Chances, Reason, Suggestion, Why, shown
from app.insight.staying import staying
from app.journey.request import Request, check
from app.models import Appointment, Assignment, Pool, languages
from app.web.elsewhere import place_elsewhere
from app.web.pages import locale, sentence
from app.web.staff.forms import TimesForm
from app.web.staff.wishes import Elsewhere
from app.web.when import When

# what a button of the form that sends nothing says
LOOK: Final = "chance"
# the fields that decide who could come, in their order on the page
DECIDING: Final = (
    "language", "member", "second_language", "date", "time", "duration", "other_minutes", "place", "elsewhere",
    "elsewhere_spot", "gender", "mediators_needed",
)  # fmt: skip
# what a suggestion may put in; whatever else a button claims to change is left as it is
TAKEN: Final = frozenset({"date", "time", "place", "second_language", "fallback_language", "gender"})
WORDS: Final = ((0.9, "very_good"), (0.75, "good"), (0.5, "fair"), (0.25, "rather_low"), (0.0, "very_low"))


@dataclass(frozen=True)
class Better:
    """A suggestion: per cent, what it is, what stays, and what its button puts into the form."""

    percent: int
    what: str
    beside: str
    takes: str


@dataclass(frozen=True)
class Panel:
    """What the panel says: either a chance, or what is missing. `said` is all of it in one sentence."""

    said: str
    as_of: str
    percent: int | None = None
    figure: str = ""
    eligible: str = ""
    word: str = ""
    why: str = ""
    good: bool = False
    better: tuple[Better, ...] = ()
    wrong: tuple[str, ...] = ()
    # what becomes of those who have accepted, where it is a change
    agreed: tuple[str, ...] = ()


def with_taken(typed: MultiDict[str, str], taken: str) -> MultiDict[str, str]:
    """What was typed, with what a suggestion changes."""
    found = typed.copy()
    for name, value in parse_qsl(taken, keep_blank_values=True):
        if name in TAKEN:
            found[name] = value
    return found


def panel(
    rows: Session,
    form: TimesForm,
    pool: Pool,
    organisation_id: int,
    asked: Callable[[Elsewhere | None], Request],
    known: Appointment | None = None,
) -> Panel:
    """What may be said of a form as it is just now; `form` is used up by it and not to be shown.

    `asked` is the request in it once it is valid, `known` the appointment that this would change.
    """
    when = When.of(pool.timezone, g.now)
    form.validate()
    elsewhere = place_elsewhere(rows, form)
    faults = [form[name] for name in DECIDING if name in form and form[name].errors]
    if faults:
        missing = [str(one.label.text) for one in faults if not one.data]
        return incomplete(missing, [one.errors[0] for one in faults if one.data], when)
    try:
        wanted = asked(elsewhere)
        problems = _problems(rows, wanted, known)
    except Invalid as invalid:
        problems = list(invalid.problems)
    if problems:
        return incomplete([], [sentence(one.code, dict(one.params)) for one in problems], when)
    stays = staying(rows, known, wanted) if known else []
    agreed = _agreed(known, stays) if known else ()
    if stays:
        return incomplete([], agreed, when)
    found = chances.chances(rows, g.now, pool, organisation_id, wanted, known=known)
    said = _of(found, wanted, when, form.second_language.data or "", frozenset(form.data))
    return replace(said, agreed=agreed, said=" ".join((*agreed, said.said)))


def _problems(rows: Session, wanted: Request, known: Appointment | None) -> list[FieldProblem]:
    taken = len(known.active_assignments) if known else 0
    found = check(rows, g.now, wanted, seats_taken=taken)
    # second choices are no part of the form of a change: one that has passed does not stand in its way
    return [one for one in found if known is None or one.field != "other_starts"]


def _agreed(known: Appointment, stays: Sequence[Assignment]) -> tuple[str, ...]:
    """What becomes of those who have accepted."""
    goes = [one for one in known.active_assignments if one not in stays]
    said = []
    if stays:
        names = format_list([one.mediator.name for one in stays], locale=get_locale())
        said.append(str(ngettext("chance.stays.one", "chance.stays.many", len(stays), names=names)))
    if goes:
        names = format_list([one.mediator.name for one in goes], locale=get_locale())
        said.append(str(ngettext("chance.goes.one", "chance.goes.many", len(goes), names=names)))
    return tuple(said)


def incomplete(missing: Iterable[str], wrong: Iterable[str], when: When) -> Panel:
    """The panel without a chance: which fields are missing, and sentences for what else there is to say."""
    listed = format_list(list(missing), locale=get_locale())
    said = [str(_("chance.missing", fields=listed))] if listed else []
    said += [str(one) for one in wrong]
    return Panel(" ".join(said), when.clock(when.now), wrong=tuple(said))


def _of(found: Chances, wanted: Request, when: When, second: str, names: Collection[str]) -> Panel:
    """The panel; a further language is suggested where its field is empty, or has it for later.

    `names` are the fields: what has none cannot be taken over.
    """
    percent = percent_of(found.chance)
    eligible = _eligible(found.eligible)
    word = _word(found)
    figure = str(_("chance.percent", percent=percent))
    suggestions = [
        one
        for one in found.suggestions
        if (not second or one.language in {None, second}) and ("gender" in names or "gender" not in one.changes)
    ]
    return Panel(
        said=" ".join((eligible, f"{word}, {figure}.")),
        as_of=when.clock(found.as_of),
        percent=percent,
        figure=figure,
        eligible=eligible,
        word=word,
        why=_why(found.why, wanted, when) if found.why else str(_("chance.why.good")),
        good=found.chance >= GOOD,
        better=tuple(_better(one, wanted, when) for one in suggestions),
    )


def percent_of(chance: float) -> int:
    """The figure that is shown, in steps of five."""
    return round(100 * shown(chance))


def _eligible(number: int) -> str:
    return str(ngettext("chance.eligible.one", "chance.eligible.many", number)) if number else str(_("chance.nobody"))


def _word(found: Chances) -> str:
    rank = next(word for least, word in WORDS if shown(found.chance) >= least)
    return str(_("chance.word.none" if not found.chance else f"chance.word.{rank}"))


def _why(why: Why, wanted: Request, when: When) -> str:
    names = [languages.name(one, locale()) for one in (wanted.language, *wanted.accepted_languages)]
    language = format_list(names, style="or", locale=get_locale())
    if why.reason is Reason.FEW:
        return str(ngettext("chance.why.few.one", "chance.why.few.many", why.speakers, language=language))
    return str(
        _(
            f"chance.why.{why.reason.value}",
            language=language,
            weekday=when.weekday(wanted.starts_at),
            time=when.short_clock(wanted.starts_at),
        )
    )


def _better(one: Suggestion, wanted: Request, when: When) -> Better:
    return Better(percent_of(one.chance), _what(one, when), _beside(one, wanted, when), urlencode(_takes(one, when)))


def _what(one: Suggestion, when: When) -> str:
    parts = {
        "time": lambda: when.start(one.starts_at),
        "mode": lambda: str(_(f"chance.by.{one.mode}")),
        "language": lambda: str(_("chance.in", language=languages.name(one.language or "", locale()))),
        "gender": lambda: str(_("chance.any_gender")),
    }
    return ", ".join(parts[name]() for name in one.changes)


def _beside(one: Suggestion, wanted: Request, when: When) -> str:
    """What helps to see how much it changes."""
    if "time" not in one.changes:
        return str(_("chance.if_understood" if "language" in one.changes else "chance.same_time"))
    first, other = (when.local(instant).date() for instant in (wanted.starts_at, one.starts_at))
    days = (other - first).days
    if days:
        return str(ngettext("chance.days_later.one", "chance.days_later.many", days))
    return str(_("chance.later" if one.starts_at > wanted.starts_at else "chance.earlier"))


def _takes(one: Suggestion, when: When) -> Mapping[str, str]:
    local: datetime = when.local(one.starts_at)
    fields = {
        "time": {"date": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}"},
        "mode": {"place": one.mode},
        # at once, and not only when nobody can come
        "language": {"second_language": one.language or "", "fallback_language": ""},
        "gender": {"gender": ""},
    }
    return {name: value for change in one.changes for name, value in fields[change].items()}
