"""What whoever requested an appointment is told of who comes: somebody, somebody not after all, nobody.

What becomes of the appointment itself, for them and for mediators alike, is in confirming.py.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from app.journey import device_loans
from app.journey.telling import invites, letters
from app.journey.telling.facts import occasion, why_nobody
from app.links import Links
from app.models import Appointment, Assignment, BorrowedSeat, Mediator
from notifications import texts


def confirm(session: Session, now: datetime, due: datetime, links: Links, assignment: Assignment) -> None:
    """Tell who comes and how to reach them, at `due`."""
    _confirm(session, now, due, links, assignment, assignment.mediator, assignment.language, str(assignment.id))


def confirm_borrowed(
    session: Session, now: datetime, due: datetime, links: Links, appointment: Appointment, seat: BorrowedSeat
) -> None:
    """Tell who comes from a neighbour, at `due`; that pool tells the mediator."""
    if invites.are_out(session, appointment):
        appointment.invite_sequence += 1
    _confirm(session, now, due, links, appointment, seat, seat.language, f"borrowed:{seat.id}")


def borrowed_back(session: Session, now: datetime, links: Links, appointment: Appointment, seat: BorrowedSeat) -> None:
    """Tell that who was to come from a neighbour does not, and that we look again."""
    appointment.invite_sequence += 1
    handed_back(session, now, links, appointment, once_per=f"borrowed:{seat.id}")


def handed_back(
    session: Session, now: datetime, links: Links, about: Appointment | Assignment, *, once_per: str
) -> None:
    """Tell that who was to come does not, and that we look again; the caller has raised the sequence."""
    appointment = letters.appointment_of(about)
    words = texts.handed_back_requester(
        occasion(appointment, appointment.language, "de"),
        link=letters.staff_link(links, appointment),
        pool_name=appointment.pool.name,
    )
    letters.to_requester(session, now, now, links, about, "handed_back", words, "REQUEST", once_per=once_per)


def unfilled(session: Session, now: datetime, links: Links, appointment: Appointment) -> None:
    """Tell that nobody is left to ask, why, and that a translation device is kept for them, if so."""
    kept = device_loans.loan_of(session, appointment)
    words = texts.unfilled_requester(
        occasion(appointment, appointment.language, "de"),
        reason=why_nobody(appointment, "de"),
        link=letters.staff_link(links, appointment),
        pool_name=appointment.pool.name,
        fallbacks=[texts.device_waits(kept.device.name, kept.device.place, language="de")] if kept else [],
        coming=", ".join(assignment.mediator.name for assignment in appointment.active_assignments),
    )
    once_per = str(appointment.round)
    letters.to_requester(session, now, now, links, appointment, "unfilled", words, None, once_per=once_per)


def _confirm(
    session: Session,
    now: datetime,
    due: datetime,
    links: Links,
    about: Appointment | Assignment,
    who: Mediator | BorrowedSeat,
    language: str,
    once_per: str,
) -> None:
    appointment = letters.appointment_of(about)
    words = texts.confirmation_requester(
        occasion(appointment, language, "de"),
        mediator_name=who.name,
        mediator_phone=who.phone,
        link=letters.staff_link(links, appointment),
        pool_name=appointment.pool.name,
        still_needed=appointment.seats_open,
    )
    borrowed = who if isinstance(who, BorrowedSeat) else None
    letters.to_requester(
        session, now, due, links, about, "confirmation", words, "REQUEST", once_per=once_per, borrowed=borrowed
    )
