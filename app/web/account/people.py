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

from app import access, ids, passwords, rate_limits
from app.access import allow
from app.errors import IllegalTransition, Invalid, NotFound
from app.models import Account, Role
from app.registry import accounts
from app.registry.accounts import AccountData
from app.web.account.blueprint import NAMES, RULE, Answer, kept, organisation_choices, own_when, pages, role_choices
from app.web.asked import asked_page
from app.web.inputs import clean, show
from app.web.pages import sentence

PER_PAGE = 50
ONE = "/settings/accounts/<row:account_id>"


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
        organisation_id = ids.read(self.organisation.data or "")
        return AccountData(self.email.data or "", self.name.data or "", self.role.data or "", organisation_id)


class NewAccountForm(AccountForm):
    """Somebody new, with a first password: to be read and passed on, so it is not hidden."""

    password = StringField(
        _l("account.first_password"), filters=[clean], description=_l("account.first_password.hint"),
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"},
    )  # fmt: skip


class PasswordForm(Form):  # type: ignore[misc] # WTForms ships no types
    """Another password for somebody else."""

    password = StringField(
        _l("account.password"), filters=[clean], description=_l("account.first_password.hint"),
        render_kw={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"},
    )  # fmt: skip


@pages.get("/settings/accounts")
@allow(RULE)
def accounts_list() -> str:
    """Everybody of the pool, by name."""
    rows = access.session()
    page_count = max(1, -(-(rows.scalar(select(func.count()).select_from(Account)) or 0) // PER_PAGE))
    page = min(asked_page(), page_count)
    by_name = select(Account).options(selectinload(Account.organisation)).order_by(func.lower(Account.name), Account.id)
    return render_template(
        "account/accounts.html",
        accounts=rows.scalars(by_name.limit(PER_PAGE).offset((page - 1) * PER_PAGE)).all(),
        moment=own_when(rows).moment,
        page=page,
        page_count=page_count,
        url_for_page=lambda number: url_for("account.accounts_list", page=number),
    )


@pages.route("/settings/accounts/new", methods=["GET", "POST"])
@allow(RULE)
def new_account() -> Answer:
    """Add somebody; the password is suggested, and passed on by whoever adds them."""
    form = NewAccountForm(request.form or None)
    if request.method == "GET":
        form.password.data = passwords.suggestion()
        return _new_page(form)
    data, actor = form.values(), access.principal().actor
    problems = accounts.check(access.session(), data)
    # all that is wrong is said at once
    show(form, problems, NAMES)
    password = _prepared(form, data.email)
    if (
        password is not None
        and not problems
        and kept(form, lambda rows: accounts.create(rows, g.now, data, password, actor))
    ):
        flash(_("account.added", name=data.name), "success")
        return redirect(url_for("account.accounts_list"), 303)
    return _new_page(form), 422


@pages.route(ONE, methods=["GET", "POST"])
@allow(RULE)
def account(account_id: int) -> Answer:
    """Edit somebody."""
    found = _account(access.session(), account_id)
    form = AccountForm(request.form or None, data=_typed(found))
    if request.method == "GET":
        return _page(account_id, form)
    data, actor = form.values(), access.principal().actor
    if kept(form, lambda rows: accounts.change(rows, g.now, account_id, data, actor)):
        flash(_("account.saved"), "success")
        return redirect(url_for("account.accounts_list"), 303)
    return _page(account_id, form), 422


@pages.post(f"{ONE}/password")
@allow(RULE)
def set_password(account_id: int) -> Answer:
    """Give somebody another password; it ends their sessions and wipes out what others guessed."""
    email = _account(access.session(), account_id).email
    form, actor = PasswordForm(request.form), access.principal().actor
    password = _prepared(form, email)
    if password is None:
        return _page(account_id, None, form), 422
    with access.change() as session:
        accounts.set_password(session, g.now, account_id, password, actor, spent=rate_limits.of_account(email))
    flash(_("account.password_set"), "success")
    return redirect(url_for("account.account", account_id=account_id), 303)


@pages.post(f"{ONE}/disable")
@allow(RULE)
def disable(account_id: int) -> Response:
    """Keep somebody out."""
    return _switched(account_id, accounts.disable, "account.disabled")


@pages.post(f"{ONE}/enable")
@allow(RULE)
def enable(account_id: int) -> Response:
    """Let somebody in again."""
    return _switched(account_id, accounts.enable, "account.enabled")


def _switched(account_id: int, step: Any, said: str) -> Response:
    try:
        with access.change() as session:
            name = step(session, g.now, account_id, access.principal().actor).name
    except IllegalTransition as error:
        flash(sentence(error.code), "error")
    else:
        flash(_(said, name=name), "success")
    return redirect(url_for("account.account", account_id=account_id), 303)


def _prepared(form: NewAccountForm | PasswordForm, email: str) -> passwords.PasswordHash | None:
    """What is kept of the password in the form, hashed with no transaction open; None with a sentence at its field."""
    access.session().rollback()
    try:
        return accounts.prepared(form.password.data or "", email)
    except Invalid as error:
        show(form, error.problems, {})
        return None


def _new_page(form: NewAccountForm) -> str:
    _offer(access.session(), form)
    return render_template("account/account.html", form=form, found=None)


def _page(account_id: int, form: AccountForm | None, password_form: PasswordForm | None = None) -> str:
    rows = access.session()
    found = _account(rows, account_id)
    form = form or AccountForm(None, data=_typed(found))
    _offer(rows, form)
    if password_form is None:
        password_form = PasswordForm(None, data={"password": passwords.suggestion()})
    own = found.id == access.principal().actor.id
    return render_template("account/account.html", form=form, found=found, password_form=password_form, own=own)


def _offer(rows: Session, form: AccountForm) -> None:
    form.role.choices = role_choices()
    form.organisation.choices = organisation_choices(rows)


def _typed(found: Account) -> dict[str, str]:
    organisation = str(found.organisation_id or "")
    return {"name": found.name, "email": found.email, "role": found.role.value, "organisation": organisation}


def _account(rows: Session, account_id: int) -> Account:
    found = rows.scalar(select(Account).where(Account.id == account_id))
    if found is None:
        raise NotFound("account_not_found")
    return found
