"""What would help an appointment, in words, each with what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.insight import remedies
from app.insight.explanations import Candidate, Circle
from app.insight.remedies import Change, Remedy, ask_together, together
from app.models import Appointment
from app.web.when import When

PERCENT: Final = 100


@dataclass(frozen=True)
class Together:
    """People who are asked at once: the heading, who they are, and what comes of it."""

    title: str
    words: str
    ids: tuple[int, ...]


@dataclass(frozen=True)
class Help:
    """A change: the heading, whom it finds, and where it is made; `url` is empty where only people can settle it."""

    title: str
    words: str
    url: str


@dataclass(frozen=True)
class WhatHelps:
    """Asking several at once, if that is a question, and changes of the appointment; most promising first."""

    together: Together | None
    helps: tuple[Help, ...]

    @property
    def all(self) -> tuple[Together | Help, ...]:
        """In the order in which they are told."""
        return (*([self.together] if self.together else []), *self.helps)


def what_helps(
    now: datetime, found: Appointment, when: When, circle: Circle, candidates: Sequence[Candidate]
) -> WhatHelps:
    """All that would help an appointment that seeks somebody, on whichever page it is told."""
    together = together_words(remedies.askable(candidates), found)
    return WhatHelps(together, tuple(remedy_words(one, found, when) for one in remedies.remedies(now, circle)))


def together_words(candidates: Sequence[Candidate], found: Appointment) -> Together | None:
    """Several at once where one alone would not do; None where that is no question."""
    if found.seats_open != 1:
        return None
    people = ask_together(candidates, found.pool.fill_target / PERCENT)
    if not people:
        return None
    percent = _percent(together(one.chance for one in people))
    names = ", ".join(one.mediator.name for one in people)
    return Together(
        title=str(_(f"coordinator.candidates.together.{len(people)}")),
        words=str(_("coordinator.candidates.together.words", names=names, percent=percent)),
        ids=tuple(one.mediator.id for one in people),
    )


def remedy_words(one: Remedy, found: Appointment, when: When) -> Help:
    """Am Telefon: 3 Personen mehr, am ehesten Amira Yılmaz (80 %)."""
    first, chance = one.people[0]
    words = ngettext(
        "coordinator.candidates.helps.one",
        "coordinator.candidates.helps.many",
        len(one.people),
        name=first.name,
        percent=_percent(chance),
    )
    starts = when.local(one.starts)
    changes: dict[Change, dict[str, Any]] = {
        Change.PHONE: {"place": "phone"},
        Change.VIDEO: {"place": "video"},
        Change.EARLIER: {"time": f"{starts:%H:%M}"},
        Change.LATER: {"time": f"{starts:%H:%M}"},
        Change.SHORTER: {"duration": str(int((one.ends - one.starts).total_seconds() // 60))},
    }
    change = changes.get(one.change)
    url = url_for("staff.edit", appointment_id=found.id, **change) if change else ""
    key = f"any_gender.{found.gender}" if one.change is Change.ANY_GENDER else one.change.value
    return Help(str(_(f"coordinator.candidates.helps.{key}", time=when.clock(one.starts))), str(words), url)


def _percent(chance: float) -> int:
    """In steps of five per cent, never quite certain."""
    return min(95, 5 * round(20 * chance))
