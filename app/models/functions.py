"""What the two databases call differently: local times of an instant, seconds between two, the median of a group.

SQLite knows neither zones nor medians; it gets them as functions of its connections (see `teach_sqlite`).
"""

import sqlite3
from datetime import UTC, datetime
from statistics import median as middle_of
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Float, Integer, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction


class local_month(GenericFunction[str]):  # noqa: N801 - functions of SQL are written like this
    """`local_month(instant, zone)`: the local month, such as 2026-11."""

    type = String()
    inherit_cache = True


class local_hour_of_week(GenericFunction[int]):  # noqa: N801
    """`local_hour_of_week(instant, zone)`: 0 for the hour from Monday's local midnight on, up to 167."""

    type = Integer()
    inherit_cache = True


class seconds_between(GenericFunction[float]):  # noqa: N801
    """`seconds_between(earlier, later)`."""

    type = Float()
    inherit_cache = True


class median(GenericFunction[float]):  # noqa: N801
    """`median(number)` of the group; the mean of the two in the middle. NULL does not count."""

    type = Float()
    inherit_cache = True


def _parts(function: GenericFunction[Any], compiler: SQLCompiler, options: dict[str, Any]) -> list[str]:
    return [compiler.process(one, **options) for one in function.clauses]


@compiles(local_month, "postgresql")
def _month(function: local_month, compiler: SQLCompiler, **options: Any) -> str:
    instant, zone = _parts(function, compiler, options)
    return f"to_char(timezone({zone}, {instant}), 'YYYY-MM')"


@compiles(local_hour_of_week, "postgresql")
def _hour(function: local_hour_of_week, compiler: SQLCompiler, **options: Any) -> str:
    instant, zone = _parts(function, compiler, options)
    local = f"timezone({zone}, {instant})"
    return f"CAST((extract(isodow FROM {local}) - 1) * 24 + extract(hour FROM {local}) AS INTEGER)"


@compiles(seconds_between, "postgresql")
def _seconds(function: seconds_between, compiler: SQLCompiler, **options: Any) -> str:
    earlier, later = _parts(function, compiler, options)
    return f"CAST(extract(epoch FROM {later} - {earlier}) AS DOUBLE PRECISION)"


@compiles(median, "postgresql")
def _median(function: median, compiler: SQLCompiler, **options: Any) -> str:
    (number,) = _parts(function, compiler, options)
    return f"percentile_cont(0.5) WITHIN GROUP (ORDER BY {number})"


class _Median:
    """SQLite's way of asking for an aggregate."""

    def __init__(self) -> None:
        self._numbers: list[float] = []

    def step(self, number: float | None) -> None:
        """One of the group."""
        if number is not None:
            self._numbers.append(number)

    def finalize(self) -> float | None:
        """What came of it."""
        return middle_of(self._numbers) if self._numbers else None


def teach_sqlite(connection: sqlite3.Connection) -> None:
    """Let a connection know these functions."""
    connection.create_function("local_month", 2, _local_month, deterministic=True)
    connection.create_function("local_hour_of_week", 2, _local_hour_of_week, deterministic=True)
    connection.create_function("seconds_between", 2, _seconds_between, deterministic=True)
    connection.create_aggregate("median", 1, _Median)  # type: ignore[arg-type] # typeshed knows whole numbers alone


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _local_month(text: str, zone: str) -> str:
    return f"{_instant(text).astimezone(ZoneInfo(zone)):%Y-%m}"


def _local_hour_of_week(text: str, zone: str) -> int:
    local = _instant(text).astimezone(ZoneInfo(zone))
    return local.weekday() * 24 + local.hour


def _seconds_between(earlier: str | None, later: str | None) -> float | None:
    return (_instant(later) - _instant(earlier)).total_seconds() if earlier and later else None
