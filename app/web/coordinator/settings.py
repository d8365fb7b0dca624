"""/settings: the pool's own rules, and the list of its organisations."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import Form, SelectField, StringField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import EmailInput, NumberInput, TelInput

from app import access
from app.access import Rule, allow
from app.journey.seeking import request_plan
from app.models import LEVELS, Organisation, Pool
from app.web.coordinator.blueprint import own_pool, pages
from app.web.coordinator.candidates import level_word
from app.web.coordinator.fields import Between, Short, decimal, is_decimal, is_email, is_whole, listed, whole
from app.web.inputs import clean

# field -> least and most; the first three are counted in whole ones
RANGES = {
    "alternates_per_seat": (0, 5),
    "base_travel_minutes": (0, 60),
    "max_travel_minutes": (5, 240),
    "minutes_per_km": (0.5, 10),
}
WHOLE = ("alternates_per_seat", "base_travel_minutes", "max_travel_minutes")


def _number(name: str) -> StringField:
    least, most = RANGES[name]
    check = is_whole if name in WHOLE else is_decimal
    return StringField(
        _l(f"coordinator.settings.{name}"),
        [InputRequired(_l("coordinator.error.missing")), check, Between(least, most)],
        filters=[clean], description=_l(f"coordinator.settings.{name}.hint"),
        widget=NumberInput(min=least, max=most, step="1" if name in WHOLE else "any"),
    )  # fmt: skip


class SettingsForm(Form):  # type: ignore[misc] # WTForms ships no types
    """What an admin may set."""

    name = StringField(
        _l("coordinator.settings.name"), [InputRequired(_l("coordinator.error.missing")), Short(120)], filters=[clean]
    )
    email = StringField(
        _l("coordinator.settings.email"),
        [InputRequired(_l("coordinator.error.missing")), Short(254), is_email],
        filters=[clean], widget=EmailInput(),
    )  # fmt: skip
    phone = StringField(
        _l("coordinator.settings.phone"), [Optional(), Short(40)], filters=[clean], widget=TelInput(),
        description=_l("coordinator.settings.phone.hint"),
    )  # fmt: skip
    min_level = SelectField(
        _l("coordinator.settings.min_level"), [Optional(), listed], validate_choice=False,
        description=_l("coordinator.settings.min_level.hint"),
    )  # fmt: skip
    alternates_per_seat = _number("alternates_per_seat")
    base_travel_minutes = _number("base_travel_minutes")
    minutes_per_km = _number("minutes_per_km")
    max_travel_minutes = _number("max_travel_minutes")


@pages.route("/settings", methods=["GET", "POST"])
@allow(Rule.ADMIN)
def settings() -> Response | str | tuple[str, int]:
    """The form and the organisations."""
    rows = access.session()
    pool = own_pool(rows)
    form = SettingsForm(request.form or None, data=_typed(pool))
    form.min_level.choices = [("", _("coordinator.settings.any_level")), *((one, level_word(one)) for one in LEVELS)]
    status = 200
    if request.method == "POST":
        if form.validate():
            return _save(form)
        status = 422
    organisations = rows.scalars(select(Organisation).order_by(Organisation.name)).all()
    return render_template("coordinator/settings.html", form=form, organisations=organisations), status


def _typed(pool: Pool) -> dict[str, str]:
    return {
        **{name: f"{getattr(pool, name):g}" for name in RANGES},
        "name": pool.name,
        "email": pool.email,
        "phone": pool.phone,
        "min_level": pool.min_level or "",
    }


def _save(form: SettingsForm) -> Response:
    with access.change() as session:
        _fill(own_pool(session), form)
        request_plan(session, g.now, "settings", access.principal().pool_id)
    flash(_("coordinator.settings.saved"), "success")
    return redirect(url_for("coordinator.settings"), 303)


def _fill(pool: Pool, form: SettingsForm) -> None:
    pool.name, pool.email, pool.phone = form.name.data, form.email.data, form.phone.data or ""
    pool.min_level = form.min_level.data or None
    for name in WHOLE:
        setattr(pool, name, whole(form[name].data))
    pool.minutes_per_km = decimal(form.minutes_per_km.data) or pool.minutes_per_km
