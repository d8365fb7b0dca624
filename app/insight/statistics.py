"""What was asked for and what became of it, counted over appointments by the local day on which they start."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, literal, select
from sqlalchemy.orm import Session

from app.insight.narrowing import EVERYTHING, Narrowing
from app.models import SEEKING, Appointment, AppointmentStatus, Assignment, AssignmentState, Pool
from app.models.functions import local_month, median, seconds_between

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


NOTHING = Figures("", 0, 0, 0, 0, None)


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
    within = midnight(first_day, zone), midnight(last_day + timedelta(days=1), zone)
    found = _figures(session, now, within, literal(""))
    months = _figures(session, now, within, local_month(Appointment.starts_at, pool.timezone))
    by_language = _figures(session, now, within, Appointment.language.expression)
    return Statistics(
        first_day,
        last_day,
        found[0] if found else NOTHING,
        tuple(sorted(months, key=lambda one: one.key)),
        tuple(sorted(by_language, key=lambda one: (-one.requested, one.key))),
    )


def total(
    session: Session, now: datetime, pool: Pool, first_day: date, last_day: date, narrowed: Narrowing = EVERYTHING
) -> Figures:
    """Only the sum over what starts on these local days, of the requests that are looked at."""
    zone = ZoneInfo(pool.timezone)
    within = midnight(first_day, zone), midnight(last_day + timedelta(days=1), zone)
    found = _figures(session, now, within, literal(""), narrowed)
    return found[0] if found else NOTHING


def without_a_yes(session: Session, now: datetime, until: datetime | None = None) -> int:
    """How many coming appointments, up to `until`, have nobody yet."""
    return session.scalar(nobody_yet(now, until)) or 0


def nobody_yet(
    now: datetime | ColumnElement[datetime], until: datetime | ColumnElement[datetime] | None = None
) -> Select[int]:
    """The statement that counts the coming appointments, up to `until`, that have nobody yet."""
    seats = (
        select(Assignment.id)
        .where(Assignment.appointment_id == Appointment.id, Assignment.state == AssignmentState.ACTIVE)
        .exists()
    )
    statement = select(func.count(Appointment.id)).where(
        Appointment.status.in_(SEEKING),
        Appointment.starts_at > now,
        Appointment.seats_borrowed == 0,
        ~seats,
        Appointment.is_guest.is_(False),
    )
    return statement if until is None else statement.where(Appointment.starts_at <= until)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a local day begins."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _figures(
    session: Session,
    now: datetime,
    within: tuple[datetime, datetime],
    key: ColumnElement[str],
    narrowed: Narrowing = EVERYTHING,
) -> list[Figures]:
    """One group for each value of the key."""
    named, begun = key.label("key"), Appointment.starts_at <= now
    counted = session.execute(
        select(
            named,
            func.count(Appointment.id).label("requested"),
            func.count().filter(Appointment.status.in_(FILLED)).label("filled"),
            func.count().filter(Appointment.status.in_(SEEKING) & begun).label("unfilled"),
            func.count().filter(Appointment.status == _S.CANCELLED).label("cancelled"),
            median(seconds_between(Appointment.created_at, Appointment.filled_at)).label("seconds"),
        )
        # what a neighbour asks for is counted by that pool
        .where(Appointment.starts_at >= within[0], Appointment.starts_at < within[1], Appointment.is_guest.is_(False))
        .where(*narrowed.conditions())
        .group_by(named)
    )
    return [
        Figures(
            key=row.key,
            requested=row.requested,
            filled=row.filled,
            unfilled=row.unfilled,
            cancelled=row.cancelled,
            minutes_to_yes=None if row.seconds is None else round(row.seconds / 60),
        )
        for row in counted
    ]
