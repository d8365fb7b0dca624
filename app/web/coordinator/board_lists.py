"""The board's statements, each made once: what is chosen, and the time, are their parameters."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Integer, Select, bindparam, case, func, select

from app.insight.statistics import FILLED, nobody_yet
from app.journey.confirming import UNDO
from app.models import DEAD_AFTER, SEEKING, Appointment, AppointmentStatus, Heartbeat, Organisation
from app.models.base import UtcDateTime
from app.web.coordinator.board_rows import SOON
from app.web.live import UNDONE_SINCE, about_people, in_one_text
from app.web.when import When

PER_PAGE = 50
FILLED_AHEAD = timedelta(days=7)
MOST_FILLED = 50
# what board_row() reads of an appointment, beside its people and the name of whoever requested it
SHOWN = (
    Appointment.id, Appointment.status, Appointment.starts_at, Appointment.ends_at, Appointment.language,
    Appointment.reference, Appointment.mode, Appointment.place_name, Appointment.urgent, Appointment.mediators_needed,
    Appointment.chance, Appointment.explanation, Appointment.look_again_at, Appointment.round,
)  # fmt: skip
# the names of the filters that are used, in alphabetical order
Filters = tuple[str, ...]
T = TypeVar("T")


def parameters(when: When, chosen: Mapping[str, str]) -> dict[str, Any]:
    """What the statements here are filled in with."""
    now, today = when.now, when.local(when.now).date()
    monday = datetime.combine(today - timedelta(days=today.weekday()), time(), when.zone)
    return {
        "now": now,
        "soon": now + SOON,
        "tomorrow": now + timedelta(hours=24),
        "filled_until": now + FILLED_AHEAD,
        "monday": monday.astimezone(UTC),
        "next_monday": (monday + timedelta(days=7)).astimezone(UTC),
        "alive_since": now - DEAD_AFTER,
        UNDONE_SINCE: now - UNDO,
        "language": chosen["language"],
        "organisation": int(chosen["organisation"] or 0),
        "pattern": f"%{_escaped(chosen['q'].lower())}%",
    }


def filters(chosen: Mapping[str, str]) -> Filters:
    """Which filters are used."""
    return tuple(sorted(name for name, value in chosen.items() if value))


@cache
def open_ones(used: Filters) -> Select[Appointment]:
    """A page of those that still need somebody: unfilled ones that are near first, then whatever begins next."""
    pressing = (Appointment.status == AppointmentStatus.UNFILLED) & (Appointment.starts_at < _instant("soon"))
    sought = _filtered(select(Appointment), used).where(*_sought())
    in_order = sought.order_by(case((pressing, 0), else_=1), Appointment.starts_at, Appointment.id)
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
    """The numbers above the list, and how many it has in all; one row."""
    number = select(func.count(Appointment.id))
    of_the_week = Appointment.starts_at >= _instant("monday"), Appointment.starts_at < _instant("next_monday")
    counted = {
        "chosen_count": _filtered(number, used).where(*_sought()),
        "open_count": number.where(*_sought()),
        "pressing_count": nobody_yet(_instant("now"), _instant("tomorrow")),
        "filled_count": number.where(Appointment.status.in_(FILLED), *of_the_week),
        "workers_alive": select(func.count(Heartbeat.worker)).where(Heartbeat.seen_at > _instant("alive_since")),
    }
    return select(*(one.scalar_subquery().label(name) for name, one in counted.items()))


def _filtered(statement: Select[T], used: Filters) -> Select[T]:
    conditions = {
        "language": Appointment.language == bindparam("language"),
        "organisation": Appointment.organisation_id == bindparam("organisation"),
        "q": func.lower(Appointment.reference).like(bindparam("pattern"), escape="/"),
    }
    return statement.where(*(conditions[name] for name in used))


def _sought() -> tuple[ColumnElement[bool], ...]:
    return Appointment.status.in_(SEEKING), Appointment.starts_at > _instant("now")


def _instant(name: str) -> ColumnElement[datetime]:
    return bindparam(name, type_=UtcDateTime())


def _escaped(text: str) -> str:
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")
