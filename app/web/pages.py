"""What every page shares: who is asking, language, navigation, headers, errors."""

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from urllib.parse import urlencode

import structlog
from flask import Response, current_app, g, redirect, render_template, request, session, url_for
from flask_babel import format_date, format_decimal, get_locale
from flask_babel import gettext as _
from flask_login import current_user, logout_user
from werkzeug.exceptions import HTTPException, TooManyRequests
from werkzeug.wrappers import Response as BaseResponse

from app import access, rate_limits, services
from app.access import Principal, Rule
from app.catalogue import translations
from app.errors import Invalid, JourneyError, NotFound
from app.extensions import db
from app.models import Pool
from app.models.locales import LOCALES, MEDIATOR_LOCALES, RIGHT_TO_LEFT
from app.transaction import reading
from app.web import sessions
from app.web.when import waiting

log = structlog.get_logger()

CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


@dataclass(frozen=True)
class Entry:
    """A link in the navigation."""

    url: str
    label: str
    current: bool
    code: str = ""
    is_rtl: bool = False


def before_request() -> None:
    """Decide who is asking and whether they may; the API answers for itself."""
    g.now = services.services().clock()
    if request.endpoint == "static":
        return  # for everybody: nobody is looked up for a style sheet
    if request.blueprint in current_app.extensions.get("pool_own_access", ()):
        return
    access.enforce(_principal())
    if most := access.most_bytes(current_app, request.endpoint):
        # only now, when it is known that they may
        request.max_content_length = request.max_form_memory_size = most


def _principal() -> Principal | None:
    if request.endpoint is None or access.rule_of(current_app, request.endpoint, request.method) in {
        Rule.LINK,
        Rule.SIGNED,
    }:
        return None  # a link creates no session and looks at none
    if not current_user.is_authenticated:
        return None
    found: Principal = current_user.principal
    if sessions.is_over(g.now):
        # what a page fetches by itself leaves the cookie alone: its answer may come after the page's own, which keeps
        # there where the login leads back to
        if not sessions.asks_by_itself():
            logout_user()
            session.clear()
        return None
    sessions.go_on(g.now)
    return found


def choose_locale() -> str:
    """`?lang=`, then what was chosen before, then what the person's row says, then the browser."""
    who: Principal | None = g.get("principal")
    wishes = (request.args.get("lang"), request.cookies.get("locale"), g.get("locale"), who.locale if who else None)
    offered = _offered()
    for wish in wishes:
        if wish in offered:
            return str(wish)
    return request.accept_languages.best_match(offered, default="de") or "de"


def _offered() -> tuple[str, ...]:
    """The languages in which the present page is written."""
    return tuple(MEDIATOR_LOCALES) if request.blueprint == "mediator" else LOCALES


def locale() -> str:
    """The two letters of the present request's language."""
    return str(get_locale())[:2]


def add_context() -> dict[str, object]:
    """What layout.html needs."""
    who: Principal | None = g.get("principal")
    code = locale()
    return {
        "locale": code,
        "direction": "rtl" if code in RIGHT_TO_LEFT else "ltr",
        "pool_name": _pool_name(who),
        "navigation": _navigation(who),
        "footer_links": _footer(who),
        "languages": [_language(one, code) for one in _offered()],
        "current_account_name": who.name if who else None,
        "account_url": url_for("account.own_password"),
        "logout_url": url_for("account.logout"),
        "now": g.now,
        "home_url": url_for("account.home"),
        "manifest_url": g.get("manifest_url", ""),
    }


def _language(code: str, current: str) -> Entry:
    """The way to the same page in another language: two letters where there are two of them, else its own name."""
    label = MEDIATOR_LOCALES[code] if len(_offered()) > len(LOCALES) else code.upper()
    return Entry(_this_page_in(code), label, code == current, code, code in RIGHT_TO_LEFT)


def _pool_name(who: Principal | None) -> str:
    if g.get("pool_name"):
        return str(g.pool_name)
    if who is None:
        return str(_("layout.product"))
    pool = reading(who.pool_id).get(Pool, who.pool_id)
    return str(pool.name if pool else _("layout.product"))


def _this_page_in(code: str) -> str:
    """The present address with another `lang`; a query alone, so that nothing a visitor sends can name another host."""
    kept = [] if request.method not in access.SAFE_METHODS else list(request.args.items(multi=True))
    return "?" + urlencode([(name, value) for name, value in kept if name != "lang"] + [("lang", code)])


def _navigation(who: Principal | None) -> list[Entry]:
    if who is None:
        return []
    pages = ["staff.new", "staff.mine", "staff.gaps"]
    if who.coordinates:
        pages = [
            "coordinator.board",
            "staff.new",
            "coordinator.coverage",
            "coordinator.recruiting",
            "coordinator.mediators",
            "coordinator.messages",
            "coordinator.statistics",
            "coordinator.settings",
        ]
    return [_entry(page) for page in pages]


