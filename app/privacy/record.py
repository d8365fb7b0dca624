"""All that is kept of a mediator, for them to read (GDPR, articles 15 and 20)."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Final, TypeVar

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.base import ExecutableOption

from app import tenancy
from app.models import (
    Alert,
    Appointment,
    Assignment,
    BorrowedSeat,
    ClearanceNotice,
    Event,
    InboundMessage,
    Link,
    Mediator,
    Offer,
    Thanks,
)
from app.privacy.traces import applications, messages_to

# what opens something is nobody's to pass on
_HIDDEN: Final = frozenset({"token_hash", "form_hash", "pool_id", "mediator_id"})
_OF_MESSAGE: Final = (
    "channel", "kind", "recipient", "recipient_name", "subject", "body", "status", "created_at", "sent_at",
    "finished_at",
)  # fmt: skip
_OF_APPOINTMENT: Final = ("starts_at", "ends_at", "mode", "topic", "place_name", "place_address")
# what only those were told who agreed to come
_OF_AGREED: Final = (*_OF_APPOINTMENT, "note", "contact_name", "contact_phone")

_T = TypeVar("_T", Assignment, Offer, Link, ClearanceNotice, Alert, Event)


def record(session: Session, now: datetime, mediator: Mediator) -> dict[str, Any]:
    """Everything, as JSON takes it: times in UTC, days as ISO 8601; of others only what they were told themselves."""
    agreed = _theirs(session, mediator, Assignment, joinedload(Assignment.appointment))
    offers = _theirs(session, mediator, Offer, joinedload(Offer.appointment))
    thanks = session.scalars(select(Thanks).where(Thanks.assignment_id.in_([one.id for one in agreed]))).all()
    with tenancy.across_pools(session):
        lent = select(BorrowedSeat).where(BorrowedSeat.assignment_id.in_([one.id for one in agreed]))
        seats = session.scalars(lent.order_by(BorrowedSeat.id)).all()
    return {
        "as_of": now.isoformat(),
        "pool": mediator.pool.name,
        "mediator": _row(mediator),
        "languages": _rows(mediator.skills),
        "weekly_times": _rows(mediator.availability),
        "absences": _rows(mediator.absences),
        "excluded_organisations": _rows(mediator.exclusions),
        "consents": _rows(mediator.consents),
        "applications": _rows(applications(session, mediator)),
        "offers": [_row(one) | {"appointment": _appointment(one.appointment, _OF_APPOINTMENT)} for one in offers],
        "assignments": [_row(one) | {"appointment": _appointment(one.appointment, _OF_AGREED)} for one in agreed],
        "passed_on_to_neighbours": _rows(seats),
        "thanks": _rows(thanks),
        "messages_to_them": [_row(one, _OF_MESSAGE) for one in messages_to(session, mediator)],
        "messages_from_their_number": _rows(_written(session, mediator)),
        "links": _rows(_theirs(session, mediator, Link)),
        "clearance_notices": _rows(_theirs(session, mediator, ClearanceNotice)),
        "alerts": _rows(_theirs(session, mediator, Alert)),
        "history": _rows(_theirs(session, mediator, Event)),
    }


def _theirs(session: Session, mediator: Mediator, kind: type[_T], *options: ExecutableOption) -> Sequence[_T]:
    found = select(kind).where(kind.mediator_id == mediator.id).order_by(kind.id).options(*options)
    return session.scalars(found).all()


def _written(session: Session, mediator: Mediator) -> Sequence[InboundMessage]:
    """What came from their number; of a telephone that a family shares, all of it."""
    sent = select(InboundMessage).where(InboundMessage.sender == mediator.phone).order_by(InboundMessage.id)
    return session.scalars(sent).all() if mediator.phone else []


def _appointment(appointment: Appointment, names: Sequence[str]) -> dict[str, Any]:
    return _row(appointment, names) | {"organisation": appointment.organisation.name}


def _rows(rows: Sequence[object]) -> list[dict[str, Any]]:
    return [_row(one) for one in rows]


def _row(row: object, names: Sequence[str] = ()) -> dict[str, Any]:
    """Its columns, or those named, as plain values."""
    columns = names or [one.key for one in inspect(row).mapper.column_attrs if one.key not in _HIDDEN]
    return {name: _plain(getattr(row, name)) for name in columns}


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
