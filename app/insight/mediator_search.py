"""Who is in the pool: found by name or language, narrowed, and in an order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, exists, or_, select
from sqlalchemy.orm import Session

from app.models import Assignment, AssignmentState, Availability, Mediator, MediatorStatus, Skill, languages
from app.models.languages import plain


class Order(StrEnum):
    """What a list of people may be sorted by."""

    NAME = "name"
    DISTRICT = "district"
    LAST = "last"
    NEXT = "next"


@dataclass(frozen=True)
class Wanted:
    """Whom a list shows: `text` is part of a name, or how a language begins; without a status, who has not left.

    `to_do` keeps who needs something from a coordinator, `to_renew` whose clearances do (see renewals.py).
    """

    text: str = ""
    language: str = ""
    status: MediatorStatus | None = None
    to_do: bool = False
    to_renew: bool = False
    order: Order = Order.NAME
    descending: bool = False


def needs_attention() -> ColumnElement[bool]:
    """Who cannot be asked, or not by SMS, until somebody sees to it: a wrong number, a STOP, no free times at all."""
    timeless = (Mediator.status == MediatorStatus.ACTIVE) & ~exists().where(Availability.mediator_id == Mediator.id)
    troubled = or_(Mediator.phone_trouble.is_not(None), Mediator.opted_out_at.is_not(None), timeless)
    return troubled & (Mediator.status != MediatorStatus.LEFT)


def search(session: Session, now: datetime, wanted: Wanted, among: Collection[int] | None = None) -> list[int]:
    """Ids of whom the list shows, in its order; marks and capitals do not matter, `ozturk` finds Öztürk.

    `among` keeps only these (ids).

    Reads a narrow row of everybody in the pool: neither database folds all scripts alike, and a pool has few people.
    """
    found = session.execute(
        select(Mediator.id, Mediator.name, _sorted_by(wanted.order, now)).where(*_conditions(wanted))
    ).all()
    if among is not None:
        found = [one for one in found if one.id in among]
    if wanted.text:
        speakers = _speakers(session, wanted.text)
        part = plain(wanted.text)
        found = [one for one in found if one.id in speakers or part in plain(one.name)]
    return [one_id for _, _, one_id in _in_order([(key, plain(name), one) for one, name, key in found], wanted)]


def _in_order(found: list[tuple[Any, str, int]], wanted: Wanted) -> list[tuple[Any, str, int]]:
    """By the key, then by name; who has no key comes last, but of those who wait whoever never came waits longest."""
    found = sorted(found, key=lambda one: one[1:])
    if wanted.order is Order.NAME:
        return found[::-1] if wanted.descending else found
    keyed = [one for one in found if one[0]]
    fold = plain if wanted.order is Order.DISTRICT else lambda key: key
    keyed.sort(key=lambda one: fold(one[0]), reverse=wanted.descending)
    without = [one for one in found if not one[0]]
    return without + keyed if wanted.order is Order.LAST and not wanted.descending else keyed + without


def _sorted_by(order: Order, now: datetime) -> Any:
    if order is Order.LAST:
        return last_begin(now)
    if order is Order.NEXT:
        return next_begin(now)
    return Mediator.home_district if order is Order.DISTRICT else Mediator.name


def _conditions(wanted: Wanted) -> Sequence[ColumnElement[bool]]:
    status = Mediator.status == wanted.status if wanted.status else Mediator.status != MediatorStatus.LEFT
    found = [status, Mediator.erased_at.is_(None)]
    if wanted.language:
        found.append(Mediator.skills.any(Skill.language == wanted.language))
    if wanted.to_do:
        found.append(needs_attention())
    return found


def _speakers(session: Session, text: str) -> set[int]:
    """Who speaks a language that begins like this; a word for several languages stands for each of them."""
    codes = {code for one in languages.beginning(text) for code in (one.code, *one.members)}
    return set(session.scalars(select(Skill.mediator_id).where(Skill.language.in_(codes)))) if codes else set()


def last_begin(now: datetime) -> ScalarSelect[datetime]:
    """When a mediator's last assignment began; a column beside Mediator, NULL for never."""
    return _begin(Assignment.starts_at <= now, Assignment.starts_at.desc())


def next_begin(now: datetime) -> ScalarSelect[datetime]:
    """When a mediator's next assignment begins; a column beside Mediator, NULL for none."""
    return _begin(Assignment.starts_at > now, Assignment.starts_at.asc())


def _begin(when: ColumnElement[bool], order: Any) -> ScalarSelect[datetime]:
    mine = Assignment.state == AssignmentState.ACTIVE, Assignment.mediator_id == Mediator.id
    return select(Assignment.starts_at).where(*mine, when).order_by(order).limit(1).scalar_subquery()
