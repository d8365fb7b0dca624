"""Numbers of rows before they are inserted, so that what names them is written in the same breath."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.models import Base


def reserve(session: Session, table: type[Base], count: int) -> list[int | None]:
    """As many numbers as rows are to be added to the table; nobody else gets them.

    All None on SQLite, where a flush gives them: what it costs to ask for them there is no more than a call.
    """
    if not count or session.get_bind().dialect.name != "postgresql":
        return [None] * count
    sequence = func.pg_get_serial_sequence(table.__tablename__, "id")
    each = func.generate_series(1, count).table_valued("each")
    return list(session.scalars(select(func.nextval(sequence)).select_from(each)))
