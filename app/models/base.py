"""What all rows share: names of constraints, instants in UTC, and the pool that owns them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, Enum, ForeignKey, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from app.models.pool import Pool

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware in Python, UTC in the database; a naive value is refused with ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database; SQLite keeps text, so it gets UTC without an offset: then text sorts as time does."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant {value.isoformat()}: say its offset")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """From the database, always aware in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The declarative base of all rows; knows nothing of Flask."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[Mapping[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        list[int]: JSON,
    }


class PoolOwned:
    """A tenant's row: carries pool_id, and is only visible to a session bound to that pool (see app/tenancy.py)."""

    @declared_attr
    @classmethod
    def pool_id(cls) -> Mapped[int]:
        """The owner."""
        return mapped_column(Integer, ForeignKey("pool.id", ondelete="CASCADE"), index=True)

    @declared_attr
    @classmethod
    def pool(cls) -> Mapped["Pool"]:
        """The owner's row; read once a session, for all rows of a pool share it."""
        # to read by alone: who owns a row is said by pool_id, which app/tenancy.py checks
        return relationship("Pool", viewonly=True)


class BetweenPools:
    """A row of two tenants, which sessions bound to either see: one asks or offers, the other is asked."""

    @declared_attr
    @classmethod
    def from_pool_id(cls) -> Mapped[int]:
        """Who asks or offers."""
        return mapped_column(Integer, ForeignKey("pool.id", ondelete="CASCADE"), index=True)

    @declared_attr
    @classmethod
    def to_pool_id(cls) -> Mapped[int]:
        """Who is asked."""
        return mapped_column(Integer, ForeignKey("pool.id", ondelete="CASCADE"), index=True)


def enum_column(kind: type[Any]) -> Enum:
    """A StrEnum kept by value as text, without a database type of its own, so that a new state needs no lock."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )
