"""/metrics: figures for Prometheus, over all pools, nobody's data.

They are read from the database at each visit, so that any number of web processes and workers give the same answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Response, g
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app import tenancy
from app.access import Rule, allow
from app.api.health import health
from app.models import (
    DEAD_AFTER,
    UNFINISHED,
    Alert,
    Appointment,
    AppointmentStatus,
    Heartbeat,
    Message,
    MessageStatus,
    Offer,
    OfferStatus,
    PlanRun,
    PlanRunStatus,
    Pool,
)
from app.models.functions import seconds_between
from app.transaction import reading

WINDOW: Final = timedelta(hours=1)
SECONDS: Final = (1, 2, 5, 10, 30, 60, 300, 1800)
DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Counted:
    """What is counted by status: all of the `open` ones, and those of the others that are of the last day by `at`."""

    name: str
    what: str
    status: InstrumentedAttribute[Any]
    open: frozenset[Any]
    at: ColumnElement[Any]

    def counts(self, session: Session, now: datetime) -> dict[Any, int]:
        """Status -> how many."""
        by_status = select(self.status, func.count()).group_by(self.status)
        # through the pools, for that is how the indexes begin
        of_a_pool = self.status.class_.pool_id.in_(select(Pool.id))
        lately = by_status.where(of_a_pool, self.at > now - DAY, self.status.not_in(self.open))
        return {
            status: count
            for rows in (by_status.where(self.status.in_(self.open)), lately)
            for status, count in session.execute(rows)
        }


COUNTED: Final = (
    Counted("pool_messages", "Messages", Message.status, UNFINISHED, Message.happened_at.expression),
    Counted(
        "pool_offers", "Offers", Offer.status, frozenset({OfferStatus.PLANNED, OfferStatus.SENT}),
        Offer.sent_at.expression,
    ),
    Counted(
        "pool_appointments", "Appointments", Appointment.status,
        frozenset({AppointmentStatus.OPEN, AppointmentStatus.OFFERING, AppointmentStatus.FILLED}),
        Appointment.starts_at.expression,
    ),
    Counted(
        "pool_plan_runs", "Runs of the optimiser", PlanRun.status,
        frozenset({PlanRunStatus.QUEUED, PlanRunStatus.RUNNING}), PlanRun.finished_at.expression,
    ),
)  # fmt: skip


class Figures:
    """Reads everything once; `collect` is what Prometheus' client calls."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """The figures as they stand."""
        for one in COUNTED:
            family = GaugeMetricFamily(one.name, f"{one.what} by status: open, or of the last day", labels=["status"])
            for status, count in one.counts(self._session, self._now).items():
                family.add_metric([status.value], count)
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
        handed = seconds_between(Message.first_due_at, Message.sent_at)
        yield self._histogram("pool_handover_seconds", "From due to handed to the provider, last hour", handed)
        arrived = seconds_between(Message.sent_at, Message.finished_at)
        reported = Message.status == MessageStatus.DELIVERED
        yield self._histogram("pool_delivery_seconds", "From handed over to delivered, last hour", arrived, reported)

    def _histogram(
        self, name: str, what: str, seconds: ColumnElement[float], *conditions: ColumnElement[bool]
    ) -> Metric:
        """Of the messages that left within the last hour, as far as there are both instants."""
        since = self._now - WINDOW
        sums = [func.count().filter(seconds <= most) for most in SECONDS]
        lately = Message.pool_id.in_(select(Pool.id)), Message.happened_at > since, Message.sent_at > since
        row = self._session.execute(
            select(func.count(), func.coalesce(func.sum(seconds), 0.0), *sums).where(
                *lately, seconds.is_not(None), *conditions
            )
        ).one()
        total, sum_value, *counts = row
        buckets = [(str(float(most)), count) for most, count in zip(SECONDS, counts, strict=True)]
        return HistogramMetricFamily(name, what, buckets=[*buckets, ("+Inf", total)], sum_value=sum_value)

    def _now_figures(self) -> Iterator[Metric]:
        # coalesced: a bare min() lets PostgreSQL walk through all that ever was, in order, to the first that waits
        since = func.coalesce(Message.first_due_at, Message.due_at)
        waiting = select(func.min(since)).where(Message.status == MessageStatus.QUEUED, since <= self._now)
        oldest = self._session.scalar(waiting)
        seen = self._session.scalar(select(func.max(Heartbeat.seen_at)))
        alive = self._session.scalar(select(func.count()).where(Heartbeat.seen_at > self._now - DEAD_AFTER))
        unknown = self._session.scalar(select(func.sum(Message.unknown_outcomes)).where(Message.unknown_outcomes > 0))
        for name, what, value in (
            ("pool_outbox_oldest_due_seconds", "How long the oldest due message has waited", self._ago(oldest, 0)),
            ("pool_worker_seen_seconds", "How long ago a worker was seen", self._ago(seen, float("inf"))),
            ("pool_workers_alive", "Workers seen within the last seconds", alive or 0),
            ("pool_unknown_outcomes", "Sendings whose outcome the provider had to be asked for", unknown or 0),
        ):
            yield GaugeMetricFamily(name, what, value=value)

    def _ago(self, instant: datetime | None, otherwise: float) -> float:
        return (self._now - instant).total_seconds() if instant else otherwise


@health.get("/metrics")
@allow(Rule.PUBLIC)
def metrics() -> Response:
    """What Prometheus reads."""
    registry = CollectorRegistry(auto_describe=False)
    session = reading(None)
    with tenancy.across_pools(session):
        registry.register(Figures(session, g.now))
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
