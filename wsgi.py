"""The web process: `gunicorn wsgi:app`, configured by the environment alone."""

from app.factory import create_app

app = create_app()
