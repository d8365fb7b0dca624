"""/appointments/templates: what is asked for again and again, kept under a name; and saving it from a request."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload
from werkzeug.wrappers import Response

from app import access
from app.access import Principal, Rule, allow
from app.errors import Invalid, NotFound
from app.models import Appointment, Organisation, RequestTemplate, Rung, languages
from app.models.topics import topics
from app.registry import request_templates
from app.registry.request_templates import TemplateData
from app.web import choices
from app.web.inputs import clean
from app.web.pages import locale, sentence
from app.web.staff.blueprint import ID, pages
from app.web.staff.forms import RequestForm
from app.web.staff.repeating import mode_of

RULE = Rule(request_templates.WRITTEN_BY)
ONE = "<row:template_id>"
Answer = Response | str | tuple[str, int]


@pages.get("/appointments/templates")
@allow(RULE)
def templates() -> str:
    """All of them, to be used, renamed and deleted."""
    return _page()


@pages.post(f"/appointments/templates/{ONE}")
@allow(RULE)
def rename_template(template_id: int) -> Answer:
    """Give one another name."""
    who, name = access.principal(), clean(request.form.get("template_name")) or ""
    try:
        with access.change() as session:
            visible_template(session, who, template_id)
            request_templates.rename(session, g.now, template_id, name, who.actor)
    except Invalid as invalid:
        return _page(template_id, name, _said(invalid)), 422
    flash(_("templates.renamed"), "success")
    return redirect(url_for("staff.templates"), 303)


@pages.post(f"/appointments/templates/{ONE}/delete")
@allow(RULE)
def delete_template(template_id: int) -> Response:
    """Keep one no longer."""
    who = access.principal()
    with access.change() as session:
        visible_template(session, who, template_id)
        request_templates.delete(session, g.now, template_id, who.actor)
    flash(_("templates.deleted"), "success")
    return redirect(url_for("staff.templates"), 303)


@pages.post(f"/appointments/{ID}/template")
@allow(RULE)
def save_template(appointment_id: int) -> Response:
    """Keep what an appointment was asked for with."""
    who, name = access.principal(), clean(request.form.get("template_name")) or ""
    try:
        with access.change() as session:
            found = access.visible_appointment(session, who, appointment_id)
            request_templates.save(session, g.now, found.organisation_id, name, data_of(found), who.actor)
    except Invalid as invalid:
        flash(f"{_('templates.field.name')}: {_said(invalid)}", "warning")
    else:
        flash(_("templates.saved", name=name), "success")
    return redirect(url_for("staff.appointment", appointment_id=appointment_id), 303)


def visible_template(session: Session, who: Principal, template_id: int) -> RequestTemplate:
    """One of the organisation's own, for coordinators one of the pool; raises NotFound for any other."""
    found = session.scalar(_visible(who).where(RequestTemplate.id == template_id))
    if found is None:
        raise NotFound("template_not_found")
    return found


def data_of(found: Appointment) -> TemplateData:
    """What was asked for, without its time."""
    mode = mode_of(found)
    at_site = found.site_id is not None
    own_place = mode == "on_site" and not at_site
    return TemplateData(
        language=found.language,
        duration_minutes=found.duration_minutes,
        mode=mode,
        topic=found.topic,
        accepted_languages=tuple(found.accepted_languages),
        fallback_languages=tuple(found.fallback_languages),
        site_id=found.site_id if mode == "on_site" else None,
        place_name=found.place_name if at_site or found.place_address else "",
        place_address=(found.place_address or found.place_name) if own_place else "",
        gender=found.gender,
        mediators_needed=found.mediators_needed,
        note=found.note,
        fallbacks=tuple(one for one in found.fallbacks if one != Rung.TIME),
    )


def data_of_form(form: RequestForm, organisation: Organisation) -> TemplateData:
    """What is typed, once the fields that are kept are valid."""
    language, *others = form.spoken()
    later = tuple(filter(None, [form.second_language.data])) if form.fallback_language.data else ()
    site = choices.chosen_site(organisation.sites, form.place.data)
    elsewhere = form.place.data == choices.ELSEWHERE
    return TemplateData(
        language=language,
        duration_minutes=form.minutes,
        mode="on_site" if site or elsewhere else form.place.data,
        topic=form.topic.data or "",
        accepted_languages=tuple(one for one in others if one not in later),
        fallback_languages=later,
        site_id=site.id if site else None,
        place_name=site.name if site else (form.elsewhere_name.data or "") if elsewhere else "",
        place_address=(form.elsewhere.data or "") if elsewhere else "",
        gender=form.gender.data or None,
        mediators_needed=int(form.mediators_needed.data),
        note=form.note.data or "",
        fallbacks=tuple(one for one in form.permitted() if one != Rung.TIME),
    )


def gone(found: RequestTemplate, organisation: Organisation) -> list[str]:
    """What a template names and is there no more, in sentences."""
    said = []
    known_site = any(one.id == found.site_id for one in organisation.sites)
    if found.mode == "on_site" and not found.place_address and not known_site:
        said.append(str(_("templates.gone.site", name=found.place_name)))
    if found.topic and found.topic not in topics():
        said.append(str(_("templates.gone.topic")))
    if languages.find(found.language) is None:
        said.append(str(_("templates.gone.language")))
    return said


def _visible(who: Principal) -> Select[RequestTemplate]:
    statement = select(RequestTemplate)
    if not who.coordinates:
        statement = statement.where(RequestTemplate.organisation_id == who.organisation_id)
    return statement


def _said(invalid: Invalid) -> str:
    return " ".join(sentence(one.code, dict(one.params)) for one in invalid.problems)


def _page(wrong: int | None = None, typed: str = "", error: str = "") -> str:
    who, rows = access.principal(), access.session()
    owned = _visible(who).join(Organisation, RequestTemplate.organisation_id == Organisation.id)
    found = rows.scalars(
        owned.options(joinedload(RequestTemplate.organisation).lazyload(Organisation.sites)).order_by(
            Organisation.name, RequestTemplate.name, RequestTemplate.id
        )
    ).all()
    shown = [
        {
            "id": one.id,
            "name": one.name,
            "typed": typed if one.id == wrong else one.name,
            "error": error if one.id == wrong else "",
            "organisation_id": one.organisation_id,
            "organisation": one.organisation.name if who.coordinates else "",
            "language": languages.name(one.language, locale()),
            "minutes": one.duration_minutes,
        }
        for one in found
    ]
    return render_template("staff/templates.html", templates=shown)
