"""Staff ask, change, cancel."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app import versions
from app.errors import FieldProblem, Invalid, NoLongerOpen
from app.journey import borrowing, confirming, device_loans, falling_back, history, leading, lending
from app.journey.filling import seat_taken
from app.journey.history import SERVICE, Actor
from app.journey.locks import lock_appointment, lock_mediator, request_people, request_plan
from app.journey.offers import AT_ONCE, current_offers, has_left, is_busy, withdraw_open
from app.journey.request import Request, RequestChanges, check
from app.journey.telling import invites, letters
from app.journey.telling.agreed import as_agreed
from app.journey.wanted import fill_in, merged, wanted_of
from app.links import Links
from app.models import (
    SEEKING,
    ActorKind,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    OfferStatus,
    Organisation,
    Rung,
    Site,
    Withdrawal,
)
from notifications.wording import Occasion

# a change of one of these means another appointment for those who were asked
MOVES: Final = frozenset({"language", "starts_at", "duration_minutes", "mode", "gender", "min_level", "place"})
# and of these, what whoever has accepted may still be able to do
KEEPS: Final = frozenset({"starts_at", "duration_minutes", "place", "min_level"})

# of a change of these whoever comes is told, too, but it can wait for their e-mails
TOLD: Final = frozenset({"topic", "note", "contact_name", "contact_phone", "contact_email"})

# and of these, that something else may be tried if nobody can come
PERMITS: Final = frozenset({"fallbacks", "fallback_languages", "other_starts"})


def request(
    session: Session,
    now: datetime,
    organisation: Organisation,
    wanted: Request,
    actor: Actor,
    *,
    site: Site | None = None,
    expected: float | None = None,
) -> Appointment:
    """Take a request: the appointment is open, and a plan is wished for at once. Raises Invalid.

    `expected` is how likely somebody can come, as far as whoever asks was told.
    An organisation that is not active any more requests nothing; what it has requested before goes on.
    """
    refuse_wrong(session, now, organisation, wanted)
    appointment = _row(now, organisation, wanted, actor, site, expected)
    session.add(appointment)
    session.flush()
    history.record(session, now, "requested", actor, appointment, organisation=organisation.name)
    falling_back.begin(now, appointment)
    request_people(session, now, "requested", appointment)
    return appointment


def request_all(
    session: Session, now: datetime, asked: Sequence[tuple[Organisation, Request, Site | None]], actor: Actor
) -> Sequence[Appointment]:
    """Take many requests at once, all or none, each with a line of history. Raises Invalid."""
    made = []
    for organisation, wanted, site in asked:
        refuse_wrong(session, now, organisation, wanted)
        made.append(_row(now, organisation, wanted, actor, site, None))
    session.add_all(made)
    session.flush()
    for appointment, (organisation, _, _) in zip(made, asked, strict=True):
        history.record(session, now, "requested", actor, appointment, organisation=organisation.name)
        falling_back.begin(now, appointment)
    if made:
        # the others' rows say already that somebody is to be found, and one plan looks at all of them
        request_people(session, now, "requested", made[0])
    return made


def _row(
    now: datetime,
    organisation: Organisation,
    wanted: Request,
    actor: Actor,
    site: Site | None,
    expected: float | None,
) -> Appointment:
    appointment = Appointment(
        organisation_id=organisation.id,
        site_id=site.id if site else None,
        requested_by_id=actor.id if actor.kind is ActorKind.ACCOUNT else None,
        created_at=now,
        status=AppointmentStatus.OPEN,
        expected=expected,
        # said with the row itself: nobody is asked about it yet, and somebody is to be found
        offers=[],
        assignments=[],
        place_at=now,
    )
    fill_in(appointment, wanted)
    appointment.contact_email = wanted.contact_email or organisation.email
    return appointment


def refuse_wrong(session: Session, now: datetime, organisation: Organisation, wanted: Request) -> None:
    """Raise Invalid with all that stands in the way of such a request."""
    problems = check(session, now, wanted)
    if not organisation.active:
        problems = [FieldProblem("organisation", "organisation_inactive"), *problems]
    if problems:
        raise Invalid(problems)


def change(
    session: Session,
    now: datetime,
    links: Links,
    appointment_id: int,
    changes: RequestChanges,
    actor: Actor,
    *,
    seen: str | None = None,
    hold: timedelta = AT_ONCE,
) -> Appointment:
    """Change some fields (named as in Request). Who has accepted stays, unless they cannot come at the new time.

    A new time, place, language or mode makes every question that is still out void. `seen` is the version that whoever
    changes it had before their eyes. What is said of it leaves after `hold`. Raises Invalid, NoLongerOpen, and
    ChangedMeanwhile for another version than that. What a neighbour asks for, that neighbour changes.
    """
    appointment = lock_appointment(session, appointment_id)
    if appointment.is_guest:
        raise NoLongerOpen("of_neighbour")
    versions.refuse_other(seen, wanted_of(appointment))
    return _change(session, now, links, appointment, changes, actor, hold=hold)


def change_guest(
    session: Session, now: datetime, links: Links, guest: Appointment, changes: RequestChanges
) -> Appointment:
    """Let what a neighbour asks for follow the appointment it is for; the caller holds it."""
    return _change(session, now, links, guest, changes, SERVICE, hold=AT_ONCE)


def _change(
    session: Session,
    now: datetime,
    links: Links,
    appointment: Appointment,
    changes: RequestChanges,
    actor: Actor,
    *,
    hold: timedelta,
) -> Appointment:
    if appointment.status not in SEEKING | {AppointmentStatus.FILLED} or appointment.starts_at <= now:
        raise NoLongerOpen("appointment_over")
    before = wanted_of(appointment)
    wanted = merged(appointment, changes)
    problems = check(session, now, wanted, seats_taken=appointment.seats_taken)
    if wanted.other_starts == before.other_starts:
        # a second choice that has passed meanwhile must not stand in the way of another change
        problems = [problem for problem in problems if problem.field != "other_starts"]
    if problems:
        raise Invalid(problems)
    changed = {name for name in vars(wanted) if getattr(wanted, name) != getattr(before, name)}
    if not changed:
        return appointment
    taken = appointment.seats_taken
    agreed = {one.id: as_agreed(session, one) for one in appointment.active_assignments}
    fill_in(appointment, wanted)
    history.record(session, now, "changed", actor, appointment, fields=sorted(changed))
    moved = bool(changed & MOVES)
    if moved:
        _move(session, now, now + hold, links, appointment, agreed, stay=changed & MOVES <= KEEPS)
    else:
        lending.note_change(session, now, appointment)
    released = appointment.seats_taken < taken
    if changed & (MOVES | TOLD) and (appointment.active_assignments or invites.requester_awaits(session, appointment)):
        to_requester = moved or "contact_email" in changed
        confirming.announce_change(
            session, now, now + hold, links, appointment, by_text=moved, to_requester=to_requester, released=released
        )
    _see_to_fallbacks(session, now, appointment, changed)
    if appointment.waits_until is not None and appointment.seats_open:
        leading.wait(now, appointment)
    elif appointment.seats_open:
        falling_back.reopen(session, now, appointment)
        request_people(session, now, "changed", appointment, hold=hold)
    elif appointment.status in SEEKING:
        # one seat fewer is wanted, and all of them are taken
        seat_taken(session, now, appointment)
    return appointment


def _see_to_fallbacks(session: Session, now: datetime, appointment: Appointment, changed: set[str]) -> None:
    if changed & MOVES:
        device_loans.release(session, now, appointment)
        falling_back.begin_anew(session, now, appointment)
    elif changed & PERMITS:
        if Rung.DEVICE not in appointment.fallbacks:
            device_loans.release(session, now, appointment)
        falling_back.resume(session, now, appointment)


def cancel(session: Session, now: datetime, links: Links, appointment_id: int, actor: Actor) -> Appointment:
    """Cancel: whoever is expected is told, every open question is void. A second time changes nothing.

    Raises NoLongerOpen for what is over.
    """
    leading.hold(session, appointment_id)
    appointment = lock_appointment(session, appointment_id)
    if appointment.status is AppointmentStatus.CANCELLED:
        return appointment
    if appointment.status not in SEEKING | {AppointmentStatus.FILLED}:
        raise NoLongerOpen("appointment_over")
    if appointment.is_guest:
        borrowing.refuse(session, now, links, appointment)
    return _cancel(session, now, links, appointment, actor)


def cancel_guest(session: Session, now: datetime, links: Links, guest: Appointment) -> Appointment:
    """Nobody of this pool is wanted by the neighbour any more; the caller holds it."""
    return _cancel(session, now, links, guest, SERVICE)


def _cancel(session: Session, now: datetime, links: Links, appointment: Appointment, actor: Actor) -> Appointment:
    void_questions(session, now, appointment)
    confirming.announce_cancellation(session, now, links, appointment)
    call_off(session, now, appointment, actor)
    leading.pass_on(session, now, appointment)
    return appointment


def void_questions(session: Session, now: datetime, appointment: Appointment) -> None:
    """It does not take place: whoever was asked need not answer, and no device is kept; the caller holds it."""
    for offer in current_offers(appointment):
        if offer.status is OfferStatus.SENT and has_left(session, offer):
            letters.announce_void(session, now, offer)
    withdraw_open(session, now, appointment, Withdrawal.CANCELLED)
    device_loans.release(session, now, appointment)
    lending.release(session, now, appointment, Withdrawal.CANCELLED)


def call_off(session: Session, now: datetime, appointment: Appointment, actor: Actor) -> None:
    """End it and what was agreed, once that has been said; the caller holds it."""
    for assignment in appointment.active_assignments:
        assignment.end(AssignmentState.CANCELLED, now)
        assignment.offer.withdraw(Withdrawal.CANCELLED, now)
    appointment.advance(AppointmentStatus.CANCELLED)
    appointment.cancelled_at = now
    appointment.waits_until = None
    history.record(session, now, "cancelled", actor, appointment)
    request_plan(session, now, "cancelled", appointment.pool_id)


def _move(
    session: Session,
    now: datetime,
    due: datetime,
    links: Links,
    appointment: Appointment,
    agreed: Mapping[int, Occasion],
    *,
    stay: bool,
) -> None:
    """What was asked for the old time is void; who accepted stays if `stay` and their time allows it.

    Who does not is told at `due`.
    """
    withdraw_open(session, now, appointment, Withdrawal.MOVED)
    lending.release(session, now, appointment, Withdrawal.MOVED)
    for assignment in appointment.active_assignments:
        lock_mediator(session, assignment.mediator_id)
        if stay and not is_busy(session, assignment.mediator_id, appointment):
            carry_over(assignment, appointment)
        else:
            appointment.invite_sequence += 1
            confirming.release(session, now, links, assignment, agreed=agreed[assignment.id], due=due)
            assignment.end(AssignmentState.CANCELLED, now)
            assignment.offer.withdraw(Withdrawal.MOVED, now)
    appointment.round += 1
    appointment.first_round = appointment.round
    # what was expected was of another time or place
    appointment.expected = None
    for assignment in appointment.active_assignments:
        assignment.offer.round = appointment.round
    session.flush()
    session.expire(appointment, ["offers", "assignments"])
    if appointment.status is not AppointmentStatus.FILLED:
        appointment.advance(AppointmentStatus.OPEN)


def carry_over(assignment: Assignment, appointment: Appointment) -> None:
    """Let an assignment be at the appointment's present time."""
    assignment.starts_at = appointment.starts_at
    assignment.ends_at = appointment.ends_at