def _footer(who: Principal | None) -> list[Entry]:
    shown = services.config().shows_phones
    return [_entry("coordinator.phone")] if who is not None and who.coordinates and shown else []


def _entry(page: str) -> Entry:
    return Entry(url_for(page), str(_(f"nav.{page}")), request.endpoint == page)


def secure_headers(response: Response) -> Response:
    """The headers of every answer; pages behind a link or a login are never stored."""
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CSP)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    # the address of a link page opens it, so it is told to nobody; elsewhere our own forms are known by it over https
    behind_link = request.view_args is not None and "token" in request.view_args
    headers.setdefault("Referrer-Policy", "no-referrer" if behind_link else "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if services.config().secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static":
        headers.setdefault("Cache-Control", "no-store")
    if request.args.get("lang") in _offered():
        response.set_cookie(
            "locale", request.args["lang"], max_age=31_536_000, samesite="Lax", httponly=True,
            secure=services.config().secure,
        )  # fmt: skip
    return response


def _led_to_login() -> BaseResponse:
    if access.is_aside(current_app, request.endpoint):
        return Response(status=HTTPStatus.NO_CONTENT)
    if "HX-Request" in request.headers:
        # a part of a page that is still open: the page itself is what leads to the login, and back
        return Response(status=HTTPStatus.UNAUTHORIZED, headers={"HX-Refresh": "true"})
    # nor does it lead to a part of a page, which would stand there without the rest
    leads_back = request.method == "GET" and not sessions.asks_by_itself()
    session["after_login"] = request.full_path if leads_back else None
    return redirect(url_for("account.login"))


def show_http_error(error: HTTPException) -> BaseResponse | tuple[str, int]:
    """An error page with a sentence; somebody who is not logged in is led to the login."""
    code = error.code or 500
    if code == HTTPStatus.UNAUTHORIZED:
        return _led_to_login()
    if code < 400:
        return error.get_response()
    if isinstance(error, TooManyRequests):
        return _wait_page(rate_limits.retry_after(error))
    known: int | str = code if code in {400, 403, 404, 405, 413} else 500
    if code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and access.most_bytes(current_app, request.endpoint):
        known = "413_file"
    try:
        if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # what failed may have left a transaction in which nothing can be read any more
            db.session.rollback()
        page, status = error_page(f"error_page.{known}", code)
        # what else the answer must say, such as which methods are allowed
        return Response(page, status, [one for one in error.get_headers() if one[0] != "Content-Type"])
    except Exception:
        log.exception("error_page_failed", endpoint=request.endpoint)
        return _plain_error_page()


def _wait_page(seconds: int) -> BaseResponse:
    page, status = error_page("error_page.429", 429, params={"wait": waiting(seconds)})
    return Response(page, status, {"Retry-After": str(seconds)})


def show_journey_error(error: JourneyError) -> tuple[str, int]:
    """What went wrong on the journey, in a sentence, where a view has not shown it itself."""
    return error_page(f"error.{error.code}", status_of(error), params=dict(error.params), is_error_code=True)


def status_of(error: JourneyError) -> int:
    """The HTTP status of an error of the journey."""
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, Invalid):
        return 422
    return 409


def sentence(code: str, params: dict[str, object] | None = None) -> str:
    """The sentence for an error code, in the language of the request."""
    return str(_(f"error.{code}", **{name: _said(one) for name, one in (params or {}).items()}))


def _said(value: object) -> object:
    """A value as people write it."""
    if isinstance(value, float):
        return format_decimal(value)
    return format_date(value, "medium") if isinstance(value, date) else value


def _plain_error_page() -> tuple[str, int]:
    """The page for when even the page for errors fails: words alone, asking nobody and nothing."""
    code = request.accept_languages.best_match(LOCALES, default="de") or "de"
    page = current_app.jinja_env.get_template("errors/plain.html")
    return page.render(locale=code, say=translations(code).gettext), 500


def error_page(
    key: str,
    status: int,
    *,
    params: dict[str, object] | None = None,
    is_error_code: bool = False,
    way: tuple[str, str] | None = None,
) -> tuple[str, int]:
    """The page for an error: a title, a sentence, and a way on, by default to the first page.

    `way` is another address and what it is called.
    """
    title = _("error_page.title") if is_error_code else _(f"{key}.title")
    said = _(key if is_error_code else f"{key}.sentence", **(params or {}))
    url, label = way or (url_for("account.home"), _("error_page.home"))
    page = render_template("errors/error.html", title=title, sentence=said, action_url=url, action_label=label)
    return page, status
