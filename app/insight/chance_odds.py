"""How likely each person says yes to a request in time, for each start at which it could be.

It is what the waves count with: the learned chance of a yes to a question that is sent when this person may next be
asked, times the share of the yeses that come before such a question's answer is due.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from app.insight.chance_input import ChanceInput
from app.journey.timing.contact_hours import Turn
from app.journey.timing.deadlines import QUARTER, answer_deadline
from scheduler.tables.arrays import Floats
from scheduler.waves.acceptance import LEAST, MOST
from scheduler.waves.next_wave import SUREST

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def yes_in_time(known: ChanceInput, starts: Sequence[datetime]) -> Floats:
    """The chances: a row for each person, a column for each start (ascending).

    Whom another open appointment has asked, or counts on, at that time may be gone by then: they count only as far as
    they are expected not to say yes there.
    """
    yes = _alone(known, starts)
    elsewhere = known.waited_for.busy(known.wanted, np.arange(len(known.people)), starts)
    found: Floats = np.where(elsewhere, yes * (1 - yes), yes)
    return found


def _alone(known: ChanceInput, starts: Sequence[datetime]) -> Floats:
    """As if nothing else were asked of them."""
    turns = [_coarse(known.limits.turn(one), known.limits.now) for one in known.people]
    kinds = {turn: number for number, turn in enumerate(dict.fromkeys(turns))}
    rows = [[_kind(known, turn, start) for start in starts] for turn in kinds]
    odds, shares = np.array(rows, float).reshape(len(kinds), len(starts), 2).transpose(2, 0, 1)
    place = np.array([kinds[turn] for turn in turns], np.int64)
    own = np.array([known.learned.people.get(one.id, 0.0) for one in known.problem.mediators])
    chance = 1 / (1 + np.exp(-odds[place] - own[:, None]))
    found: Floats = np.minimum(np.clip(chance, LEAST, MOST), SUREST) * shares[place]
    return found


def _coarse(turn: Turn, now: datetime) -> Turn:
    """The same turn; one that is still to come on the next quarter of an hour, so that many people share it."""
    return Turn(_quarter(turn.at, now), turn.usual and _quarter(turn.usual, now), turn.at_any_time)


def _quarter(instant: datetime, now: datetime) -> datetime:
    return instant if instant <= now else instant + -(instant - EPOCH) % QUARTER


def _kind(known: ChanceInput, turn: Turn, start: datetime) -> tuple[float, float]:
    """The log-odds of a yes to a question sent in that turn, and the share of the yeses that come in time."""
    sent = turn.before(start, urgent=known.urgent)
    if sent is None:
        return 0.0, 0.0
    due = answer_deadline(sent, start, ZoneInfo(known.pool.timezone))
    return known.learned.odds(sent, start), known.learned.answered(sent, due)
