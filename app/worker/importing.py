"""Tables that coordinators agreed to take in: read and saved one after the other, while they look on."""

from functools import partial
from typing import Any, Final

import structlog
from sqlalchemy.orm import Session

from app.errors import Invalid
from app.models import TableImport
from app.spreadsheets import imports
from app.spreadsheets.findings import Findings, Progress, Reading, nobody
from app.spreadsheets.kinds import KINDS
from app.transaction import in_transaction
from app.worker.asked_runs import Asked, Told, claim, own
from app.worker.tools import GivenUp, Worker

log = structlog.get_logger()

# a table that ends its worker's process again and again would end it for ever
MOST_TRIES: Final = 3


class _TakenOver(Exception):
    """Somebody else is at it, or it was cancelled: nothing of it is to be saved here."""


def take_in_tables(worker: Worker) -> int:
    """Take in all that wait; gives how many there were."""
    done = 0
    while (asked := in_transaction(worker.every_pool, partial(_claim, worker))) is not None:
        _take_in(worker, asked)
        done += 1
    return done


def _claim(worker: Worker, session: Session) -> Asked | None:
    found: TableImport | None = claim(worker, TableImport, session)
    if found is None:
        return None
    found.rows_done, found.saving_since = 0, None
    found.tries += 1
    return Asked(found.id, found.pool_id)


def _take_in(worker: Worker, asked: Asked) -> None:
    """Look through it, so that it is seen how far it is, then save it with its result in one transaction."""
    told = Told(worker, TableImport, asked)
    problems, error = None, None
    try:
        run, what, found = _looked_through(worker, asked, told)
        if found.problems:
            problems = len(found.problems)
        else:
            _tell(told, partial(_begins_to_save, worker, len(found.new)), at_once=True)
            in_transaction(worker.pool(asked.pool_id), partial(_save, worker, run, what, told))
            return
    except (GivenUp, _TakenOver):
        log.info("import_given_up", run=asked.run_id)
    except Invalid as invalid:
        # what has changed between looking and saving
        problems = len(invalid.problems)
    except Exception as problem:
        # one table that cannot be taken in must not keep others waiting
        log.exception("import_failed", run=asked.run_id, pool=asked.pool_id)
        error = type(problem).__name__
    in_transaction(worker.pool(asked.pool_id), partial(_end, worker, asked, problems, error))


def _looked_through(
    worker: Worker, asked: Asked, told: Told[TableImport]
) -> tuple[TableImport, Reading, Findings[Any]]:
    """The import, its table and what is found in it, read without keeping anybody from writing."""
    with worker.reading(asked.pool_id) as session:
        run = session.get_one(TableImport, asked.run_id)
        now = worker.clock()
        if run.tries > MOST_TRIES or now - run.asked_at > imports.WAITS:
            raise TimeoutError(f"begun {run.tries} times since {run.asked_at:%Y-%m-%d %H:%M}")
        what = imports.reading_of(session, now, run, _counting(told))
        return run, what, KINDS[run.kind].examine(session, what)


def _save(worker: Worker, run: TableImport, what: Reading, told: Told[TableImport], session: Session) -> None:
    """Save all of it and what came of it; its own row is held at the end alone, for how far it is is written there."""
    saved = _counting(told) if imports.is_seen_while_saved(session) else nobody
    silent = Reading(what.now, what.zone, what.sheet, what.fields, what.options)
    found = imports.save(session, worker.links, run, silent, saved)
    mine = own(worker, TableImport, run.id, session)
    if mine is None or mine.cancelled_at is not None:
        raise _TakenOver
    mine.finished_at = worker.clock()
    mine.problems = len(found.problems) or None
    if not found.problems:
        mine.saved, mine.present = len(found.new), found.present


def _end(worker: Worker, asked: Asked, problems: int | None, error: str | None, session: Session) -> None:
    run = own(worker, TableImport, asked.run_id, session)
    if run is not None:
        run.finished_at = worker.clock()
        if run.cancelled_at is None:
            run.problems, run.error = problems, error


def _counting(told: Told[TableImport]) -> Progress:
    return lambda count: _tell(told, partial(_count, count))


def _tell(told: Told[TableImport], note: Any, *, at_once: bool = False) -> None:
    if not told(note, at_once=at_once):
        raise GivenUp


def _count(count: int, run: TableImport) -> None:
    run.rows_done = count


def _begins_to_save(worker: Worker, new: int, run: TableImport) -> None:
    run.saving_since, run.new, run.rows_done = worker.clock(), new, 0
