"""The pages, one folder per audience."""

from flask import Flask
from werkzeug.exceptions import HTTPException

from app import access
from app.catalogue import Catalogue
from app.config import Config
from app.errors import JourneyError
from app.extensions import babel, compress, csrf, limiter, login
from app.web import account, coordinator, mediator, requester, sessions, staff, static_files
from app.web.pages import (
    add_context,
    before_request,
    choose_locale,
    secure_headers,
    show_http_error,
    show_journey_error,
)
from notifications.phone_words import dialled, readable


def register_web(app: Flask, config: Config) -> None:
    """Wire the pages: sessions, languages, headers, errors and blueprints."""
    app.config.from_mapping(
        # __Host- binds the cookie to this host; browsers accept it only over https
        SESSION_COOKIE_NAME="__Host-pool" if config.secure else "pool",
        SESSION_COOKIE_SECURE=config.secure,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        PERMANENT_SESSION_LIFETIME=sessions.IDLE,
        # the cookie is written again when somebody is there (sessions.py), not with every answer
        SESSION_REFRESH_EACH_REQUEST=False,
        WTF_CSRF_TIME_LIMIT=None,
        RATELIMIT_STORAGE_URI=config.rate_limit_storage,
        RATELIMIT_HEADERS_ENABLED=False,
        # what every browser understands; smaller answers gain nothing
        COMPRESS_ALGORITHM=["br", "gzip"],
        COMPRESS_MIN_SIZE=1000,
        BABEL_DEFAULT_LOCALE="de",
        BABEL_DEFAULT_TIMEZONE="Europe/Berlin",
    )
    # first: a form without its token or a tap too many is answered with a page, too, and that asks who and when
    app.before_request(before_request)
    login.init_app(app)
    login.user_loader(account.load)
    csrf.init_app(app)
    limiter.init_app(app)
    babel.init_app(app, locale_selector=choose_locale)
    babel.domain_instance = Catalogue()
    app.context_processor(add_context)
    app.jinja_env.filters.update(phone_words=readable, phone_link=dialled)
    app.after_request(secure_headers)
    app.register_error_handler(HTTPException, show_http_error)
    app.register_error_handler(JourneyError, show_journey_error)
    for blueprint in (account.pages, staff.pages, coordinator.pages, mediator.pages, requester.pages):
        app.register_blueprint(blueprint)
    static_files.register(app)
    access.allow(access.Rule.PUBLIC)(app.view_functions["static"])
    compress.init_app(app)
