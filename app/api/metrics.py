"""/metrics: figures for Prometheus, over all pools, nobody's data.

They are read from the database at each visit, so that any number of web processes and workers give the same answer.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from flask import Response, g
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import tenancy
from app.access import Rule, allow
from app.api.health import health
from app.models import DEAD_AFTER, Alert, Appointment, Heartbeat, Message, MessageStatus, Offer, PlanRun
from app.transaction import reading

WINDOW: Final = timedelta(hours=1)
SECONDS: Final = (1, 2, 5, 10, 30, 60, 300, 1800)
COUNTED: Final = (
    ("pool_messages", "Messages", "status", Message.status),
    ("pool_offers", "Offers", "status", Offer.status),
    ("pool_appointments", "Appointments", "status", Appointment.status),
    ("pool_plan_runs", "Runs of the optimiser", "status", PlanRun.status),
)


class Figures:
    """Reads everything once; `collect` is what Prometheus' client calls."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """The figures as they stand."""
        for name, what, label, column in COUNTED:
            family = GaugeMetricFamily(name, f"{what} by {label}", labels=[label])
            for value, count in self._session.execute(select(column, func.count()).group_by(column)):
                family.add_metric([value.value], count)
            yield family
        yield self._alerts()
        yield from self._delays()
        yield from self._now_figures()

    def _alerts(self) -> Metric:
        family = GaugeMetricFamily("pool_alerts_open", "What waits for a coordinator", labels=["kind"])
        unresolved = select(Alert.kind, func.count()).where(Alert.resolved_at.is_(None)).group_by(Alert.kind)
        for kind, count in self._session.execute(unresolved):
            family.add_metric([kind], count)
        return family

    def _delays(self) -> Iterator[Metric]:
        lately = self._session.execute(
            select(Message.first_due_at, Message.sent_at, Message.finished_at, Message.status).where(
                Message.sent_at > self._now - WINDOW, Message.first_due_at.is_not(None)
            )
        ).all()
        handed = [(one.sent_at - one.first_due_at).total_seconds() for one in lately]
        yield _histogram("pool_handover_seconds", "From due to handed to the provider, last hour", handed)
        arrived = [
            (one.finished_at - one.sent_at).total_seconds()
            for one in lately
            if one.status is MessageStatus.DELIVERED and one.finished_at
        ]
        yield _histogram("pool_delivery_seconds", "From handed over to delivered, last hour", arrived)

    def _now_figures(self) -> Iterator[Metric]:
        due = (Message.status == MessageStatus.QUEUED, Message.first_due_at <= self._now)
        oldest = self._session.scalar(select(func.min(Message.first_due_at)).where(*due))
        seen = self._session.scalar(select(func.max(Heartbeat.seen_at)))
        alive = self._session.scalar(select(func.count()).where(Heartbeat.seen_at > self._now - DEAD_AFTER))
        unknown = self._session.scalar(select(func.sum(Message.unknown_outcomes)))
        for name, what, value in (
            ("pool_outbox_oldest_due_seconds", "How long the oldest due message has waited", self._ago(oldest, 0)),
            ("pool_worker_seen_seconds", "How long ago a worker was seen", self._ago(seen, float("inf"))),
            ("pool_workers_alive", "Workers seen within the last seconds", alive or 0),
            ("pool_unknown_outcomes", "Sendings whose outcome the provider had to be asked for", unknown or 0),
        ):
            yield GaugeMetricFamily(name, what, value=value)

    def _ago(self, instant: datetime | None, otherwise: float) -> float:
        return (self._now - instant).total_seconds() if instant else otherwise


def _histogram(name: str, what: str, seconds: Iterable[float]) -> Metric:
    values = list(seconds)
    buckets = [(str(float(most)), sum(one <= most for one in values)) for most in SECONDS]
    return HistogramMetricFamily(name, what, buckets=[*buckets, ("+Inf", len(values))], sum_value=sum(values))


@health.get("/metrics")
@allow(Rule.PUBLIC)
def metrics() -> Response:
    """What Prometheus reads."""
    registry = CollectorRegistry(auto_describe=False)
    session = reading(None)
    with tenancy.across_pools(session):
        registry.register(Figures(session, g.now))
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
