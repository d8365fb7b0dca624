"""/settings: who requests, for coordinators; and the pool's own rules, for admins."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import access
from app.access import Rule, allow
from app.errors import ChangedMeanwhile, Invalid
from app.models import RUNGS, Organisation
from app.registry import organisations, pool_rules
from app.web.coordinator.blueprint import own_pool, own_when, pages
from app.web.coordinator.settings_form import NAMES, SettingsForm, typed
from app.web.inputs import seen_now, show


@pages.get("/settings")
@allow(Rule(organisations.WRITTEN_BY))
def settings() -> str:
    """The organisations, and the form with the rules as they stand."""
    form = SettingsForm(data=typed(own_pool(access.session())))
    return _page(form)


@pages.post("/settings")
@allow(Rule(pool_rules.WRITTEN_BY))
def change_settings() -> Response | tuple[str, int]:
    """Keep the rules, or show them with sentences at their fields."""
    form = SettingsForm(request.form)
    form.offer_choices()
    valid = form.validate()
    rules = form.rules(pool_rules.rules_of(own_pool(access.session())))
    problems = list(pool_rules.check(rules))
    if not valid or problems:
        show(form, problems, NAMES)
        return _page(form, 422), 422
    try:
        with access.change() as session:
            who, seen = access.principal(), request.form.get("seen")
            pool_rules.change(session, g.now, who.pool_id, rules, who.actor, seen=seen)
    except ChangedMeanwhile:
        return _page(form, 409), 409
    except Invalid as invalid:
        show(form, invalid.problems, NAMES)
        return _page(form, 422), 422
    flash(_("coordinator.settings.saved"), "success")
    return redirect(url_for("coordinator.settings"), 303)


def _page(form: SettingsForm, status: int = 200) -> str:
    rows = access.session()
    pool = own_pool(rows)
    form.offer_choices()
    return render_template(
        "coordinator/settings.html",
        form=form,
        rungs=RUNGS,
        seen=seen_now(pool_rules.rules_of(pool), status),
        stale=status == 409,
        sets_rules=access.principal().role in access.ROLES[Rule(pool_rules.WRITTEN_BY)],
        organisations=rows.scalars(
            select(Organisation).where(Organisation.neighbour_id.is_(None)).order_by(Organisation.name)
        ).all(),
        learned=own_when(rows).moment(pool.acceptance_at) if pool.acceptance_at else "",
    )
