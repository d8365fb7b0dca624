"""What was asked for and what became of it, counted over appointments by the local day on which they start."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import SEEKING, Appointment, AppointmentStatus, Assignment, AssignmentState, Pool

_S = AppointmentStatus
# Somebody had said yes, whatever became of it on the day.
FILLED = frozenset({_S.FILLED, _S.DONE, _S.MISSED})


@dataclass(frozen=True)
class Figures:
    """Counts of one group, named by its `key` (a month such as 2026-11, or a language code).

    `unfilled` began without everybody who was wanted; before that somebody is looked for, and it is `still_open`.
    `minutes_to_yes` is the median from request to the last seat's yes; None where there was none.
    """

    key: str
    requested: int
    filled: int
    unfilled: int
    cancelled: int
    minutes_to_yes: int | None

    @property
    def still_open(self) -> int:
        """For how many somebody is still being looked for."""
        return self.requested - self.filled - self.unfilled - self.cancelled

    @property
    def fill_rate(self) -> float | None:
        """Filled of those that are settled and were not cancelled, 0 to 1; None where nothing is settled."""
        settled = self.filled + self.unfilled
        return self.filled / settled if settled else None


@dataclass(frozen=True)
class Statistics:
    """All of a period, then by month and by language."""

    first_day: date
    last_day: date
    total: Figures
    months: tuple[Figures, ...]
    languages: tuple[Figures, ...]


def statistics(session: Session, now: datetime, pool: Pool, first_day: date, last_day: date) -> Statistics:
    """Count what starts on the local days from `first_day` to `last_day`, both included; languages by demand."""
    zone = ZoneInfo(pool.timezone)
    rows = session.execute(
        select(
            Appointment.language,
            Appointment.status,
            Appointment.starts_at,
            Appointment.created_at,
            Appointment.filled_at,
        ).where(
            Appointment.starts_at >= datetime.combine(first_day, time(), zone).astimezone(UTC),
            Appointment.starts_at < datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC),
        )
    ).all()
    by_language = _grouped(rows, now, lambda row: row.language)
    return Statistics(
        first_day,
        last_day,
        _figures("", rows, now),
        tuple(
            sorted(_grouped(rows, now, lambda row: f"{row.starts_at.astimezone(zone):%Y-%m}"), key=lambda one: one.key)
        ),
        tuple(sorted(by_language, key=lambda one: (-one.requested, one.key))),
    )


def without_a_yes(session: Session, now: datetime, until: datetime | None = None) -> int:
    """How many coming appointments, up to `until`, have nobody yet."""
    seats = (
        select(Assignment.id)
        .where(Assignment.appointment_id == Appointment.id, Assignment.state == AssignmentState.ACTIVE)
        .exists()
    )
    statement = select(func.count(Appointment.id)).where(
        Appointment.status.in_(SEEKING), Appointment.starts_at > now, ~seats
    )
    if until is not None:
        statement = statement.where(Appointment.starts_at <= until)
    return session.scalar(statement) or 0


def _grouped(rows: Sequence[Any], now: datetime, key: Callable[[Any], str]) -> list[Figures]:
    groups: dict[str, list[Any]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return [_figures(name, group, now) for name, group in groups.items()]


def _figures(key: str, rows: Sequence[Any], now: datetime) -> Figures:
    waited = [(row.filled_at - row.created_at).total_seconds() / 60 for row in rows if row.filled_at is not None]
    return Figures(
        key=key,
        requested=len(rows),
        filled=_count(rows, FILLED),
        unfilled=_count([row for row in rows if row.starts_at <= now], SEEKING),
        cancelled=_count(rows, {_S.CANCELLED}),
        minutes_to_yes=round(median(waited)) if waited else None,
    )


def _count(rows: Iterable[Any], statuses: Iterable[AppointmentStatus]) -> int:
    wanted = set(statuses)
    return sum(row.status in wanted for row in rows)
