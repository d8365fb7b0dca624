"""The rows of a large pool: which columns each kind brings, and their numbers."""

from collections import Counter
from typing import Any, Final

from sqlalchemy import Table

from app.models import (
    Account,
    Alert,
    Appointment,
    Assignment,
    Availability,
    Base,
    InboundMessage,
    Link,
    Mediator,
    Message,
    Offer,
    Organisation,
    PlanRun,
    Pool,
    Site,
    Skill,
)
from app.models.event import Event
from benchmarks.bulk import Writer

# parents first
COLUMNS: Final[dict[type[Base], tuple[str, ...]]] = {
    Pool: ("id", "key", "name", "email", "timezone", "created_at"),
    Organisation: ("id", "pool_id", "name", "email"),
    Site: ("id", "pool_id", "organisation_id", "name", "street", "postcode", "town", "lat", "lon"),
    Account: ("id", "pool_id", "email", "name", "role", "organisation_id", "password_hash", "created_at"),
    Mediator: ("id", "pool_id", "name", "phone", "email", "status", "home_lat", "home_lon", "created_at"),
    Skill: ("id", "pool_id", "mediator_id", "language", "level"),
    Availability: ("id", "pool_id", "mediator_id", "weekday", "starts_minute", "ends_minute"),
    Appointment: (
        "id", "pool_id", "organisation_id", "site_id", "language", "starts_at", "ends_at", "mode", "place_name",
        "place_lat", "place_lon", "topic", "reference", "contact_email", "requested_by_id", "status", "answer_by",
        "created_at", "filled_at", "cancelled_at",
    ),
    Offer: (
        "id", "pool_id", "appointment_id", "mediator_id", "round", "wave", "rank", "chosen", "language", "status",
        "withdrawal", "chance", "created_at", "sent_at", "due_at", "answered_at", "answered_via", "ended_at",
    ),
    Assignment: (
        "id", "pool_id", "appointment_id", "mediator_id", "offer_id", "seat", "language", "starts_at", "ends_at",
        "state", "created_at",
    ),
    Link: ("id", "pool_id", "kind", "token_hash", "mediator_id", "offer_id", "created_at"),
    Message: (
        "id", "pool_id", "channel", "kind", "dedupe_key", "recipient", "recipient_name", "mediator_id",
        "appointment_id", "offer_id", "assignment_id", "link_id", "subject", "body", "status", "created_at", "due_at",
        "first_due_at", "provider_id", "sent_at", "finished_at", "settled_at", "attempts",
    ),
    InboundMessage: ("id", "provider_id", "sender", "body", "received_at", "outcome"),
    Event: ("id", "pool_id", "at", "actor_kind", "actor_id", "kind", "appointment_id", "mediator_id", "data"),
    PlanRun: ("id", "pool_id", "status", "trigger", "requested_at", "due_at", "started_at", "finished_at", "result"),
    Alert: ("id", "pool_id", "kind", "subject", "mediator_id", "data", "created_at", "resolved_at"),
}  # fmt: skip


def table_of(model: type[Base]) -> Table:
    """Where the rows of a model lie."""
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(model)
    return table


class PoolRows:
    """Rows of one pool, numbered by kind."""

    def __init__(self, writer: Writer, pool_id: int) -> None:
        self.pool_id = pool_id
        self._writer, self._numbers = writer, Counter[type[Base]]()

    def next(self, model: type[Base]) -> int:
        """The next number of a kind."""
        self._numbers[model] += 1
        return self._numbers[model]

    def add(self, model: type[Base], number: int, *values: Any) -> None:
        """One row of the pool: its number, and what COLUMNS names after `pool_id`."""
        self._writer.add(table_of(model), number, self.pool_id, *values)

    def add_shared(self, model: type[Base], *values: Any) -> None:
        """One row that belongs to no pool, with all that COLUMNS names."""
        self._writer.add(table_of(model), *values)
