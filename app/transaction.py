"""Commit or roll back: the edges' one door to the database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TypeVar

from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import tenancy, wakeups
from app.extensions import READ_ONLY, db
from app.tenancy import Begin

# PostgreSQL's word for "somebody else's lock was in the way, nothing was done, come again": deadlock, serialization.
TRY_AGAIN = frozenset({"40P01", "40001"})
TRIES = 3
T = TypeVar("T")


def is_deadlock(error: DBAPIError) -> bool:
    """Whether the database gave up this transaction only because of another one; then it may simply be done again."""
    return getattr(error.orig, "sqlstate", None) in TRY_AGAIN


def again_after_deadlock(work: Callable[[], T]) -> T:
    """Do the work, which leaves nothing behind where it fails; again if it met a deadlock, three times at most."""
    for _ in range(TRIES - 1):
        try:
            return work()
        except DBAPIError as error:
            if not is_deadlock(error):
                raise
    return work()


def in_transaction(begin: Begin, work: Callable[[Session], T]) -> T:
    """Do the work in a transaction of its own, again from the beginning if it met a deadlock."""

    def whole() -> T:
        with begin() as session:
            return work(session)

    return again_after_deadlock(whole)


@contextmanager
def transaction(pool_id: int | None) -> Iterator[Session]:
    """A session bound to the pool; what was done in the block is kept as a whole, or not at all if it raises.

    `None` binds to no pool: only rows that belong to the installation, or `tenancy.across_pools`.
    """
    session: Session = db.session()
    tenancy.bind(session, pool_id)
    # what was read before must not leave a read-only transaction open under the writes
    session.rollback()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        wakeups.forget(session)
        raise
    wakeups.send(session)


def reading(pool_id: int | None) -> Session:
    """A session bound to the pool in which the database itself refuses to write; for GET and HEAD."""
    session: Session = db.session()
    tenancy.bind(session, pool_id)
    if not session.in_transaction():
        session.connection(execution_options={READ_ONLY: True, "postgresql_readonly": True})
    return session


def in_own_context(app: Flask, pool_id: int | None = None, *, every_pool: bool = False) -> Begin:
    """A function that opens a transaction in an application context of its own; for threads and the worker."""

    @contextmanager
    def begin() -> Iterator[Session]:
        with (
            app.app_context(),
            transaction(pool_id) as session,
            tenancy.across_pools(session) if every_pool else nullcontext(),
        ):
            yield session

    return begin
