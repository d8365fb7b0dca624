"""Where an appointment stands, as one sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.lists import format_list
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from app.journey import borrowing
from app.journey.answering import settled
from app.journey.offers import current_offers
from app.journey.telling.facts import why_nobody
from app.models import SEEKING, Appointment, AppointmentStatus, FallbackStep, OfferStatus, Rung, StepState
from app.web.pages import locale
from app.web.when import When
from notifications.phone_words import readable

_S = AppointmentStatus
BADGES = {
    _S.OPEN: "info",
    _S.OFFERING: "info",
    _S.FILLED: "success",
    _S.UNFILLED: "danger",
    _S.CANCELLED: "warning",
    _S.DONE: "success",
    _S.MISSED: "warning",
}


@dataclass(frozen=True)
class Standing:
    """A badge (its word and its kind), the sentence, and whether somebody has to wait for another one.

    `stuck` says that there is nobody left to ask, so that staff may want to change something.
    """

    label: str
    kind: str
    sentence: str
    moving: bool
    stuck: bool


def standing(appointment: Appointment, when: When) -> Standing:
    """How it looks now to whoever asked."""
    status = appointment.status
    if is_confirming(appointment, when.now):
        return Standing(
            label=str(_("staff.status.confirming")),
            kind="info",
            sentence=_confirming(appointment, when),
            moving=True,
            stuck=False,
        )
    return Standing(
        label=_label(appointment),
        kind="warning" if _is_partly_filled(appointment) else BADGES[status],
        sentence=_sentence(appointment, when),
        moving=status in {_S.OPEN, _S.OFFERING},
        stuck=status is _S.UNFILLED,
    )


def is_confirming(appointment: Appointment, now: datetime) -> bool:
    """Whether somebody has said yes and could still take it back with a tap."""
    certain = len(settled(appointment, now)) + len(borrowing.settled(appointment, now))
    return appointment.starts_at > now and certain < appointment.seats_taken


def _confirming(appointment: Appointment, when: When) -> str:
    certain = [one.mediator.name for one in settled(appointment, when.now)]
    certain += _from_neighbours(appointment, when.now)
    said = str(_("staff.sentence.confirming"))
    return f"{_names(certain, appointment.mediators_needed)} {said}" if certain else said


def _is_partly_filled(appointment: Appointment) -> bool:
    return appointment.status in SEEKING and bool(appointment.seats_taken)


def _label(appointment: Appointment) -> str:
    needed = appointment.mediators_needed
    if appointment.waits_until is not None:
        return str(_("series.state.waits"))
    if _is_partly_filled(appointment):
        return str(_("staff.status.partly", taken=appointment.seats_taken, needed=needed))
    if appointment.status is _S.FILLED and needed > 1:
        return str(_("staff.status.both") if needed == 2 else _("staff.status.all"))
    return str(_(f"staff.status.{appointment.status.value}"))


def _sentence(appointment: Appointment, when: When) -> str:
    status = appointment.status
    if _is_partly_filled(appointment):
        return f"{_so_far(appointment, when)} {_still_wanted(appointment, when)}"
    if status is _S.UNFILLED:
        return _unfilled(appointment)
    if status is _S.FILLED:
        return _coming(appointment, when)
    if status in {_S.OPEN, _S.OFFERING}:
        return _asking(appointment, when)
    if status is _S.MISSED and appointment.missed_by:
        return str(_(f"staff.sentence.missed_by_{appointment.missed_by}"))
    return str(_(f"staff.sentence.{status.value}"))


def _so_far(appointment: Appointment, when: When) -> str:
    coming = [one.mediator.name for one in appointment.active_assignments]
    return _names([*coming, *_from_neighbours(appointment, when.now)], appointment.mediators_needed)


def _from_neighbours(appointment: Appointment, now: datetime) -> list[str]:
    return [
        str(_("neighbours.person", name=one.name, pool=one.to_pool.name)) for one in borrowing.settled(appointment, now)
    ]


def _names(coming: Sequence[str], needed: int) -> str:
    names = format_list(list(coming), locale=get_locale())
    one, many = "staff.sentence.partly_one", "staff.sentence.partly_many"
    return str(ngettext(one, many, len(coming), needed=needed, names=names))


def _still_wanted(appointment: Appointment, when: When) -> str:
    """What is done about the seats that are open; the usual case, one of two, has a sentence of its own."""
    if appointment.status is _S.OPEN and (resting := _resting(appointment, when)):
        return resting
    doing = appointment.status.value
    if appointment.mediators_needed == 2:
        return str(_(f"staff.sentence.second_{doing}"))
    return str(
        ngettext(f"staff.sentence.more_{doing}_one", f"staff.sentence.more_{doing}_many", appointment.seats_open)
    )


def _coming(appointment: Appointment, when: When) -> str:
    active = appointment.active_assignments
    borrowed = borrowing.settled(appointment, when.now)
    if not active and not borrowed:
        return ""
    if appointment.ends_at <= when.now:
        # nobody comes any more, also where the worker has not closed it yet
        return str(_("staff.sentence.done"))
    if borrowed and not active and len(borrowed) == 1:
        one = borrowed[0]
        return str(_("neighbours.comes", name=one.name, phone=readable(one.phone), pool=one.to_pool.name))
    if len(active) == 1 and not borrowed:
        person = active[0].mediator
        return str(_("staff.sentence.comes", name=person.name, phone=readable(person.phone)))
    coming = [*(one.mediator.name for one in active), *_from_neighbours(appointment, when.now)]
    return str(_("staff.sentence.come", names=", ".join(coming[:-1]), last=coming[-1]))


def neighbour_asked(step: FallbackStep) -> str:
    """In which pool is asked, how many come into question there, and about how far away the nearest are."""
    name = step.neighbour.name if step.neighbour else ""
    if step.minutes is None:
        return str(ngettext("neighbours.asking_one", "neighbours.asking_many", step.people, pool=name))
    said = "neighbours.asking_far_one", "neighbours.asking_far_many"
    return str(ngettext(*said, step.people, pool=name, minutes=step.minutes))


def _asking(appointment: Appointment, when: When) -> str:
    asked = [one for one in current_offers(appointment) if one.status is OfferStatus.SENT]
    running = next((one for one in appointment.fallback_steps if one.state is StepState.RUNNING), None)
    if running is not None and running.rung is Rung.NEIGHBOUR and appointment.borrow_until is not None:
        return neighbour_asked(running)
    if not asked:
        return _resting(appointment, when) or str(_("staff.sentence.looking"))
    said = str(ngettext("staff.sentence.asking_one", "staff.sentence.asking_many", len(asked)))
    deadlines = [one.due_at for one in asked if one.due_at is not None]
    if deadlines:
        said += " " + str(_("staff.sentence.answer_by", until=when.moment(min(deadlines))))
    if appointment.leads_series:
        said += " " + str(_("series.leads"))
    return said


def _resting(appointment: Appointment, when: When) -> str:
    """From when on we ask, or ask again; nothing while nobody has to wait for that."""
    if appointment.waits_until is not None:
        return str(_("series.waits", moment=when.moment(appointment.waits_until)))
    again = appointment.look_again_at
    if again is None or again <= when.now:
        return ""
    return str(_("staff.sentence.resting", again=when.from_then(again)))


def _unfilled(appointment: Appointment) -> str:
    if appointment.explanation is None:
        return str(_("staff.sentence.unfilled"))
    return f"{_('staff.sentence.unfilled')} {why_nobody(appointment, locale())}"
