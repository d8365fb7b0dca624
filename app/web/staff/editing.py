"""/appointments/<id>/edit: another time, another place, or the small print."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import access, services
from app.access import Principal, Rule, allow
from app.errors import ChangedMeanwhile, Invalid
from app.journey import by_hand
from app.journey.request import Place
from app.journey.wanted import wanted_of
from app.models import Appointment, Pool, languages
from app.web import choices
from app.web.elsewhere import place_elsewhere
from app.web.inputs import language_options, seen_now, spoken_languages
from app.web.located import Said
from app.web.pages import locale
from app.web.staff.blueprint import ID, pages
from app.web.staff.chance_panel import LOOK, with_taken
from app.web.staff.change_fields import changes, fields
from app.web.staff.changing_chance import panel_of_change
from app.web.staff.forms import TimesForm
from app.web.staff.showing import can_change
from app.web.when import When


@pages.route(f"/appointments/{ID}/edit", methods=["GET", "POST"])
@allow(Rule.STAFF)
def edit(appointment_id: int) -> Response | str | tuple[str, int]:
    """The form with what is agreed now; what is sent is told to everybody concerned.

    Its first button, which Enter presses, only says what the change would mean.
    """
    who = access.principal()
    rows = access.session()
    found = access.visible_appointment(rows, who, appointment_id)
    if not can_change(found):
        flash(_("staff.edit.too_late"), "warning")
        return redirect(url_for("staff.appointment", appointment_id=appointment_id), 303)
    taken = request.form.get("take", "")
    typed = with_taken(request.form, taken)
    form = fields(found, When.of(rows.get_one(Pool, who.pool_id).timezone, g.now), typed)
    status = 200
    if request.method == "POST" and not taken and request.form.get("do") != LOOK:
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
        chance_of=appointment_id,
        panel=panel_of_change(rows, found, typed),
        seen=seen_now(wanted_of(found), status),
        now_is=_now_is(found, when) if status == 409 else None,
        language_options=language_options(empty=_("staff.choose"), spoken=spoken, macros=True),
        second_options=language_options(empty=_("staff.none"), spoken=spoken),
    )
    return page, status


def _change(form: TimesForm, who: Principal, appointment_id: int, elsewhere: tuple[Place, Said] | None) -> Response:
    with access.change() as session:
        found = access.visible_appointment(session, who, appointment_id)
        pool = session.get_one(Pool, who.pool_id)
        made = changes(form, found, pool, elsewhere[0] if elsewhere else None)
        links = services.links()
        seen = request.form.get("seen")
        step = by_hand.change(session, g.now, links, appointment_id, made, who.actor, seen=seen)
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
