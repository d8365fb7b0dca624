"""/appointments/new: a request on one short page."""

from collections.abc import Sequence
from typing import Final

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from app import access
from app.access import Principal, Rule, allow, aside
from app.errors import Invalid, NotFound
from app.insight import chances, sense_checks
from app.insight.sense_checks import Hint
from app.journey import requesting, requesting_series
from app.journey.request import Request
from app.models import Account, Appointment, Organisation, Pool, RequestTemplate, TranslationDevice
from app.registry import request_templates
from app.web import choices
from app.web.elsewhere import place_elsewhere
from app.web.inputs import language_options, spoken_languages
from app.web.once import FIELD, done, mark, once
from app.web.pages import error_page
from app.web.staff import chance_panel, wishes
from app.web.staff.blueprint import pages
from app.web.staff.chance_panel import LOOK, Panel
from app.web.staff.forms import RequestForm
from app.web.staff.oddities import SURE, mark_of, questions
from app.web.staff.repeating import as_in, like
from app.web.staff.series_preview import SEEN, mark_of_dates, preview, series_dates
from app.web.staff.templates import data_of_form, gone, visible_template
from app.web.when import When

Answer = Response | str | tuple[str, int]

# what the button says that only shows the dates of a series
DATES: Final = "dates"
# what the button says that keeps the fields as a template, and what a template has nothing to do with
TEMPLATE: Final = "template"
NOT_KEPT: Final = ("date", "time", "other_date", "other_time", "rhythm", "until", "count", "own_days", "left_out")


@pages.route("/appointments/new", methods=["GET", "POST"])
@allow(Rule.STAFF)
def new() -> Answer:
    """The form; sent, it becomes an appointment, or comes back with sentences at its fields.

    Its first button, which Enter presses, only computes the chance.
    """
    who = access.principal()
    rows = access.session()
    organisation = _organisation(rows, who)
    if organisation is None:
        return render_template("staff/organisation.html", organisations=_organisations(rows)), 200
    if not organisation.active:
        return error_page("error.organisation_inactive", 403, is_error_code=True)
    taken = request.form.get("take", "")
    typed = chance_panel.with_taken(request.form, taken) if request.form else _at_first(rows, who, organisation)
    form = _form(typed, organisation)
    if request.method == "GET" or taken or request.form.get("do") in {LOOK, DATES}:
        return _page(rows, form, typed, organisation, who), 200
    if request.form.get("do") == TEMPLATE:
        return _keep(rows, form, typed, organisation, who)
    return _sent(rows, form, typed, organisation, who)


def _sent(
    rows: Session, form: RequestForm, typed: MultiDict[str, str], organisation: Organisation, who: Principal
) -> Answer:
    if (made := done()) is not None:
        return _to_page_of(made)
    organisation_id = organisation.id
    valid = form.validate()
    elsewhere = place_elsewhere(rows, form)
    odd: list[Hint] = []
    if valid and not form.errors:
        try:
            odd = [] if form.is_series() else _oddities(rows, form, organisation, elsewhere)
            if not odd and (not form.is_series() or _are_dates_seen(rows, form, organisation, elsewhere)):
                return _ask(form, who, organisation_id, elsewhere)
        except Invalid as invalid:
            for problem in invalid.problems:
                form.show(problem)
        rows = access.session()
        organisation = rows.get_one(Organisation, organisation_id)
    return _page(rows, form, typed, organisation, who, odd), 422 if form.errors else 200


@pages.post("/appointments/chance")
@aside
@allow(Rule.STAFF)
def chance() -> str:
    """The panel beside the form, for what is typed just now.

    By POST, for what stands in the address of a page is logged.
    """
    rows = access.session()
    organisation = _organisation(rows, access.principal()) or abort(403)
    return render_template("staff/_chance.html", panel=_panel(rows, request.form, organisation))


def _oddities(
    rows: Session, form: RequestForm, organisation: Organisation, elsewhere: wishes.Elsewhere | None
) -> list[Hint]:
    """What is asked about before it is sent, unless just this has been answered. Raises Invalid."""
    pool = rows.get_one(Pool, access.principal().pool_id)
    wanted = wishes.whole(form, pool, organisation, None, wishes.place_of(form, organisation, elsewhere))
    requesting.refuse_wrong(rows, g.now, organisation, wanted)
    found = sense_checks.hints(rows, g.now, pool, organisation.id, wanted)
    return [] if {mark_of(one) for one in found} <= set(request.form.get(SURE, "").split(",")) else found


def _are_dates_seen(
    rows: Session, form: RequestForm, organisation: Organisation, elsewhere: wishes.Elsewhere | None
) -> bool:
    """Whether just these dates were shown before; nobody sends a series unseen. Raises Invalid."""
    pool = rows.get_one(Pool, access.principal().pool_id)
    dates = series_dates(form, pool, organisation, None, wishes.place_of(form, organisation, elsewhere))
    requesting_series.refuse_wrong(rows, g.now, organisation, dates, form.rule())
    return request.form.get(SEEN) == mark_of_dates(dates)


def _to_page_of(appointment_id: int) -> Response:
    """To the series it is one of, or to itself."""
    of = select(Appointment.series_id).where(Appointment.id == appointment_id)
    if (series_id := access.session().scalar(of)) is not None:
        return redirect(url_for("staff.series", series_id=series_id), 303)
    return redirect(url_for("staff.appointment", appointment_id=appointment_id), 303)


