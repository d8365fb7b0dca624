"""/gaps: report what is missing and is no mediator, and see what became of it."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response
from wtforms import Form, SelectField, TextAreaField

from app import access
from app.access import Rule, allow
from app.errors import Invalid
from app.models import GapCategory, Pool
from app.registry import reported_gaps
from app.web.inputs import clean, show
from app.web.staff.blueprint import pages
from app.web.when import When

SHOWN = 100


class GapForm(Form):  # type: ignore[misc] # WTForms ships no types
    """What is missing, in words without names."""

    category = SelectField(_l("gap.category"), validate_choice=False)
    text = TextAreaField(_l("gap.text"), filters=[clean], description=_l("gap.text.hint"))


@pages.route("/gaps", methods=["GET", "POST"])
@allow(Rule.STAFF)
def gaps() -> Response | tuple[str, int]:
    """A form, and what one's organisation has reported; for coordinators, what everybody has."""
    who = access.principal()
    form = GapForm(request.form or None)
    form.category.choices = [(one.value, _(f"gap.category.{one.value}")) for one in GapCategory]
    status = 200
    if request.method == "POST":
        try:
            with access.change() as session:
                reported_gaps.report(
                    session, g.now, form.category.data or "", form.text.data or "", who.actor, who.organisation_id
                )
        except Invalid as invalid:
            show(form, invalid.problems, {})
            status = 422
        else:
            flash(_("gap.reported"), "success")
            return redirect(url_for("staff.gaps"), 303)
    rows = access.session()
    when = When.of(rows.get_one(Pool, who.pool_id).timezone, g.now)
    whose = None if who.coordinates else who.organisation_id
    page = render_template(
        "staff/gaps.html",
        form=form,
        # an account of no organisation sees what none has reported: nothing
        found=reported_gaps.reported(rows, whose, SHOWN) if who.coordinates or whose is not None else [],
        day=when.brief,
        answers=who.coordinates,
    )
    return page, status
