"""/m/<token>/settings: how, how much and what for somebody would like to be asked, kept by themselves."""

from typing import Final

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import services
from app.access import Rule, allow
from app.errors import ChangedMeanwhile, Invalid
from app.extensions import csrf, limiter
from app.journey.history import Actor
from app.links import token_hash
from app.models import ActorKind, Mediator, Organisation, languages
from app.registry import mediators
from app.registry.mediator_data import MediatorData, data_of
from app.transaction import transaction
from app.versions import version_of
from app.web.form_token import form_token, is_valid
from app.web.inputs import show
from app.web.mediator.blueprint import pages
from app.web.mediator.opening import Opened, opened_own, way_back
from app.web.mediator.settings_form import NAMES, SettingsForm, values_of
from app.web.pages import locale

FORM: Final = "settings"
Answer = Response | tuple[str, int]


@pages.get("/m/<token>/settings")
@allow(Rule.LINK)
def settings(token: str) -> Answer:
    """What is known, to be changed."""
    link = opened_own(token)
    if link is None:
        return way_back()
    return _page(link, _form(link, SettingsForm(data=values_of(_known(link)))))


@pages.post("/m/<token>/settings")
@limiter.limit("30 per minute", key_func=lambda: token_hash((request.view_args or {}).get("token", "")))
@allow(Rule.LINK)
def keep_settings(token: str) -> Answer:
    """Keep what is said; 422 where something cannot be taken, 409 where somebody else has changed it meanwhile."""
    link = opened_own(token)
    if link is None:
        return way_back()
    form = _form(link, SettingsForm(request.form))
    if not is_valid(link.link_id, request.form.get("csrf_token", ""), FORM):
        return _page(link, form, problem=_("offer.problem.token"), status=400)
    if not form.validate():
        return _page(link, form, status=422)
    try:
        _keep(link, form)
    except ChangedMeanwhile:
        return _page(link, form, problem=_("mine.meanwhile"), status=409)
    except Invalid as error:
        is_theirs = all(one.field in form for one in error.problems)
        show(form, [one for one in error.problems if one.field in form], {})
        return _page(link, form, problem="" if is_theirs else _("mine.cannot"), status=422)
    return redirect(url_for("mediator.settings", token=token, kept=1), 303)


# that protection lives in a session; the form carries a token of its own instead, see form_token.py
csrf.exempt(keep_settings)


def _keep(link: Opened, form: SettingsForm) -> None:
    changes = form.changes(_known(link))
    actor = Actor(ActorKind.MEDIATOR, link.mediator_id)
    with transaction(link.pool_id) as session:
        mediators.change(
            session, g.now, services.links(), link.mediator_id, changes, actor, seen=request.form.get("seen", "")
        )


def _form(link: Opened, form: SettingsForm) -> SettingsForm:
    rows = link.rows()
    form.offer_choices(rows.get_one(Mediator, link.mediator_id).pool, _organisations(rows))
    return form


def _organisations(rows: Session) -> list[tuple[int, str]]:
    """Who may ask here; those that stand for a neighbouring pool do not ask by themselves."""
    asking = select(Organisation.id, Organisation.name).where(Organisation.neighbour_id.is_(None), Organisation.active)
    return [(one.id, one.name) for one in rows.execute(asking.order_by(Organisation.name))]


def _known(link: Opened) -> MediatorData:
    return data_of(link.rows().get_one(Mediator, link.mediator_id))


def _page(link: Opened, form: SettingsForm, *, problem: str = "", status: int = 200) -> tuple[str, int]:
    mediator = link.rows().get_one(Mediator, link.mediator_id)
    known, pool = data_of(mediator), mediator.pool
    shown = render_template(
        "mediator/settings.html",
        form=form,
        form_token=form_token(link.link_id, FORM),
        # what was shown when the form was opened; after a refusal, what is shown now
        seen=request.form.get("seen", "")
        if status not in {200, 409}
        else version_of(tuple(getattr(known, name) for name in NAMES)),
        mediator=mediator,
        spoken=", ".join(languages.name(one.language, locale()) for one in mediator.skills),
        usual_hours=[f"{one // 60}:{one % 60:02}" for one in (pool.text_from_minute, pool.text_until_minute)],
        is_unwanted_open=any((form.excluded_organisations.data, form.excluded_topics.data)),
        pool_phone=pool.phone,
        problem=problem,
        is_kept=request.args.get("kept") == "1" and request.method == "GET",
    )
    return shown, status