def _ask(form: RequestForm, who: Principal, organisation_id: int, elsewhere: wishes.Elsewhere | None) -> Response:
    def make(session: Session) -> int:
        organisation = session.get_one(Organisation, organisation_id)
        account = session.get(Account, who.actor.id)
        pool = session.get_one(Pool, who.pool_id)
        site = choices.chosen_site(organisation.sites, form.place.data)
        place = wishes.place_of(form, organisation, elsewhere)
        if form.is_series():
            dates, rule = series_dates(form, pool, organisation, account, place), form.rule()
            made = requesting_series.request_series(
                session, g.now, organisation, dates, rule, form.continuity(), who.actor, site=site
            )
            return session.execute(
                select(Appointment.id).where(Appointment.series_id == made.id).order_by(Appointment.id).limit(1)
            ).scalar_one()
        wanted = wishes.whole(form, pool, organisation, account, place)
        requesting.refuse_wrong(session, g.now, organisation, wanted)
        told = chances.chances(session, g.now, pool, organisation.id, wanted).counted
        return requesting.request(session, g.now, organisation, wanted, who.actor, site=site, expected=told).id

    appointment_id = once(make)
    flash(_("series.sent") if form.is_series() else _("staff.new.sent"), "success")
    if elsewhere is not None:
        flash(*elsewhere[1])
    return _to_page_of(appointment_id)


def _keep(
    rows: Session, form: RequestForm, typed: MultiDict[str, str], organisation: Organisation, who: Principal
) -> Answer:
    """Keep what is typed as a template, and show the form as it was; a day is not asked for."""
    organisation_id = organisation.id
    form.validate()
    for name in (*NOT_KEPT, *([] if form.topic.data else ["topic"])):
        form[name].errors = []
    if not form.errors:
        name, data = form.template_name.data or "", data_of_form(form, organisation)
        try:
            with access.change() as session:
                request_templates.save(session, g.now, organisation_id, name, data, who.actor)
            flash(_("templates.saved", name=name), "success")
        except Invalid as invalid:
            for problem in invalid.problems:
                form.show(problem)
        rows = access.session()
        organisation = rows.get_one(Organisation, organisation_id)
    return _page(rows, form, typed, organisation, who), 422 if form.errors else 200


def _form(typed: MultiDict[str, str], organisation: Organisation) -> RequestForm:
    # an empty form would read as one in which nothing is ticked
    form = RequestForm(typed or None)
    form.offer_languages()
    form.duration.choices = choices.duration_choices()
    form.place.choices = choices.place_choices(organisation.sites)
    form.topic.choices = choices.topic_choices()
    form.gender.choices = choices.gender_choices()
    form.rhythm.choices = choices.rhythm_choices()
    return form


def _at_first(rows: Session, who: Principal, organisation: Organisation) -> MultiDict[str, str]:
    """What stands in the form before anything is typed: the usual, a template, or what an earlier request said."""
    if (template := request.args.get("template", type=int)) is not None:
        return MultiDict(as_in(_template(rows, who, organisation, template), organisation))
    earlier = request.args.get("like", type=int)
    if earlier is None:
        return _usual(organisation)
    found = access.visible_appointment(rows, who, earlier)
    return MultiDict(like(found, organisation, When.of(rows.get_one(Pool, who.pool_id).timezone, g.now)))


def _template(rows: Session, who: Principal, organisation: Organisation, template_id: int) -> RequestTemplate:
    found = visible_template(rows, who, template_id)
    if found.organisation_id != organisation.id:
        raise NotFound("template_not_found")
    return found


def _gone(rows: Session, who: Principal, organisation: Organisation) -> list[str]:
    """What the chosen template names and is there no more."""
    chosen = request.args.get("template", type=int) if request.method == "GET" else None
    return [] if chosen is None else gone(_template(rows, who, organisation, chosen), organisation)


def _usual(organisation: Organisation) -> MultiDict[str, str]:
    """What stands in the form before anything is typed."""
    form = _form(MultiDict(), organisation)
    if organisation.sites:
        form.place.data = form.place.choices[0][0]
    return MultiDict({name: value for name, value in form.data.items() if value})


def _panel(rows: Session, typed: MultiDict[str, str], organisation: Organisation) -> Panel:
    pool = rows.get_one(Pool, access.principal().pool_id)
    form = _form(typed, organisation)

    def wanted(elsewhere: wishes.Elsewhere | None) -> Request:
        return wishes.needs(form, pool, wishes.place_of(form, organisation, elsewhere))

    return chance_panel.panel(rows, form, pool, organisation.id, wanted)


def _page(
    rows: Session,
    form: RequestForm,
    typed: MultiDict[str, str],
    organisation: Organisation,
    who: Principal,
    odd: Sequence[Hint] = (),
) -> str:
    pool, spoken = rows.get_one(Pool, who.pool_id), spoken_languages(rows)
    return render_template(
        "staff/new.html",
        form=form,
        panel=_panel(rows, typed, organisation),
        once=request.form.get(FIELD) or mark(),
        questions=questions(odd),
        preview=preview(rows, typed, organisation, pool, _form) if typed.get("rhythm") else None,
        organisation=organisation,
        templates=request_templates.of_organisation(rows, organisation.id),
        gone=_gone(rows, who, organisation),
        neighbours=bool(pool.agreements),
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
