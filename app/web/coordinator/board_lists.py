"""The board's statements, each made once: what is chosen, and the time, are their parameters."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, or_, select

from app.journey.confirming import UNDO
from app.models import (
    DEAD_AFTER,
    SEEKING,
    Appointment,
    AppointmentStatus,
    DeviceLoan,
    Heartbeat,
    LoanState,
    Organisation,
)
from app.models.base import UtcDateTime
from app.web.live import UNDONE_SINCE, about_people, in_one_text
from app.web.when import When

PER_PAGE = 50
FILLED_AHEAD = timedelta(days=7)
# of those that need nobody, as many as are shown before "all of them" is a page of its own
MOST_FILLED = 50
MOST_RUNNING = 20
# nearer than this, one for which somebody is still sought needs a coordinator, unless a yes is likely
NEAR = timedelta(hours=24)
LIKELY = 0.8
# further away, one needs a coordinator if a yes in time is less likely than this
UNLIKELY = 0.5
# what board_row() reads of an appointment, beside its people and the name of whoever requested it
SHOWN = (
    Appointment.id, Appointment.status, Appointment.starts_at, Appointment.ends_at, Appointment.language,
    Appointment.reference, Appointment.mode, Appointment.place_name, Appointment.urgent, Appointment.mediators_needed,
    Appointment.chance, Appointment.explanation, Appointment.look_again_at, Appointment.round,
    Appointment.seats_borrowed, Appointment.is_guest, Appointment.borrow_until,
)  # fmt: skip
NARROWING = ("language", "organisation", "q")
# the names of the filters that are used, in alphabetical order
Filters = tuple[str, ...]
T = TypeVar("T")


def parameters(when: When, chosen: Mapping[str, str]) -> dict[str, Any]:
    """What the statements here are filled in with."""
    now = when.now
    return {
        "now": now,
        "near": now + NEAR,
        "filled_until": now + FILLED_AHEAD,
        "alive_since": now - DEAD_AFTER,
        UNDONE_SINCE: now - UNDO,
        "language": chosen["language"],
        "organisation": int(chosen["organisation"] or 0),
        "pattern": f"%{_escaped(chosen['q'].lower())}%",
    }


def filters(chosen: Mapping[str, str]) -> Filters:
    """Which filters are used."""
    return tuple(sorted(name for name in NARROWING if chosen[name]))


@cache
def wanting_ones(used: Filters) -> Select[Appointment]:
    """A page of those that need a coordinator: nobody is found or a yes in time is unlikely; the next first."""
    return _in_pages(_filtered(select(Appointment), used).where(*_sought(), _wants_somebody()))


@cache
def sought_ones(used: Filters) -> Select[Appointment]:
    """A page of all for which somebody is sought; what begins next first."""
    return _in_pages(_filtered(select(Appointment), used).where(*_sought()))


@cache
def running_ones(used: Filters) -> Select[Appointment]:
    """The next of those for which the search needs nobody's help."""
    running = _filtered(select(Appointment), used).where(*_sought(), ~_wants_somebody())
    return running.order_by(Appointment.starts_at, Appointment.id).limit(MOST_RUNNING)


def _in_pages(statement: Select[Appointment]) -> Select[Appointment]:
    in_order = statement.order_by(Appointment.starts_at, Appointment.id)
    return in_order.limit(PER_PAGE).offset(bindparam("skipped", type_=Integer))


@cache
def filled_ones(used: Filters) -> Select[Appointment]:
    """Those of the next days for which somebody has been found."""
    filled = _filtered(select(Appointment), used).where(
        Appointment.status == AppointmentStatus.FILLED,
        Appointment.starts_at > _instant("now"),
        Appointment.starts_at < _instant("filled_until"),
    )
    return filled.order_by(Appointment.starts_at, Appointment.id).limit(MOST_FILLED)


@cache
def marks(rows: Select[Appointment]) -> Select[*tuple[Any, ...]]:
    """Of the same appointments the three times that the clock has a say in, and all that their lines show."""
    shown = in_one_text((*SHOWN, Organisation.name, *about_people()))
    columns = Appointment.starts_at, Appointment.ends_at, Appointment.look_again_at, shown
    return rows.with_only_columns(*columns).join(Organisation, Appointment.organisation_id == Organisation.id)


@cache
def figures(used: Filters) -> Select[*tuple[Any, ...]]:
    """How many there are of each kind, workers that are alive, and devices to hand out and not back yet; one row."""
    number = _filtered(select(func.count(Appointment.id)), used)
    counted = {
        "wanting_count": number.where(*_sought(), _wants_somebody()),
        "sought_count": number.where(*_sought()),
        "workers_alive": select(func.count(Heartbeat.worker)).where(Heartbeat.seen_at > _instant("alive_since")),
    } | _devices()
    return select(*(one.scalar_subquery().label(name) for name, one in counted.items()))


def _devices() -> dict[str, Select[Any]]:
    """Of the whole pool: whoever filters the board has none the less to hand them out."""
    to_hand_out = (
        DeviceLoan.state == LoanState.RESERVED,
        DeviceLoan.starts_at < _instant("filled_until"),
        DeviceLoan.ends_at > _instant("now"),
    )
    late = DeviceLoan.is_late(_instant("now"))  # type: ignore[arg-type] # a time that is filled in later
    return {
        "devices_waiting": select(func.count(DeviceLoan.id)).where(*to_hand_out),
        "next_device": select(func.min(Appointment.starts_at)).join(DeviceLoan.appointment).where(*to_hand_out),
        "devices_late": select(func.count(DeviceLoan.id)).where(late),
    }


def _filtered(statement: Select[T], used: Filters) -> Select[T]:
    conditions = {
        "language": Appointment.language == bindparam("language"),
        "organisation": Appointment.organisation_id == bindparam("organisation"),
        "q": func.lower(Appointment.reference).like(bindparam("pattern"), escape="/"),
    }
    return statement.where(*(conditions[name] for name in used))


def _sought() -> tuple[ColumnElement[bool], ...]:
    """A series has one line: dates that wait for the answer about the first have none of their own."""
    return Appointment.status.in_(SEEKING), Appointment.starts_at > _instant("now"), Appointment.waits_until.is_(None)


def _wants_somebody() -> ColumnElement[bool]:
    """Among those for which somebody is sought: who of them a coordinator should look at."""
    near = Appointment.starts_at < _instant("near")
    return or_(
        Appointment.status == AppointmentStatus.UNFILLED,
        and_(near, func.coalesce(Appointment.chance, 0) < LIKELY),
        # one that is new has no chance yet: it is placed within seconds
        func.coalesce(Appointment.chance, 1) < UNLIKELY,
    )


def _instant(name: str) -> ColumnElement[datetime]:
    return bindparam(name, type_=UtcDateTime())


def _escaped(text: str) -> str:
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")
