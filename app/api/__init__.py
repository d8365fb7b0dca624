"""JSON under /api/v1, webhooks, health and metrics."""

from flask import Flask

from app.api import (
    alerts,
    appointments,
    attendance,
    calls,
    chances,
    description,
    figures,
    languages,
    mediators,
    messages,
    metrics,
    offers,
    organisations,
    plans,
    problems,
    tokens,
)
from app.api.blueprint import api
from app.api.health import health
from app.api.webhooks import webhooks
from app.extensions import csrf

# imported for their routes
PARTS = (
    alerts,
    appointments,
    attendance,
    calls,
    chances,
    description,
    figures,
    mediators,
    messages,
    metrics,
    offers,
    organisations,
    plans,
    problems,
    languages,
    tokens,
)


def register_api(app: Flask) -> None:
    """Wire what machines talk to."""
    # the pages leave it to the API to find out who is asking
    app.extensions["pool_own_access"] = (api.name,)
    for blueprint in (api, health, webhooks):
        # machines hold no session cookie, so there is nothing to forge
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
