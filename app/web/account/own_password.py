"""/account/password: one's own account, and another password for it."""

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_user
from wtforms import Form, PasswordField

from app import access, passwords, rate_limits
from app.access import Rule, allow
from app.errors import Invalid
from app.models import Account
from app.registry import accounts
from app.web import sessions
from app.web.account.blueprint import Answer, pages
from app.web.account.login import Login
from app.web.inputs import show
from app.web.pages import sentence
from app.web.when import waiting


class OwnPasswordForm(Form):  # type: ignore[misc] # WTForms ships no types
    """The present password, and the next one twice, for it cannot be read while it is typed."""

    old = PasswordField(_l("account.old_password"), render_kw={"autocomplete": "current-password"})
    password = PasswordField(
        _l("account.next_password"), description=_l("account.password.hint"),
        render_kw={"autocomplete": "new-password"},
    )  # fmt: skip
    again = PasswordField(_l("account.password_again"), render_kw={"autocomplete": "new-password"})


@pages.route("/account/password", methods=["GET", "POST"])
@allow(Rule.STAFF)
def own_password() -> Answer:
    """Who one is here; and another password, which ends every session but this one."""
    form = OwnPasswordForm(request.form or None)
    if request.method == "GET":
        return _page(form)
    account = _own()
    email, known = account.email, account.password_hash
    access.session().rollback()
    budgets = rate_limits.of_own_password(access.principal().actor.id or 0)
    if wait := rate_limits.seconds_to_wait(budgets):
        form.old.errors = [_("login.wait", wait=waiting(wait))]
        return _page(form), 429, {"Retry-After": str(wait)}
    if not passwords.matches(known, form.old.data or ""):
        rate_limits.count_wrong(budgets, "own password")
        form.old.errors = [sentence("password_wrong")]
        return _page(form), 422
    if form.password.data != form.again.data:
        form.again.errors = [sentence("password_differs")]
        return _page(form), 422
    try:
        login = _replaced(email, known, form.password.data or "")
    except Invalid as error:
        show(form, error.problems, {})
        return _page(form), 422
    # the session goes on, as a new one: whoever copied its cookie holds an old one
    sessions.begin(g.now)
    login_user(login)
    flash(_("account.password_changed"), "success")
    return redirect(url_for("account.own_password"), 303)


def _replaced(email: str, known: str, password: str) -> Login:
    kept, actor = accounts.prepared(password, email), access.principal().actor
    with access.change() as session:
        account = accounts.set_password(session, g.now, actor.id or 0, kept, actor, instead_of=known)
        session.flush()
        return Login(account)


def _own() -> Account:
    return access.session().get_one(Account, access.principal().actor.id)


def _page(form: OwnPasswordForm) -> str:
    return render_template("account/password.html", form=form, account=_own())
