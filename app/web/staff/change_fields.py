"""The form of a change: what stands in it at first, and what comes of what is typed."""

from contextlib import suppress

from flask import request
from werkzeug.datastructures import MultiDict

from app.journey.request import Place, RequestChanges
from app.journey.timing.local_time import instant
from app.journey.wanted import wanted_of
from app.models import Appointment, Pool
from app.web import choices
from app.web.inputs import parse_clock
from app.web.staff.forms import TimesForm
from app.web.when import When


def changes(form: TimesForm, found: Appointment, pool: Pool, elsewhere: Place | None) -> RequestChanges:
    """What a valid form makes of an appointment. Raises Invalid for an hour that the day lacks or has twice."""
    # the page shows the first of those understood as well; programs may have given more
    language, *others = form.spoken()
    others += [code for code in found.accepted_languages[1:] if code not in {language, *others}]
    made: RequestChanges = {
        "starts_at": instant(form.day, form.clock, pool.timezone),
        "duration_minutes": form.minutes,
        "mediators_needed": int(form.mediators_needed.data),
        "language": language,
        "accepted_languages": tuple(others),
        "reference": form.reference.data or "",
        "note": form.note.data or "",
    }
    if form.place.data != choices.AS_IS:
        site = choices.chosen_site(found.organisation.sites, form.place.data)
        place = elsewhere or (Place.of_site(site) if site else None)
        made["mode"] = "on_site" if place else form.place.data
        made["place"] = place
    return made


def _suggested() -> dict[str, str]:
    """What a page that advises a change fills in, by the address; nothing is changed before it is sent."""
    offered = {"place": {"phone", "video"}, "duration": {str(one) for one in choices.DURATIONS}}
    found = {name: request.args.get(name, "") for name in offered}
    suggested = {name: value for name, value in found.items() if value in offered[name]}
    with suppress(ValueError):
        suggested["time"] = f"{parse_clock(request.args.get('time', '')):%H:%M}"
    return suggested


def fields(found: Appointment, when: When, typed: MultiDict[str, str]) -> TimesForm:
    """The form: what is typed, or, before anything is, how it is and what a page advises."""
    present = wanted_of(found).place if found.mode == "on_site" else None
    # the same place twice would leave people wondering which one to take
    sites = [one for one in found.organisation.sites if present is None or Place.of_site(one) != present]
    starts = when.local(found.starts_at)
    usual = found.duration_minutes in choices.DURATIONS
    form = TimesForm(
        typed
        or MultiDict(
            {
                "date": f"{starts:%Y-%m-%d}",
                "time": f"{starts:%H:%M}",
                "duration": str(found.duration_minutes) if usual else choices.OTHER,
                "other_minutes": "" if usual else str(found.duration_minutes),
                "place": choices.AS_IS if present else found.mode,
                "mediators_needed": str(found.mediators_needed),
                "language": found.language,
                "second_language": next(iter(found.accepted_languages), ""),
                "reference": found.reference,
                "note": found.note,
            }
            | _suggested()
        )
    )
    form.duration.choices = choices.duration_choices()
    form.place.choices = choices.place_choices(sites, present)
    form.offer_languages()
    return form
