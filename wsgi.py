"""The web process: `gunicorn wsgi:app`, configured by the environment alone."""

from app.config import ConfigError
from app.factory import create_app

try:
    app = create_app()
except ConfigError as error:
    raise SystemExit(f"This cannot start: {error}") from None
