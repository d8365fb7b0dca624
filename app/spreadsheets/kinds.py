"""The tables that come in and go out: of mediators, organisations and past appointments."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.journey.history import Actor
from app.links import Links
from app.models import Pool
from app.spreadsheets import appointments, mediators, organisations
from app.spreadsheets.files import delimited, workbook
from app.spreadsheets.findings import Findings, Progress, Reading

FORMATS: Final = ("xlsx", "csv")
Lines = Iterator[Sequence[str]]


@dataclass(frozen=True)
class Kind:
    """One of them: how it is looked at, saved, and written.

    `examine` saves nothing; `lines` gives the head and the rows in the words of a locale.
    """

    name: str
    examine: Callable[[Session, Reading], Findings[Any]]
    save: Callable[[Session, datetime, Links, Findings[Any], Actor, Progress], None]
    lines: Callable[[Session, Pool, datetime, str], Lines]


KINDS: Final = {
    "mediators": Kind("mediators", mediators.examine, mediators.save, mediators.lines),
    "organisations": Kind("organisations", organisations.examine, organisations.save, organisations.lines),
    "appointments": Kind("appointments", appointments.examine, appointments.save, appointments.lines),
}


def take_in(
    session: Session,
    pool_id: int,
    kind: Kind,
    reading: Reading,
    links: Links,
    actor: Actor,
    saved: Progress | None = None,
) -> Findings[Any]:
    """Save what is new, all or nothing, and say what was found; with a problem nothing is saved.

    One after the other in a pool, so that the same file sent twice is taken once. `saved` is told how many of those
    that are new are saved, by default whoever is told how many are read. Raises Invalid.
    """
    session.execute(select(Pool.id).where(Pool.id == pool_id).with_for_update(key_share=True))
    found = kind.examine(session, reading)
    if not found.problems:
        kind.save(session, reading.now, links, found, actor, saved or reading.progress)
    return found


def written(lines: Lines, form: str) -> bytes:
    """The lines as a file: `form` is one of FORMATS."""
    return workbook.written(lines) if form == "xlsx" else delimited.written(lines)
