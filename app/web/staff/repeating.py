"""A new request like an earlier one, or as a template has it: what stands in the form."""

from datetime import timedelta

from app.models import Appointment, Organisation, RequestTemplate, Rung
from app.web import choices
from app.web.when import When

WEEK = timedelta(weeks=1)


def like(found: Appointment, organisation: Organisation, when: When) -> dict[str, str]:
    """The fields of the form; the day is the next of the same weekday that is still to come."""
    starts = when.local(found.starts_at)
    weeks = max(1, -((starts.date() - when.local(when.now).date()) // WEEK))
    when_and_what = {
        "date": f"{starts.date() + weeks * WEEK:%Y-%m-%d}",
        "time": f"{starts:%H:%M}",
        "reference": found.reference,
    }
    return _filled(when_and_what | _same(found) | _where(found, organisation))


def as_in(template: RequestTemplate, organisation: Organisation) -> dict[str, str]:
    """The fields of the form as a template has them; what of it is there no more is left empty."""
    return _filled(_same(template) | _place(template, organisation))


def mode_of(found: Appointment) -> str:
    """The way that was requested, also where another one was tried later."""
    return next((one.mode_before for one in found.fallback_steps if one.mode_before), found.mode)


def _filled(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _same(found: Appointment | RequestTemplate) -> dict[str, str]:
    """What is the same another time."""
    usual = found.duration_minutes in choices.DURATIONS
    second = next(iter((*found.fallback_languages, *found.accepted_languages)), "")
    return {
        "language": found.language,
        "second_language": second,
        "fallback_language": "y" if second in found.fallback_languages else "",
        "fallback_mode": "y" if Rung.MODE in found.fallbacks else "",
        "fallback_neighbour": "y" if Rung.NEIGHBOUR in found.fallbacks else "",
        "fallback_device": "y" if Rung.DEVICE in found.fallbacks else "",
        "duration": str(found.duration_minutes) if usual else choices.OTHER,
        "other_minutes": "" if usual else str(found.duration_minutes),
        "topic": found.topic,
        "without_holidays": "y",
        "same_person": "y",
        "gender": found.gender or "",
        "mediators_needed": str(found.mediators_needed),
        "note": found.note,
    }


def _where(found: Appointment, organisation: Organisation) -> dict[str, str]:
    """As it was requested: on site, also where another way was tried later."""
    mode = mode_of(found)
    if mode != "on_site":
        return {"place": mode}
    if any(one.id == found.site_id for one in organisation.sites):
        return {"place": f"site:{found.site_id}"}
    name = found.place_name if found.place_address else ""
    return {"place": choices.ELSEWHERE, "elsewhere": found.place_address or found.place_name, "elsewhere_name": name}


def _place(template: RequestTemplate, organisation: Organisation) -> dict[str, str]:
    if template.mode != "on_site":
        return {"place": template.mode}
    if template.place_address:
        place = {"elsewhere": template.place_address, "elsewhere_name": template.place_name}
        return {"place": choices.ELSEWHERE, **place}
    known = any(one.id == template.site_id for one in organisation.sites)
    return {"place": f"site:{template.site_id}"} if known else {}
