"""One line of the board: an appointment, where it stands, and what can be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from app.journey import answering, lending
from app.journey.offers import current_offers
from app.journey.telling.facts import why_nobody
from app.models import SEEKING, Appointment, AppointmentStatus, Assignment, Offer, OfferStatus, languages
from app.web.coordinator.blueprint import version_of
from app.web.pages import locale
from app.web.when import When

BADGES = {
    AppointmentStatus.OPEN: "info",
    AppointmentStatus.OFFERING: "info",
    AppointmentStatus.FILLED: "success",
    AppointmentStatus.UNFILLED: "danger",
    AppointmentStatus.CANCELLED: "warning",
    AppointmentStatus.DONE: "success",
    AppointmentStatus.MISSED: "warning",
}
# nearer than this, an appointment without anybody needs a coordinator
SOON = timedelta(hours=72)


@dataclass(frozen=True)
class BoardRow:
    """What one row shows."""

    id: int
    starts: datetime
    when: str
    ahead: str
    language: str
    detail: str
    reference: str
    status: str
    badge: str
    sentence: str
    people: str
    # how likely somebody says yes in time, in per cent; None where there is nothing to say
    chance: int | None
    pressing: bool
    urgent: bool
    seeking: bool
    filled: bool

    @property
    def mark(self) -> str:
        """Another one as soon as the line says something else: then what would help is looked up anew."""
        return version_of(repr(self))


def board_row(found: Appointment, when: When) -> BoardRow:
    """The row of an appointment."""
    seeking = found.status in SEEKING
    certain = answering.settled(found, when.now)
    confirming = len(certain) < len(found.active_assignments)
    guest = str(_("neighbours.guest")) if found.is_guest else ""
    place = found.place_name if found.mode == "on_site" else _(f"coordinator.mode.{found.mode}")
    return BoardRow(
        id=found.id,
        starts=found.starts_at,
        when=when.span(found.starts_at, found.ends_at),
        ahead=when.ahead(found.starts_at),
        language=languages.name(found.language, locale()),
        detail=" · ".join(part for part in dict.fromkeys((guest, found.organisation.name, place)) if part),
        reference=found.reference,
        status=_("coordinator.status.confirming") if confirming else _(f"coordinator.status.{found.status.value}"),
        badge="info" if confirming else BADGES[found.status],
        sentence=standing_sentence(found, when),
        people=_people(found, certain),
        chance=None if found.chance is None or not seeking else round(100 * found.chance),
        pressing=seeking and found.starts_at - when.now < SOON and found.status is AppointmentStatus.UNFILLED,
        urgent=found.urgent,
        seeking=seeking,
        filled=found.status is AppointmentStatus.FILLED and not confirming,
    )


def standing_sentence(found: Appointment, when: When) -> str:
    """3 gefragt, 1 Nein, Antwort bis 18:00 Uhr; or why nobody can come."""
    parts = [_seats(found)]
    if found.status is AppointmentStatus.UNFILLED:
        parts.append(_why_nobody(found))
    elif found.status in SEEKING:
        awaited = lending.is_awaited(found, when.now)
        parts.append(_asked(current_offers(found), when, found.look_again_at, awaited=awaited))
    return " ".join(part for part in parts if part)


def _seats(found: Appointment) -> str:
    if found.status not in SEEKING or found.mediators_needed == 1:
        return ""
    return str(_("coordinator.board.seats", taken=found.seats_taken, needed=found.mediators_needed))


def _asked(offers: list[Offer], when: When, again: datetime | None, *, awaited: bool = False) -> str:
    counted = {status: [one for one in offers if one.status is status] for status in OfferStatus}
    waiting, silent = counted[OfferStatus.SENT], counted[OfferStatus.EXPIRED]
    declined = counted[OfferStatus.DECLINED]
    asked = len(waiting) + len(silent) + len(declined)
    coming = again if again is not None and again > when.now else None
    if not asked:
        if awaited:
            return str(_("neighbours.board.asking"))
        return _resting(coming, when) if coming else str(_("coordinator.board.looking"))
    parts = [str(_("coordinator.board.asked", number=asked))]
    if declined:
        parts.append(str(_("coordinator.board.declined", number=len(declined))))
    if silent:
        parts.append(str(_("coordinator.board.silent", number=len(silent))))
    deadlines = [one.due_at for one in waiting if one.due_at is not None]
    if deadlines:
        parts.append(str(_("coordinator.board.answer_by", until=when.moment(max(deadlines)))))
    said = ", ".join(parts)
    if coming is None:
        return said
    if not waiting:
        return f"{said}. {_resting(coming, when)}"
    return f"{said}; {_('coordinator.board.next_wave', moment=when.from_then(coming))}"


def _resting(until: datetime, when: When) -> str:
    return str(_("coordinator.board.resting", moment=when.from_then(until)))


def _why_nobody(found: Appointment) -> str:
    if found.explanation is None:
        return str(_("coordinator.board.unfilled"))
    return why_nobody(found, locale())


def _people(found: Appointment, certain: Sequence[Assignment]) -> str:
    coming = [one.mediator.name for one in certain]
    saying_yes = [one.mediator.name for one in found.active_assignments if one not in certain]
    asked = [one.mediator.name for one in current_offers(found) if one.status is OfferStatus.SENT]
    said = []
    if coming:
        said.append(ngettext("coordinator.board.comes", "coordinator.board.come", len(coming), names=", ".join(coming)))
    if saying_yes:
        said.append(_("coordinator.board.confirming", names=", ".join(saying_yes)))
    borrowed = found.borrowed_seats if found.seats_borrowed else ()
    said += [_("neighbours.board.comes", name=one.name, pool=one.to_pool.name) for one in borrowed]
    if asked and found.status in SEEKING:
        said.append(_("coordinator.board.asked_people", names=", ".join(asked)))
    return " ".join(str(one) for one in said)
