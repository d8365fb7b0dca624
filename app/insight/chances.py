"""How likely somebody can come to a request that is not saved yet, and what would be likelier.

Nobody is asked anything for it, and nothing is written. How it is counted: chance_rating.py, which is loaded where it
is needed, for it brings numpy.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from app.journey.request import Request
from app.models import Appointment, Pool

# what is shown goes in such steps: nobody knows it more exactly
STEP: Final = 0.05
# from here on a chance is good, and nothing need be changed
GOOD: Final = 0.75
# what can differ from what is wished for
CHANGES: Final = ("time", "mode", "language", "gender")


class Reason(StrEnum):
    """What stands in the way, first of all."""

    NOBODY = "nobody"
    FEW = "few"
    SHORT_NOTICE = "short_notice"
    UNAVAILABLE = "unavailable"
    BUSY = "busy"
    TOO_FAR = "too_far"
    MODE = "mode"
    GENDER = "gender"
    LEVEL = "level"
    UNCLEARED = "uncleared"
    EXCLUDED = "excluded"
    SELDOM = "seldom"


@dataclass(frozen=True)
class Why:
    """The main reason, and of how many speakers it keeps how many away."""

    reason: Reason
    speakers: int
    kept: int


@dataclass(frozen=True)
class Suggestion:
    """What could be changed, and what comes of it; `changes` are some of time, mode, language, gender.

    `language` is one that would have to be understood, too, None for none.
    """

    starts_at: datetime
    mode: str
    language: str | None
    gender: str | None
    eligible: int
    chance: float
    changes: tuple[str, ...]


@dataclass(frozen=True)
class Chances:
    """What may be expected of a request, as of an instant; `why` is the main reason where the chance is not good.

    `counted` is the chance before what became of earlier ones corrected it: kept with the request, to learn from.
    """

    as_of: datetime
    eligible: int
    counted: float
    chance: float
    suggestions: tuple[Suggestion, ...]
    why: Why | None


def shown(chance: float) -> float:
    """A chance in the steps in which it is shown; what is possible is never shown as nothing, nor as certain."""
    if chance <= 0:
        return 0.0
    return round(min(max(round(chance / STEP), 1), round(1 / STEP) - 1) * STEP, 2)


def chances(
    session: Session,
    now: datetime,
    pool: Pool,
    organisation_id: int,
    wanted: Request,
    *,
    known: Appointment | None = None,
) -> Chances:
    """Look at a request that check() finds nothing wrong with; `known` is the appointment that it would change."""
    from app.insight import chance_rating  # noqa: PLC0415 - numpy is not to be loaded with every page

    return chance_rating.rated(session, now, pool, organisation_id, wanted, known)
