"""A mediator in JSON, as docs and CONTRACT name the fields, to and from the journey's plain values."""

from collections.abc import Mapping
from typing import Any, cast

from marshmallow import fields
from sqlalchemy.orm import Session

from app.api.located import Sent, line, points
from app.api.reading import PageQuery
from app.api.values import (
    LANGUAGE,
    LATITUDE,
    LONGITUDE,
    ClockTime,
    Day,
    Degrees,
    One,
    Shape,
    Some,
    Text,
    Truth,
    Whole,
    clock,
)
from app.errors import FieldProblem, Invalid
from app.gazetteer.writing import LONGEST
from app.models import GENDERS, LEVELS, MODES, WEEKDAYS, Mediator, MediatorStatus
from app.models.locales import MEDIATOR_LOCALES
from app.models.topics import topics
from app.registry.mediator_data import DATES, LIMITS, TEXT_LIMITS, MediatorChanges, MediatorData

STATUSES = tuple(status.value for status in MediatorStatus)


class SkillShape(Shape):
    """One language (ISO 639-3) and how well."""

    language = Text(required=True, metadata=LANGUAGE)
    level = Text(required=True, metadata={"enum": list(LEVELS)})


class HomeIn(Shape):
    """Coordinates in degrees, WGS 84, or an address; of that only the point is kept."""

    lat = Degrees(metadata=LATITUDE)
    lon = Degrees(metadata=LONGITUDE)
    address = Text(metadata={"maxLength": LONGEST, "example": "Südstraße 4, 59269 Beckum"})


class HomeOut(Shape):
    """Coordinates in degrees, WGS 84."""

    lat = Degrees(required=True, metadata=LATITUDE)
    lon = Degrees(required=True, metadata=LONGITUDE)


class AvailabilityShape(Shape):
    """A weekly free time; both ends are local clock times, the end is exclusive and may be 24:00."""

    weekday = Text(required=True, metadata={"enum": list(WEEKDAYS)})
    starts = ClockTime(required=True, data_key="from", metadata={"example": "08:00"})
    ends = ClockTime(required=True, data_key="to", metadata={"example": "12:30"})


class AbsenceShape(Shape):
    """Days away, both included."""

    first = Day(required=True, data_key="from")
    last = Day(required=True, data_key="to")


def _limit(name: str) -> Whole:
    least, most = LIMITS[name]
    return Whole(allow_none=True, metadata={"minimum": least, "maximum": most})


class MediatorIn(Shape):
    """A volunteer, as coordinators enter them."""

    name = Text(required=True, metadata={"maxLength": TEXT_LIMITS["name"]})
    phone = Text(required=True, metadata={"example": "+4915112345678", "maxLength": TEXT_LIMITS["phone"]})
    email = Text(metadata={"maxLength": TEXT_LIMITS["email"]})
    gender = Text(allow_none=True, metadata={"enum": [*GENDERS, None]})
    status = Text(metadata={"enum": list(STATUSES)})
    locale = Text(metadata={"enum": list(MEDIATOR_LOCALES)})
    skills = Some(One(SkillShape), required=True)
    home = One(HomeIn, allow_none=True)
    home_district = Text(metadata={"maxLength": TEXT_LIMITS["home_district"]})
    modes = Some(Text(metadata={"enum": list(MODES)}))
    availability = Some(One(AvailabilityShape))
    absences = Some(One(AbsenceShape))
    max_travel_minutes = _limit("max_travel_minutes")
    max_appointments_per_day = _limit("max_appointments_per_day")
    max_minutes_per_day = _limit("max_minutes_per_day")
    max_appointments_per_week = _limit("max_appointments_per_week")
    max_minutes_per_week = _limit("max_minutes_per_week")
    excluded_organisations = Some(Whole())
    excluded_topics = Some(Text(metadata={"enum": list(topics())}))
    urgent_opt_in = Truth()
    text_from = ClockTime(allow_none=True, metadata={"example": "08:00", "description": "null: as the pool does."})
    text_until = ClockTime(allow_none=True, metadata={"example": "20:00", "description": "null: as the pool does."})
    text_weekends = Truth(allow_none=True, metadata={"description": "null: as the pool does."})
    prefers_calls = Truth()
    training_on = Day(allow_none=True, metadata={"description": "When the training was completed."})
    confidentiality_on = Day(allow_none=True, metadata={"description": "When confidentiality was declared."})
    conduct_on = Day(
        allow_none=True,
        metadata={"description": "When the certificate of good conduct was inspected, with nothing against it."},
    )
    membership_on = Day(allow_none=True, metadata={"description": "When the membership began or was renewed."})
    membership_until = Day(allow_none=True, metadata={"description": "Its last day; null: as the pool reckons."})


