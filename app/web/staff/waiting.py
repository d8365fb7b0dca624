"""What whoever waits wants to know: how likely somebody comes, how many are asked, and what happens when."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from app.journey.offers import current_offers
from app.models import Appointment, AppointmentStatus, OfferStatus
from app.web.staff.chance_panel import percent_of
from app.web.when import When


@dataclass(frozen=True)
class Waiting:
    """The chance in per cent, who was asked in a sentence, and what comes next (from when, what)."""

    percent: int
    asked: str
    next: tuple[tuple[str, str], ...]


def waiting(found: Appointment, when: When) -> Waiting | None:
    """As the search stands; None where nobody is asked or may be, or it has begun."""
    if found.status not in {AppointmentStatus.OPEN, AppointmentStatus.OFFERING} or found.starts_at <= when.now:
        return None
    if found.chance is None:
        return None
    return Waiting(percent_of(found.chance), _asked(found), tuple(_next(found, when)))


def _asked(found: Appointment) -> str:
    """How many were asked, and how many of them have not said no."""
    now = current_offers(found)
    asked = sum(one.sent_at is not None for one in now)
    if not asked:
        return str(_("waiting.nobody_yet"))
    silent = sum(one.status is OfferStatus.SENT for one in now)
    said = [str(ngettext("waiting.asked_one", "waiting.asked_many", asked))]
    if silent == 0:
        said.append(str(_("waiting.open_none")))
    elif silent < asked:
        said.append(str(ngettext("waiting.open_one", "waiting.open_many", silent)))
    return " ".join(said)


def _next(found: Appointment, when: When) -> Iterator[tuple[str, str]]:
    again, other = found.look_again_at, found.fall_back_at
    if again is not None and again > when.now and (other is None or again < other):
        yield when.moment(again), str(_("waiting.more"))
    if other is not None and other > when.now:
        yield when.moment(other), str(_("waiting.other_way"))
