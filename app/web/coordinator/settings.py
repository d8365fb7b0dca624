"""/settings: the pool's own rules, and the list of its organisations."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from app import access
from app.access import Rule, allow
from app.journey.locks import request_plan
from app.models import Organisation
from app.web.coordinator.blueprint import own_pool, own_when, pages
from app.web.coordinator.settings_form import SettingsForm, typed


@pages.route("/settings", methods=["GET", "POST"])
@allow(Rule.ADMIN)
def settings() -> Response | str | tuple[str, int]:
    """The form and the organisations."""
    rows = access.session()
    pool = own_pool(rows)
    form = SettingsForm(request.form or None, data=None if request.form else typed(pool))
    form.offer_choices()
    status = 200
    if request.method == "POST":
        if form.validate():
            return _save(form)
        status = 422
    organisations = rows.scalars(select(Organisation).order_by(Organisation.name)).all()
    learned = own_when(rows).moment(pool.acceptance_at) if pool.acceptance_at else ""
    page = render_template("coordinator/settings.html", form=form, organisations=organisations, learned=learned)
    return page, status


def _save(form: SettingsForm) -> Response:
    with access.change() as session:
        form.fill(own_pool(session))
        request_plan(session, g.now, "settings", access.principal().pool_id)
    flash(_("coordinator.settings.saved"), "success")
    return redirect(url_for("coordinator.settings"), 303)
