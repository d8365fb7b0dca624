"""The engine's input: mediators, appointments and places together, free of contradictions when it is made."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import date, datetime
from functools import cached_property
from typing import Self
from zoneinfo import ZoneInfo

from scheduler.model import checks
from scheduler.model.checks import ProblemError
from scheduler.model.participants import GENDERS, LEVELS, LIMITS, MODES, PEOPLE, Appointment, Mediator, Window
from scheduler.model.travel import Place, Travel

__all__ = [
    "FORMAT",
    "GENDERS",
    "LEVELS",
    "LIMITS",
    "MODES",
    "Appointment",
    "Mediator",
    "Place",
    "Problem",
    "ProblemError",
    "Travel",
    "Window",
]

FORMAT = "sprachmittlerpool-problem/1"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Everything one planning run knows.

    `now` is the time of the snapshot: what has started by then takes nobody new. Days and ISO weeks are those of
    `timezone`, by the local start. `remote_gap_minutes` lies between two appointments of a person of which one is by
    phone or video. Raises `ProblemError` for anything that contradicts itself.
    """

    now: datetime
    mediators: tuple[Mediator, ...]
    appointments: tuple[Appointment, ...]
    timezone: str = "Europe/Berlin"
    places: Mapping[str, Place] = field(default_factory=dict)
    travel: Travel = field(default_factory=Travel)
    remote_gap_minutes: int = 10

    def __post_init__(self) -> None:
        checks.settle(self, now=checks.moment("now", self.now))
        checks.settle(self, mediators=tuple(self.mediators), appointments=tuple(self.appointments))
        checks.whole("remote_gap_minutes", self.remote_gap_minutes, 0, 1440)
        try:
            ZoneInfo(checks.name("timezone", self.timezone))
        except (KeyError, ValueError, OSError):
            checks.refuse("timezone", f"{checks.shown(self.timezone)} is unknown; give a name such as Europe/Berlin")
        _refuse_twice("mediators", self.mediators)
        _refuse_twice("appointments", self.appointments)
        self._refuse_unknown_places()
        self._refuse_unknown_people()
        self._refuse_fixed_overlaps()

    @cached_property
    def mediator(self) -> Mapping[str, Mediator]:
        """Mediators by id."""
        return {one.id: one for one in self.mediators}

    @cached_property
    def appointment(self) -> Mapping[str, Appointment]:
        """Appointments by id."""
        return {one.id: one for one in self.appointments}

    @cached_property
    def speakers(self) -> Mapping[str, tuple[Mediator, ...]]:
        """Language -> everybody who speaks it at any level, in the order given."""
        found: dict[str, list[Mediator]] = {}
        for mediator in self.mediators:
            for language in mediator.languages:
                found.setdefault(language, []).append(mediator)
        return {language: tuple(people) for language, people in found.items()}

    @cached_property
    def days(self) -> Mapping[str, date]:
        """Appointment id -> local day on which it starts."""
        zone = ZoneInfo(self.timezone)
        return {one.id: one.starts.astimezone(zone).date() for one in self.appointments}

    def day_of(self, appointment: Appointment) -> date:
        """The local day of any appointment, also one that is not part of the problem."""
        known = self.days.get(appointment.id)
        return appointment.starts.astimezone(ZoneInfo(self.timezone)).date() if known is None else known

    def week_of(self, appointment: Appointment) -> tuple[int, int]:
        """ISO year and ISO week of the local day."""
        calendar = self.day_of(appointment).isocalendar()
        return calendar.year, calendar.week

    def plus(self, appointment: Appointment) -> Self:
        """The same problem with one more appointment; only that one is checked. Raises `ProblemError`."""
        if appointment.id in self.appointment:
            checks.refuse("id", f"{appointment.id!r} is given twice; ids are different")
        beside = [one for one in self.appointments if appointment.fixed and set(one.fixed) & set(appointment.fixed)]
        alone = replace(self, appointments=(*beside, appointment))
        self._refuse_missing_ways_beside(appointment)
        larger = copy(self)
        larger.__dict__.pop("appointment", None)
        checks.settle(larger, appointments=(*self.appointments, appointment), days={**self.days, **alone.days})
        return larger

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read the format `sprachmittlerpool-problem/1`; errors carry the whole path of their key."""
        data = dict(checks.mapping("", value))
        checks.only(data, ("format", *(item.name for item in fields(cls))), REQUIRED)
        checks.one_of("format", data.pop("format"), (FORMAT,))
        data["now"] = checks.read_moment("now", data["now"])
        data["mediators"] = checks.each("mediators", data["mediators"], Mediator.from_json)
        data["appointments"] = checks.each("appointments", data["appointments"], Appointment.from_json)
        if "travel" in data:
            data["travel"] = checks.inside("travel", data["travel"], Travel.from_json)
        if "places" in data:
            places = checks.mapping("places", data["places"]).items()
            data["places"] = {
                checks.name("places", name): checks.inside(f"places.{name}", place, Place.from_json)
                for name, place in places
            }
        return cls(**data)  # type: ignore[arg-type] # __post_init__ checks each of them

    def to_json(self) -> dict[str, object]:
        """Write the format `sprachmittlerpool-problem/1`; reading it gives an equal problem."""
        return {
            "format": FORMAT,
            "now": checks.written(self.now),
            "timezone": self.timezone,
            "travel": self.travel.to_json(),
            "remote_gap_minutes": self.remote_gap_minutes,
            "places": {name: place.to_json() for name, place in self.places.items()},
            "mediators": [mediator.to_json() for mediator in self.mediators],
            "appointments": [appointment.to_json() for appointment in self.appointments],
        }

    def _refuse_unknown_places(self) -> None:
        known = frozenset(self.places) if self.travel.minutes is None else self.travel.named | frozenset(self.places)
        sites: dict[str, None] = {}
        for index, appointment in enumerate(self.appointments):
            if appointment.place is not None and appointment.place not in known:
                checks.refuse(f"appointments[{index}].place", f"{appointment.place!r} is unknown; add it to places")
            if appointment.place is not None and appointment.mode == "on_site":
                sites[appointment.place] = None
        homes: dict[str, None] = {}
        for index, mediator in enumerate(self.mediators):
            if mediator.home is not None:
                homes[mediator.home] = None
                if mediator.home not in known:
                    checks.refuse(f"mediators[{index}].home", f"{mediator.home!r} is unknown; add it to places")
        if self.travel.minutes is not None:
            self._refuse_missing_ways(sites, (*sites, *homes))

    def _refuse_missing_ways(self, sites: Iterable[str], origins: Iterable[str]) -> None:
        for origin in origins:
            for site in sites:
                if self.travel.between(origin, site, self.places) is None:
                    checks.refuse(f"travel.minutes.{origin}.{site}", "missing; give the minutes of this way")

    def _refuse_missing_ways_beside(self, appointment: Appointment) -> None:
        """The ways between one more appointment and all others; those from the homes are not looked at."""
        if self.travel.minutes is not None and appointment.mode == "on_site" and appointment.place is not None:
            others = {one.place: None for one in self.appointments if one.mode == "on_site" and one.place is not None}
            self._refuse_missing_ways(others, (appointment.place,))
            self._refuse_missing_ways((appointment.place,), others)

    def _refuse_unknown_people(self) -> None:
        for index, appointment in enumerate(self.appointments):
            for key in PEOPLE:
                for place, person in enumerate(getattr(appointment, key) or ()):
                    if person not in self.mediator:
                        path = f"appointments[{index}].{key}[{place}]"
                        checks.refuse(path, f"{person!r} is unknown; name the id of one of the mediators")

    def _refuse_fixed_overlaps(self) -> None:
        last: dict[str, Appointment] = {}
        order = {appointment.id: index for index, appointment in enumerate(self.appointments)}
        for appointment in sorted(self.appointments, key=lambda one: (one.starts, one.ends)):
            for person in appointment.fixed:
                before = last.get(person)
                if before is not None and appointment.starts < before.ends:
                    path = f"appointments[{order[appointment.id]}].fixed"
                    checks.refuse(path, f"{person!r} is fixed at the same time for {before.id!r}; keep one of the two")
                last[person] = appointment


REQUIRED = ("format", "now", "timezone", "mediators", "appointments")


def _refuse_twice(key: str, values: Iterable[Mediator | Appointment]) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value.id in seen:
            checks.refuse(f"{key}[{index}].id", f"{value.id!r} is given twice; ids are different")
        seen.add(value.id)
