"""An appointment as it is answered: local times, its offers and assignments, and why nobody comes."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import g
from flask_babel import get_locale
from flask_babel import gettext as _
from marshmallow import fields

from app import access
from app.access import Principal
from app.api.appointment_shape import STATUSES, AppointmentChange, PlaceShape
from app.api.values import One, Shape
from app.insight.sense_checks import Hint, Oddity
from app.journey import answering, borrowing
from app.journey.falling_back import Barrier
from app.journey.reporting import MISSED_BY
from app.journey.telling.facts import spoken, why_nobody
from app.models import (
    MODES,
    RUNGS,
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    BorrowedSeat,
    FallbackStep,
    Offer,
    OfferStatus,
    StepState,
    languages,
)
from notifications import texts

# of a seat that somebody had, and everybody was told of
ENDED = frozenset({AssignmentState.HANDED_BACK, AssignmentState.CANCELLED})


class NamedShape(Shape):
    """Something with an id and a name."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)


class AskedShape(Shape):
    """Who was asked: for coordinators alone, null for others."""

    id = fields.Integer(required=True, allow_none=True)
    name = fields.String()


class ComingShape(NamedShape):
    """Who comes, and how to reach them; staff are told while they are coming, coordinators always."""

    phone = fields.String(required=True, allow_none=True)


class OfferOut(Shape):
    """One question to one mediator; `chance` is how likely a yes was when it was asked, for coordinators alone."""

    id = fields.Integer(required=True)
    appointment = fields.Integer(required=True)
    mediator = fields.Nested(AskedShape, required=True)
    language = fields.String(required=True)
    status = fields.String(required=True, metadata={"enum": [status.value for status in OfferStatus]})
    withdrawal = fields.String(required=True, allow_none=True)
    wave = fields.Integer(required=True)
    chance = fields.Float(required=True, allow_none=True)
    round = fields.Integer(required=True)
    sent_at = fields.AwareDateTime(required=True, allow_none=True)
    due_at = fields.AwareDateTime(required=True, allow_none=True)
    answered_at = fields.AwareDateTime(required=True, allow_none=True)


class AssignmentOut(Shape):
    """An accepted offer."""

    id = fields.Integer(required=True)
    offer = fields.Integer(required=True)
    mediator = fields.Nested(ComingShape, required=True)
    language = fields.String(required=True)
    status = fields.String(required=True, metadata={"enum": [state.value for state in AssignmentState]})


class BorrowedOut(Shape):
    """Somebody of a neighbouring pool who comes: known from their yes on."""

    pool = fields.String(required=True)
    name = fields.String(required=True)
    phone = fields.String(required=True, allow_none=True)
    language = fields.String(required=True)


class FallbackStepOut(Shape):
    """One rung of the ladder that was tried: what the appointment became, since when, and until when at most.

    `reason` says why it was skipped, `eligible` how many came into question.
    """

    rung = fields.String(required=True, metadata={"enum": list(RUNGS)})
    state = fields.String(required=True, metadata={"enum": [state.value for state in StepState]})
    reason = fields.String(required=True, allow_none=True, metadata={"enum": [Barrier.NOBODY.value, None]})
    eligible = fields.Integer(required=True)
    mode = fields.String(required=True, metadata={"enum": list(MODES)})
    starts_at = fields.AwareDateTime(required=True)
    began_at = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class AppointmentOut(AppointmentChange):
    """The whole appointment. `explanation` says in a sentence why nobody comes, if so.

    `chance` is how likely somebody says yes by `answer_by`; `next_wave_at` is when others are asked if nobody has.
    """

    site = One(PlaceShape, required=True, allow_none=True)
    id = fields.Integer(required=True)
    organisation = fields.Nested(NamedShape, required=True)
    series = fields.Integer(required=True, allow_none=True, metadata={"description": "Appointments of one series."})
    status = fields.String(required=True, metadata={"enum": list(STATUSES)})
    chance = fields.Float(required=True, allow_none=True)
    answer_by = fields.AwareDateTime(required=True, allow_none=True)
    next_wave_at = fields.AwareDateTime(required=True, allow_none=True)
    missed_by = fields.String(required=True, allow_none=True, metadata={"enum": [*MISSED_BY, None]})
    came_late = fields.Boolean(required=True)
    lasted_minutes = fields.Integer(required=True, allow_none=True)
    offers = fields.List(fields.Nested(OfferOut), required=True)
    assignments = fields.List(fields.Nested(AssignmentOut), required=True)
    borrowed = fields.List(fields.Nested(BorrowedOut), required=True)
    of_neighbour = fields.Boolean(required=True, metadata={"description": "Asked for by a neighbouring pool."})
    explanation = fields.String(required=True, allow_none=True)
    fallback_steps = fields.List(fields.Nested(FallbackStepOut), required=True)
    created_at = fields.AwareDateTime(required=True)


class HintOut(Shape):
    """Something about a request that may be a slip; `appointment` is the open one that seems to be the same."""

    code = fields.String(required=True, metadata={"enum": [one.value for one in Oddity]})
    detail = fields.String(required=True)
    appointment = fields.Integer(required=True, allow_none=True)


class AppointmentMade(AppointmentOut):
    """The same, just made; `hints` say what looks odd about it and was taken all the same."""

    hints = fields.List(fields.Nested(HintOut), required=True)


def hint_json(hint: Hint) -> dict[str, object]:
    """A hint, with its sentence in the language of the request."""
    return {"code": hint.oddity.value, "detail": _(f"odd.{hint.oddity.value}"), "appointment": hint.appointment}


def local(instant: datetime | None, zone: ZoneInfo) -> str | None:
    """An instant in the pool's time, with its offset."""
    return instant.astimezone(zone).isoformat() if instant else None


