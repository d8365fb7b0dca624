"""/appointments/<id>/edit: another time, another place, or the small print."""

from contextlib import suppress

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import access, services
from app.access import Principal, Rule, allow
from app.errors import ChangedMeanwhile, Invalid
from app.journey import by_hand
from app.journey.request import Place, RequestChanges
from app.journey.requesting import wanted_of
from app.journey.timing.local_time import instant
from app.models import Appointment, Pool, languages
from app.web.inputs import language_options, parse_clock, seen_now, spoken_languages
from app.web.located import Said
from app.web.pages import locale
from app.web.staff import choices
from app.web.staff.blueprint import ID, pages
from app.web.staff.elsewhere import place_elsewhere
from app.web.staff.forms import TimesForm
from app.web.staff.showing import can_change
from app.web.when import When


@pages.route(f"/appointments/{ID}/edit", methods=["GET", "POST"])
@allow(Rule.STAFF)
def edit(appointment_id: int) -> Response | str | tuple[str, int]:
    """The form with what is agreed now; what is sent is told to everybody concerned."""
    who = access.principal()
    rows = access.session()
    found = access.visible_appointment(rows, who, appointment_id)
    if not can_change(found):
        flash(_("staff.edit.too_late"), "warning")
        return redirect(url_for("staff.appointment", appointment_id=appointment_id), 303)
    form = _form(found, When.of(rows.get_one(Pool, who.pool_id).timezone, g.now))
    status = 200
    if request.method == "POST":
        status = 422
        valid = form.validate()
        elsewhere = place_elsewhere(rows, form)
        if valid and not form.errors:
            try:
                return _change(form, who, appointment_id, elsewhere)
            except Invalid as invalid:
                for problem in invalid.problems:
                    form.show(problem)
            except ChangedMeanwhile:
                status = 409
    rows = access.session()
    found = access.visible_appointment(rows, who, appointment_id)
    when = When.of(rows.get_one(Pool, who.pool_id).timezone, g.now)
    spoken = spoken_languages(rows)
    page = render_template(
        "staff/edit.html",
        form=form,
        appointment_id=appointment_id,
        seen=seen_now(wanted_of(found), status),
        now_is=_now_is(found, when) if status == 409 else None,
        language_options=language_options(empty=_("staff.choose"), spoken=spoken, macros=True),
        second_options=language_options(empty=_("staff.none"), spoken=spoken),
    )
    return page, status


def _change(form: TimesForm, who: Principal, appointment_id: int, elsewhere: tuple[Place, Said] | None) -> Response:
    with access.change() as session:
        found = access.visible_appointment(session, who, appointment_id)
        changes = _changes(session, form, found, who, elsewhere[0] if elsewhere else None)
        links = services.links()
        seen = request.form.get("seen")
        step = by_hand.change(session, g.now, links, appointment_id, changes, who.actor, seen=seen)
        if form.place.data != choices.AS_IS:
            found.site = choices.chosen_site(found.organisation.sites, form.place.data)
        taken = step.id if step else None
    if taken is None:
        flash(_("staff.edit.unchanged"), "success")
    if elsewhere is not None:
        flash(*elsewhere[1])
    return redirect(url_for("staff.appointment", appointment_id=appointment_id, step=taken), 303)


def _now_is(found: Appointment, when: When) -> str:
    """What somebody else has made of it: language, time and place."""
    where = found.place_name if found.mode == "on_site" else _(f"staff.mode.{found.mode}")
    parts = (languages.name(found.language, locale()), when.span(found.starts_at, found.ends_at), where, found.note)
    return " · ".join(part for part in parts if part)


def _changes(
    session: Session, form: TimesForm, found: Appointment, who: Principal, elsewhere: Place | None
) -> RequestChanges:
    # the page shows the first of those understood as well; programs may have given more
    language, *others = form.spoken()
    others += [code for code in found.accepted_languages[1:] if code not in {language, *others}]
    changes: RequestChanges = {
        "starts_at": instant(form.day, form.clock, session.get_one(Pool, who.pool_id).timezone),
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
        changes["mode"] = "on_site" if place else form.place.data
        changes["place"] = place
    return changes


def _suggested() -> dict[str, str]:
    """What a page that advises a change fills in, by the address; nothing is changed before it is sent."""
    offered = {"place": {"phone", "video"}, "duration": {str(one) for one in choices.DURATIONS}}
    found = {name: request.args.get(name, "") for name in offered}
    suggested = {name: value for name, value in found.items() if value in offered[name]}
    with suppress(ValueError):
        suggested["time"] = f"{parse_clock(request.args.get('time', '')):%H:%M}"
    return suggested


def _form(found: Appointment, when: When) -> TimesForm:
    present = wanted_of(found).place if found.mode == "on_site" else None
    # the same place twice would leave people wondering which one to take
    sites = [one for one in found.organisation.sites if present is None or Place.of_site(one) != present]
    starts = when.local(found.starts_at)
    usual = found.duration_minutes in choices.DURATIONS
    form = TimesForm(
        request.form,
        data={
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
        | _suggested(),
    )
    form.duration.choices = choices.duration_choices()
    form.place.choices = choices.place_choices(sites, present)
    form.offer_languages()
    return form
