"""Translation devices for appointments to which nobody can come: reserved, handed out, brought back, given free."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from app.errors import NoLongerOpen, NotFound
from app.journey import history
from app.journey.history import SERVICE, Actor
from app.models import HOLDS_DEVICE, Appointment, DeviceLoan, LoanState, TranslationDevice

# Before and after an appointment: the way from where it is fetched and back.
ON_THE_WAY: Final = timedelta(hours=1)
# What is not back in time may take as long as this to be called for and fetched.
FETCHED_WITHIN: Final = timedelta(days=2)


def free_devices(session: Session, now: datetime, appointment: Appointment) -> Sequence[TranslationDevice]:
    """Those that know one of its languages and that nobody has at the time; first who knows few, then by name.

    One that is not back in time is nobody's to promise for the next days.
    """
    starts, ends = appointment.starts_at - ON_THE_WAY, appointment.ends_at + ON_THE_WAY
    then = and_(DeviceLoan.starts_at < ends, DeviceLoan.ends_at > starts)
    lent = exists().where(
        DeviceLoan.device_id == TranslationDevice.id,
        DeviceLoan.state.in_(HOLDS_DEVICE),
        or_(then, DeviceLoan.is_late(now)) if starts < now + FETCHED_WITHIN else then,
    )
    # a worker that places sees every pool
    own = (TranslationDevice.pool_id == appointment.pool_id, TranslationDevice.active)
    active = select(TranslationDevice).where(*own, ~lent).order_by(TranslationDevice.name)
    wanted = {appointment.language, *appointment.accepted_languages, *appointment.fallback_languages}
    fitting = [one for one in session.scalars(active) if not one.languages or wanted & set(one.languages)]
    # one that knows all may be needed where no other helps
    return sorted(fitting, key=lambda one: (not one.languages, len(one.languages)))


def loan_of(session: Session, appointment: Appointment) -> DeviceLoan | None:
    """The device that is kept for it; None if there is none."""
    return session.scalar(_kept(appointment))


def reserve(session: Session, now: datetime, appointment: Appointment, actor: Actor = SERVICE) -> DeviceLoan | None:
    """Keep the first free device for an appointment that the caller holds; None if there is none, or it has begun.

    A second time gives the same.
    """
    loan = loan_of(session, appointment)
    if loan is not None or appointment.starts_at <= now:
        return loan
    while free := free_devices(session, now, appointment):
        held = select(TranslationDevice.id).where(TranslationDevice.id == free[0].id)
        session.execute(held.with_for_update(of=TranslationDevice))
        # somebody else may have been faster
        if free[0].id not in {one.id for one in free_devices(session, now, appointment)}:
            continue
        loan = DeviceLoan(
            pool_id=appointment.pool_id,
            device_id=free[0].id,
            appointment_id=appointment.id,
            starts_at=appointment.starts_at - ON_THE_WAY,
            ends_at=appointment.ends_at + ON_THE_WAY,
            state=LoanState.RESERVED,
            created_at=now,
        )
        session.add(loan)
        session.flush()
        history.record(session, now, "device_reserved", actor, appointment, device=free[0].name)
        return loan
    return None


def release(session: Session, now: datetime, appointment: Appointment) -> None:
    """Somebody comes, or it does not take place then: what is reserved is free for others. The caller holds it.

    A device that has been handed out stays with whoever has it.
    """
    # whoever hands it out holds the loan alone
    held = _kept(appointment).with_for_update(of=DeviceLoan).execution_options(populate_existing=True)
    loan = session.scalar(held)
    if loan is not None and loan.state is LoanState.RESERVED:
        loan.advance(LoanState.CANCELLED)
        loan.ended_at = now
        history.record(session, now, "device_released", SERVICE, appointment, device=loan.device.name)


def hand_out(session: Session, now: datetime, loan_id: int, actor: Actor) -> DeviceLoan:
    """Somebody has fetched it; a second time changes nothing. Raises NotFound, NoLongerOpen."""
    loan = _held(session, loan_id)
    if loan.state is LoanState.HANDED_OUT:
        return loan
    if loan.state is not LoanState.RESERVED:
        raise NoLongerOpen("device_not_reserved")
    loan.advance(LoanState.HANDED_OUT)
    loan.handed_out_at = now
    history.record(session, now, "device_handed_out", actor, loan.appointment, device=loan.device.name)
    return loan


def bring_back(session: Session, now: datetime, loan_id: int, actor: Actor, *, helped: bool | None) -> DeviceLoan:
    """It is back, with whether it helped if anybody knows; said again, the last word counts.

    It is free for others from now on. Raises NotFound, NoLongerOpen.
    """
    loan = _held(session, loan_id)
    if loan.state is LoanState.RETURNED:
        loan.helped = helped
        return loan
    if loan.state is not LoanState.HANDED_OUT:
        raise NoLongerOpen("device_not_handed_out")
    loan.advance(LoanState.RETURNED)
    loan.ended_at, loan.helped = now, helped
    history.record(session, now, "device_returned", actor, loan.appointment, device=loan.device.name)
    return loan


def _kept(appointment: Appointment) -> Select[DeviceLoan]:
    return select(DeviceLoan).where(DeviceLoan.appointment_id == appointment.id, DeviceLoan.state.in_(HOLDS_DEVICE))


def _held(session: Session, loan_id: int) -> DeviceLoan:
    loan = session.scalar(select(DeviceLoan).where(DeviceLoan.id == loan_id).with_for_update(of=DeviceLoan))
    if loan is None:
        raise NotFound("device_loan_not_found")
    return loan
