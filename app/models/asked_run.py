"""What a coordinator asked for and waits for: a worker does it while they look on, and they may cancel it."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

# Whoever is at it says how far it is every second or so; after this silence somebody else takes it over.
RUN_LEASE: Final = timedelta(minutes=2)


class AskedRun:
    """What such rows share: one waits until `started_at`, and has ended at `finished_at`, with an `error` or not.

    `seen_at` is when whoever is at it last said how far it is.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    seen_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(500))

    def is_at_work(self, now: datetime) -> bool:
        """Whether whoever began has said so lately, and is not done."""
        said = self.seen_at if self.finished_at is None else None
        return said is not None and abs(now - said) < RUN_LEASE

    def cancel(self, now: datetime) -> None:
        """Want no answer any more; one that is there already stays."""
        if self.finished_at is None and self.cancelled_at is None:
            self.cancelled_at = now
            if not self.is_at_work(now):
                # nobody is there to end it, and who comes back finds that it has ended
                self.finished_at = now
