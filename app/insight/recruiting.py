"""Whom the pool should look for and whom it cannot do without, by the last forecast; and who wants a word."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from app.insight import forecast
from app.insight.forecast import Known
from app.insight.free_people import speakers
from app.models import Assignment, AssignmentState, Mediator, MediatorStatus, Offer, OfferStatus, Pool
from scheduler.forecast.remedies import Newcomer

# a forecast is about four weeks
PERIODS_A_YEAR: Final = 13
MOST_NAMED: Final = 8
LATELY: Final = timedelta(days=90)
# so many tasks more than half the people have are many, if they are this many at all
MUCH_MORE, MANY_TASKS = 3.0, 6
# so many questions in a row without a yes are a sign
SILENT_AFTER: Final = 4
_NOS: Final = frozenset({OfferStatus.DECLINED, OfferStatus.EXPIRED})


class Sign(StrEnum):
    """What about somebody wants a word with them."""

    BURDENED = "burdened"
    LEAVING = "leaving"
    WAITING = "waiting"


@dataclass(frozen=True)
class Advice:
    """One person to look for, given those before, and how many more requests a year would be filled."""

    newcomer: Newcomer
    filled_more: float
    speakers: int


@dataclass(frozen=True)
class Indispensable:
    """Somebody without whom so many more requests a year would stay unfilled, and in which language they are rare."""

    mediator: Mediator
    language: str
    unfilled_more: float


@dataclass(frozen=True)
class Noticed:
    """A sign about somebody, and the number that it rests on: tasks, days of membership, or noes in a row."""

    mediator: Mediator
    sign: Sign
    number: int


@dataclass(frozen=True)
class Recruiting:
    """All of it; `unfilled` is how many requests a year are expected to stay unfilled as the pool is."""

    known: Known
    advice: tuple[Advice, ...]
    indispensable: tuple[Indispensable, ...]
    unfilled: float
    bears: Mapping[str, int]


def recruiting(session: Session, pool: Pool) -> Recruiting | None:
    """What the last forecast says; None where none was made yet."""
    known = forecast.latest(session, pool)
    if known is None:
        return None
    found = known.outlook.forecast
    spoken = speakers(session, {one.language for one in found.languages}, pool.min_level)
    advice = [Advice(one, _a_year(one.gain), spoken.get(one.language, 0)) for one in known.outlook.advice]
    return Recruiting(
        known,
        tuple(one for one in advice if one.filled_more >= 1),
        _indispensable(session, known, spoken),
        _a_year(found.total.unfilled.mean),
        {one.language: one.bears for one in found.languages},
    )


def _a_year(in_a_period: float) -> float:
    return round(in_a_period * PERIODS_A_YEAR, 1)


def _indispensable(session: Session, known: Known, spoken: Mapping[str, int]) -> tuple[Indispensable, ...]:
    needed = {int(one.mediator): _a_year(one.needed) for one in known.outlook.forecast.people}
    first = sorted(needed, key=lambda person: (-needed[person], person))[:MOST_NAMED]
    people = session.scalars(
        select(Mediator)
        .where(Mediator.id.in_(first), Mediator.status == MediatorStatus.ACTIVE)
        .options(selectinload(Mediator.skills))
    )
    asked = {one.language: one.expected.requests.mean for one in known.outlook.forecast.languages}
    found = []
    for one in people:
        # of what they speak, what most is asked for of how few
        own = [skill.language for skill in one.skills if asked.get(skill.language)]
        rarest = max(own, key=lambda language: (asked[language] / (spoken.get(language) or 1), language), default=None)
        if rarest is not None and needed[one.id] >= 1:
            found.append(Indispensable(one, rarest, needed[one.id]))
    return tuple(sorted(found, key=lambda one: (-one.unfilled_more, one.mediator.id)))


def noticed(session: Session, now: datetime) -> tuple[Noticed, ...]:
    """Who carries much, who waits, who may be about to leave, of those who may be asked; the most pressing first."""
    people = session.scalars(
        select(Mediator)
        .where(Mediator.status == MediatorStatus.ACTIVE, Mediator.opted_out_at.is_(None))
        .options(selectinload(Mediator.skills))
        .order_by(Mediator.id)
    ).all()
    tasks, answers = _tasks(session, now), _answers(session, now)
    usual = median([tasks[one.id] for one in people]) if people else 0
    found = []
    for one in people:
        noes = _noes_in_a_row(answers.get(one.id, ()))
        days = (now - one.created_at).days
        if tasks[one.id] >= max(MANY_TASKS, MUCH_MORE * usual):
            found.append(Noticed(one, Sign.BURDENED, tasks[one.id]))
        elif noes >= SILENT_AFTER:
            found.append(Noticed(one, Sign.LEAVING, noes))
        elif not tasks[one.id] and days >= LATELY.days:
            found.append(Noticed(one, Sign.WAITING, min(days, LATELY.days)))
    order = list(Sign)
    found.sort(key=lambda one: (order.index(one.sign), -one.number, one.mediator.id))
    return tuple(one for sign in order for one in [each for each in found if each.sign is sign][:MOST_NAMED])


def _tasks(session: Session, now: datetime) -> Counter[int]:
    """Mediator id -> assignments of the last months."""
    rows = session.execute(
        select(Assignment.mediator_id, func.count())
        .where(Assignment.state == AssignmentState.ACTIVE, Assignment.starts_at > now - LATELY)
        .group_by(Assignment.mediator_id)
    )
    found: Counter[int] = Counter()
    for mediator_id, number in rows:
        found[mediator_id] = number
    return found


def _answers(session: Session, now: datetime) -> Mapping[int, Sequence[OfferStatus]]:
    """Mediator id -> what became of the questions of the last months, the newest first."""
    rows = session.execute(
        select(Offer.mediator_id, Offer.status)
        .where(Offer.sent_at > now - LATELY)
        .order_by(Offer.sent_at.desc(), Offer.id.desc())
    )
    found: dict[int, list[OfferStatus]] = {}
    for mediator_id, status in rows:
        found.setdefault(mediator_id, []).append(status)
    return found


def _noes_in_a_row(answers: Sequence[OfferStatus]) -> int:
    """How many of the newest were declined or not answered; what was taken back in between says nothing."""
    number = 0
    for status in answers:
        if status in _NOS:
            number += 1
        elif status in {OfferStatus.ACCEPTED, OfferStatus.HANDED_BACK}:
            break
    return number
