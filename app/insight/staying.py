"""Who has accepted an appointment and would stay if it were changed: what requesting.change() does, told beforehand."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.journey.offers import clashes
from app.journey.request import Request
from app.journey.requesting import KEEPS, MOVES
from app.journey.wanted import fill_in, wanted_of
from app.models import Appointment, Assignment


def staying(session: Session, appointment: Appointment, wanted: Request) -> Sequence[Assignment]:
    """Those of its active assignments that would go on; whoever holds another of them would be released."""
    held, before = appointment.active_assignments, wanted_of(appointment)
    changed = {name for name in MOVES if getattr(wanted, name) != getattr(before, name)}
    if not changed:
        return held
    if not changed <= KEEPS:
        return []
    moved = Appointment(id=appointment.id)
    fill_in(moved, wanted)
    busy = {mediator_id for mediator_id, _ in clashes(session, [one.mediator_id for one in held], [moved])}
    return [one for one in held if one.mediator_id not in busy]
