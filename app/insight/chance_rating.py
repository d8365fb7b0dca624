"""The chances of an unsaved request, counted: of it as it is, and of what could be changed.

Counted are those who could take it, of the rules' opinion and beside all they have agreed to, each with the learned
chance that the waves count with (chance_odds.py): 1 − Π(1 − pᵢ) for one seat. What became of earlier requests that were
counted so corrects it (chance_calibration.py).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.orm import Session

from app.insight import chance_calibration, chance_input
from app.insight.chance_input import ChanceInput
from app.insight.chance_odds import yes_in_time
from app.insight.chance_reasons import why
from app.insight.chances import GOOD, STEP, Chances, Suggestion, shown
from app.journey.request import Request
from app.models import Appointment, Pool
from scheduler.advice import alternatives
from scheduler.advice.alternatives import Alternative, Rating
from scheduler.advice.calibration import Calibration
from scheduler.tables.arrays import Floats

# what is suggested is likelier by so much
MARGIN: Final = 0.1
MOST: Final = 4
# days after the one wished for that are suggested
OTHER_DAYS: Final = 2
REMOTE: Final = ("phone", "video")


def rated(
    session: Session, now: datetime, pool: Pool, organisation_id: int, wanted: Request, known: Appointment | None
) -> Chances:
    """What may be expected of a request that check() finds nothing wrong with."""
    read = chance_input.read(session, now, pool, organisation_id, wanted, known)
    return of_input(read, now, chance_calibration.of_pool(session, now))


def of_input(known: ChanceInput, now: datetime, worth: Calibration) -> Chances:
    """The same, of what was read, where chances are worth as much as that."""
    wanted = known.wanted
    modes = [one for one in REMOTE if one != wanted.mode]
    yes = yes_in_time(known, known.starts)
    rated = alternatives.rate(known.free, wanted, known.starts, modes=modes, languages=known.further, chances=yes)
    counted = rated.itself.chance
    rated = replace(rated, chance=np.vectorize(worth.honest, otypes=[float])(rated.chance))
    itself, nearest = rated.itself, _Nearest(wanted.starts.astimezone(ZoneInfo(known.pool.timezone)))
    found = [_suggestion(one, wanted.gender) for one in _singles(rated, nearest)] + _of_any_gender(known, yes, worth)
    best = max((shown(one.chance) for one in found), default=0.0)
    if best < GOOD:
        # what changes twice as much has to be worth it
        found += [_suggestion(one, wanted.gender) for one in _doubles(rated, nearest) if shown(one.chance) > best]
    better = [one for one in found if shown(one.chance) >= shown(itself.chance) + MARGIN - STEP / 2]
    better.sort(key=lambda one: (-shown(one.chance), len(one.changes), nearest.shift(one.starts_at)))
    low = itself.chance < GOOD
    reason = why(known, itself.people) if low else None
    return Chances(now, itself.people, counted, itself.chance, tuple(better[:MOST]), reason)


@dataclass(frozen=True)
class _Nearest:
    """The order of times beside the one that is wished for, a local one: by the time of day, then by the day."""

    wished: datetime

    def day(self, instant: datetime) -> date:
        return instant.astimezone(self.wished.tzinfo).date()

    def shift(self, instant: datetime) -> tuple[timedelta, timedelta]:
        local = instant.astimezone(self.wished.tzinfo)
        return abs(_clock(local) - _clock(self.wished)), abs(instant - self.wished)

    def likeliest(self, several: Iterable[Alternative], most: int = 1) -> Sequence[Alternative]:
        """Those with the best chance as it is shown; of equals the nearest, then those that came first."""
        return sorted(several, key=lambda one: (-shown(one.chance), self.shift(one.starts)))[:most]


def _clock(local: datetime) -> timedelta:
    return timedelta(hours=local.hour, minutes=local.minute)


def _singles(rated: Rating, nearest: _Nearest) -> Iterator[Alternative]:
    """The best time of the same day, those of other days, the best other mode, and each other language."""
    times: dict[date, list[Alternative]] = {}
    for one in rated.best(len(rated.starts), ["time"]):
        if one.changes:
            times.setdefault(nearest.day(one.starts), []).append(one)
    yield from nearest.likeliest(times.pop(nearest.day(rated.wanted.starts), ()))
    each = (one for several in times.values() for one in nearest.likeliest(several))
    yield from nearest.likeliest(each, OTHER_DAYS)
    yield from nearest.likeliest(one for one in rated.best(len(rated.modes), ["mode"]) if one.changes)
    yield from (one for one in rated.best(len(rated.languages), ["language"]) if one.changes)


def _doubles(rated: Rating, nearest: _Nearest) -> Iterator[Alternative]:
    """The best where two things change."""
    # who speaks a further language is known for the time wished for alone
    for pair in (("mode", "language"), ("time", "mode")):
        both = (one for one in rated.best(rated.chance.size, pair) if len(one.changes) == len(pair))
        yield from nearest.likeliest(both)


def _of_any_gender(known: ChanceInput, yes: Floats, worth: Calibration) -> list[Suggestion]:
    """The same without the wish for a woman or a man."""
    if known.wanted.gender is None:
        return []
    wanted = replace(known.wanted, gender=None)
    place = known.starts.index(wanted.starts)
    free = alternatives.rate(known.free, wanted, (), chances=yes[:, place : place + 1]).itself
    return [replace(_suggestion(free, None), chance=worth.honest(free.chance), changes=("gender",))]


def _suggestion(one: Alternative, gender: str | None) -> Suggestion:
    return Suggestion(one.starts, one.mode, one.language, gender, one.people, one.chance, one.changes)
