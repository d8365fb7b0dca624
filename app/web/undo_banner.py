"""What was just done by hand, and what taking it back would come to now: on the page that confirms it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from flask import g, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app import access
from app.errors import AlreadyTaken, NoLongerOpen
from app.journey import undoing
from app.journey.undoing import Undone
from app.models import ManualStep, StepKind
from app.web.asked import asked_ids
from app.web.pages import sentence

GONE: Final = "gone"


@dataclass(frozen=True)
class UndoBanner:
    """A heading and a sentence; `ids` are the steps that can be taken back, none where nothing can.

    `state` says which sentence it is: `unseen`, `told`, or `gone`.
    """

    title: str
    words: str
    ids: tuple[int, ...]
    state: str
    undo_url: str
    poll_url: str


def undo_banner(rows: Session, appointment_id: int) -> UndoBanner | None:
    """The banner about the steps that the address names (`?step=`); None if it names none that is known."""
    named = asked_ids("step")
    if not named:
        return None
    about = select(ManualStep).where(ManualStep.id.in_(named), ManualStep.appointment_id == appointment_id)
    if not access.principal().coordinates:
        # who was asked is between them and the pool
        about = about.where(ManualStep.kind == StepKind.CHANGE)
    steps = rows.scalars(about.options(joinedload(ManualStep.mediator)).order_by(ManualStep.id)).all()
    return _banner(rows, appointment_id, steps) if steps else None


def _banner(rows: Session, appointment_id: int, steps: Sequence[ManualStep]) -> UndoBanner:
    standing, refused = list[tuple[ManualStep, Undone]](), ""
    for step in steps:
        try:
            standing.append((step, undoing.outlook(rows, g.now, step)))
        except (AlreadyTaken, NoLongerOpen) as error:
            refused = sentence(error.code, dict(error.params))
    kind, names = steps[0].kind.value, names_of(steps)
    # of several, what is true of all of them
    worst = Undone.TOLD if any(found is Undone.TOLD for _step, found in standing) else Undone.UNSEEN
    state = worst.value if standing else GONE
    ids = tuple(step.id for step, _found in standing)
    return UndoBanner(
        title=str(_(f"undo.{kind}.title", names=names)),
        words=str(_(f"undo.{kind}.{state}", names=names)) if standing else refused,
        ids=ids,
        state=state,
        undo_url=url_for("staff.undo", appointment_id=appointment_id),
        poll_url=url_for("staff.undo_state", appointment_id=appointment_id, step=ids, seen=state) if ids else "",
    )


def names_of(steps: Sequence[ManualStep]) -> str:
    """Whom these steps are about."""
    return ", ".join(step.mediator.name for step in steps if step.mediator)
