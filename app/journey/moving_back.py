"""A change that somebody made by hand is taken back: who was released or asked for the old time is as they were."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.errors import Invalid, NoLongerOpen
from app.journey import by_hand, confirming, device_loans, falling_back, lending, requesting
from app.journey.history import Actor
from app.journey.locks import lock_mediators, request_people
from app.journey.offers import current_offers, forget, has_left, is_busy, take_back, withdraw_open
from app.journey.wanted import fill_in, merged, version_of
from app.links import Links
from app.models import (
    SEEKING,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    ManualStep,
    Offer,
    OfferStatus,
    Withdrawal,
)


def check(appointment: Appointment, now: datetime, step: ManualStep) -> None:
    """Raises NoLongerOpen if a change is not the last one, or what was before it lies in the past."""
    if version_of(appointment) != step.before["version"]:
        raise NoLongerOpen("undo_changed")
    if by_hand.changes_back(step).get("starts_at", appointment.starts_at) <= now:
        raise NoLongerOpen("undo_past")


def move_back(
    session: Session, now: datetime, links: Links, appointment: Appointment, step: ManualStep, actor: Actor
) -> bool:
    """Gives whether nobody had heard of the change; otherwise it is changed once more, and everybody concerned is told.

    Raises NoLongerOpen where nobody has heard of it, but who came at the old time has something else then by now.
    """
    back, site_id = by_hand.changes_back(step), step.before["site_id"]
    joined = any(one.created_at > step.at for one in appointment.active_assignments)
    if joined or not confirming.unsay_change(session, now, appointment, step.at):
        try:
            changed = requesting.change(session, now, links, appointment.id, back, actor)
        except Invalid as error:
            # the pool's people or its rules have changed so that it could not be asked for like this any more
            raise NoLongerOpen("undo_changed") from error
        changed.site_id = site_id
        return False
    moved = appointment.round != step.before["round"]
    for one in current_offers(appointment):
        if moved and one.status is OfferStatus.SENT:
            take_back(session, now, one, Withdrawal.MOVED)
        elif moved and one.status is OfferStatus.PLANNED:
            forget(session, now, one)
    fill_in(appointment, merged(appointment, back))
    appointment.site_id = site_id
    session.flush()
    session.expire(appointment, ["offers", "assignments"])
    if moved:
        _bring_back(session, now, appointment, step)
    _stand_as_before(session, now, appointment, step)
    confirming.say_nothing_new(session, now, links, appointment)
    return True


def _bring_back(session: Session, now: datetime, appointment: Appointment, step: ManualStep) -> None:
    """Seats and questions of the old time belong to the appointment again, in a round that nobody was asked in yet."""
    # with those of the modes that were tried before it: whoever said no to that time then is not asked for it again
    first = step.before.get("first_round", step.before["round"])
    former = [one for one in appointment.offers if first <= one.round <= step.before["round"]]
    held = appointment.active_assignments
    released = [one for one in appointment.assignments if _was_released(one, step)]
    lock_mediators(session, [one.mediator_id for one in (*held, *released)])
    for assignment in (*held, *released):
        if is_busy(session, assignment.mediator_id, appointment):
            raise NoLongerOpen("undo_busy", name=assignment.mediator.name)
        requesting.carry_over(assignment, appointment)
    for assignment in released:
        assignment.state, assignment.ended_at = AssignmentState.ACTIVE, None
        _again(assignment.offer, OfferStatus.ACCEPTED)
    further = appointment.round + 1 - first
    appointment.round, appointment.first_round = step.before["round"] + further, first + further
    for one in held:
        one.offer.round = appointment.round
    for offer in former:
        offer.round += further
        if offer.round == appointment.round and _was_asked(session, now, offer, step):
            _again(offer, OfferStatus.SENT)
    session.flush()
    session.expire(appointment, ["offers", "assignments"])


def _was_released(assignment: Assignment, step: ManualStep) -> bool:
    return assignment.state is AssignmentState.CANCELLED and assignment.ended_at == step.at


def _was_asked(session: Session, now: datetime, offer: Offer, step: ManualStep) -> bool:
    """Whether the change took back a question that somebody has before them, and there is time for the answer."""
    moved = offer.status is OfferStatus.WITHDRAWN and offer.withdrawal is Withdrawal.MOVED
    in_time = offer.ended_at == step.at and offer.due_at is not None and offer.due_at > now
    return moved and in_time and has_left(session, offer)


def _again(offer: Offer, status: OfferStatus) -> None:
    offer.advance(status)
    offer.withdrawal = offer.ended_at = None


def _stand_as_before(session: Session, now: datetime, appointment: Appointment, step: ManualStep) -> None:
    before = AppointmentStatus(step.before["status"])
    if appointment.seats_open == 0:
        if appointment.status in SEEKING:
            withdraw_open(session, now, appointment, Withdrawal.TAKEN)
            lending.end(session, now, appointment, Withdrawal.TAKEN)
            filled = step.before["filled_at"]
            appointment.fill(datetime.fromisoformat(filled) if filled else now)
            device_loans.release(session, now, appointment)
        appointment.place_at = None
        return
    appointment.reopen()
    falling_back.begin_anew(session, now, appointment)
    if any(one.status is OfferStatus.SENT for one in current_offers(appointment)):
        appointment.advance(AppointmentStatus.OFFERING)
    elif before is AppointmentStatus.UNFILLED:
        appointment.advance(before)
        appointment.explanation, appointment.fall_back_at = step.before["explanation"], None
    request_people(session, now, "undone", appointment)
