"""A stretch of a long list by where it begins, not by how many came before: as fast after years as on the first day."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from flask import request
from sqlalchemy import ColumnElement, Select, literal, select, tuple_
from sqlalchemy.orm import Session

from app import ids
from app.models import Appointment, Message

T = TypeVar("T", Appointment, Message)
LENGTH = 50


@dataclass(frozen=True)
class Stretch(Generic[T]):
    """Rows in the list's order; what comes before the row with the id `before` or after `after`, None at the ends."""

    rows: Sequence[T]
    before: int | None
    after: int | None


def asked_stretch(
    session: Session, rows: Select[T], kind: type[T], moment: ColumnElement[Any], *, newest_first: bool = False
) -> Stretch[T]:
    """What `?after=ID` or `?before=ID` asks for of a list in the order of `moment` and id; otherwise its beginning."""
    for name, backward in (("after", False), ("before", True)):
        anchor = _anchor(session, kind, moment, name)
        if anchor is not None:
            found, more = _next(session, rows, kind, moment, anchor, up=backward == newest_first)
            if not backward:
                return Stretch(found, found[0].id if found else None, found[-1].id if more else None)
            if more:
                return Stretch(found[::-1], found[-1].id, found[0].id)
            # less than a stretch comes before: the whole beginning
            break
    found, more = _next(session, rows, kind, moment, None, up=not newest_first)
    return Stretch(found, None, found[-1].id if more else None)


def _anchor(session: Session, kind: type[T], moment: ColumnElement[Any], name: str) -> ColumnElement[Any] | None:
    """The place of the row that an argument names, as it is now."""
    wanted = ids.read(request.args.get(name, ""))
    found = session.execute(select(moment, kind.id).where(kind.id == wanted)).first() if wanted else None
    return tuple_(literal(found[0], moment.type), literal(found[1])) if found else None


def _next(
    session: Session,
    rows: Select[T],
    kind: type[T],
    moment: ColumnElement[Any],
    anchor: ColumnElement[Any] | None,
    *,
    up: bool,
) -> tuple[list[T], bool]:
    """The next rows in one direction, and whether there are more."""
    place = tuple_(moment, kind.id)
    if anchor is not None:
        rows = rows.where(place > anchor if up else place < anchor)
    order = (moment.asc(), kind.id.asc()) if up else (moment.desc(), kind.id.desc())
    found = list(session.scalars(rows.order_by(*order).limit(LENGTH + 1)))
    return found[:LENGTH], len(found) > LENGTH
