"""A new request like an earlier one: what stands in the form, for another day."""

from datetime import timedelta

from app.models import Appointment, Organisation, Rung
from app.web.staff import choices
from app.web.when import When

WEEK = timedelta(weeks=1)


def like(found: Appointment, organisation: Organisation, when: When) -> dict[str, str]:
    """The fields of the form; the day is the next of the same weekday that is still to come."""
    starts = when.local(found.starts_at)
    weeks = max(1, -((starts.date() - when.local(when.now).date()) // WEEK))
    usual = found.duration_minutes in choices.DURATIONS
    second = next(iter((*found.fallback_languages, *found.accepted_languages)), "")
    fields = {
        "language": found.language,
        "second_language": second,
        "fallback_language": "y" if second in found.fallback_languages else "",
        "fallback_mode": "y" if Rung.MODE in found.fallbacks else "",
        "fallback_device": "y" if Rung.DEVICE in found.fallbacks else "",
        "date": f"{starts.date() + weeks * WEEK:%Y-%m-%d}",
        "time": f"{starts:%H:%M}",
        "duration": str(found.duration_minutes) if usual else choices.OTHER,
        "other_minutes": "" if usual else str(found.duration_minutes),
        "topic": found.topic,
        "without_holidays": "y",
        "same_person": "y",
        "gender": found.gender or "",
        "mediators_needed": str(found.mediators_needed),
        "reference": found.reference,
        "note": found.note,
        **_where(found, organisation),
    }
    return {name: value for name, value in fields.items() if value}


def _where(found: Appointment, organisation: Organisation) -> dict[str, str]:
    """As it was requested: on site, also where another way was tried later."""
    mode = next((one.mode_before for one in found.fallback_steps), found.mode)
    if mode != "on_site":
        return {"place": mode}
    if any(one.id == found.site_id for one in organisation.sites):
        return {"place": f"site:{found.site_id}"}
    name = found.place_name if found.place_address else ""
    return {"place": choices.ELSEWHERE, "elsewhere": found.place_address or found.place_name, "elsewhere_name": name}
