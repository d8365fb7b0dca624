"""/gaps/<id>: what the coordinators answer to a gap that was reported."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import Form, RadioField, TextAreaField

from app import access
from app.access import Rule, allow
from app.errors import Invalid, NotFound
from app.models import GapStatus, ReportedGap
from app.registry import reported_gaps
from app.web.coordinator.blueprint import own_when, pages
from app.web.inputs import clean, show


class AnswerForm(Form):  # type: ignore[misc] # WTForms ships no types
    """Where it stands, and a sentence about it."""

    status = RadioField(_l("gap.status"), validate_choice=False)
    answer = TextAreaField(_l("gap.answer"), filters=[clean], description=_l("gap.answer.hint"))


@pages.route("/gaps/<row:gap_id>", methods=["GET", "POST"])
@allow(Rule.COORDINATOR)
def gap(gap_id: int) -> Response | tuple[str, int]:
    """The report, and a form that answers it."""
    rows = access.session()
    found = rows.scalar(select(ReportedGap).where(ReportedGap.id == gap_id))
    if found is None:
        raise NotFound("gap_not_found")
    form = AnswerForm(request.form or None, data={"status": found.status.value, "answer": found.answer})
    form.status.choices = [(one.value, _(f"gap.status.{one.value}")) for one in GapStatus]
    status = 200
    if request.method == "POST":
        try:
            with access.change() as session:
                actor = access.principal().actor
                reported_gaps.answer(session, g.now, gap_id, form.status.data or "", form.answer.data or "", actor)
        except Invalid as invalid:
            show(form, invalid.problems, {})
            status = 422
        else:
            flash(_("gap.answered"), "success")
            return redirect(url_for("staff.gaps"), 303)
    rows = access.session()
    found = rows.get_one(ReportedGap, gap_id)
    page = render_template("coordinator/gap.html", form=form, found=found, day=own_when(rows).brief)
    return page, status
