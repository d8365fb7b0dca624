"""Calendar objects as bytes (RFC 5545, RFC 5546): invites that travel by e-mail, and feeds that are subscribed to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

import icalendar

from notifications.lines import clean

# RFC 5545, 3.3.11
_ESCAPES: Final = str.maketrans({"\\": r"\\", ";": r"\;", ",": r"\,", "\n": r"\n"})

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]

PRODUCT: Final = "-//Sprachmittlerpool//DE"


class _Text(icalendar.vText):
    """A text whose backslashes survive: icalendar itself turns a written backslash and N into a line break."""

    def to_ical(self) -> bytes:
        return str(self).translate(_ESCAPES).encode()


@dataclass(frozen=True, slots=True)
class Event:
    """One appointment in a feed; times are aware, `geo` is latitude and longitude in degrees."""

    uid: str
    sequence: int
    stamp: datetime
    starts: datetime
    ends: datetime
    summary: str
    location: str = ""
    description: str = ""
    cancelled: bool = False
    url: str | None = None
    geo: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        """Refuse times that could mean two instants, and an end before the start."""
        for name, moment in (("stamp", self.stamp), ("starts", self.starts), ("ends", self.ends)):
            if moment.utcoffset() is None:
                raise ValueError(f"{name} needs an offset")
        if self.ends.astimezone(UTC) <= self.starts.astimezone(UTC):
            raise ValueError("ends must be after starts")


def invite(
    *,
    method: Method,
    uid: str,
    sequence: int,
    stamp: datetime,
    starts: datetime,
    ends: datetime,
    summary: str,
    location: str,
    description: str,
    organizer_name: str,
    organizer_email: str,
    attendee_name: str,
    attendee_email: str,
    url: str | None = None,
    geo: tuple[float, float] | None = None,
) -> bytes:
    """Give the calendar object of one invitation or cancellation to one person.

    A change keeps `uid` and raises `sequence`; so does a CANCEL, which names its attendee again (RFC 5546, 3.2.5).
    `organizer_email` must be the sender of the e-mail. Raises ValueError for naive times.
    """
    event = Event(
        uid=uid,
        sequence=sequence,
        stamp=stamp,
        starts=starts,
        ends=ends,
        summary=summary,
        location=location,
        description=description,
        cancelled=method == "CANCEL",
        url=url,
        geo=geo,
    )
    component = _component(event)
    component.add("organizer", _person(organizer_email, organizer_name))
    if method != "PUBLISH":
        # RFC 5546, 3.2.1: what is published asks nobody
        component.add("attendee", _attendee(attendee_email, attendee_name, method), encode=False)
    return bytes(_calendar(method, [component]).to_ical())


def published(events: Sequence[Event], *, organizer_name: str, organizer_email: str) -> bytes:
    """Give several appointments as one calendar to be sent; it asks nobody (RFC 5546, 3.2.1)."""
    components = [_component(one) for one in events]
    for component in components:
        component.add("organizer", _person(organizer_email, organizer_name))
    return bytes(_calendar("PUBLISH", components).to_ical())


def calendar_of(events: Sequence[Event], *, name: str = "", refresh: timedelta = timedelta(hours=1)) -> bytes:
    """Give a calendar that a link opens, which programs fetch again, if they like, every `refresh`.

    It has no METHOD: it asks nobody, and a program files what has none without a question about invitations.
    """
    calendar = _calendar(None, [])
    if name:
        calendar.add("name", _Text(clean(name)), encode=False)
        calendar.add("x-wr-calname", _Text(clean(name)), encode=False)
    calendar.add("refresh-interval", refresh, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", icalendar.vDuration(refresh))
    for event in events:
        calendar.add_component(_component(event))
    return bytes(calendar.to_ical())


def _calendar(method: Method | None, components: list[icalendar.Event]) -> icalendar.Calendar:
    calendar = icalendar.Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    if method:
        calendar.add("method", method)
    for component in components:
        calendar.add_component(component)
    return calendar


def _component(event: Event) -> icalendar.Event:
    component = icalendar.Event()
    component.add("uid", _Text(clean(event.uid)), encode=False)
    component.add("sequence", event.sequence)
    # UTC alone: every calendar program reads it alike, while generated VTIMEZONEs are read an hour off in summer
    component.add("dtstamp", _utc(event.stamp))
    component.add("dtstart", _utc(event.starts))
    component.add("dtend", _utc(event.ends))
    component.add("summary", _Text(clean(event.summary)), encode=False)
    component.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    component.add("transp", "TRANSPARENT" if event.cancelled else "OPAQUE")
    if event.location:
        component.add("location", _Text(clean(event.location)), encode=False)
    if event.description:
        component.add("description", _Text(clean(event.description)), encode=False)
    if event.url:
        component.add("url", clean(event.url).replace("\n", ""))
    if event.geo:
        component.add("geo", event.geo)
    return component


def _attendee(email: str, name: str, method: Method) -> icalendar.vCalAddress:
    person = _person(email, name)
    person.params["CUTYPE"] = "INDIVIDUAL"
    person.params["ROLE"] = "REQ-PARTICIPANT"
    person.params["PARTSTAT"] = "NEEDS-ACTION"
    # mail programs show the button that puts the appointment into the calendar only where an answer is asked for
    person.params["RSVP"] = "TRUE" if method == "REQUEST" else "FALSE"
    return person


def _person(email: str, name: str) -> icalendar.vCalAddress:
    person = icalendar.vCalAddress("mailto:" + "".join(clean(email).split()))
    # RFC 5545 has no escape inside a quoted parameter, and not every reader knows that of RFC 6868
    person.params["CN"] = " ".join(clean(name).replace('"', "'").split()) or email
    return person


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)
