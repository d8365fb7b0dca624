"""An appointment as somebody sends it: the fields of CONTRACT, to what the journey calls Request."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.api.located import Sent, line, points
from app.api.reading import PageQuery
from app.api.values import (
    LANGUAGE,
    LATITUDE,
    LONGITUDE,
    Address,
    DayOrInstant,
    Degrees,
    IdOrName,
    Instant,
    One,
    Shape,
    Some,
    Text,
    Truth,
    Whole,
)
from app.errors import FieldProblem, Invalid
from app.journey.request import LIMITS, LONGEST_MINUTES, SHORTEST_MINUTES, Place, RequestChanges
from app.models import GENDERS, LEVELS, MODES, RUNGS, AppointmentStatus, Organisation, Site
from app.models.topics import topics

STATUSES = tuple(status.value for status in AppointmentStatus)
MINUTE: Final = timedelta(minutes=1)


class PlaceShape(Shape):
    """Where it takes place: a site of the organisation by its `id`, or a name with coordinates or an address."""

    id = Whole(allow_none=True)
    name = Text(metadata={"maxLength": LIMITS["place_name"]})
    lat = Degrees(metadata=LATITUDE)
    lon = Degrees(metadata=LONGITUDE)
    address = Text(metadata={"maxLength": LIMITS["place_address"]})
    district = Text(metadata={"maxLength": LIMITS["place_district"]})


class AppointmentChange(Shape):
    """What can be changed of an appointment. Either `duration_minutes` or `ends_at` says how long it lasts."""

    language = Text(required=True, metadata=LANGUAGE)
    accepted_languages = Some(Text(metadata=LANGUAGE))
    min_level = Text(allow_none=True, metadata={"enum": [*LEVELS, None]})
    starts_at = Instant(required=True, metadata={"example": "2026-12-01T10:00:00+01:00"})
    duration_minutes = Whole(metadata={"minimum": SHORTEST_MINUTES, "maximum": LONGEST_MINUTES, "default": 60})
    ends_at = Instant()
    mode = Text(metadata={"enum": list(MODES), "default": "on_site"})
    site = One(PlaceShape, allow_none=True)
    topic = Text(metadata={"enum": list(topics()), "default": "other"})
    gender = Text(allow_none=True, metadata={"enum": [*GENDERS, None]})
    mediators_needed = Whole(metadata={"minimum": 1, "maximum": 9, "default": 1})
    preferred_mediators = Some(Whole())
    other_starts = Some(Instant())
    fallbacks = Some(
        Text(metadata={"enum": list(RUNGS)}),
        metadata={"description": "What may be tried, in this order, when nobody can come as requested."},
    )
    fallback_languages = Some(
        Text(metadata=LANGUAGE), metadata={"description": "Further languages, asked for only then."}
    )
    urgent = Truth()
    reference = Text(metadata={"maxLength": LIMITS["reference"]})
    note = Text(lines=True, metadata={"maxLength": LIMITS["note"], "description": "Never a client's name."})
    contact_name = Text(metadata={"maxLength": LIMITS["contact_name"]})
    contact_email = Address(metadata={"maxLength": LIMITS["contact_email"]})
    contact_phone = Text(metadata={"maxLength": LIMITS["contact_phone"]})


class AppointmentIn(AppointmentChange):
    """A request; `organisation` is an id or a name, and may be left out where only one comes into question."""

    organisation = IdOrName(metadata={"type": ["integer", "string"]})


class AppointmentQuery(PageQuery):
    """Filters of the list; `from` and `to` are days (both included) or points in time, and look at the start."""

    status = Text(metadata={"enum": list(STATUSES)})
    language = Text()
    starts = DayOrInstant(data_key="from")
    ends = DayOrInstant(data_key="to")


def wishes_of(
    session: Session, organisation: Organisation, sent: Mapping[str, Any], starts_at: datetime
) -> tuple[RequestChanges, Site | None]:
    """What was sent as fields of Request, and the site it names; `starts_at` where none was sent. Raises Invalid."""
    wishes = {name: value for name, value in sent.items() if name not in {"organisation", "site", "ends_at"}}
    for name in ("accepted_languages", "preferred_mediators", "other_starts", "fallbacks", "fallback_languages"):
        if name in wishes:
            wishes[name] = tuple(wishes[name])
    if "ends_at" in sent:
        wishes["duration_minutes"] = _minutes(sent, sent.get("starts_at", starts_at))
    site = None
    if "site" in sent:
        site, wishes["place"] = _place(session, organisation, sent["site"])
    # the shape has read each field by its name; a test holds the two to one another
    return cast("RequestChanges", wishes), site


def _minutes(sent: Mapping[str, Any], starts_at: datetime) -> int:
    length: timedelta = sent["ends_at"] - starts_at
    if length <= timedelta(0):
        raise Invalid([FieldProblem("ends_at", "ends_before_start")])
    minutes = length // MINUTE
    if length % MINUTE or sent.get("duration_minutes", minutes) != minutes:
        raise Invalid([FieldProblem("ends_at", "duration_contradicts")])
    return minutes


def _place(
    session: Session, organisation: Organisation, sent: Mapping[str, Any] | None
) -> tuple[Site | None, Place | None]:
    """The site, and a copy of it in which what was sent beside its id takes precedence."""
    if sent is None:
        return None, None
    given = {name: value for name, value in sent.items() if name != "id"}
    if sent.get("id") is None:
        return None, _elsewhere(session, given)
    site = session.scalar(select(Site).where(Site.id == sent["id"], Site.organisation_id == organisation.id))
    if site is None:
        raise Invalid([FieldProblem("site.id", "unknown_site", {"value": sent["id"]})])
    return site, Place(**vars(Place.of_site(site)) | given)


def _elsewhere(session: Session, given: Mapping[str, Any]) -> Place:
    """A place that is no site. Raises Invalid."""
    problems = [] if "name" in given else [FieldProblem("site.name", "required")]
    try:
        written = line("site", given.get("address", ""))
        [(lat, lon)] = points(session, [Sent("site.", given, written, "address")])
    except Invalid as error:
        raise Invalid([*problems, *error.problems]) from None
    if problems:
        raise Invalid(problems)
    return Place(**{**given, "lat": lat, "lon": lon})
