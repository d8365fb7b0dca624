"""One yes to a whole series: all dates on which somebody is free are theirs, in one transaction; and taking it back."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Busy
from app.journey import confirming, falling_back, leading
from app.journey.history import Actor
from app.journey.offers import clashes, offer_to
from app.journey.seats import take_seat
from app.journey.series_dates import asked_about
from app.journey.telling import joint
from app.links import Links
from app.models import Appointment, Assignment, AssignmentState, Mediator, Offer, OfferStatus

# Who has said so of one of the dates does not take it with a yes to the others.
NOT_THIS_ONE = frozenset({OfferStatus.DECLINED, OfferStatus.HANDED_BACK})


def hindrances(session: Session, mediator: Mediator, dates: Sequence[Appointment]) -> dict[int, str]:
    """Of these dates those that a mediator cannot take (id), and why: `busy`, `away` or `declined`."""
    busy = {appointment_id for _, appointment_id in clashes(session, [mediator.id], dates)}
    found: dict[int, str] = {}
    for one in dates:
        day = one.starts_at.astimezone(ZoneInfo(one.pool.timezone)).date()
        theirs = (offer for offer in one.offers if offer.mediator_id == mediator.id and offer.round == one.round)
        if one.id in busy:
            found[one.id] = "busy"
        elif mediator.away_until(day):
            found[one.id] = "away"
        elif any(offer.status in NOT_THIS_ONE for offer in theirs):
            found[one.id] = "declined"
    return found


def take(session: Session, now: datetime, links: Links, lead: Offer, actor: Actor, via: str) -> Assignment:
    """Take a yes to the date that leads a series, and with it all others; the caller holds them, see leading.hold().

    What they cannot take is sought for by itself from now on. Raises Busy where they cannot come to the first.
    """
    mediator, first = lead.mediator, lead.appointment
    dates = [one for one in asked_about(session, now, first) if one is first or one.seats_open]
    hindered = hindrances(session, mediator, dates)
    if hindered.get(first.id) == "busy":
        raise Busy("busy")
    taken = [take_seat(session, now, links, lead, first, actor, via, tell=False)]
    for one in dates:
        # two dates of one series may overlap: the first taken makes the second one impossible
        if one is first or one.id in hindered or clashes(session, [mediator.id], [one]):
            continue
        offer = offer_to(session, now, one, mediator)
        if offer.status is not OfferStatus.ACCEPTED:
            taken.append(take_seat(session, now, links, offer, one, actor, via, tell=False))
    if len(taken) == 1:
        confirming.confirm(session, now, links, taken[0])
    else:
        confirming.confirm_all(session, now, links, taken)
    if not first.seats_open:
        _search_for_the_rest(session, now, dates)
    return taken[0]


def _search_for_the_rest(session: Session, now: datetime, dates: Sequence[Appointment]) -> None:
    for one in dates:
        if one.waits_until is not None and one.seats_open:
            leading.search(session, now, one)


def hold(session: Session, offer_id: int) -> None:
    """Hold every date of the series, in one order, of which this offer is about one."""
    about = select(Appointment.series_id).join(Offer, Offer.appointment_id == Appointment.id)
    if (series_id := session.scalar(about.where(Offer.id == offer_id))) is not None:
        leading.lock_series(session, series_id)


def others_taken_with(session: Session, assignment: Assignment) -> list[Assignment]:
    """What the same yes has taken beside this, and is still theirs."""
    appointment = assignment.appointment
    if appointment.series_id is None:
        return []
    same = select(Assignment).join(Appointment, Assignment.appointment_id == Appointment.id)
    found = same.where(
        Appointment.series_id == appointment.series_id,
        Assignment.mediator_id == assignment.mediator_id,
        Assignment.created_at == assignment.created_at,
        Assignment.state == AssignmentState.ACTIVE,
        Assignment.id != assignment.id,
    )
    return list(session.scalars(found.order_by(Assignment.starts_at)))


def give_up(session: Session, now: datetime, links: Links, first: Assignment, rest: Sequence[Assignment]) -> None:
    """A yes is undone: the dates that it took beside the first wait again; the caller holds them."""
    if not rest:
        return
    joint.unsay(session, now, [first, *rest])
    for one in rest:
        confirming.take_back(session, now, links, one)
        one.end(AssignmentState.UNDONE, now)
        one.offer.advance(OfferStatus.PLANNED)
        one.offer.answered_at = one.offer.answered_via = None
    session.flush()
    for one in rest:
        session.expire(one.appointment, ["assignments"])
        falling_back.reopen(session, now, one.appointment)
        leading.wait(now, one.appointment)
