"""A mediator's form in parts: what each says while it is folded, and which are open."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Final

from babel.dates import get_day_names
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from app.gazetteer.surroundings import Surroundings
from app.models import Absence, Availability, Mediator, Pool
from app.registry.mediator_data import DATES
from app.web.coordinator.candidates import skill_words
from app.web.coordinator.clearance_words import clearance_states
from app.web.coordinator.clock_times import clock, free_hours, until
from app.web.coordinator.mediator_form import MediatorForm
from app.web.located import distance
from app.web.when import NO_BREAK, UNBROKEN_DASH, When
from notifications.phone_words import readable

# part -> the fields that stand in it
PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "person": ("name", "status", "phone", "email", "gender", "locale"),
    "work": ("skills", "modes"),
    "times": ("availability", "absences"),
    "clearances": DATES,
    "home": ("home_address", "home_spot", "home_district", "home_lat", "home_lon", "max_travel_minutes"),
    "asking": ("text_from", "text_until", "text_weekends", "urgent_opt_in", "prefers_calls"),
    "limits": (
        "max_appointments_per_day", "max_minutes_per_day", "max_appointments_per_week", "max_minutes_per_week",
        "excluded_organisations", "excluded_topics",
    ),
}  # fmt: skip
# without these nobody can be asked, so whoever enters somebody sees them at once
FIRST: Final = frozenset({"person", "work", "times"})


def open_parts(form: MediatorForm, *, new: bool, more: str) -> set[str]:
    """What has to be looked at: where something is wrong, where a row was added, and what a new person needs."""
    wrong = {part for part, names in PARTS.items() if any(form[name].errors for name in names)}
    added = {part for part, names in PARTS.items() if more in names}
    return wrong | added | (set(FIRST) if new else set())


def states(one: Mediator, pool: Pool, when: When, around: Surroundings) -> dict[str, str]:
    """What each part says of a person as they are saved."""
    said = {
        "person": (readable(one.phone), str(_(f"coordinator.mediator_status.{one.status.value}"))),
        "work": (*map(skill_words, one.skills), *_modes(one)),
        "times": (week(one.availability) or str(_("coordinator.mediators.no_times")), *_absences(one.absences, when)),
        "clearances": clearance_states(one, pool, when),
        "home": (one.home_district, *_home(one, around)),
        "asking": _asking(one, pool),
        "limits": _limits(one),
    }
    return {part: ", ".join(word for word in words if word) for part, words in said.items()}


def _modes(one: Mediator) -> list[str]:
    return [str(_(f"coordinator.mode.{mode}")) for mode in one.modes]


def week(times: Sequence[Availability]) -> str:
    """Weekly free times in a line: days that are alike stand together, as in Mo.–Fr. 13:00–19:00."""
    spans = [free_hours(times, day) for day in range(7)]
    said, first = [], 0
    for hours, days in groupby(spans):
        last = first + len(list(days)) - 1
        if hours:
            said.append(f"{_days(first, last)}{NO_BREAK}{hours}")
        first = last + 1
    return "; ".join(said)


def _days(first: int, last: int) -> str:
    names = get_day_names("abbreviated", locale=get_locale())
    return names[first] if first == last else f"{names[first]}{UNBROKEN_DASH}{names[last]}"


def _absences(absences: Sequence[Absence], when: When) -> list[str]:
    today = when.local(when.now).date()
    coming = [one for one in absences if one.last_day >= today]
    return [
        str(_("coordinator.mediator.part.away", first=when.brief(one.first_day), last=when.brief(one.last_day)))
        for one in coming[:2]
    ]


def home_distance(one: Mediator, around: Surroundings) -> str:
    """How far somebody lives from the middle of the pool's town; nothing where nobody knows."""
    if one.home_lat is None or one.home_lon is None:
        return ""
    return distance(around, one.home_lat, one.home_lon)


def _home(one: Mediator, around: Surroundings) -> list[str]:
    known = home_distance(one, around) if one.home_lat is not None else str(_("coordinator.mediator.part.nowhere"))
    farthest = one.max_travel_minutes
    return [known, str(_("coordinator.mediator.part.farthest", minutes=farthest)) if farthest is not None else ""]


def _asking(one: Mediator, pool: Pool) -> list[str]:
    first = pool.text_from_minute if one.text_from_minute is None else one.text_from_minute
    last = pool.text_until_minute if one.text_until_minute is None else one.text_until_minute
    hours = f"{clock(first)}{UNBROKEN_DASH}{until(last)}"
    way = "calls" if one.prefers_calls else "texts"
    return [
        str(_(f"coordinator.mediator.part.{way}", hours=hours)),
        str(_("coordinator.mediator.part.urgent")) if one.urgent_opt_in else "",
    ]


def _limits(one: Mediator) -> list[str]:
    numbers = {
        "per_day": one.max_appointments_per_day,
        "minutes_per_day": one.max_minutes_per_day,
        "per_week": one.max_appointments_per_week,
        "minutes_per_week": one.max_minutes_per_week,
    }
    said = [_(f"coordinator.mediator.part.{name}", number=most) for name, most in numbers.items() if most is not None]
    if barred := len(one.exclusions) + len(one.excluded_topics):
        said.append(ngettext("coordinator.mediator.part.barred_one", "coordinator.mediator.part.barred_many", barred))
    return [str(word) for word in said] or [str(_("coordinator.mediator.part.no_limits"))]
