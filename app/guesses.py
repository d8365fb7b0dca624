"""Budgets for wrong guesses, counted in the database: one count over all processes, which a restart does not forget.

A budget counts in fixed windows. The first wrong guess opens one; when as many as allowed have been made in it, the
budget is spent until the window ends.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models import Guesses


@dataclass(frozen=True)
class Budget:
    """At most `most` wrong guesses `within` a window; `of` says of what and by whom."""

    of: str
    most: int
    within: timedelta

    @property
    def key(self) -> str:
        """What the database keeps of it."""
        return hashlib.sha256(f"{self.of} within {self.within}".encode()).hexdigest()


def spent_until(session: Session, now: datetime, budgets: Sequence[Budget]) -> datetime | None:
    """When the last of those that are spent is fresh again; None if none is spent."""
    most = {budget.key: budget.most for budget in budgets}
    rows = session.scalars(select(Guesses).where(Guesses.key.in_(most), Guesses.ends_at > now))
    return max((row.ends_at for row in rows if row.count >= most[row.key]), default=None)


def count(session: Session, now: datetime, budgets: Sequence[Budget]) -> list[Budget]:
    """Count one wrong guess in each budget; gives those that are spent by it.

    One statement over the keys in their order, so that any number of processes count at once and none waits for two
    others in a circle.
    """
    by_key = {budget.key: budget for budget in sorted(budgets, key=lambda one: one.key)}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    rows = [{"key": key, "count": 1, "ends_at": now + budget.within} for key, budget in by_key.items()]
    fresh = insert(Guesses).values(rows)
    is_over = Guesses.ends_at <= now
    written = session.execute(
        fresh.on_conflict_do_update(
            index_elements=[Guesses.key],
            set_={
                "count": case((is_over, 1), else_=Guesses.count + 1),
                "ends_at": case((is_over, fresh.excluded.ends_at), else_=Guesses.ends_at),
            },
        ).returning(Guesses.key, Guesses.count)
    ).all()
    return [by_key[key] for key, made in written if made == by_key[key].most]


def forget_old(session: Session, now: datetime) -> None:
    """Delete windows that are over."""
    session.execute(delete(Guesses).where(Guesses.ends_at <= now))


def forget(session: Session, budgets: Sequence[Budget]) -> None:
    """Make these budgets fresh again."""
    session.execute(delete(Guesses).where(Guesses.key.in_([budget.key for budget in budgets])))
