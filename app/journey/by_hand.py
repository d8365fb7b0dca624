"""Steps that somebody takes by hand, each with what was there before it, so that undoing.py can take it back.

What they say is held back for as long as a mediator's own yes is: until then nobody has heard of it.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.journey import answering, offering, requesting
from app.journey.confirming import UNDO
from app.journey.history import Actor
from app.journey.locks import lock_appointment
from app.journey.offers import current_offers
from app.journey.request import Place, RequestChanges
from app.journey.wanted import version_of, wanted_of
from app.links import Links
from app.models import Appointment, ManualStep, Mediator, Offer, OfferStatus, StepKind

# As long as it is known what was there before.
KEPT: Final = timedelta(days=1)
# What a step by hand changes of a question.
OF_OFFER: Final = (
    "status", "withdrawal", "by_hand", "wave", "sent_at", "due_at", "chance", "answered_at", "answered_via", "ended_at",
)  # fmt: skip


def ask(
    session: Session, now: datetime, links: Links, appointment_id: int, mediator: Mediator, actor: Actor
) -> ManualStep:
    """Ask one more person, see offering.ask()."""
    appointment = lock_appointment(session, appointment_id)
    before = _before(appointment, mediator)
    offering.ask(session, now, links, appointment_id, mediator, actor, hold=UNDO)
    return _remember(session, now, StepKind.ASK, appointment, before, mediator)


def assign(
    session: Session, now: datetime, links: Links, appointment_id: int, mediator: Mediator, actor: Actor
) -> ManualStep | None:
    """Enter a yes from the telephone, see answering.assign(); None where it was there already."""
    appointment = lock_appointment(session, appointment_id)
    before = _before(appointment, mediator)
    assignment = answering.assign(session, now, links, appointment_id, mediator, actor)
    if before["offer"] and before["offer"]["status"] == OfferStatus.ACCEPTED:
        return None
    return _remember(session, assignment.created_at, StepKind.ASSIGN, appointment, before, mediator)


def withdraw(
    session: Session, now: datetime, links: Links, appointment_id: int, mediator: Mediator, actor: Actor
) -> ManualStep:
    """Take a question back, see offering.withdraw()."""
    appointment = lock_appointment(session, appointment_id)
    before = _before(appointment, mediator)
    offering.withdraw(session, now, links, appointment_id, mediator, actor, hold=UNDO)
    return _remember(session, now, StepKind.WITHDRAW, appointment, before, mediator)


def change(
    session: Session,
    now: datetime,
    links: Links,
    appointment_id: int,
    changes: RequestChanges,
    actor: Actor,
    *,
    seen: str | None = None,
) -> ManualStep | None:
    """Change an appointment, see requesting.change(); None where nothing was changed."""
    appointment = lock_appointment(session, appointment_id)
    wanted, before = wanted_of(appointment), _before(appointment)
    requesting.change(session, now, links, appointment_id, changes, actor, seen=seen, hold=UNDO)
    after = wanted_of(appointment)
    changed = {name: value for name, value in vars(wanted).items() if value != getattr(after, name)}
    if not changed:
        return None
    before["wanted"] = {name: _plain(value) for name, value in changed.items()}
    before["version"] = version_of(appointment)
    return _remember(session, now, StepKind.CHANGE, appointment, before)


def changes_back(step: ManualStep) -> RequestChanges:
    """What a change changed, as it was before."""
    read: RequestChanges = {}
    for name, value in step.before["wanted"].items():
        read[name] = _typed(name, value)  # type: ignore[literal-required]
    return read


def _before(appointment: Appointment, mediator: Mediator | None = None) -> dict[str, Any]:
    """The state of the search, and of the question to that person, None where there is none."""
    found = next((one for one in current_offers(appointment) if mediator and one.mediator_id == mediator.id), None)
    return {
        "status": appointment.status.value,
        "explanation": appointment.explanation,
        "filled_at": _plain(appointment.filled_at),
        "look_again_at": _plain(appointment.look_again_at),
        "site_id": appointment.site_id,
        "round": appointment.round,
        "first_round": appointment.first_round,
        "offer": _offer_values(found) if found else None,
    }


def _offer_values(offer: Offer) -> dict[str, Any]:
    return {name: _plain(getattr(offer, name)) for name in OF_OFFER}


def _remember(
    session: Session,
    at: datetime,
    kind: StepKind,
    appointment: Appointment,
    before: dict[str, Any],
    mediator: Mediator | None = None,
) -> ManualStep:
    session.execute(delete(ManualStep).where(ManualStep.at < at - KEPT))
    step = ManualStep(
        appointment_id=appointment.id, mediator_id=mediator.id if mediator else None, kind=kind, at=at, before=before
    )
    session.add(step)
    session.flush()
    return step


def _plain(value: object) -> object:
    """As JSON can hold it."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Place):
        return asdict(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value


def _typed(name: str, value: Any) -> object:
    """A field of a request as it was before `_plain`."""
    if name == "starts_at":
        return datetime.fromisoformat(value)
    if name == "other_starts":
        return tuple(datetime.fromisoformat(one) for one in value)
    if name == "place":
        return Place(**value) if value else None
    return tuple(value) if isinstance(value, list) else value
