"""With whom a pool lends and borrows people: offered by an admin of one pool, accepted by one of the other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import FieldProblem, Invalid, NoLongerOpen, NotFound
from app.journey import history, lending
from app.journey.history import Actor
from app.models import (
    MODES,
    STANDING,
    AgreementState,
    Lending,
    LendingAgreement,
    LendingState,
    Pool,
    Role,
    languages,
)
from app.tenancy import across_pools

WRITTEN_BY: Final = Role.ADMIN


@dataclass(frozen=True)
class AgreementData:
    """What is offered to which pool (its id), as somebody may have chosen it."""

    neighbour: int | None
    languages: tuple[str, ...]
    modes: tuple[str, ...]


def neighbours(session: Session, pool_id: int) -> Sequence[Pool]:
    """The pools to which something can be offered, by name: invented towns among themselves."""
    own = session.get_one(Pool, pool_id)
    others = select(Pool).where(Pool.id != pool_id, Pool.is_demo == own.is_demo)
    return session.scalars(others.order_by(Pool.name, Pool.id)).all()


def standing(session: Session) -> Sequence[LendingAgreement]:
    """What is offered or in force with others, oldest first."""
    found = select(LendingAgreement).where(LendingAgreement.state.in_(STANDING))
    return session.scalars(found.order_by(LendingAgreement.id)).all()


def offer(session: Session, now: datetime, pool_id: int, data: AgreementData, actor: Actor) -> LendingAgreement:
    """Offer it to another pool, which then accepts or declines. Raises Invalid."""
    problems = list(check(session, pool_id, data))
    if problems or data.neighbour is None:
        raise Invalid(problems)
    found = LendingAgreement(
        from_pool_id=pool_id,
        to_pool_id=data.neighbour,
        languages=list(dict.fromkeys(data.languages)),
        modes=[one for one in MODES if one in data.modes],
        state=AgreementState.OFFERED,
        pair_key=f"{min(pool_id, data.neighbour)}:{max(pool_id, data.neighbour)}",
        offered_at=now,
    )
    session.add(found)
    try:
        session.flush()
    except IntegrityError as error:
        raise Invalid([FieldProblem("neighbour", "agreement_stands")]) from error
    history.record(session, now, "lending_offered", actor, pool_name=found.to_pool.name)
    return found


def answer(
    session: Session, now: datetime, pool_id: int, agreement_id: int, actor: Actor, *, accepted: bool
) -> LendingAgreement:
    """Accept or decline what another pool has offered; said again, nothing changes. Raises NotFound, NoLongerOpen."""
    found = _held(session, agreement_id)
    state = AgreementState.IN_FORCE if accepted else AgreementState.DECLINED
    if found.state is state:
        return found
    if found.state is not AgreementState.OFFERED or found.to_pool_id != pool_id:
        raise NoLongerOpen("agreement_answered")
    found.advance(state, now)
    found.answered_at = now
    if accepted:
        with across_pools(session):
            lending.stand_in(session, found.from_pool, found.to_pool)
            lending.stand_in(session, found.to_pool, found.from_pool)
    kind = "lending_accepted" if accepted else "lending_declined"
    history.record(session, now, kind, actor, pool_name=found.from_pool.name)
    return found


def withdraw(session: Session, now: datetime, pool_id: int, agreement_id: int, actor: Actor) -> LendingAgreement:
    """End it, from either side: whoever is asked is told, who has said yes comes. A second time changes nothing.

    Raises NotFound, NoLongerOpen.
    """
    found = _held(session, agreement_id)
    if found.state is AgreementState.WITHDRAWN:
        return found
    if found.state is AgreementState.DECLINED:
        raise NoLongerOpen("agreement_answered")
    found.advance(AgreementState.WITHDRAWN, now)
    asked = (Lending.agreement_id == found.id, Lending.state == LendingState.OUT)
    session.execute(update(Lending).where(*asked).values(due_at=now))
    history.record(session, now, "lending_withdrawn", actor, pool_name=found.neighbour_of(pool_id).name)
    return found


def check(session: Session, pool_id: int, data: AgreementData) -> Iterable[FieldProblem]:
    """Everything that is wrong, field by field."""
    if data.neighbour not in {one.id for one in neighbours(session, pool_id)}:
        yield FieldProblem("neighbour", "required")
    if not data.languages:
        yield FieldProblem("languages", "required")
    for code in data.languages:
        found = languages.find(code)
        if found is None or found.members:
            yield FieldProblem("languages", "unknown_language", {"value": code})
    if not data.modes:
        yield FieldProblem("modes", "required")
    for mode in data.modes:
        if mode not in MODES:
            yield FieldProblem("modes", "unknown_choice", {"value": mode, "choices": ", ".join(MODES)})


def _held(session: Session, agreement_id: int) -> LendingAgreement:
    own = select(LendingAgreement).where(LendingAgreement.id == agreement_id)
    found = session.scalar(own.with_for_update(of=LendingAgreement).execution_options(populate_existing=True))
    if found is None:
        raise NotFound("agreement_not_found")
    return found
