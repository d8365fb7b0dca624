"""What can be said of a mediator, in plain values, and everything that can be wrong with it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypedDict

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.addresses import is_email
from app.errors import FieldProblem
from app.legible import is_one_line, says_something
from app.models import CLEARANCES, GENDERS, LEVELS, MODES, Mediator, MediatorStatus, Organisation, languages
from app.models.locales import MEDIATOR_LOCALES
from app.models.topics import topics
from notifications.phone import PhoneError, normalise

LIMITS: Final = {
    "max_travel_minutes": (0, 240),
    "max_appointments_per_day": (1, 10),
    "max_minutes_per_day": (15, 1440),
    "max_appointments_per_week": (1, 50),
    "max_minutes_per_week": (15, 10080),
}
# the phone's is what people may type; what is kept of it is far shorter
# the dates of clearances, and what nobody means by one of them
DATES: Final = (*(f"{kind}_on" for kind in CLEARANCES), "membership_until")
EARLIEST, LATEST = date(1950, 1, 1), date(2150, 1, 1)
TEXT_LIMITS: Final = {"name": 120, "phone": 40, "email": 254, "home_district": 80}


@dataclass(frozen=True)
class MediatorData:
    """A mediator in plain values, as somebody may have typed them: check() says what is wrong.

    `skills` are (language, level); `home` is (latitude, longitude); `availability` is (weekday from 0, first minute,
    end minute of the local day); `absences` are first and last day. `text_from` and `text_until` are minutes of the
    local day; None, as with `text_weekends`: as the pool does.
    """

    name: str
    phone: str
    email: str = ""
    gender: str | None = None
    status: str = "active"
    locale: str = "de"
    skills: tuple[tuple[str, str], ...] = ()
    home: tuple[float, float] | None = None
    home_district: str = ""
    modes: tuple[str, ...] = MODES
    availability: tuple[tuple[int, int, int], ...] = ()
    absences: tuple[tuple[date, date], ...] = ()
    max_travel_minutes: int | None = None
    max_appointments_per_day: int | None = None
    max_minutes_per_day: int | None = None
    max_appointments_per_week: int | None = None
    max_minutes_per_week: int | None = None
    excluded_organisations: tuple[int, ...] = ()
    excluded_topics: tuple[str, ...] = ()
    urgent_opt_in: bool = False
    text_from: int | None = None
    text_until: int | None = None
    text_weekends: bool | None = None
    prefers_calls: bool = False
    training_on: date | None = None
    confidentiality_on: date | None = None
    conduct_on: date | None = None
    membership_on: date | None = None
    membership_until: date | None = None


class MediatorChanges(TypedDict, total=False):
    """Some fields of MediatorData."""

    name: str
    phone: str
    email: str
    gender: str | None
    status: str
    locale: str
    skills: tuple[tuple[str, str], ...]
    home: tuple[float, float] | None
    home_district: str
    modes: tuple[str, ...]
    availability: tuple[tuple[int, int, int], ...]
    absences: tuple[tuple[date, date], ...]
    max_travel_minutes: int | None
    max_appointments_per_day: int | None
    max_minutes_per_day: int | None
    max_appointments_per_week: int | None
    max_minutes_per_week: int | None
    excluded_organisations: tuple[int, ...]
    excluded_topics: tuple[str, ...]
    urgent_opt_in: bool
    text_from: int | None
    text_until: int | None
    text_weekends: bool | None
    prefers_calls: bool
    training_on: date | None
    confidentiality_on: date | None
    conduct_on: date | None
    membership_on: date | None
    membership_until: date | None


def data_of(mediator: Mediator) -> MediatorData:
    """What is known of a mediator, in plain values."""
    located = mediator.home_lat is not None and mediator.home_lon is not None
    return MediatorData(
        name=mediator.name,
        phone=mediator.phone,
        email=mediator.email,
        gender=mediator.gender,
        status=mediator.status.value,
        locale=mediator.locale,
        skills=tuple((skill.language, skill.level) for skill in mediator.skills),
        home=(mediator.home_lat or 0.0, mediator.home_lon or 0.0) if located else None,
        home_district=mediator.home_district,
        modes=tuple(mediator.modes),
        availability=tuple((free.weekday, free.starts_minute, free.ends_minute) for free in mediator.availability),
        absences=tuple(sorted((absence.first_day, absence.last_day) for absence in mediator.absences)),
        excluded_organisations=tuple(sorted(one.organisation_id for one in mediator.exclusions)),
        excluded_topics=tuple(mediator.excluded_topics),
        urgent_opt_in=mediator.urgent_opt_in,
        text_from=mediator.text_from_minute,
        text_until=mediator.text_until_minute,
        text_weekends=mediator.text_weekends,
        prefers_calls=mediator.prefers_calls,
        **{name: getattr(mediator, name) for name in (*LIMITS, *DATES)},
    )


def check(session: Session, data: MediatorData) -> list[FieldProblem]:
    """Everything that is wrong, field by field; empty if nothing."""
    return check_all(session, [data])


def check_all(session: Session, data: Sequence[MediatorData]) -> list[FieldProblem]:
    """Everything that is wrong with any of them, with one question to the database; empty if nothing."""
    excluded = {one for each in data for one in each.excluded_organisations}
    known = set(session.scalars(select(Organisation.id).where(Organisation.id.in_(excluded)))) if excluded else set()
    return [problem for one in data for problem in (*check_values(one), *_check_organisations(known, one))]


def check_values(data: MediatorData) -> list[FieldProblem]:
    """Everything that is wrong that can be seen without asking the database."""
    return [
        *_check_words(data),
        *_check_reach(data),
        *_check_skills(data),
        *_check_times(data),
        *_check_text_hours(data),
        *_check_choices(data),
        *_check_dates(data),
    ]


def _check_words(data: MediatorData) -> Iterable[FieldProblem]:
    if not says_something(data.name):
        yield FieldProblem("name", "required")
    elif not is_one_line(data.name):
        yield FieldProblem("name", "one_line")
    for name, most in TEXT_LIMITS.items():
        if len(getattr(data, name)) > most:
            yield FieldProblem(name, "too_long", {"most": most, "is": len(getattr(data, name))})


def _check_reach(data: MediatorData) -> Iterable[FieldProblem]:
    try:
        normalise(data.phone)
    except PhoneError as error:
        yield FieldProblem("phone", "phone", {"reason": error.reason})
    if data.email.strip() and not is_email(data.email):
        yield FieldProblem("email", "email")
    if data.home is not None and not (-90 <= data.home[0] <= 90 and -180 <= data.home[1] <= 180):
        yield FieldProblem("home", "coordinates")


def _check_skills(data: MediatorData) -> Iterable[FieldProblem]:
    if not data.skills:
        yield FieldProblem("skills", "required")
    if len({language for language, _ in data.skills}) < len(data.skills):
        yield FieldProblem("skills", "twice")
    for language, level in data.skills:
        found = languages.find(language)
        if found is None:
            yield FieldProblem("skills", "unknown_language", {"value": language})
        elif found.members:
            members = ", ".join(found.members)
            yield FieldProblem("skills", "macro_language", {"value": language, "members": members})
        if level not in LEVELS:
            yield FieldProblem("skills", "unknown_choice", {"value": level, "choices": ", ".join(LEVELS)})


def _check_times(data: MediatorData) -> Iterable[FieldProblem]:
    for weekday, starts, ends in data.availability:
        if not (0 <= weekday <= 6 and 0 <= starts <= 1440 and 0 <= ends <= 1440):
            yield FieldProblem("availability", "clock_time")
        elif starts >= ends:
            yield FieldProblem("availability", "ends_before_start")
    for first, last in data.absences:
        if last < first:
            yield FieldProblem("absences", "ends_before_start")


def _check_text_hours(data: MediatorData) -> Iterable[FieldProblem]:
    first, last = data.text_from, data.text_until
    if first is None and last is None:
        return
    if first is None or last is None:
        yield FieldProblem("text_from" if first is None else "text_until", "both_or_none")
    elif not (0 <= first <= 1440 and 0 <= last <= 1440):
        yield FieldProblem("text_until", "clock_time")
    elif first >= last:
        yield FieldProblem("text_until", "ends_before_start")


def _check_choices(data: MediatorData) -> Iterable[FieldProblem]:
    choices: tuple[tuple[str, tuple[str, ...], bool], ...] = (
        ("gender", GENDERS, True),
        ("status", tuple(MediatorStatus), False),
        ("locale", tuple(MEDIATOR_LOCALES), False),
    )
    for name, allowed, optional in choices:
        value = getattr(data, name)
        if value not in allowed and not (optional and value is None):
            yield FieldProblem(name, "unknown_choice", {"value": value, "choices": ", ".join(allowed)})
    for name, known in (("modes", MODES), ("excluded_topics", topics())):
        for value in getattr(data, name):
            if value not in known:
                yield FieldProblem(name, "unknown_choice", {"value": value, "choices": ", ".join(known)})
    if not data.modes:
        yield FieldProblem("modes", "required")
    for name, (least, most) in LIMITS.items():
        value = getattr(data, name)
        if value is not None and not least <= value <= most:
            yield FieldProblem(name, "out_of_range", {"least": least, "most": most})


def _check_dates(data: MediatorData) -> Iterable[FieldProblem]:
    for name in DATES:
        day = getattr(data, name)
        if day is not None and not EARLIEST <= day < LATEST:
            yield FieldProblem(name, "day_far", {"year": day.year})
    if data.membership_on and data.membership_until and data.membership_until < data.membership_on:
        yield FieldProblem("membership_until", "ends_before_start")


def _check_organisations(known: Collection[int], data: MediatorData) -> Iterable[FieldProblem]:
    for one in data.excluded_organisations:
        if one not in known:
            yield FieldProblem("excluded_organisations", "unknown_organisation", {"value": one})
