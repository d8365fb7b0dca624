"""A mediator and an appointment: frozen values, each sound in itself when it is made."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from typing import Self

from scheduler.model import checks

LEVELS = ("A1", "A2", "B1", "B2", "C1", "C2", "native")
MODES = ("on_site", "phone", "video")
GENDERS = ("f", "m", "d")
LIMITS = ("max_appointments_per_day", "max_minutes_per_day", "max_appointments_per_week", "max_minutes_per_week")
# Of a yes, before anything is known of a person: volunteers answer 17 to 47 per cent of alerts in published studies.
CHANCE = 1 / 3

Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Mediator:
    """A person who can be asked.

    `languages` is language -> level. `available` are half-open windows; those that touch or overlap count as one. A
    limit of None does not bind. `home` names a place; without one, no way from home is too long. `excluded` and
    `uncleared` are ids of appointments, also of such that are not part of the problem: those they never take, and
    those on whose day they lack a proof that is asked for. `load` is how much the person did lately, in
    appointments; `idle_days` for how long they have had nothing, None where nobody knows. `chance` is how likely they
    say yes when asked; 1 where nothing is known of anybody.
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
    uncleared: frozenset[str] = frozenset()
    load: int = 0
    idle_days: int | None = None
    chance: float = 1.0

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
        if self.idle_days is not None:
            checks.whole("idle_days", self.idle_days, 0)
        checks.number("chance", self.chance, 0, 1)
        never = {key: frozenset(checks.names(key, getattr(self, key))) for key in ("excluded", "uncleared")}
        checks.settle(self, modes=modes, available=available, **never)

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
        checks.settle(self, starts=starts, ends=ends, candidates=candidates, **named)
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
