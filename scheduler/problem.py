"""The engine's input: frozen values that refuse nonsense when they are made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import cached_property
from typing import Self
from zoneinfo import ZoneInfo

from scheduler import checks
from scheduler.checks import ProblemError
from scheduler.travel import Place, Travel

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
LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2", "native")
MODES = ("on_site", "phone", "video")
GENDERS = ("f", "m", "d")
LIMITS = ("max_appointments_per_day", "max_minutes_per_day", "max_appointments_per_week", "max_minutes_per_week")

Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Mediator:
    """A person who can be asked.

    `languages` is language -> level. `available` are half-open windows; those that touch or overlap count as one. A
    limit of None does not bind. `home` names a place; without one, no way from home is too long. `excluded` are ids of
    appointments, also of such that are not part of the problem. `load` is how much the person did lately, in
    appointments.
    """

    id: str
    languages: Mapping[str, str]
    gender: str | None = None
    modes: frozenset[str] = frozenset(MODES)
    available: tuple[Window, ...] = ()
    home: str | None = None
    max_travel_minutes: int | None = None
    max_appointments_per_day: int | None = None
    max_minutes_per_day: int | None = None
    max_appointments_per_week: int | None = None
    max_minutes_per_week: int | None = None
    excluded: frozenset[str] = frozenset()
    load: int = 0

    def __post_init__(self) -> None:
        checks.name("id", self.id)
        for language, level in checks.mapping("languages", self.languages).items():
            checks.one_of(f"languages.{checks.name('languages', language)}", level, LEVELS)
        if self.gender is not None:
            checks.one_of("gender", self.gender, GENDERS)
        modes = frozenset(checks.one_of("modes", mode, MODES) for mode in checks.names("modes", self.modes))
        available = tuple(_window(f"available[{index}]", pair) for index, pair in enumerate(self.available))
        if self.home is not None:
            checks.name("home", self.home)
        for limit in ("max_travel_minutes", *LIMITS):
            if getattr(self, limit) is not None:
                checks.whole(limit, getattr(self, limit), 0)
        checks.whole("load", self.load, 0, 100_000)
        _settle(self, modes=modes, available=available, excluded=frozenset(checks.names("excluded", self.excluded)))

    @cached_property
    def windows(self) -> tuple[Window, ...]:
        """The available windows in order of time, joined where they touch or overlap."""
        merged: list[Window] = []
        for start, end in sorted(self.available):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], end))
            else:
                merged.append((start, end))
        return tuple(merged)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read one element of `mediators`."""
        data = dict(checks.mapping("", value))
        checks.only(data, (item.name for item in fields(cls)), ("id", "languages"))
        if "available" in data:
            windows = enumerate(checks.sequence("available", data["available"]))
            data["available"] = tuple(_read_window(f"available[{index}]", pair) for index, pair in windows)
        return cls(**data)  # type: ignore[arg-type] # __post_init__ checks each of them

    def to_json(self) -> dict[str, object]:
        """Write one element of `mediators`; what has its default is left out."""
        values = _given(self)
        if "available" in values:
            values["available"] = [[checks.written(start), checks.written(end)] for start, end in self.available]
        return values


