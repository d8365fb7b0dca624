"""What staff ask for, as they may have typed it, and everything that can be wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.addresses import is_email
from app.errors import FieldProblem
from app.models import GENDERS, LEVELS, MODES, RUNGS, Mediator, Site, languages
from app.models.topics import topics

SHORTEST_MINUTES: Final = 15
LONGEST_MINUTES: Final = 480
FARTHEST: Final = timedelta(days=366)
LIMITS: Final[Mapping[str, int]] = {
    "reference": 60,
    "note": 1000,
    "place_name": 120,
    "place_address": 250,
    "place_district": 80,
    "contact_name": 120,
    "contact_email": 254,
    "contact_phone": 40,
}


@dataclass(frozen=True)
class Place:
    """Where it takes place: a name, and coordinates in degrees for the way there."""

    name: str
    lat: float
    lon: float
    address: str = ""
    district: str = ""

    @classmethod
    def of_site(cls, site: Site) -> "Place":
        """A copy of a site as it is now."""
        return cls(site.name, site.lat, site.lon, site.address, site.district)


@dataclass(frozen=True)
class Request:
    """What staff ask for, as they may have typed it: check() says what is wrong with it."""

    language: str
    starts_at: datetime
    duration_minutes: int = 60
    mode: str = "on_site"
    place: Place | None = None
    topic: str = "other"
    accepted_languages: tuple[str, ...] = ()
    min_level: str | None = None
    gender: str | None = None
    mediators_needed: int = 1
    preferred_mediators: tuple[int, ...] = ()
    other_starts: tuple[datetime, ...] = ()
    fallbacks: tuple[str, ...] = ()
    fallback_languages: tuple[str, ...] = ()
    urgent: bool = False
    reference: str = ""
    note: str = ""
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""


class RequestChanges(TypedDict, total=False):
    """Some fields of Request."""

    language: str
    starts_at: datetime
    duration_minutes: int
    mode: str
    place: Place | None
    topic: str
    accepted_languages: tuple[str, ...]
    min_level: str | None
    gender: str | None
    mediators_needed: int
    preferred_mediators: tuple[int, ...]
    other_starts: tuple[datetime, ...]
    fallbacks: tuple[str, ...]
    fallback_languages: tuple[str, ...]
    urgent: bool
    reference: str
    note: str
    contact_name: str
    contact_email: str
    contact_phone: str


def check(session: Session, now: datetime, wanted: Request, *, seats_taken: int = 0) -> list[FieldProblem]:
    """Everything that is wrong with a request, field by field; empty if nothing."""
    checks: Sequence[Callable[[], list[FieldProblem]]] = (
        lambda: _check_languages(wanted),
        lambda: _check_times(now, wanted),
        lambda: _check_choices(wanted),
        lambda: _check_place(wanted),
        lambda: _check_count(wanted, seats_taken),
        lambda: _check_people(session, wanted),
        lambda: _check_lengths(wanted),
    )
    return [problem for one in checks for problem in one()]


def _check_languages(wanted: Request) -> list[FieldProblem]:
    problems = []
    if (problem := _is_one(wanted.language)) is not None:
        problems.append(FieldProblem("language", *problem))
    elif wanted.language == "deu":
        problems.append(FieldProblem("language", "german_needs_none"))
    for name in ("accepted_languages", "fallback_languages"):
        problems += _check_further(name, getattr(wanted, name), wanted.language)
    return problems


def _check_further(name: str, codes: Sequence[str], language: str) -> list[FieldProblem]:
    """Languages beside the first."""
    problems = []
    for code in codes:
        if (problem := _is_one(code)) is not None:
            problems.append(FieldProblem(name, *problem))
        elif code == language:
            problems.append(FieldProblem(name, "same_language"))
    if len(set(codes)) < len(codes):
        problems.append(FieldProblem(name, "twice"))
    return problems


def _is_one(code: str) -> tuple[str, dict[str, object]] | None:
    """Nothing, or why this code names no single language."""
    found = languages.find(code)
    if found is None:
        return "unknown_language", {"value": code}
    return ("macro_language", {"value": code, "members": ", ".join(found.members)}) if found.members else None


def _check_times(now: datetime, wanted: Request) -> list[FieldProblem]:
    problems = []
    for name, starts in (("starts_at", wanted.starts_at), *(("other_starts", one) for one in wanted.other_starts)):
        if starts.tzinfo is None:
            problems.append(FieldProblem(name, "naive_time"))
        elif starts <= now:
            problems.append(FieldProblem(name, "past"))
        elif starts > now + FARTHEST:
            problems.append(FieldProblem(name, "too_far_ahead"))
    if wanted.duration_minutes <= 0:
        problems.append(FieldProblem("duration_minutes", "ends_before_start"))
    elif not SHORTEST_MINUTES <= wanted.duration_minutes <= LONGEST_MINUTES:
        problems.append(
            FieldProblem("duration_minutes", "out_of_range", {"least": SHORTEST_MINUTES, "most": LONGEST_MINUTES})
        )
    return problems


def _check_choices(wanted: Request) -> list[FieldProblem]:
    problems = []
    choices = (
        ("mode", MODES, False),
        ("topic", topics(), False),
        ("min_level", LEVELS, True),
        ("gender", GENDERS, True),
    )
    for name, allowed, optional in choices:
        value = getattr(wanted, name)
        if value not in allowed and not (optional and value is None):
            problems.append(FieldProblem(name, "unknown_choice", {"value": value, "choices": ", ".join(allowed)}))
    unknown = [one for one in wanted.fallbacks if one not in RUNGS]
    if unknown:
        problems.append(FieldProblem("fallbacks", "unknown_choice", {"value": unknown[0], "choices": ", ".join(RUNGS)}))
    return problems


def _check_place(wanted: Request) -> list[FieldProblem]:
    if wanted.place is None:
        return [FieldProblem("site", "place_required")] if wanted.mode == "on_site" else []
    if not (-90 <= wanted.place.lat <= 90 and -180 <= wanted.place.lon <= 180):
        return [FieldProblem("site", "coordinates")]
    return [] if wanted.place.name.strip() else [FieldProblem("site", "required")]


def _check_count(wanted: Request, seats_taken: int) -> list[FieldProblem]:
    least = max(1, seats_taken)
    if least <= wanted.mediators_needed <= 9:
        return []
    return [FieldProblem("mediators_needed", "out_of_range", {"least": least, "most": 9})]


def _check_people(session: Session, wanted: Request) -> list[FieldProblem]:
    if not wanted.preferred_mediators:
        return []
    if len(set(wanted.preferred_mediators)) < len(wanted.preferred_mediators):
        return [FieldProblem("preferred_mediators", "twice")]
    known = set(session.scalars(select(Mediator.id).where(Mediator.id.in_(wanted.preferred_mediators))))
    missing = [one for one in wanted.preferred_mediators if one not in known]
    return [FieldProblem("preferred_mediators", "unknown_mediator", {"value": missing[0]})] if missing else []


def _check_lengths(wanted: Request) -> list[FieldProblem]:
    values = {name: getattr(wanted, name, "") for name in LIMITS}
    if wanted.place is not None:
        values |= {
            "place_name": wanted.place.name,
            "place_address": wanted.place.address,
            "place_district": wanted.place.district,
        }
    if wanted.contact_email and not is_email(wanted.contact_email):
        return [FieldProblem("contact_email", "email")]
    return [
        FieldProblem("site" if name.startswith("place_") else name, "too_long", {"most": most, "is": len(values[name])})
        for name, most in LIMITS.items()
        if len(values[name]) > most
    ]
