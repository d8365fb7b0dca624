"""Every query is bound to a pool; without one it fails.

A session is bound once with `bind`. From then on each SELECT, UPDATE and DELETE of a tenant's rows carries
`pool_id = …`, also where a relationship loads, and each new row must belong to that pool. What belongs to two pools is
seen by both. Work for the whole installation (looking up a token, the worker's sweeps) says so with `across_pools`.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from sqlalchemy import event, or_
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, with_loader_criteria
from sqlalchemy.sql.util import find_tables

from app.errors import ForeignRow, NoPool
from app.models import Base, BetweenPools, PoolOwned

# Opens a transaction with a session that is bound to a pool, or to none: what is done in the block is kept as a whole.
Begin = Callable[[], AbstractContextManager[Session]]

_BOUND = "pool_id"
_EVERY = "every_pool"


def bind(session: Session, pool_id: int | None) -> None:
    """Let the session see this pool alone; None sees no tenant's row. Rows of another pool are dropped from memory."""
    if session.info.get(_BOUND) != pool_id:
        session.expunge_all()
    session.info[_BOUND] = pool_id


def bound_to(session: Session) -> int | None:
    """The pool that the session sees; None if it is bound to none."""
    bound: int | None = session.info.get(_BOUND)
    return bound


@contextmanager
def across_pools(session: Session) -> Iterator[Session]:
    """See every pool's rows within the block; for look-ups by token and for the worker's sweeps."""
    before = session.info.get(_EVERY, False)
    session.info[_EVERY] = True
    try:
        yield session
        # what was added in the block is judged by the block's rule, not by that of the commit after it
        session.flush()
    finally:
        session.info[_EVERY] = before


def _owned_tables(statement: Any) -> list[str]:
    """The tenants' tables a statement touches, also those it only counts or joins."""
    tenants = (PoolOwned, BetweenPools)
    owned = {str(mapper.local_table) for mapper in Base.registry.mappers if issubclass(mapper.class_, tenants)}
    found = find_tables(statement, check_columns=True, include_joins=True, include_selects=True, include_crud=True)
    return sorted(owned & {str(table) for table in found})


@event.listens_for(Session, "do_orm_execute")
def _restrict(state: ORMExecuteState) -> None:
    session = state.session
    if session.info.get(_EVERY) or not (state.is_select or state.is_update or state.is_delete):
        return
    pool_id = session.info.get(_BOUND)
    if pool_id is None:
        if tables := _owned_tables(state.statement):
            raise NoPool("no_pool", entity=", ".join(tables))
        return
    if not state.is_column_load:
        state.statement = state.statement.options(
            with_loader_criteria(PoolOwned, lambda row: row.pool_id == pool_id, include_aliases=True),
            with_loader_criteria(
                BetweenPools,
                lambda row: or_(row.from_pool_id == pool_id, row.to_pool_id == pool_id),
                include_aliases=True,
            ),
        )


@event.listens_for(Session, "before_flush")
def _own(session: Session, _context: UOWTransaction, _instances: object) -> None:
    pool_id = session.info.get(_BOUND)
    for row in session.new:
        if isinstance(row, BetweenPools):
            if pool_id not in {row.from_pool_id, row.to_pool_id} and not session.info.get(_EVERY):
                raise ForeignRow("foreign_row", entity=type(row).__name__, bound=pool_id, row=row.from_pool_id)
            continue
        if not isinstance(row, PoolOwned):
            continue
        owner: int | None = row.pool_id
        if owner is None:
            if pool_id is None:
                raise NoPool("no_pool", entity=type(row).__name__)
            row.pool_id = pool_id
        elif owner != pool_id and not session.info.get(_EVERY):
            raise ForeignRow("foreign_row", entity=type(row).__name__, bound=pool_id, row=owner)