class MediatorOut(MediatorIn):
    """A volunteer, as the pool knows them; `opted_out`: no more SMS; `phone_trouble`: why none reaches the number."""

    id = fields.Integer(required=True)
    home = One(HomeOut, allow_none=True)
    opted_out = fields.Boolean(required=True)
    phone_trouble = fields.String(required=True, allow_none=True)


class MediatorQuery(PageQuery):
    """Filters of the list."""

    status = Text(metadata={"enum": list(STATUSES)})
    language = Text()


def changes_of(session: Session, sent: Mapping[str, Any]) -> MediatorChanges:
    """What was sent, as fields of MediatorData. Raises Invalid for a weekday or a home that nobody knows."""
    changes = dict(sent)
    if "skills" in sent:
        changes["skills"] = tuple((skill["language"], skill["level"]) for skill in sent["skills"])
    if sent.get("home") is not None:
        written = line("home.address", sent["home"].get("address", ""))
        [changes["home"]] = points(session, [Sent("home.", sent["home"], written, "address")])
    if "availability" in sent:
        changes["availability"] = tuple(
            (_weekday(free["weekday"]), free["starts"], free["ends"]) for free in sent["availability"]
        )
    if "absences" in sent:
        changes["absences"] = tuple((away["first"], away["last"]) for away in sent["absences"])
    for name in ("modes", "excluded_organisations", "excluded_topics"):
        if name in sent:
            changes[name] = tuple(dict.fromkeys(sent[name]))
    # the shape has read each field by its name; a test holds the two to one another
    return cast("MediatorChanges", changes)


def _weekday(name: str) -> int:
    if name not in WEEKDAYS:
        params = {"value": name, "choices": ", ".join(WEEKDAYS)}
        raise Invalid([FieldProblem("availability", "unknown_choice", params)])
    return WEEKDAYS.index(name)


def mediator_json(mediator: Mediator, data: MediatorData) -> dict[str, object]:
    """The whole object."""
    return {
        "id": mediator.id,
        "name": data.name,
        "phone": data.phone,
        "email": data.email,
        "gender": data.gender,
        "status": data.status,
        "locale": data.locale,
        "skills": [{"language": language, "level": level} for language, level in data.skills],
        "home": {"lat": data.home[0], "lon": data.home[1]} if data.home else None,
        "home_district": data.home_district,
        "modes": list(data.modes),
        "availability": [
            {"weekday": WEEKDAYS[weekday], "from": clock(starts), "to": clock(ends)}
            for weekday, starts, ends in data.availability
        ],
        "absences": [{"from": first.isoformat(), "to": last.isoformat()} for first, last in data.absences],
        **{name: getattr(data, name) for name in LIMITS},
        "excluded_organisations": list(data.excluded_organisations),
        "excluded_topics": list(data.excluded_topics),
        "urgent_opt_in": data.urgent_opt_in,
        "text_from": None if data.text_from is None else clock(data.text_from),
        "text_until": None if data.text_until is None else clock(data.text_until),
        "text_weekends": data.text_weekends,
        "prefers_calls": data.prefers_calls,
        **{name: None if (day := getattr(data, name)) is None else day.isoformat() for name in DATES},
        "phone_trouble": mediator.phone_trouble,
        "opted_out": mediator.opted_out_at is not None,
    }
