"""In which of its states a question is, for the person it was put to."""

from datetime import datetime
from enum import StrEnum

from app.errors import AlreadyTaken, NoLongerOpen
from app.journey import answering
from app.models import Offer, OfferStatus, Withdrawal


class State(StrEnum):
    """What the page is about. Only the first three still have something to show; the others are gone."""

    QUESTION = "question"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LATE = "late"
    TAKEN = "taken"
    BUSY = "busy"
    CANCELLED = "cancelled"
    MOVED = "moved"
    OVER = "over"
    EXPIRED = "expired"
    HANDED_BACK = "handed_back"
    WAITING = "waiting"
    UNFIT = "unfit"
    WITHDRAWN = "withdrawn"

    @property
    def is_gone(self) -> bool:
        """Whether nothing is left to answer on time."""
        return self not in {State.QUESTION, State.ACCEPTED, State.DECLINED}


# the journey's reasons; one that is not here is told as the plainest of them
REASONS = {
    "appointment_cancelled": State.CANCELLED,
    "appointment_over": State.OVER,
    "offer_over": State.OVER,
    "offer_busy": State.BUSY,
    "offer_cancelled": State.CANCELLED,
    "offer_moved": State.MOVED,
    "offer_planned": State.WAITING,
    "offer_withdrawn": State.WAITING,
    # their SMS never left, so it is no answer that came too late
    "offer_unsent": State.WAITING,
    "offer_unfit": State.UNFIT,
    "offer_by_hand": State.WITHDRAWN,
    "offer_unreachable": State.EXPIRED,
}
ANSWERED = {
    OfferStatus.ACCEPTED: State.ACCEPTED,
    OfferStatus.DECLINED: State.DECLINED,
    OfferStatus.HANDED_BACK: State.HANDED_BACK,
}


def state_of(offer: Offer, now: datetime) -> State:
    """The state now; a question past its deadline is LATE while a yes would still help."""
    if offer.status in ANSWERED:
        return ANSWERED[offer.status]
    if offer.withdrawal is Withdrawal.TAKEN and offer.status is OfferStatus.WITHDRAWN:
        return State.TAKEN
    reason = _refused(offer, now, late=False)
    if reason in {"offer_expired", ""}:
        return State.QUESTION if not reason else _late(offer, now)
    return State.TAKEN if reason == "already_taken" else REASONS.get(reason, State.EXPIRED)


def _late(offer: Offer, now: datetime) -> State:
    return State.EXPIRED if _refused(offer, now, late=True) else State.LATE


def _refused(offer: Offer, now: datetime, *, late: bool) -> str:
    try:
        answering.check_answerable(offer, now, late=late)
    except (AlreadyTaken, NoLongerOpen) as error:
        return error.code
    return ""
