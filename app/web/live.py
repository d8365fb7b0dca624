"""The mark of what a page that is held open shows, known before anything is drawn.

A mark is made of all that the page says: of the columns it reads, and of what changes by the clock alone (days and
distances, an undo that runs out, what has begun). Two pages that differ never have the same mark; what is more, a mark
may change although the page does not.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, bindparam, cast, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute

from app.models import Appointment, Assignment, Event, Mediator, Offer
from app.models.base import UtcDateTime
from app.web.pages import locale
from app.web.when import When

# from when on an answer may still be undone
UNDONE_SINCE: Final = "undone_since"
_NOTHING: ColumnElement[str] = literal_column("''", Text)
_NEXT: ColumnElement[str] = literal_column("'|'", Text)
Column = InstrumentedAttribute[Any]


def mark_of(when: When, *said: object) -> str:
    """A short mark of all this, on the present local day and in the language of the request."""
    whole = repr((when.local(when.now).date(), when.zone.key, locale(), said))
    return hashlib.sha256(whole.encode()).hexdigest()[:16]


@cache
def about_people() -> tuple[ColumnElement[Any], ...]:
    """Of each appointment that is selected: its questions and seats, whom they name, and how many may be undone.

    The statement has the parameter UNDONE_SINCE.
    """
    of_offers = (Offer.id, Offer.round, Offer.status, Offer.due_at, Offer.answered_at, Offer.answered_via)
    of_seats = (Assignment.id, Assignment.offer_id, Assignment.state, Assignment.created_at)
    own, since = Offer.appointment_id == Appointment.id, bindparam(UNDONE_SINCE, type_=UtcDateTime())
    undone = select(func.count(Offer.id)).where(own, Offer.answered_at > since)
    return _together(Offer, *of_offers), _together(Assignment, *of_seats), undone.scalar_subquery()


@cache
def about_history() -> tuple[ColumnElement[Any], ...]:
    """Of each appointment that is selected: how far its history goes, to which lines are only added.

    The statement has the parameter UNDONE_SINCE.
    """
    own, since = Event.appointment_id == Appointment.id, bindparam(UNDONE_SINCE, type_=UtcDateTime())
    newest, fresh = select(func.max(Event.id)).where(own), select(func.count(Event.id)).where(own, Event.at > since)
    return newest.scalar_subquery(), fresh.scalar_subquery()


def by_the_clock(when: When, starts: datetime, ends: datetime, again: datetime | None) -> tuple[object, ...]:
    """What is said of an appointment's times, as far as it depends on the present."""
    return when.distance(starts), starts <= when.now, ends <= when.now, again is not None and again <= when.now


def in_one_text(columns: Iterable[ColumnElement[Any] | Column]) -> ColumnElement[str]:
    """All of these in one column, whatever they hold: read in a fraction of the time."""
    # constants, for a statement with a hundred parameters takes longer to prepare than to answer
    found: ColumnElement[str] = _NOTHING
    for column in columns:
        found = found + func.coalesce(cast(column, Text), _NOTHING) + _NEXT
    return found


def _together(kind: type[Offer | Assignment], *columns: Column) -> ColumnElement[str | None]:
    """All rows of an appointment in one text, with the names and numbers of their people."""
    one = in_one_text((*columns, Mediator.name, Mediator.phone))
    rows = select(func.aggregate_strings(one, "|")).join(Mediator, kind.mediator_id == Mediator.id)
    return rows.where(kind.appointment_id == Appointment.id).scalar_subquery()
