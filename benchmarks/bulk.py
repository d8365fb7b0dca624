"""Rows by the million into an empty, migrated database: COPY on PostgreSQL, executemany on SQLite."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any, cast

from psycopg import sql
from sqlalchemy import Connection, Table, text

Row = tuple[Any, ...]
FLUSH_AFTER = 20_000


class Writer:
    """Takes rows table by table and writes them in thousands; parents first, in the order the tables were named.

    `columns` of a table are those that a row brings, in its order; the model's own defaults fill the others.
    """

    def __init__(self, connection: Connection, columns: dict[Table, Sequence[str]]) -> None:
        self._connection = connection
        self._columns = {table: _filled(table, given) for table, given in columns.items()}
        self._waiting: dict[Table, list[Row]] = {table: [] for table in columns}
        self._write = _copy if connection.dialect.name == "postgresql" else _many

    def add(self, table: Table, *values: Any) -> None:
        """One row; instants are aware, JSON are Python values of lists and dictionaries."""
        self._waiting[table].append(values)
        if len(self._waiting[table]) >= FLUSH_AFTER:
            self.flush()

    def flush(self) -> None:
        """Write what waits."""
        for table, rows in self._waiting.items():
            if rows:
                names, defaults = self._columns[table]
                self._write(self._connection, table, names, ((*row, *defaults) for row in rows))
                rows.clear()


def go_on_counting(connection: Connection, tables: Sequence[Table]) -> None:
    """Let the next ids follow those that were written by number; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        for table in tables:
            newest = f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), max(id)) FROM {table.name}"  # noqa: S608 - our own tables' names
            connection.execute(text(newest))


def _filled(table: Table, given: Sequence[str]) -> tuple[list[str], Row]:
    """The columns that are written, and the values of those that no row brings but the model does."""
    names, defaults = list(given), []
    for column in table.columns:
        if column.name in given or column.default is None:
            continue
        found: Any = getattr(column.default, "arg", None)
        names.append(column.name)
        defaults.append(cast("Callable[[object], Any]", found)(None) if callable(found) else found)
    return names, tuple(defaults)


def _copy(connection: Connection, table: Table, names: Sequence[str], rows: Iterator[Row]) -> None:
    where = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("no connection")
    with driver.cursor() as cursor, cursor.copy(where) as copy:
        for row in rows:
            copy.write_row([json.dumps(one) if isinstance(one, (list, dict)) else one for one in row])


def _many(connection: Connection, table: Table, names: Sequence[str], rows: Iterator[Row]) -> None:
    places = ", ".join("?" * len(names))
    statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})"  # noqa: S608 - our own tables' names
    connection.exec_driver_sql(statement, [tuple(map(_plain, row)) for row in rows])


def _plain(value: Any) -> Any:
    """As SQLite keeps it (see app.models.base.UtcDateTime)."""
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, (list, dict)) else value


@contextmanager
def writing(connection: Connection, columns: dict[Table, Sequence[str]]) -> Iterator[Writer]:
    """A writer; afterwards everything is written and the planner knows the tables."""
    writer = Writer(connection, columns)
    yield writer
    writer.flush()
    go_on_counting(connection, [table for table in columns if "id" in table.columns])
    connection.execute(text("ANALYZE"))
