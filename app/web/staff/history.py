"""An appointment's history in sentences. Who declined or was silent is not named: that is between them and the pool."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext

from app.journey.confirming import UNDO
from app.models import RUNGS, ActorKind, Event, Rung
from app.web.error_texts import fault_words
from app.web.when import When

# what happened -> how it is coloured; other events are no business of whoever asked
KINDS = {
    "requested": "info",
    "changed": "info",
    "cancelled": "danger",
    "wave_sent": "info",
    "asked_by_hand": "info",
    "withdrawn_by_hand": "",
    "undone_by_hand": "",
    "offer_expired": "",
    "offer_unreachable": "",
    "accepted": "success",
    "declined": "",
    "handed_back": "warning",
    "released": "warning",
    "unfilled": "danger",
    **dict.fromkeys((f"fell_back_{rung}" for rung in RUNGS if rung is not Rung.DEVICE), "info"),
    **dict.fromkeys((f"device_{what}" for what in ("reserved", "released", "handed_out", "returned")), "info"),
    "neighbour_accepted": "success",
    "neighbour_handed_back": "warning",
    "neighbour_over": "",
    "done": "success",
    "deadline_moved": "",
    "offer_unsent": "",
    "reconfirmed": "success",
    "missed_by_mediator": "warning",
    "missed_by_client": "warning",
    "came": "success",
    "came_late": "warning",
    "thanked": "success",
    "thanks_taken_back": "",
    "past_added": "info",
}
# what only the coordination can do something about
FOR_COORDINATORS = {"message_failed": "warning", "alert_resolved": "info"}
ANSWERS = frozenset({"accepted", "declined"})
NAMED = frozenset({"accepted", "handed_back", "released", "reconfirmed"})


@dataclass(frozen=True)
class Step:
    """One line: when (as said, and for machines), what, and its colour."""

    moment: str
    at: str
    sentence: str
    kind: str


def steps(events: Iterable[Event], when: When, *, coordinates: bool) -> list[Step]:
    """The lines, newest first; some are for coordinators alone."""
    kinds = KINDS | FOR_COORDINATORS if coordinates else KINDS
    told = [
        Step(when.moment(event.at), event.at.isoformat(), _sentence(event, when), kinds[event.kind])
        for event in _without_what_was_undone(events)
        if event.kind in kinds
    ]
    return told[::-1]


def _without_what_was_undone(events: Iterable[Event]) -> list[Event]:
    """A slip of the finger, taken back within seconds, is no business of whoever waits: neither of its two lines."""
    kept: list[Event] = []
    for event in events:
        slips = _slips_of(event)
        if slips:
            same = (one for one in reversed(kept) if one.kind in slips and one.mediator_id == event.mediator_id)
            if slip := next(same, None):
                kept.remove(slip)
        else:
            kept.append(event)
    return kept


def _slips_of(event: Event) -> frozenset[str]:
    """The kinds of line that this one takes back as if they had not been."""
    if event.kind == "undone":
        return ANSWERS
    unseen = event.kind == "undone_by_hand" and event.data["unseen"]
    return frozenset({str(event.data["step"])}) if unseen else frozenset()


def _sentence(event: Event, when: When) -> str:
    if event.kind == "accepted" and event.data.get("via") == "link" and when.now < event.at + UNDO:
        return str(_("staff.event.yes_said"))
    if event.kind == "wave_sent":
        count = int(event.data.get("count", 1))
        return str(ngettext("staff.event.wave_sent_one", "staff.event.wave_sent_many", count))
    if event.kind == "requested" and event.actor_kind is ActorKind.REQUESTER:
        return str(_("staff.event.requested_at_door"))
    if event.kind in NAMED:
        return str(_(f"staff.event.{event.kind}", name=event.data.get("name", "")))
    if event.kind == "message_failed":
        return str(_("staff.event.message_failed", why=fault_words(str(event.data.get("code") or ""))))
    return str(_(f"staff.event.{event.kind}"))
