"""/, /login, /logout."""

from urllib.parse import urlsplit

import structlog
from flask import g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import login_user, logout_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField

from app import access, rate_limits, services
from app.access import Principal, Rule, allow
from app.extensions import db
from app.models import Account, Pool
from app.web import sessions
from app.web.account import devices
from app.web.account.blueprint import Answer, pages
from app.web.account.login import authenticate
from app.web.when import waiting

log = structlog.get_logger()


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
        demo = (
            services.config().is_local and db.session.scalar(select(Pool.id).where(Pool.is_demo).limit(1)) is not None
        )
        return render_template("account/start.html", demo=demo)
    return redirect(url_for("coordinator.board" if who.coordinates else "staff.mine"))


@pages.route("/login", methods=["GET", "POST"])
@allow(Rule.PUBLIC)
def login() -> Answer:
    """Log in; wrong credentials are refused with the same sentence whatever is wrong with them."""
    form = LoginForm()
    asked = request.method in access.SAFE_METHODS
    if asked or not form.validate():
        return render_template("account/login.html", form=form), 200 if asked else 400
    email = (form.email.data or "").strip().lower()
    budgets = rate_limits.of_password(email, devices.known(email))
    wait = rate_limits.seconds_to_wait(budgets)
    if wait:
        form.form_errors.append(_("login.wait", wait=waiting(wait)))
        return render_template("account/login.html", form=form), 429, {"Retry-After": str(wait)}
    found = authenticate(g.now, email, form.password.data or "")
    if found is None:
        rate_limits.count_wrong(budgets, "password")
        log.warning("login_refused", account=_masked(email), address=rate_limits.shortened())
        form.form_errors.append(_("login.wrong"))
        return render_template("account/login.html", form=form), 401
    target = _local(session.get("after_login"))
    sessions.begin(g.now)
    login_user(found)
    log.info("logged_in", account=found.principal.actor.id, pool=found.principal.pool_id)
    answer = redirect(target or url_for("account.home"))
    devices.remember(answer, email)
    return answer


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


def _masked(email: str) -> str:
    """Enough to recognise somebody by who knows them."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}…{at}{domain[:100]}"


def _local(target: str | None) -> str | None:
    """The address, if it is a page of ours."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    parts = urlsplit(target)
    return None if parts.netloc or parts.scheme else target.rstrip("?")