def appointment_json(appointment: Appointment, who: Principal, zone: ZoneInfo) -> dict[str, object]:
    """The whole object, for whoever asks."""
    return {
        "id": appointment.id,
        "series": appointment.series_id,
        "organisation": {"id": appointment.organisation.id, "name": appointment.organisation.name},
        "language": appointment.language,
        "accepted_languages": appointment.accepted_languages,
        "min_level": appointment.min_level,
        "starts_at": local(appointment.starts_at, zone),
        "ends_at": local(appointment.ends_at, zone),
        "duration_minutes": appointment.duration_minutes,
        "mode": appointment.mode,
        "site": _place_json(appointment),
        "topic": appointment.topic,
        "gender": appointment.gender,
        "mediators_needed": appointment.mediators_needed,
        "preferred_mediators": appointment.preferred_mediators,
        "other_starts": [local(datetime.fromisoformat(one), zone) for one in appointment.other_starts],
        "urgent": appointment.urgent,
        "reference": appointment.reference,
        "note": "" if appointment.is_guest else appointment.note,
        "contact_name": appointment.contact_name,
        "contact_email": appointment.contact_email,
        "contact_phone": appointment.contact_phone,
        "status": _status(appointment, who),
        "chance": appointment.chance,
        "answer_by": local(appointment.answer_by, zone),
        "next_wave_at": local(appointment.look_again_at, zone),
        "missed_by": appointment.missed_by,
        "came_late": appointment.came_late,
        "lasted_minutes": appointment.lasted_minutes,
        "offers": [offer_json(offer, who, zone) for offer in appointment.offers],
        "assignments": [_assignment_json(one, who) for one in _seats(appointment, who)],
        "borrowed": [_borrowed_json(one, appointment, who) for one in borrowing.settled(appointment, g.now)],
        "of_neighbour": appointment.is_guest,
        "explanation": _explanation(appointment),
        "fallbacks": appointment.fallbacks,
        "fallback_languages": appointment.fallback_languages,
        "fallback_steps": [_step_json(one, zone) for one in appointment.fallback_steps],
        "created_at": local(appointment.created_at, zone),
    }


def offer_json(offer: Offer, who: Principal, zone: ZoneInfo) -> dict[str, object]:
    """One question."""
    return {
        "id": offer.id,
        "appointment": offer.appointment_id,
        "mediator": {"id": offer.mediator_id, "name": offer.mediator.name} if who.coordinates else {"id": None},
        "language": offer.language,
        "status": offer.status.value if who.coordinates or not answering.can_undo(offer, g.now) else OfferStatus.SENT,
        "withdrawal": offer.withdrawal.value if offer.withdrawal else None,
        "wave": offer.wave,
        "chance": offer.chance if who.coordinates else None,
        "round": offer.round,
        "sent_at": local(offer.sent_at, zone),
        "due_at": local(offer.due_at, zone),
        "answered_at": local(offer.answered_at, zone) if who.coordinates else None,
    }


def _seats(appointment: Appointment, who: Principal) -> list[Assignment]:
    """Those that whoever asks may know of: staff hear of nobody who may still take it back, or has."""
    if who.coordinates:
        return list(appointment.assignments)
    certain = answering.settled(appointment, g.now)
    return [one for one in appointment.assignments if one in certain or one.state in ENDED]


def _status(appointment: Appointment, who: Principal) -> str:
    said = len(answering.settled(appointment, g.now)) + len(borrowing.settled(appointment, g.now))
    certain = who.coordinates or said == appointment.seats_taken
    if appointment.status is AppointmentStatus.FILLED and not certain:
        return AppointmentStatus.OFFERING.value
    return appointment.status.value


def why(reasons: Mapping[str, int], language: str) -> str:
    """Counted reasons in one sentence, in the language of the request."""
    locale = str(get_locale())
    name = languages.name(language, locale)
    return texts.refusal_reason(reasons, name, language=spoken(locale)).strip()


def _place_json(appointment: Appointment) -> dict[str, object] | None:
    if appointment.place_lat is None or appointment.place_lon is None:
        return None
    return {
        "id": appointment.site_id,
        "name": appointment.place_name,
        "address": appointment.place_address,
        "district": appointment.place_district,
        "lat": appointment.place_lat,
        "lon": appointment.place_lon,
    }


def _assignment_json(assignment: Assignment, who: Principal) -> dict[str, object]:
    person = assignment.mediator
    return {
        "id": assignment.id,
        "offer": assignment.offer_id,
        "mediator": {"id": person.id, "name": person.name, "phone": access.phone_of(who, assignment, g.now)},
        "language": assignment.language,
        "status": assignment.state.value,
    }


def _borrowed_json(seat: BorrowedSeat, appointment: Appointment, who: Principal) -> dict[str, object]:
    phone = seat.phone if who.coordinates or appointment.ends_at > g.now else None
    return {"pool": seat.to_pool.name, "name": seat.name, "phone": phone, "language": seat.language}


def _step_json(step: FallbackStep, zone: ZoneInfo) -> dict[str, object]:
    return {
        "rung": step.rung.value,
        "state": step.state.value,
        "reason": step.reason,
        "eligible": step.people,
        "mode": step.mode,
        "starts_at": local(step.starts_at, zone),
        "began_at": local(step.began_at, zone),
        "until": local(step.until, zone),
        "ended_at": local(step.ended_at, zone),
    }


def _explanation(appointment: Appointment) -> str | None:
    if appointment.status is not AppointmentStatus.UNFILLED or appointment.explanation is None:
        return None
    return why_nobody(appointment, str(get_locale()))
