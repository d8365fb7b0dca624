"""/settings/tokens: what programs show to the API."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import selectinload
from werkzeug.wrappers import Response
from wtforms import Form, RadioField, SelectField, StringField
from wtforms.widgets import NumberInput

from app import access, ids
from app.access import allow
from app.models import ApiToken, Role
from app.registry import accounts
from app.registry.accounts import LASTING_DAYS, MOST_DAYS, TokenData
from app.web.account.blueprint import RULE, Answer, kept, organisation_choices, own_when, pages, role_choices
from app.web.inputs import clean

SHOWN = 200


class TokenForm(Form):  # type: ignore[misc] # WTForms ships no types
    """What a program may do, and for how long."""

    name = StringField(_l("token.name"), filters=[clean], description=_l("token.name.hint"))
    role = RadioField(_l("account.role"), default=Role.COORDINATOR.value, validate_choice=False)
    organisation = SelectField(
        _l("account.organisation"), validate_choice=False, description=_l("token.organisation.hint")
    )
    days = StringField(
        _l("token.days"), default=str(LASTING_DAYS), filters=[clean], widget=NumberInput(min=1, max=MOST_DAYS),
    )  # fmt: skip

    def values(self) -> TokenData:
        """What was typed; days that cannot be read are none, which is refused."""
        organisation_id = ids.read(self.organisation.data or "")
        days = ids.read(self.days.data or "") or 0
        return TokenData(self.role.data or "", organisation_id, self.name.data or "", days)


@pages.get("/settings/tokens")
@allow(RULE)
def tokens() -> str:
    """The tokens of the pool, the newest first, and the form for another."""
    return _page(TokenForm())


@pages.post("/settings/tokens")
@allow(RULE)
def add_token() -> Answer:
    """Make a token and show it, this once."""
    form, actor = TokenForm(request.form), access.principal().actor
    made = kept(form, lambda rows: accounts.create_token(rows, g.now, form.values(), actor)[1])
    if made is None:
        return _page(form), 422
    return _page(TokenForm(), made=made), 201


@pages.post("/settings/tokens/<row:token_id>/revoke")
@allow(RULE)
def revoke(token_id: int) -> Response:
    """Let a token open nothing any more."""
    with access.change() as session:
        accounts.revoke_token(session, g.now, token_id, access.principal().actor)
    flash(_("token.revoked"), "success")
    return redirect(url_for("account.tokens"), 303)


def _page(form: TokenForm, *, made: str = "") -> str:
    rows = access.session()
    form.role.choices = role_choices()
    form.organisation.choices = organisation_choices(rows)
    newest = select(ApiToken).options(selectinload(ApiToken.organisation)).order_by(ApiToken.id.desc()).limit(SHOWN)
    found = rows.scalars(newest).all()
    return render_template("account/tokens.html", form=form, made=made, tokens=found, day=own_when(rows).day)
