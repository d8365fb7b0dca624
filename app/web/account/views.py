"""/, /login, /logout."""

from urllib.parse import urlsplit

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_user, logout_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField

from app import access
from app.access import Principal, Rule, allow
from app.extensions import db, limiter
from app.models import Account, Pool
from app.transaction import transaction
from app.web.account.login import Login, authenticate

pages = Blueprint("account", __name__)


class LoginForm(FlaskForm):  # type: ignore[misc] # Flask-WTF ships no types
    """An address and a password."""

    email = EmailField(_l("login.email"), render_kw={"autocomplete": "username", "required": True})
    password = PasswordField(_l("login.password"), render_kw={"autocomplete": "current-password", "required": True})


@pages.get("/")
@allow(Rule.PUBLIC)
def home() -> Response | str:
    """The first page, by role; for guests, where to log in."""
    who: Principal | None = g.principal
    if who is None:
        demo = db.session.scalar(select(Pool.id).where(Pool.is_demo).limit(1)) is not None
        return render_template("account/start.html", demo=demo)
    return redirect(url_for("coordinator.board" if who.coordinates else "staff.mine"))


@pages.route("/login", methods=["GET", "POST"])
@allow(Rule.PUBLIC)
@limiter.limit("10 per minute; 50 per hour", methods=["POST"])
@limiter.limit(
    "5 per minute; 30 per hour", methods=["POST"], key_func=lambda: request.form.get("email", "").strip().lower()
)
def login() -> Response | str | tuple[str, int]:
    """Log in; wrong credentials are refused with the same sentence whatever is wrong with them."""
    form = LoginForm()
    if request.method == "POST" and form.validate():
        with transaction(None) as rows:
            account = authenticate(rows, form.email.data or "", form.password.data or "")
            if account is not None:
                account.last_login_at = g.now
                found = Login(account)
        if account is not None:
            target = _local(session.get("after_login"))
            # a new session for a new person: nothing of the one before is taken over
            session.clear()
            session.permanent = True
            login_user(found)
            return redirect(target or url_for("account.home"))
        form.form_errors.append(_("login.wrong"))
        return render_template("account/login.html", form=form), 401
    status = 400 if request.method == "POST" else 200
    return render_template("account/login.html", form=form), status


@pages.post("/logout")
@allow(Rule.PUBLIC)
def logout() -> Response:
    """Log out, on every device: a cookie that somebody copied ends with it."""
    who: Principal | None = g.principal
    if who is not None:
        with access.change() as rows:
            account = rows.get(Account, who.actor.id)
            if account is not None:
                account.session_version += 1
    logout_user()
    session.clear()
    return redirect(url_for("account.home"))


def _local(target: str | None) -> str | None:
    """The address, if it is a page of ours."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    parts = urlsplit(target)
    return None if parts.netloc or parts.scheme else target.rstrip("?")
