"""Tables that take a while: asked for on a page, taken in by a worker, all of one and its result in a transaction."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.errors import FieldProblem, Invalid, NotFound
from app.journey.history import SERVICE, Actor
from app.links import Links
from app.models import Account, ActorKind, Pool, TableImport
from app.spreadsheets.files import carried
from app.spreadsheets.files.table import MOST_BYTES, unreadable
from app.spreadsheets.findings import Findings, Options, Progress, Reading, nobody
from app.spreadsheets.kinds import KINDS, take_in

# of more rows than these somebody would wonder whether anything happens
AT_ONCE: Final = 300
# so many are kept for each pool, to be looked at again, and so many may wait or be under way
KEPT: Final = 20
MOST_WAITING: Final = 3
# what nobody has taken in until then is given up: it is people's data
WAITS: Final = timedelta(days=1)
LONGEST_NAME: Final = 200


def ask(session: Session, now: datetime, kind: str, name: str, reading: Reading, actor: Actor) -> TableImport:
    """Have a table taken in by a worker. One that waits is not asked for twice: a button pressed twice.

    Raises Invalid.
    """
    # one after the other, so that two presses at one moment are seen as two
    asked_by_id = actor.id if actor.kind is ActorKind.ACCOUNT else None
    session.execute(select(Account.id).where(Account.id == asked_by_id).with_for_update(key_share=True))
    table = carried.compressed(reading.sheet)
    if len(table) > MOST_BYTES:
        raise unreadable("sheet_bytes", most=MOST_BYTES // 1_000_000)
    found = TableImport(
        kind=kind,
        name=name[:LONGEST_NAME],
        asked_by_id=asked_by_id,
        asked_at=now,
        table=table,
        digest=sha256(table).hexdigest(),
        fields=list(reading.fields),
        options=asdict(reading.options),
        rows=len(reading.sheet.rows),
    )
    waiting = session.scalars(select(TableImport).where(TableImport.finished_at.is_(None))).all()
    for one in waiting:
        if one.cancelled_at is None and _what(one) == _what(found):
            return one
    if len(waiting) >= MOST_WAITING:
        raise Invalid([FieldProblem("file", "import_busy", {"most": MOST_WAITING})])
    session.add(found)
    session.flush()
    old = select(TableImport.id).where(TableImport.finished_at.is_not(None))
    old = old.order_by(TableImport.id.desc()).offset(KEPT)
    session.execute(delete(TableImport).where(TableImport.id.in_(session.scalars(old).all())))
    return found


def cancel(session: Session, now: datetime, import_id: int) -> TableImport:
    """Want it no more; what is saved already stays. Raises NotFound."""
    held = select(TableImport).where(TableImport.id == import_id).with_for_update(of=TableImport)
    found = session.scalar(held)
    if found is None:
        raise NotFound("import_not_found")
    found.cancel(now)
    return found


def asked(session: Session, kind: str, most: int) -> Sequence[TableImport]:
    """Those of a kind that are kept, the newest first."""
    rows = select(TableImport).where(TableImport.kind == kind).order_by(TableImport.id.desc()).limit(most)
    return session.scalars(rows).all()


def reading_of(session: Session, now: datetime, asked: TableImport, progress: Progress = nobody) -> Reading:
    """The table as it was agreed to. Raises Invalid."""
    zone = session.get_one(Pool, asked.pool_id).timezone
    sheet = carried.decompressed(asked.table or b"")
    return Reading(now, zone, sheet, asked.fields, Options(**asked.options), progress)


def save(session: Session, links: Links, asked: TableImport, reading: Reading, saved: Progress) -> Findings[Any]:
    """Take the whole table in or nothing of it; the caller writes in the same transaction what came of it.

    Raises Invalid.
    """
    actor = SERVICE if asked.asked_by_id is None else Actor(ActorKind.ACCOUNT, asked.asked_by_id)
    return take_in(session, asked.pool_id, KINDS[asked.kind], reading, links, actor, saved)


def is_seen_while_saved(session: Session) -> bool:
    """Whether others can write, and so see and stop it, while a table is saved; SQLite lets one write at a time."""
    return session.get_bind().dialect.name != "sqlite"


def _what(one: TableImport) -> tuple[object, ...]:
    return one.asked_by_id, one.kind, one.digest, one.fields, one.options
