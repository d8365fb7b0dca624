"""What somebody did by hand is taken back: as if it had not been, or, once it was heard of, as honestly as can be.

Which of the two it is, is decided by the messages, under the locks of the appointment and of what waits to leave.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import AlreadyTaken, NoLongerOpen, NotFound
from app.journey import answering, confirming, history, moving_back, offering, offers
from app.journey.confirming import UNDO
from app.journey.history import Actor
from app.journey.locks import lock_appointment, lock_mediator, request_people
from app.links import Links
from app.models import (
    SEEKING,
    Appointment,
    AppointmentStatus,
    ManualStep,
    Offer,
    OfferStatus,
    StepKind,
    Withdrawal,
)

_LINE: Final = {
    StepKind.ASK: "asked_by_hand",
    StepKind.ASSIGN: "accepted",
    StepKind.WITHDRAW: "withdrawn_by_hand",
    StepKind.CHANGE: "changed",
}


class Undone(StrEnum):
    """`unseen`: as if it had never happened. `told`: those who had heard of it hear how it is now."""

    UNSEEN = "unseen"
    TOLD = "told"


def find(session: Session, appointment_id: int, step_id: int) -> ManualStep:
    """A step about that appointment; raises NotFound, also for one that is forgotten by now."""
    about = select(ManualStep).where(ManualStep.id == step_id, ManualStep.appointment_id == appointment_id)
    step = session.scalar(about.execution_options(populate_existing=True))
    if step is None:
        raise NotFound("undo_forgotten")
    return step


def outlook(session: Session, now: datetime, step: ManualStep) -> Undone:
    """What undoing it would come to if it were done now; raises AlreadyTaken, NoLongerOpen where it cannot be."""
    appointment = session.get_one(Appointment, step.appointment_id)
    offer = check(appointment, now, step)
    if now >= step.at + UNDO or (step.kind is StepKind.WITHDRAW and not _may_go_on(session, now, offer)):
        return Undone.TOLD
    return Undone.UNSEEN


def undo(session: Session, now: datetime, links: Links, appointment_id: int, step_id: int, actor: Actor) -> Undone:
    """Take a step back; raises NotFound, AlreadyTaken, NoLongerOpen, changing nothing, where the world has moved on."""
    appointment = lock_appointment(session, appointment_id)
    step = find(session, appointment_id, step_id)
    if step.mediator_id is not None:
        lock_mediator(session, step.mediator_id)
    offer = check(appointment, now, step)
    if offer is None:
        unseen = moving_back.move_back(session, now, links, appointment, step, actor)
    elif step.kind is StepKind.ASK:
        unseen = _unask(session, now, links, offer, step, actor)
    elif step.kind is StepKind.ASSIGN:
        unseen = _unassign(session, now, links, offer, step, actor)
    else:
        unseen = _ask_after_all(session, now, links, offer, step, actor)
    step.undone_at = now
    name = step.mediator.name if step.mediator else ""
    history.record(
        session, now, "undone_by_hand", actor, appointment, step.mediator, name=name, step=_LINE[step.kind],
        unseen=unseen,
    )  # fmt: skip
    return Undone.UNSEEN if unseen else Undone.TOLD


def check(appointment: Appointment, now: datetime, step: ManualStep) -> Offer | None:
    """The question that a step is about, none for a change; raises AlreadyTaken, NoLongerOpen if it stands no more."""
    if step.undone_at is not None:
        raise NoLongerOpen("undo_done")
    if appointment.status not in SEEKING | {AppointmentStatus.FILLED} or appointment.starts_at <= now:
        raise NoLongerOpen("appointment_over")
    if step.kind is StepKind.CHANGE:
        moving_back.check(appointment, now, step)
        return None
    name = step.mediator.name if step.mediator else ""
    offer = next((one for one in offers.current_offers(appointment) if one.mediator_id == step.mediator_id), None)
    if offer is None:
        raise NoLongerOpen("undo_changed")
    if step.kind is StepKind.ASSIGN:
        if offer.status is not OfferStatus.ACCEPTED or answering.seat_of(offer).created_at != step.at:
            raise NoLongerOpen("undo_changed")
    elif step.kind is StepKind.ASK:
        _check_asked(appointment, offer, step, name)
    elif (offer.status, offer.withdrawal, offer.ended_at) != (OfferStatus.WITHDRAWN, Withdrawal.BY_HAND, step.at):
        raise NoLongerOpen("undo_changed")
    elif appointment.seats_open == 0:
        raise AlreadyTaken("already_taken")
    return offer


def _check_asked(appointment: Appointment, offer: Offer, step: ManualStep, name: str) -> None:
    if offer.status in {OfferStatus.ACCEPTED, OfferStatus.DECLINED, OfferStatus.HANDED_BACK}:
        raise NoLongerOpen("undo_answered", name=name)
    if offer.status is OfferStatus.WITHDRAWN and appointment.status is AppointmentStatus.FILLED:
        raise AlreadyTaken("undo_filled", name=name)
    if offer.status is not OfferStatus.SENT or offer.sent_at != step.at:
        raise NoLongerOpen("undo_changed")


def _unask(session: Session, now: datetime, links: Links, offer: Offer, step: ManualStep, actor: Actor) -> bool:
    """The SMS does not leave, and the question is what it was before; if it has left, the question is taken back."""
    appointment = offer.appointment
    if not offers.unsend(session, now, offer, step.at):
        offering.withdraw(session, now, links, appointment.id, offer.mediator, actor)
        return False
    _put_back(session, offer, step)
    if not any(one.status is OfferStatus.SENT for one in offers.current_offers(appointment)):
        _rest_as_before(session, now, appointment, step)
    return True


def _unassign(session: Session, now: datetime, links: Links, offer: Offer, step: ManualStep, actor: Actor) -> bool:
    """The seat is free and nobody is told; if somebody was told of the yes, both sides are told that it is not so."""
    appointment, assignment = offer.appointment, answering.seat_of(offer)
    confirming.unconfirm(session, now, links, assignment)
    if confirming.was_told(session, assignment):
        answering.hand_back(session, now, links, offer.id, actor)
        return False
    answering.free_seat(session, now, links, assignment)
    _put_back(session, offer, step, held_seat=True)
    if any(one.status is OfferStatus.SENT for one in offers.current_offers(appointment)):
        appointment.advance(AppointmentStatus.OFFERING)
        offering.dispatch(session, now, links, appointment, planned=False)
    else:
        _rest_as_before(session, now, appointment, step)
    return True


def _ask_after_all(session: Session, now: datetime, links: Links, offer: Offer, step: ManualStep, actor: Actor) -> bool:
    """The question is open again under the same link; put anew where nobody has it, or the next may have been asked."""
    if now >= step.at + UNDO or not _may_go_on(session, now, offer):
        offering.ask(session, now, links, offer.appointment_id, offer.mediator, actor)
        return False
    _put_back(session, offer, step)
    appointment = offer.appointment
    appointment.advance(AppointmentStatus.OFFERING)
    appointment.look_again_at = _instant(step.before["look_again_at"])
    return True


def _may_go_on(session: Session, now: datetime, offer: Offer | None) -> bool:
    """Whether a question is with somebody, and there is time for an answer to it."""
    return offer is not None and offer.due_at is not None and offer.due_at > now and offers.has_left(session, offer)


def _rest_as_before(session: Session, now: datetime, appointment: Appointment, step: ManualStep) -> None:
    """Nobody is asked now: nobody was, so it was unfilled or people were looked for."""
    appointment.advance(AppointmentStatus.OPEN)
    if step.before["status"] == AppointmentStatus.UNFILLED:
        appointment.advance(AppointmentStatus.UNFILLED)
        appointment.explanation = step.before["explanation"]
    else:
        request_people(session, now, "undone", appointment)


def _put_back(session: Session, offer: Offer, step: ManualStep, *, held_seat: bool = False) -> None:
    """The question as it was before the step; one that there was not is deleted, unless a seat was held by it."""
    before = step.before["offer"]
    if before is None and not held_seat:
        session.delete(offer)
        session.flush()
        session.expire(offer.appointment, ["offers"])
        return
    before = before or {"status": OfferStatus.WITHDRAWN}
    offer.advance(OfferStatus(before["status"]))
    offer.withdrawal = Withdrawal(before["withdrawal"]) if before.get("withdrawal") else None
    offer.wave, offer.chance = before.get("wave", 0), before.get("chance")
    offer.answered_via, offer.by_hand = before.get("answered_via"), before.get("by_hand", False)
    for name in ("sent_at", "due_at", "answered_at", "ended_at"):
        setattr(offer, name, _instant(before.get(name)))


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
