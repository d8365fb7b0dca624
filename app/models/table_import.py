"""A table that somebody agreed to take in, until a worker has taken all of it or nothing."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, validates

from app.models.asked_run import AskedRun
from app.models.base import Base, PoolOwned


class TableImport(AskedRun, PoolOwned, Base):
    """One table of a kind; it ends `saved` and `present`, with `problems`, with an `error`, or with none of these.

    None of these means that it was `cancelled_at` before anything was saved. `rows_done` of `rows` are read as of
    `seen_at`; from `saving_since` on, `rows_done` of `new` are saved, as far as that is seen from outside. `tries` says
    how often it was begun. The `table`, as it was looked at, is there until the import ends, however it ends.
    """

    __tablename__ = "table_import"
    __table_args__ = (Index("ix_table_import_finished_at", "finished_at", "asked_at"),)

    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200))
    table: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    digest: Mapped[str] = mapped_column(String(64))
    fields: Mapped[list[str]]
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    rows: Mapped[int]
    rows_done: Mapped[int] = mapped_column(default=0)
    new: Mapped[int] = mapped_column(default=0)
    saving_since: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    saved: Mapped[int | None]
    present: Mapped[int | None]
    problems: Mapped[int | None]

    @validates("finished_at")
    def _forget(self, _name: str, ended: datetime | None) -> datetime | None:
        # people's data, which nobody needs here any more
        if ended is not None:
            self.table = None
        return ended
