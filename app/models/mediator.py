"""A mediator: a volunteer with languages, free times, limits and consents; never logs in with a password."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload
from sqlalchemy.sql.base import ExecutableOption

from app.models.base import Base, PoolOwned, enum_column

LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2", "native")
MODES = ("on_site", "phone", "video")
GENDERS = ("f", "m", "d")
# what a pool may ask for before somebody is asked; its rules and a person's dates are named after these
CLEARANCES = ("training", "confidentiality", "conduct", "membership")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class MediatorStatus(StrEnum):
    """Only the active are asked; a pause is temporary, who has left keeps only their past."""

    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"


class Mediator(PoolOwned, Base):
    """A volunteer. Home is a pair of coordinates in degrees; a limit that is None does not bind."""

    __tablename__ = "mediator"
    __table_args__ = (Index("ix_mediator_email", text("lower(email)")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    phone: Mapped[str] = mapped_column(String(20), index=True)
    email: Mapped[str] = mapped_column(String(254), default="")
    gender: Mapped[str | None] = mapped_column(String(1))
    status: Mapped[MediatorStatus] = mapped_column(enum_column(MediatorStatus), default=MediatorStatus.ACTIVE)
    locale: Mapped[str] = mapped_column(String(5), default="de")
    home_lat: Mapped[float | None]
    home_lon: Mapped[float | None]
    home_district: Mapped[str] = mapped_column(String(80), default="")
    modes: Mapped[list[str]] = mapped_column(default=lambda: list(MODES))
    max_travel_minutes: Mapped[int | None]
    max_appointments_per_day: Mapped[int | None]
    max_minutes_per_day: Mapped[int | None]
    max_appointments_per_week: Mapped[int | None]
    max_minutes_per_week: Mapped[int | None]
    excluded_topics: Mapped[list[str]] = mapped_column(default=list)
    urgent_opt_in: Mapped[bool] = mapped_column(default=False)
    # When they may be asked, in minutes of the local day, and whether at weekends; None: as the pool does.
    text_from_minute: Mapped[int | None]
    text_until_minute: Mapped[int | None]
    text_weekends: Mapped[bool | None]
    # Rather a call that reads the question and takes 1 or 2.
    prefers_calls: Mapped[bool] = mapped_column(default=False)
    # Why no SMS reaches this number, in a word, until somebody enters another.
    phone_trouble: Mapped[str | None] = mapped_column(String(20))
    # Set when the provider says that the person wrote STOP: never text again until they ask for it.
    opted_out_at: Mapped[datetime | None]
    # The day of the training's end, of the declaration, and on which somebody saw the certificate of good conduct with
    # nothing against it: of what stands in it nothing is kept. A membership may name its last day itself.
    training_on: Mapped[date | None]
    confidentiality_on: Mapped[date | None]
    conduct_on: Mapped[date | None]
    membership_on: Mapped[date | None]
    membership_until: Mapped[date | None]
    created_at: Mapped[datetime]
    # When it was forgotten who they were: the row only says that the same person did this and that.
    erased_at: Mapped[datetime | None]

    skills: Mapped[list["Skill"]] = relationship(cascade="all, delete-orphan", order_by="Skill.id")
    availability: Mapped[list["Availability"]] = relationship(
        cascade="all, delete-orphan", order_by="Availability.weekday, Availability.starts_minute"
    )
    absences: Mapped[list["Absence"]] = relationship(cascade="all, delete-orphan", order_by="Absence.first_day")
    exclusions: Mapped[list["Exclusion"]] = relationship(cascade="all, delete-orphan")
    consents: Mapped[list["Consent"]] = relationship(cascade="all, delete-orphan")

    def away_until(self, day: date) -> date | None:
        """The last day of the absence into which a local day falls; None for a day of none."""
        return absent_until(self.absences, day)


class _Days(Protocol):
    @property
    def first_day(self) -> date: ...
    @property
    def last_day(self) -> date: ...


def absent_until(absences: Iterable[_Days], day: date) -> date | None:
    """The last day of that of some absences into which a local day falls; None for a day of none."""
    return max((one.last_day for one in absences if one.first_day <= day <= one.last_day), default=None)


def with_details() -> tuple[ExecutableOption, ...]:
    """Options that load everything about many mediators in one query a table, instead of one a person."""
    return (
        *with_what_is_planned_by(),
        selectinload(Mediator.consents),
    )


def with_what_is_planned_by() -> tuple[ExecutableOption, ...]:
    """Options that load, in the same way, what decides to whom an appointment can go."""
    return (
        selectinload(Mediator.skills),
        selectinload(Mediator.availability),
        selectinload(Mediator.absences),
        selectinload(Mediator.exclusions),
    )


class Skill(PoolOwned, Base):
    """One language of a mediator (ISO 639-3) and how well they speak it (A1 to C2 or native)."""

    __tablename__ = "skill"
    __table_args__ = (UniqueConstraint("mediator_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id", ondelete="CASCADE"), index=True)
    language: Mapped[str] = mapped_column(String(3), index=True)
    level: Mapped[str] = mapped_column(String(8))


class Availability(PoolOwned, Base):
    """A weekly free time: weekday 0 (Monday) to 6, minutes of the local day, end exclusive, at most 1440."""

    __tablename__ = "availability"
    __table_args__ = (
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("0 <= starts_minute AND starts_minute < ends_minute AND ends_minute <= 1440", name="minutes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id", ondelete="CASCADE"), index=True)
    weekday: Mapped[int]
    starts_minute: Mapped[int]
    ends_minute: Mapped[int]


class Absence(PoolOwned, Base):
    """Days on which a mediator is away, both ends included."""

    __tablename__ = "absence"
    __table_args__ = (CheckConstraint("first_day <= last_day", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id", ondelete="CASCADE"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]


class Exclusion(PoolOwned, Base):
    """An organisation for which a mediator does not want to, or may not, work."""

    __tablename__ = "exclusion"
    __table_args__ = (UniqueConstraint("mediator_id", "organisation_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id", ondelete="CASCADE"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id", ondelete="CASCADE"))


class Consent(PoolOwned, Base):
    """What a mediator agreed to (such as being texted), in which version of the text and when."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    mediator_id: Mapped[int] = mapped_column(ForeignKey("mediator.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
