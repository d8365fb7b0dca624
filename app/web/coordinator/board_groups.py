"""The board's one order: appointments and alerts together, by how soon somebody is needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from app.web.coordinator.board_alerts import AlertRow
from app.web.coordinator.board_rows import BoardRow
from app.web.when import When

# alerts about no appointment of the page; more are folded away, for a wall of warnings is read by nobody
MOST_ALERTS = 5


class Soon(StrEnum):
    """How soon."""

    NOW = "now"
    WEEK = "week"
    LATER = "later"


@dataclass(frozen=True)
class Entry:
    """One line that needs a coordinator: an appointment with what is to say of it, or an alert by itself."""

    row: BoardRow | None
    alerts: tuple[AlertRow, ...]


@dataclass(frozen=True)
class Group:
    """The entries of one stretch of time, what begins next first."""

    soon: Soon
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Grouped:
    """What a page of the board shows, and the alerts that are folded away."""

    groups: tuple[Group, ...]
    folded: tuple[AlertRow, ...]
    # alerts that stand by themselves, folded or not
    alone: int


def grouped(rows: Sequence[BoardRow], alerts: Sequence[AlertRow], when: When) -> Grouped:
    """Each matter once: an alert about an appointment of the page stands at its line; an empty group is left out."""
    listed = {one.id for one in rows}
    alone = [one for one in alerts if one.appointment_id not in listed]
    ends = _ends(when)
    entries = [(row.starts, Entry(row, tuple(one for one in alerts if one.appointment_id == row.id))) for row in rows]
    entries += [(_due(one, when, ends), Entry(None, (one,))) for one in alone[:MOST_ALERTS]]
    found: dict[Soon, list[Entry]] = {soon: [] for soon in Soon}
    for due, entry in sorted(entries, key=lambda one: one[0]):
        found[_soon(due, ends)].append(entry)
    groups = tuple(Group(soon, tuple(of_it)) for soon, of_it in found.items() if of_it)
    return Grouped(groups, tuple(alone[MOST_ALERTS:]), len(alone))


def _due(alert: AlertRow, when: When, ends: dict[Soon, datetime]) -> datetime:
    """By when an alert is to be seen to: before its appointment; what concerns everybody now, one person in a week."""
    if alert.starts is not None:
        return alert.starts
    return when.now if alert.mediator_id is None else ends[Soon.WEEK] - timedelta(seconds=1)


def _ends(when: When) -> dict[Soon, datetime]:
    """When a stretch of time is over: tomorrow's local day, the same weekday in a week."""
    today = when.local(when.now).date()
    over = {Soon.NOW: today + timedelta(days=2), Soon.WEEK: today + timedelta(days=8)}
    return {soon: datetime.combine(day, time(), when.zone).astimezone(UTC) for soon, day in over.items()}


def _soon(starts: datetime, ends: dict[Soon, datetime]) -> Soon:
    return next((soon for soon, over in ends.items() if starts < over), Soon.LATER)
