"""Where an appointment stands, as one sentence."""

from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from app.journey.occasions import spoken
from app.journey.offering import current_offers
from app.models import Appointment, AppointmentStatus, OfferStatus, languages
from app.web.pages import locale
from app.web.when import When
from notifications import texts

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
    """A badge (its word and its kind), the sentence, and whether it will soon be another one."""

    label: str
    kind: str
    sentence: str
    moving: bool


def standing(appointment: Appointment, when: When) -> Standing:
    """How it looks now to whoever asked."""
    status = appointment.status
    return Standing(
        label=_(f"staff.status.{status.value}"),
        kind=BADGES[status],
        sentence=_sentence(appointment, when),
        moving=status in {_S.OPEN, _S.OFFERING},
    )


def _sentence(appointment: Appointment, when: When) -> str:
    status = appointment.status
    if status is _S.UNFILLED:
        return _unfilled(appointment)
    if status is _S.FILLED:
        return _coming(appointment)
    if status in {_S.OPEN, _S.OFFERING}:
        said = [_coming(appointment), _asking(appointment, when)]
        return " ".join(one for one in said if one)
    return str(_(f"staff.sentence.{status.value}"))


def _coming(appointment: Appointment) -> str:
    active = appointment.active_assignments
    if not active:
        return ""
    if len(active) == 1:
        person = active[0].mediator
        return str(_("staff.sentence.comes", name=person.name, phone=person.phone))
    names = ", ".join(one.mediator.name for one in active[:-1])
    return str(_("staff.sentence.come", names=names, last=active[-1].mediator.name))


def _asking(appointment: Appointment, when: When) -> str:
    asked = [one for one in current_offers(appointment) if one.status is OfferStatus.SENT]
    if not asked:
        return str(_("staff.sentence.looking"))
    said = str(ngettext("staff.sentence.asking_one", "staff.sentence.asking_many", len(asked)))
    deadlines = [one.due_at for one in asked if one.due_at is not None]
    if deadlines:
        said += " " + str(_("staff.sentence.answer_by", until=when.moment(min(deadlines))))
    return said


def _unfilled(appointment: Appointment) -> str:
    if appointment.explanation is None:
        return str(_("staff.sentence.unfilled"))
    name = languages.name(appointment.language, locale())
    reason = texts.refusal_reason(appointment.explanation, name, language=spoken(locale())).strip()
    return f"{_('staff.sentence.unfilled')} {reason}"
