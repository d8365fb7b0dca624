"""/healthz, /readyz, /metrics: for whoever watches the service."""

from datetime import timedelta

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, Response, current_app, g, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app import tenancy
from app.access import Rule, allow
from app.extensions import db
from app.models import Appointment, Heartbeat, Message, MessageStatus, Offer
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
    """Database, migrations, and a worker seen within a minute: 200 if all are well, otherwise 503 and which is not."""
    checks = {"database": False, "migrations": False, "worker": False}
    try:
        session = reading(None)
        checks["database"] = session.scalar(select(1)) == 1
        here = MigrationContext.configure(session.connection()).get_current_heads()
        folder = current_app.extensions["migrate"].directory
        checks["migrations"] = set(here) == set(ScriptDirectory(folder).get_heads())
        seen = session.scalar(select(func.max(Heartbeat.seen_at)))
        checks["worker"] = seen is not None and g.now - seen < ALIVE_WITHIN
    except SQLAlchemyError:
        db.session.rollback()
    return jsonify(status="ready" if all(checks.values()) else "not ready", checks=checks), (
        200 if all(checks.values()) else 503
    )


@health.get("/metrics")
@allow(Rule.PUBLIC)
def metrics() -> Response:
    """Figures for Prometheus: counts over all pools, nobody's data."""
    registry = CollectorRegistry()
    session = reading(None)
    with tenancy.across_pools(session):
        for name, help_text, column in (
            ("pool_messages", "Messages by status", Message.status),
            ("pool_offers", "Offers by status", Offer.status),
            ("pool_appointments", "Appointments by status", Appointment.status),
        ):
            gauge = Gauge(name, help_text, ["status"], registry=registry)
            for status, count in session.execute(select(column, func.count()).group_by(column)):
                gauge.labels(status.value).set(count)
        oldest = session.scalar(
            select(func.min(Message.due_at)).where(Message.status == MessageStatus.QUEUED, Message.due_at <= g.now)
        )
        seen = session.scalar(select(func.max(Heartbeat.seen_at)))
    waiting = Gauge("pool_outbox_oldest_due_seconds", "How long the oldest due message has waited", registry=registry)
    waiting.set((g.now - oldest).total_seconds() if oldest else 0)
    worker = Gauge("pool_worker_seen_seconds", "How long ago a worker was seen", registry=registry)
    worker.set((g.now - seen).total_seconds() if seen else float("inf"))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
