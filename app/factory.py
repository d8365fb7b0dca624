"""create_app(config): the one place that wires everything."""

import os
from datetime import datetime
from itertools import count
from pathlib import Path

from flask import Flask
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

from app import cli, logs, services
from app.api import register_api
from app.clock import Clock, SteadyClock, utc_now
from app.config import Config
from app.extensions import ask_rested, database_time, db, engine_options, migrate, tune_sqlite
from app.incoming import Incoming, RowNumber
from app.links import Links
from app.transaction import again_after_deadlock
from app.web import register_web

ROOT = Path(__file__).parent.parent


class Application(Flask):
    """Flask, but a request that met a deadlock is done again: its transaction left nothing behind."""

    request_class = Incoming

    def dispatch_request(self) -> ResponseReturnValue:
        """Call the view, three times at most."""
        tries = count()

        def whole() -> ResponseReturnValue:
            if next(tries):
                db.session.rollback()
            return super(Application, self).dispatch_request()

        return again_after_deadlock(whole)


def _clock_of(app: Flask, config: Config) -> Clock:
    if config.database_url.startswith("sqlite"):
        return utc_now

    def read() -> datetime:
        with app.app_context():
            return database_time(db.engine)

    return SteadyClock(read)


def create_app(config: Config | None = None, clock: Clock | None = None) -> Flask:
    """The Flask application for this configuration, by default that of the environment; starts nothing else.

    `clock` is what every request and the worker read the time from; by default the database's own (see app/clock.py).

    Raises ConfigError.
    """
    config = config or Config.from_env(os.environ, ROOT / "var")
    logs.configure()
    app = Application("app", root_path=str(ROOT / "app"), template_folder="web/templates", static_folder="web/static")
    app.config.from_mapping(
        SECRET_KEY=config.secret_key,
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(config.database_url),
        MAX_CONTENT_LENGTH=1_000_000,
    )
    app.url_map.converters["row"] = RowNumber
    services.install(
        app, services.Services(config, clock or _clock_of(app, config), Links(config.secret_key, config.public_url))
    )
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    with app.app_context():
        (tune_sqlite if config.database_url.startswith("sqlite") else ask_rested)(db.engine)
    register_web(app, config)
    register_api(app)
    cli.register(app)
    if config.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=config.trusted_proxies, x_proto=config.trusted_proxies, x_host=config.trusted_proxies
        )
    return app