@dataclass(frozen=True)
class Appointment:
    """A time at which somebody is needed.

    `accepted_languages` are substitutes, best first; all mediators of an appointment work in one language. `fixed`
    people have accepted: they stay, whatever the rules say now. `asked` people hold an offer. `candidates`, unless
    None, are the only people considered. `partial` says that fewer than `mediators_needed` are of use.
    """

    id: str
    language: str
    starts: datetime
    ends: datetime
    mode: str
    place: str | None = None
    accepted_languages: tuple[str, ...] = ()
    min_level: str | None = None
    gender: str | None = None
    mediators_needed: int = 1
    partial: bool = False
    weight: int = 1
    preferred: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    candidates: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        for key in ("id", "language"):
            checks.name(key, getattr(self, key))
        starts, ends = _window("", (self.starts, self.ends))
        checks.one_of("mode", self.mode, MODES)
        if self.place is not None:
            checks.name("place", self.place)
        elif self.mode == "on_site":
            checks.refuse("place", "missing; an on_site appointment needs a place")
        if self.min_level is not None:
            checks.one_of("min_level", self.min_level, LEVELS)
        if self.gender is not None:
            checks.one_of("gender", self.gender, GENDERS)
        checks.whole("mediators_needed", self.mediators_needed, 1, 20)
        checks.whole("weight", self.weight, 1)
        checks.truth("partial", self.partial)
        named = {key: checks.names(key, getattr(self, key)) for key in (*PEOPLE[:3], "accepted_languages")}
        candidates = None if self.candidates is None else checks.names("candidates", self.candidates)
        _settle(self, starts=starts, ends=ends, candidates=candidates, **named)
        self._refuse_contradictions()

    def _refuse_contradictions(self) -> None:
        if self.language in self.accepted_languages:
            checks.refuse("accepted_languages", f"{self.language!r} is the main language already; name only others")
        if len(self.fixed) > self.mediators_needed:
            most = self.mediators_needed
            checks.refuse("fixed", f"{len(self.fixed)} people for {most} needed; raise mediators_needed or name fewer")
        for index, person in enumerate(self.asked):
            if person in self.fixed:
                checks.refuse(f"asked[{index}]", f"{person!r} is fixed already; name a person in one of the two")

    @property
    def languages(self) -> tuple[str, ...]:
        """The main language, then the accepted ones."""
        return (self.language, *self.accepted_languages)

    @property
    def minutes(self) -> float:
        """How long it takes."""
        return (self.ends - self.starts).total_seconds() / 60

    @property
    def open_seats(self) -> int:
        """How many people are still wanted beside the fixed ones."""
        return self.mediators_needed - len(self.fixed)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read one element of `appointments`."""
        data = dict(checks.mapping("", value))
        checks.only(data, (item.name for item in fields(cls)), ("id", "language", "starts", "ends", "mode"))
        for key in ("starts", "ends"):
            data[key] = checks.read_moment(key, data[key])
        return cls(**data)  # type: ignore[arg-type] # __post_init__ checks each of them

    def to_json(self) -> dict[str, object]:
        """Write one element of `appointments`; what has its default is left out."""
        return _given(self) | {"starts": checks.written(self.starts), "ends": checks.written(self.ends)}


PEOPLE = ("preferred", "fixed", "asked", "candidates")


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
        _settle(self, now=checks.moment("now", self.now))
        _settle(self, mediators=tuple(self.mediators), appointments=tuple(self.appointments))
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


def _settle(value: object, **settled: object) -> None:
    for key, content in settled.items():
        object.__setattr__(value, key, content)


def _given(value: Mediator | Appointment) -> dict[str, object]:
    found: dict[str, object] = {}
    for item in fields(value):
        content = getattr(value, item.name)
        if content == item.default:
            continue
        if isinstance(content, frozenset):
            content = sorted(content)
        elif isinstance(content, tuple):
            content = list(content)
        elif isinstance(content, Mapping):
            content = dict(content)
        found[item.name] = content
    return found


def _window(key: str, pair: object) -> Window:
    if not isinstance(pair, tuple) or len(pair) != 2:
        checks.refuse(key, f"{checks.shown(pair)} is no window; give a start and an end")
    path = f"{key}[0]" if key else "starts", f"{key}[1]" if key else "ends"
    start, end = checks.moment(path[0], pair[0]), checks.moment(path[1], pair[1])
    if end <= start:
        message = f"{checks.written(end)} is not after the start {checks.written(start)}; give a later end"
        checks.refuse(path[1], message)
    return start, end


def _read_window(key: str, value: object) -> Window:
    pair = checks.sequence(key, value)
    if len(pair) != 2:
        checks.refuse(key, f"{len(pair)} values; give a start and an end")
    return checks.read_moment(f"{key}[0]", pair[0]), checks.read_moment(f"{key}[1]", pair[1])


def _refuse_twice(key: str, values: Iterable[Mediator | Appointment]) -> None:
    seen: set[str] = set()
    for index, value in enumerate(values):
        if value.id in seen:
            checks.refuse(f"{key}[{index}].id", f"{value.id!r} is given twice; ids are different")
        seen.add(value.id)
