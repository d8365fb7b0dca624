"""A neighbouring pool is asked for people: by an appointment of its own there, the guest, which its dispatch places.

Only what is coarse is known of its people before one has said yes: how many, how far away, how likely. Who decides
about an appointment holds it, and changes nothing of the neighbour's but to make the guest: what becomes of that
afterwards is a row (`Lending.due_at`) that a sweep carries over, see guests.py. Yeses over there hold both, see
borrowing.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.journey import history
from app.journey.history import SERVICE
from app.journey.locks import place_soon
from app.journey.timing.deadlines import last_call
from app.journey.variants import Variant, likeliest
from app.models import (
    Appointment,
    AppointmentStatus,
    Lending,
    LendingAgreement,
    LendingState,
    Mediator,
    MediatorStatus,
    Message,
    Organisation,
    Pool,
    Skill,
    Withdrawal,
)
from app.tenancy import across_pools
from scheduler.model.travel import Place, Travel

# What a guest has from the appointment it is for; the reference is whose it is alone.
COPIED: Final = (
    "place_name", "place_address", "place_district", "place_lat", "place_lon", "topic", "gender", "note",
    "contact_phone",
)  # fmt: skip
# Nobody's address is to be guessed from how far away they live.
ABOUT: Final = 5


@dataclass(frozen=True)
class Neighbour:
    """A pool that may be asked about an appointment: for which of its languages, and in which modes it could be."""

    agreement: LendingAgreement
    pool: Pool
    languages: tuple[str, ...]
    modes: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """Who is asked, how it would be then, and how far away the nearest live who come into question (minutes)."""

    neighbour: Neighbour
    variant: Variant
    minutes: int | None


def neighbours(appointment: Appointment, modes: Sequence[str]) -> list[Neighbour]:
    """The pools with which lending is agreed for one of its languages, in one of these modes."""
    found = []
    for one in appointment.pool.agreements:
        spoken = [code for code in (appointment.language, *appointment.accepted_languages) if code in one.languages]
        possible = tuple(mode for mode in dict.fromkeys(modes) if mode in one.modes)
        if spoken and possible:
            found.append(Neighbour(one, one.neighbour_of(appointment.pool_id), tuple(spoken), possible))
    return found


def ask(session: Session, now: datetime, appointment: Appointment, some: Sequence[Neighbour]) -> Asked | None:
    """Ask the one of these where somebody comes likeliest; None where nobody of any could.

    The caller holds the appointment, and gives it the mode in which the neighbour is asked.
    """
    with across_pools(session):
        tried = [(one, *_guest(session, now, appointment, one)) for one in some]
        neighbour, guest, best = max(tried, key=lambda one: (one[2].chance, one[2].people))
        for _, other, _ in tried:
            if other is not guest or not best.people:
                session.delete(other)
        session.flush()
        if not best.people:
            return None
        best.make_of(guest)
        session.add(
            Lending(
                from_pool_id=appointment.pool_id,
                to_pool_id=neighbour.pool.id,
                agreement_id=neighbour.agreement.id,
                appointment_id=appointment.id,
                guest_id=guest.id,
                chance=best.chance,
                created_at=now,
            )
        )
        history.record(session, now, "requested", SERVICE, guest, organisation=appointment.pool.name)
        place_soon(session, now, guest)
        return Asked(neighbour, best, _nearest(session, guest, neighbour.pool))


def out(session: Session, appointment: Appointment) -> Lending | None:
    """What a neighbour is asked for it now; None if nothing."""
    if appointment.borrow_until is None:
        return None
    own = (Lending.appointment_id == appointment.id, Lending.state == LendingState.OUT)
    return session.scalar(select(Lending).where(*own))


def is_awaited(appointment: Appointment, now: datetime) -> bool:
    """Whether a neighbour still looks for somebody, and there is time for that."""
    return appointment.borrow_until is not None and appointment.borrow_until > now


def wait(now: datetime, appointment: Appointment) -> None:
    """Leave the neighbour the time until the next way out begins, or as long as a yes helps."""
    appointment.borrow_until = appointment.fall_back_at or last_call(now, appointment.starts_at)


def end(session: Session, now: datetime, appointment: Appointment, why: Withdrawal) -> None:
    """Nobody more is wanted of a neighbour; who has said yes comes. The caller holds the appointment."""
    found = out(session, appointment)
    if found is not None:
        found.end(LendingState.WITHDRAWN, now, why)
    appointment.borrow_until = None


def release(session: Session, now: datetime, appointment: Appointment, why: Withdrawal) -> None:
    """Nobody at all is wanted of a neighbour any more; who has said yes there is told. The caller holds it."""
    end(session, now, appointment, why)
    if not appointment.seats_borrowed:
        return
    for seat in appointment.borrowed_seats:
        seat.ended_at = now
        if seat.lending.state is LendingState.OUT:
            seat.lending.end(LendingState.WITHDRAWN, now, why)
        seat.lending.why, seat.lending.due_at = why, now
        outbox.discard(session, now, Message.appointment_id == appointment.id, Message.borrowed_seat_id == seat.id)
    appointment.seats_borrowed = 0
    session.flush()
    session.expire(appointment, ["borrowed_seats"])


def note_change(session: Session, now: datetime, appointment: Appointment) -> None:
    """Something of it has changed that the guest is to have as well, or fewer are wanted. The caller holds it."""
    found = out(session, appointment)
    if found is not None:
        found.due_at = now
    for seat in appointment.borrowed_seats if appointment.seats_borrowed else ():
        seat.lending.due_at = now


def contact_of(appointment: Appointment) -> str:
    """Whom somebody from a neighbour asks for."""
    return appointment.contact_name or appointment.organisation.name


def _guest(
    session: Session, now: datetime, appointment: Appointment, neighbour: Neighbour
) -> tuple[Appointment, Variant]:
    """The appointment as the neighbour would have it, and how likely somebody there comes, in the best of its modes."""
    guest = Appointment(
        pool_id=neighbour.pool.id,
        organisation_id=stand_in(session, appointment.pool, neighbour.pool).id,
        language=neighbour.languages[0],
        accepted_languages=list(neighbour.languages[1:]),
        min_level=appointment.min_level or appointment.pool.min_level,
        starts_at=appointment.starts_at,
        ends_at=appointment.ends_at,
        mode=neighbour.modes[0],
        mediators_needed=appointment.seats_open,
        urgent=appointment.urgent,
        contact_name=contact_of(appointment),
        created_at=now,
        status=AppointmentStatus.OPEN,
        is_guest=True,
        offers=[],
        assignments=[],
        **{name: getattr(appointment, name) for name in COPIED},
    )
    session.add(guest)
    session.flush()
    spoken = tuple(guest.accepted_languages)
    modes = [Variant(spoken, mode, guest.starts_at) for mode in neighbour.modes]
    return guest, likeliest(session, now, guest, modes)


def stand_in(session: Session, borrower: Pool, lender: Pool) -> Organisation:
    """Who asks over there, made with the agreement: it requests nothing by itself, so it is not among those that do."""
    own = select(Organisation).where(Organisation.pool_id == lender.id)
    found = session.scalar(own.where(Organisation.neighbour_id == borrower.id).limit(1))
    if found is None:
        taken = session.scalar(own.where(Organisation.name == borrower.name).limit(1)) is not None
        name = f"{borrower.name} ({borrower.key})"[:120] if taken else borrower.name
        found = Organisation(pool_id=lender.id, name=name, phone=borrower.phone, active=False, sites=[])
        found.neighbour_id = borrower.id
        session.add(found)
        session.flush()
    return found


def _nearest(session: Session, guest: Appointment, pool: Pool) -> int | None:
    """About how many minutes away the nearest live who speak it; None where nobody travels."""
    if guest.mode != "on_site" or guest.place_lat is None or guest.place_lon is None:
        return None
    speaks = Mediator.skills.any(Skill.language.in_((guest.language, *guest.accepted_languages)))
    homes = select(Mediator.home_lat, Mediator.home_lon).where(
        Mediator.pool_id == pool.id, Mediator.status == MediatorStatus.ACTIVE, Mediator.home_lat.is_not(None), speaks
    )
    there = Place(guest.place_lat, guest.place_lon)
    travel = Travel(pool.minutes_per_km, pool.base_travel_minutes, pool.max_travel_minutes)
    ways = [
        travel.between("home", "there", {"home": Place(lat, lon), "there": there})
        for lat, lon in session.execute(homes)
        if lat is not None and lon is not None
    ]
    known = [one for one in ways if one is not None]
    return max(ABOUT, round(min(known) / ABOUT) * ABOUT) if known else None
