"""Why somebody does not fit, as one would say it of them: when they are free, how far they go, what they speak."""

from collections.abc import Callable
from typing import Final

from flask_babel import gettext as _

from app.insight.explanations import Candidate
from app.journey.timing.clearances import lacks
from app.models import Appointment, languages
from app.web.coordinator.clearance_words import lack_words
from app.web.coordinator.clock_times import free_hours
from app.web.pages import locale
from app.web.when import When

Words = Callable[[Candidate, Appointment, When], str]


def refusal_words(reason: str, one: Candidate, found: Appointment, when: When) -> str:
    """A reason in a few words; in general ones where nothing more is known of this person."""
    say = _PARTICULAR.get(reason)
    return (say(one, found, when) if say else "") or str(_(f"coordinator.refusal.{reason}"))


def _mode(_one: Candidate, found: Appointment, _when: When) -> str:
    return str(_(f"coordinator.refusal.mode.{found.mode}"))


def _gender(_one: Candidate, found: Appointment, _when: When) -> str:
    return str(_(f"coordinator.refusal.gender.{found.gender}")) if found.gender else ""


def _level(one: Candidate, found: Appointment, _when: When) -> str:
    wanted = (found.language, *found.accepted_languages)
    skill = next((skill for skill in one.mediator.skills if skill.language in wanted), None)
    if skill is None or found.min_level is None:
        return ""
    language = languages.name(skill.language, locale())
    return str(_("coordinator.refusal.level.which", language=language, level=skill.level, wanted=found.min_level))


def _too_far(one: Candidate, found: Appointment, _when: When) -> str:
    limits = (one.mediator.max_travel_minutes, found.pool.max_travel_minutes)
    known = [limit for limit in limits if limit is not None]
    if one.minutes is None or not known:
        return ""
    return str(_("coordinator.refusal.too_far.minutes", minutes=one.minutes, most=min(known)))


def _uncleared(one: Candidate, found: Appointment, when: When) -> str:
    lacking = lacks(one.mediator, found.pool, when.local(found.starts_at).date())
    return ", ".join(lack_words(lack, when) for lack in lacking)


def _unavailable(one: Candidate, found: Appointment, when: When) -> str:
    day = when.local(found.starts_at).date()
    if away := one.mediator.away_until(day):
        return str(_("coordinator.refusal.away", day=when.brief(away)))
    on = _(f"coordinator.on.{day.weekday()}")
    hours = free_hours(one.mediator.availability, day.weekday())
    return str(_("coordinator.refusal.free", on=on, hours=hours) if hours else _("coordinator.refusal.never", on=on))


_PARTICULAR: Final[dict[str, Words]] = {
    "mode": _mode,
    "gender": _gender,
    "level": _level,
    "too_far": _too_far,
    "uncleared": _uncleared,
    "unavailable": _unavailable,
}
