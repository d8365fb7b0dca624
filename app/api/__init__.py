"""JSON under /api/v1, webhooks, health and metrics."""

from flask import Flask

from app.api.health import health
from app.api.webhooks import webhooks
from app.extensions import csrf


def register_api(app: Flask) -> None:
    """Wire what machines talk to."""
    # machines hold no session cookie, so there is nothing to forge
    csrf.exempt(webhooks)
    for blueprint in (health, webhooks):
        app.register_blueprint(blueprint)
