"""Afterwards: what is said of an appointment, by whoever requested it or by the coordination.

Whoever requested it may say so from its beginning until some days after its end, and say otherwise within these. What
the coordination has said stands: the money depends on it, so only the coordination corrects it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app import versions
from app.errors import FieldProblem, Invalid, NoLongerOpen
from app.journey import history, thanking
from app.journey.history import Actor
from app.journey.locks import lock_appointment
from app.journey.thanking import Words
from app.links import Links
from app.models import Appointment, AppointmentStatus, Reporter

MISSED_BY: Final = ("mediator", "client")
OVER: Final = frozenset({AppointmentStatus.FILLED, AppointmentStatus.DONE, AppointmentStatus.MISSED})
# How long after its end whoever requested it can say how it was.
REPORTABLE: Final = timedelta(days=14)
LONGEST: Final = 24 * 60


@dataclass(frozen=True)
class Report:
    """How it was: who did not come (None: it took place), whether the mediator came late, how long it really took."""

    missed_by: str | None = None
    came_late: bool = False
    lasted_minutes: int | None = None


def said_of(appointment: Appointment) -> Report | None:
    """What has been said of it so far; None while nobody has."""
    if appointment.reported_at is None and appointment.missed_by is None:
        return None
    return Report(appointment.missed_by, appointment.came_late, appointment.lasted_minutes)


def version(session: Session, appointment: Appointment) -> str:
    """The mark of what has been said and of the thanks, for a form to send back."""
    return versions.version_of(_stands(session, appointment))


def _stands(session: Session, appointment: Appointment) -> tuple[object, ...]:
    return said_of(appointment), appointment.reported_by, thanking.said_of(session, appointment)


def reportable_until(appointment: Appointment) -> datetime:
    """The last instant at which whoever requested it can say or correct it."""
    return appointment.ends_at + REPORTABLE


def is_settled(appointment: Appointment, by: Reporter) -> bool:
    """Whether somebody else's word stands."""
    return by is Reporter.REQUESTER and appointment.reported_by is Reporter.COORDINATION


def check_open(appointment: Appointment, now: datetime, by: Reporter) -> None:
    """Raise NoLongerOpen where nothing can be said of it: too early, nobody was expected, or too late."""
    if appointment.status is AppointmentStatus.CANCELLED:
        raise NoLongerOpen("attendance_cancelled")
    if appointment.status not in OVER or appointment.starts_at > now:
        raise NoLongerOpen("attendance_not_yet")
    if by is Reporter.REQUESTER and reportable_until(appointment) < now:
        raise NoLongerOpen("attendance_closed")


def report(
    session: Session,
    now: datetime,
    links: Links,
    appointment_id: int,
    actor: Actor,
    by: Reporter,
    said: Report | None,
    *,
    thanks: Words | None = None,
    seen: str | None = None,
) -> Appointment:
    """Say afterwards how it was, and thank whoever came; None of either leaves it as it is.

    `seen` is the mark of what whoever says it had before their eyes. Raises Invalid; NoLongerOpen where nothing can be
    said (any more); ChangedMeanwhile where somebody else has said otherwise since.
    """
    if problems := _wrong(said, thanks):
        raise Invalid(problems)
    appointment = lock_appointment(session, appointment_id)
    check_open(appointment, now, by)
    is_other = said is not None and said != said_of(appointment)
    if is_other and is_settled(appointment, by):
        raise NoLongerOpen("attendance_settled")
    if is_other or (thanks is not None and thanks != thanking.said_of(session, appointment)):
        versions.refuse_other(seen, _stands(session, appointment))
    # the same from the coordination stands from now on
    stands = by is Reporter.REQUESTER or appointment.reported_by is by
    if said is not None and (is_other or not stands):
        _keep(session, now, appointment, actor, by, said)
    if appointment.missed_by == "mediator":
        # nobody came who could be thanked
        thanks = Words()
    if thanks is not None:
        thanking.thank(session, now, links, appointment, thanks, actor)
    return appointment


def _wrong(said: Report | None, thanks: Words | None) -> list[FieldProblem]:
    problems = thanking.wrong(thanks) if thanks else []
    if said is None:
        return problems
    if said.missed_by is not None and said.missed_by not in MISSED_BY:
        told = {"value": said.missed_by, "choices": ", ".join(MISSED_BY)}
        problems.append(FieldProblem("missed_by", "unknown_choice", told))
    if said.lasted_minutes is not None and not 1 <= said.lasted_minutes <= LONGEST:
        problems.append(FieldProblem("lasted_minutes", "out_of_range", {"least": 1, "most": LONGEST}))
    if said.missed_by is not None and (said.came_late or said.lasted_minutes is not None):
        field = "came_late" if said.came_late else "lasted_minutes"
        problems.append(FieldProblem(field, "attendance_missed"))
    if said.missed_by == "mediator" and thanks is not None and thanks.are_said:
        problems.append(FieldProblem("thanks", "attendance_nobody_to_thank"))
    return problems


def _keep(session: Session, now: datetime, appointment: Appointment, actor: Actor, by: Reporter, said: Report) -> None:
    appointment.advance(AppointmentStatus.MISSED if said.missed_by else AppointmentStatus.DONE)
    appointment.missed_by, appointment.came_late = said.missed_by, said.came_late
    appointment.lasted_minutes = said.lasted_minutes
    appointment.reported_by, appointment.reported_at = by, now
    # nobody is asked what is known
    appointment.ask_afterwards_at = None
    kind = f"missed_by_{said.missed_by}" if said.missed_by else "came_late" if said.came_late else "came"
    history.record(session, now, kind, actor, appointment, by=by.value, minutes=said.lasted_minutes)
