"""/settings/accounts: who logs in."""

from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload
from werkzeug.wrappers import Response
from wtforms import Form, RadioField, SelectField, StringField
from wtforms.widgets import EmailInput

from app import access, doors, passwords
from app.access import allow
from app.errors import IllegalTransition, Invalid, NotFound
from app.models import Account, Role
from app.registry import accounts
from app.registry.accounts import AccountData
from app.web.account.blueprint import ID, RULE, Answer, kept, organisation_choices, own_when, pages, role_choices
from app.web.inputs import clean, read_id, show
from app.web.pages import sentence

PER_PAGE = 50


class AccountForm(Form):  # type: ignore[misc] # WTForms ships no types
    """Who they are and what they may do."""

    name = StringField(_l("account.name"), filters=[clean], render_kw={"autocomplete": "off"})
    email = StringField(_l("login.email"), filters=[clean], widget=EmailInput(), render_kw={"autocomplete": "off"})
    role = RadioField(_l("account.role"), default=Role.STAFF.value, validate_choice=False)
    organisation = SelectField(
        _l("account.organisation"), validate_choice=False, description=_l("account.organisation.hint")
    )

    def values(self) -> AccountData:
        """What was typed."""
        organisation = int(self.organisation.data) if self.organisation.data else None
        return AccountData(self.email.data or "", self.name.data or "", self.role.data or "", organisation)


class PasswordForm(Form):  # type: ignore[misc] # WTForms ships no types
    """A password for somebody else: to be read and passed on, so it is not hidden."""

    password = StringField(
        _l("account.new_password"), filters=[clean], description=_l("account.new_password.hint"),
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"},
    )  # fmt: skip


class NewAccountForm(AccountForm, PasswordForm):
    """Somebody new, with their first password."""


@pages.get("/settings/accounts")
@allow(RULE)
def accounts_list() -> str:
    """Everybody of the pool, by name."""
    rows, page = access.session(), asked_page()
    total = rows.scalar(select(func.count()).select_from(Account)) or 0
    page_count = max(1, -(-total // PER_PAGE))
    page = min(page, page_count)
    found = rows.scalars(
        select(Account)
        .options(selectinload(Account.organisation))
        .order_by(func.lower(Account.name), Account.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    return render_template(
        "account/accounts.html",
        accounts=found,
        moment=own_when(rows).moment,
        page=page,
        page_count=page_count,
        url_for_page=lambda number: url_for("account.accounts_list", page=number),
    )
