"""/appointments/new: a request on one short page."""

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import access
from app.access import Principal, Rule, allow
from app.errors import Invalid
from app.journey import requesting
from app.journey.request import Place, Request
from app.journey.timing.local_time import instant
from app.models import Account, Organisation, Pool, TranslationDevice
from app.web.inputs import language_options, spoken_languages
from app.web.located import Said
from app.web.pages import error_page
from app.web.staff import choices
from app.web.staff.blueprint import pages
from app.web.staff.elsewhere import place_elsewhere
from app.web.staff.forms import RequestForm

Answer = Response | str | tuple[str, int]


@pages.route("/appointments/new", methods=["GET", "POST"])
@allow(Rule.STAFF)
def new() -> Answer:
    """The form; sent, it becomes an appointment, or comes back with sentences at its fields."""
    who = access.principal()
    rows = access.session()
    organisation = _organisation(rows, who)
    if organisation is None:
        return render_template("staff/organisation.html", organisations=_organisations(rows)), 200
    if not organisation.active:
        return error_page("error.organisation_inactive", 403, is_error_code=True)
    organisation_id = organisation.id
    form = _form(organisation)
    status = 200
    if request.method == "POST":
        status = 422
        valid = form.validate()
        elsewhere = place_elsewhere(rows, form)
        if valid and not form.errors:
            try:
                return _ask(form, who, organisation_id, elsewhere)
            except Invalid as invalid:
                for problem in invalid.problems:
                    form.show(problem)
        rows = access.session()
        organisation = rows.get_one(Organisation, organisation_id)
    return _page(rows, form, organisation, who), status


def _ask(form: RequestForm, who: Principal, organisation_id: int, elsewhere: tuple[Place, Said] | None) -> Response:
    with access.change() as session:
        organisation = session.get_one(Organisation, organisation_id)
        account = session.get(Account, who.actor.id)
        pool = session.get_one(Pool, who.pool_id)
        site = choices.chosen_site(organisation.sites, form.place.data)
        place = elsewhere[0] if elsewhere else Place.of_site(site) if site else None
        wanted = _wanted(form, pool, organisation, account, place)
        appointment = requesting.request(session, g.now, organisation, wanted, who.actor, site=site)
        appointment_id = appointment.id
    flash(_("staff.new.sent"), "success")
    if elsewhere is not None:
        flash(*elsewhere[1])
    return redirect(url_for("staff.appointment", appointment_id=appointment_id), 303)


def _wanted(
    form: RequestForm, pool: Pool, organisation: Organisation, account: Account | None, place: Place | None
) -> Request:
    language, *others = form.spoken()
    later = tuple(filter(None, [form.second_language.data])) if form.fallback_language.data else ()
    return Request(
        language=language,
        starts_at=instant(form.day, form.clock, pool.timezone),
        duration_minutes=form.minutes,
        mode="on_site" if place else form.place.data,
        place=place,
        topic=form.topic.data,
        accepted_languages=tuple(one for one in others if one not in later),
        fallback_languages=later,
        fallbacks=form.permitted(),
        other_starts=form.other_starts(pool.timezone),
        gender=form.gender.data or None,
        mediators_needed=int(form.mediators_needed.data),
        urgent=form.urgent.data,
        reference=form.reference.data or "",
        note=form.note.data or "",
        contact_name=account.name if account else "",
        contact_email=account.email if account else organisation.email,
        contact_phone=organisation.phone,
    )


def _form(organisation: Organisation) -> RequestForm:
    # an empty form would read as one in which nothing is ticked
    form = RequestForm(request.form or None)
    form.offer_languages()
    form.duration.choices = choices.duration_choices()
    form.place.choices = choices.place_choices(organisation.sites)
    form.topic.choices = choices.topic_choices()
    form.gender.choices = choices.gender_choices()
    if request.method == "GET" and organisation.sites:
        form.place.data = form.place.choices[0][0]
    return form


def _page(rows: Session, form: RequestForm, organisation: Organisation, who: Principal) -> str:
    pool, spoken = rows.get_one(Pool, who.pool_id), spoken_languages(rows)
    return render_template(
        "staff/new.html",
        form=form,
        organisation=organisation,
        has_devices=rows.scalar(select(TranslationDevice.id).where(TranslationDevice.active).limit(1)) is not None,
        chosen_by_hand=who.coordinates,
        language_options=language_options(empty=_("staff.choose"), spoken=spoken, macros=True),
        second_options=language_options(empty=_("staff.none"), spoken=spoken),
        recent=choices.recent_languages(rows, organisation),
        phone=pool.phone,
    )


def _organisation(rows: Session, who: Principal) -> Organisation | None:
    """Whose request it is: staff ask for their own, coordinators say for whom."""
    if not who.coordinates:
        own = rows.get(Organisation, who.organisation_id) if who.organisation_id is not None else None
        return own or abort(403)
    wanted = request.form.get("organisation") or request.args.get("organisation", "")
    return next((one for one in _organisations(rows) if str(one.id) == wanted), None)


def _organisations(rows: Session) -> list[Organisation]:
    return list(rows.scalars(select(Organisation).where(Organisation.active).order_by(Organisation.name)))
