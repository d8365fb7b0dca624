"""/board/plan: a plan of the whole pool is wished for, watched, and its search ended."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import access
from app.access import Rule, allow, unattended
from app.errors import NotFound
from app.journey.locks import end_search, request_plan
from app.models import PlanRun
from app.web.coordinator.blueprint import own_when, pages
from app.web.coordinator.plan_words import plan_strip

ONE = "/board/plan/<row:run_id>"


@pages.post("/board/plan")
@allow(Rule.COORDINATOR)
def plan_anew() -> Response:
    """Wish for a plan; one that is waiting already serves as well."""
    with access.change() as session:
        run = request_plan(session, g.now, "coordinator", access.principal().pool_id).id
    return redirect(url_for("coordinator.board", plan=run), 303)


@pages.get(ONE)
@unattended
@allow(Rule.COORDINATOR)
def plan_state(run_id: int) -> str | tuple[str, int]:
    """How far it is; 204 while the page says it still, as `seen` tells."""
    rows = access.session()
    run = rows.get(PlanRun, run_id)
    if run is None:
        raise NotFound("plan_not_found")
    strip = plan_strip(rows, run, own_when(rows))
    if request.args.get("seen") == strip.version:
        return "", 204
    return render_template("coordinator/_plan.html", plan=strip)


@pages.post(f"{ONE}/stop")
@allow(Rule.COORDINATOR)
def end_plan(run_id: int) -> Response:
    """Take the best plan so far."""
    with access.change() as session:
        runs = end_search(session, g.now, run_id)
    if runs:
        flash(_("coordinator.plan.ending"), "success")
    return redirect(url_for("coordinator.board", plan=run_id), 303)
