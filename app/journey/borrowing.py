"""What is answered to a guest, in the pool that lends, is so for the appointment it is for, in the same transaction.

The guest is held first, then that appointment: in this order always. Nothing of it is touched outside of the blocks
here, for a session bound to one pool does not see what belongs to the other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import outbox
from app.errors import AlreadyTaken, NoLongerOpen
from app.journey import falling_back, history, lending, requester_news
from app.journey.confirming import UNDO
from app.journey.filling import seat_taken
from app.journey.history import SERVICE
from app.journey.locks import lock_appointment, place_soon
from app.journey.offers import ask_the_others_again
from app.links import Links
from app.models import (
    SEEKING,
    AgreementState,
    Appointment,
    AppointmentStatus,
    Assignment,
    BorrowedSeat,
    Lending,
    LendingState,
    Message,
    MessageStatus,
    Withdrawal,
)
from app.tenancy import across_pools


def settled(appointment: Appointment, now: datetime) -> list[BorrowedSeat]:
    """Who comes from a neighbour, once they cannot take it back with a tap any more."""
    if not appointment.seats_borrowed:
        return []
    return [one for one in appointment.borrowed_seats if now >= one.created_at + UNDO]


@contextmanager
def held(session: Session, guest: Appointment) -> Iterator[tuple[Lending, Appointment]]:
    """What is asked by a guest that the caller holds, and the appointment it is for, held as well."""
    with across_pools(session):
        about = session.execute(select(Lending.appointment_id).where(Lending.guest_id == guest.id)).scalar_one()
        appointment = lock_appointment(session, about)
        found = select(Lending).where(Lending.guest_id == guest.id).with_for_update(of=Lending)
        asked = session.execute(found.execution_options(populate_existing=True)).scalar_one()
        session.expire(appointment, ["borrowed_seats"])
        yield asked, appointment


def claim(session: Session, guest: Appointment) -> None:
    """Make sure that a yes to the guest still finds its seat free over there. Raises AlreadyTaken, NoLongerOpen."""
    with held(session, guest) as (asked, appointment):
        if appointment.seats_open == 0 or asked.why is Withdrawal.TAKEN:
            raise AlreadyTaken("already_taken")
        if asked.state is not LendingState.OUT or asked.agreement.state is not AgreementState.IN_FORCE:
            raise NoLongerOpen("offer_by_hand")


def take(session: Session, now: datetime, links: Links, assignment: Assignment) -> None:
    """Somebody has said yes to the guest: the seat over there is theirs."""
    mediator = assignment.mediator
    with held(session, assignment.appointment) as (asked, appointment):
        seat = BorrowedSeat(
            from_pool_id=asked.from_pool_id,
            to_pool_id=asked.to_pool_id,
            lending=asked,
            appointment_id=appointment.id,
            assignment_id=assignment.id,
            name=mediator.name,
            phone=mediator.phone,
            language=assignment.language,
            created_at=now,
        )
        session.add(seat)
        appointment.seats_borrowed += 1
        session.flush()
        session.expire(appointment, ["borrowed_seats"])
        history.record(session, now, "neighbour_accepted", SERVICE, appointment, pool_name=assignment.pool.name)
        seat_taken(session, now, appointment, borrowed=True)
        requester_news.confirm_borrowed(session, now, now + UNDO, links, appointment, seat)


def give_back(session: Session, now: datetime, links: Links, assignment: Assignment, *, undone: bool = False) -> bool:
    """Who has said yes to a guest does not come after all; gives whether somebody else of their pool is wanted."""
    with held(session, assignment.appointment) as (asked, appointment):
        _give_back(session, now, links, appointment, assignment, undone=undone)
        if asked.state is not LendingState.OUT:
            asked.due_at = now
        return asked.state is LendingState.OUT


def gave_up(session: Session, now: datetime, guest: Appointment) -> None:
    """Nobody is left to be asked for the guest: the sweep carries that over.

    Many guests may be held here at once, so the appointments that they are for are not held as well.
    """
    own = (Lending.guest_id == guest.id, Lending.state == LendingState.OUT)
    session.execute(update(Lending).where(*own).values(due_at=now))


def refuse(session: Session, now: datetime, links: Links, guest: Appointment) -> None:
    """The lender takes the guest back, with whoever has said yes to it."""
    with held(session, guest) as (asked, appointment):
        for assignment in guest.active_assignments:
            _give_back(session, now, links, appointment, assignment, undone=False)
        if asked.state is LendingState.OUT:
            over(session, now, asked, appointment)


def over(session: Session, now: datetime, asked: Lending, appointment: Appointment) -> None:
    """Nobody there can come: the search goes on. The caller holds both."""
    asked.end(LendingState.OVER, now)
    appointment.borrow_until = None
    history.record(session, now, "neighbour_over", SERVICE, appointment, pool_name=asked.agreement.neighbour_of(
        appointment.pool_id).name)  # fmt: skip
    if appointment.status in SEEKING and appointment.starts_at > now:
        place_soon(session, now, appointment)


def _give_back(
    session: Session, now: datetime, links: Links, appointment: Appointment, assignment: Assignment, *, undone: bool
) -> None:
    seat = next((one for one in appointment.borrowed_seats if one.assignment_id == assignment.id), None)
    if seat is None:
        return  # over there nobody counts on them any more
    appointment.seats_borrowed -= 1
    about = (Message.appointment_id == appointment.id, Message.borrowed_seat_id == seat.id)
    outbox.discard(session, now, *about)
    left = Message.status != MessageStatus.DISCARDED
    if session.scalar(select(Message.id).where(*about, left).limit(1)) is not None:
        seat.ended_at = now
        requester_news.borrowed_back(session, now, links, appointment, seat)
    else:
        # nobody has heard of them: nothing is kept of who it was
        session.delete(seat)
    session.flush()
    session.expire(appointment, ["borrowed_seats"])
    history.record(session, now, "neighbour_handed_back", SERVICE, appointment, pool_name=assignment.pool.name)
    if appointment.starts_at <= now:
        return
    falling_back.reopen(session, now, appointment)
    if lending.out(session, appointment) is not None:
        lending.wait(now, appointment)
    if undone and ask_the_others_again(session, now, appointment):
        appointment.advance(AppointmentStatus.OFFERING)
    place_soon(session, now, appointment)
