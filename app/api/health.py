"""/healthz and /readyz: for whoever watches the service; its figures are in metrics.py."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, g, jsonify
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.access import Rule, allow
from app.extensions import db
from app.models import Heartbeat
from app.transaction import reading

health = Blueprint("health", __name__)
ALIVE_WITHIN = timedelta(seconds=60)


@health.get("/healthz")
@allow(Rule.PUBLIC)
def healthz() -> Response:
    """The process answers."""
    return jsonify(status="alive")


@health.get("/readyz")
@allow(Rule.PUBLIC)
def readyz() -> tuple[Response, int]:
    """Database, migrations, and a worker seen within a minute: 200 if all are well, otherwise 503 and which is not.

    Also when each living worker was last seen; without names, because anybody may ask.
    """
    checks = {"database": False, "migrations": False, "worker": False}
    workers: Sequence[datetime] = ()
    try:
        session = reading(None)
        checks["database"] = session.scalar(select(1)) == 1
        here = MigrationContext.configure(session.connection()).get_current_heads()
        folder = current_app.extensions["migrate"].directory
        checks["migrations"] = set(here) == set(ScriptDirectory(folder).get_heads())
        seen = session.scalar(select(func.max(Heartbeat.seen_at)))
        checks["worker"] = seen is not None and g.now - seen < ALIVE_WITHIN
        workers = session.scalars(
            select(Heartbeat.seen_at).where(Heartbeat.seen_at > g.now - ALIVE_WITHIN).order_by(Heartbeat.seen_at)
        ).all()
    except SQLAlchemyError:
        db.session.rollback()
    ready = all(checks.values())
    ages = [round((g.now - one).total_seconds(), 1) for one in workers]
    return jsonify(status="ready" if ready else "not ready", checks=checks, workers_seen_seconds_ago=ages), (
        200 if ready else 503
    )
