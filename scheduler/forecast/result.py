"""What a forecast says, in plain numbers: by language, by time, by person; as JSON both ways."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from scheduler.forecast.counts import COUNTS, MOST, Expected
from scheduler.forecast.outcomes import Outcomes
from scheduler.forecast.remedies import Newcomer, Relief
from scheduler.model import checks

FORMAT = "sprachmittlerpool-forecast/1"
SLOT_HOURS = 2


@dataclass(frozen=True)
class Language:
    """One language. `bears` is how many of its people could leave before too few requests are filled."""

    language: str
    expected: Expected
    bears: int


@dataclass(frozen=True)
class Slot:
    """One language at one time of the week: requests that start on this weekday (Monday is 0) within two hours."""

    language: str
    weekday: int
    hour: int
    expected: Expected


@dataclass(frozen=True)
class Person:
    """How many more requests would stay unfilled without this person."""

    mediator: str
    needed: float


@dataclass(frozen=True)
class Calibration:
    """The shift, and what it rests on: of so many `requests` these stayed `unfilled`, `expected` without it."""

    shift: float = 0.0
    requests: int = 0
    unfilled: int = 0
    expected: float = 0.0

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` gave."""
        data: Mapping[str, object] = checks.mapping("", value)
        keys = ("shift", "requests", "unfilled", "expected")
        checks.only(data, keys, keys)
        return cls(
            checks.number("shift", data["shift"], -30, 30),
            checks.whole("requests", data["requests"], 0),
            checks.whole("unfilled", data["unfilled"], 0),
            checks.number("expected", data["expected"], 0, 1_000_000),
        )

    def to_json(self) -> dict[str, object]:
        """Numbers that `from_json` reads back without loss."""
        return {
            "shift": self.shift,
            "requests": self.requests,
            "unfilled": self.unfilled,
            "expected": self.expected,
        }


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """The weeks from the local day of `now` on; languages by what stays unfilled, people by how much they are needed.

    `since` is how far back the past is known that it rests on.
    `share_filled` of a total, a language or a slot is None where nobody is expected to ask.
    """

    now: datetime
    since: datetime
    weeks: int
    periods: int
    seed: int
    total: Expected
    languages: tuple[Language, ...]
    slots: tuple[Slot, ...]
    people: tuple[Person, ...]
    calibration: Calibration

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` gave; `ProblemError` names what cannot be meant."""
        data = checks.mapping("", value)
        checks.only(data, KEYS, KEYS)
        checks.one_of("format", data["format"], (FORMAT,))
        return cls(
            now=checks.read_moment("now", data["now"]),
            since=checks.read_moment("since", data["since"]),
            weeks=checks.whole("weeks", data["weeks"], 1),
            periods=checks.whole("periods", data["periods"], 1),
            seed=checks.whole("seed", data["seed"], 0, 2**31 - 1),
            total=checks.inside("total", data["total"], Expected.from_json),
            languages=checks.each("languages", data["languages"], _read_language),
            slots=checks.each("slots", data["slots"], _read_slot),
            people=checks.each("people", data["people"], _read_person),
            calibration=checks.inside("calibration", data["calibration"], Calibration.from_json),
        )

    def to_json(self) -> dict[str, object]:
        """Numbers and texts that `from_json` reads back without loss."""
        return {
            "format": FORMAT,
            "now": checks.written(self.now),
            "since": checks.written(self.since),
            "weeks": self.weeks,
            "periods": self.periods,
            "seed": self.seed,
            "total": self.total.to_json(),
            "languages": [
                {"language": one.language, "bears": one.bears} | one.expected.to_json() for one in self.languages
            ],
            "slots": [
                {"language": one.language, "weekday": one.weekday, "hour": one.hour} | one.expected.to_json()
                for one in self.slots
            ],
            "people": [{"mediator": one.mediator, "needed": one.needed} for one in self.people],
            "calibration": self.calibration.to_json(),
        }


@dataclass(frozen=True)
class Outlook:
    """The forecast; `advice`, the people to look for in order, each given those before; `newcomers`; and `relief`.

    `newcomers` are what one more person of each language and half day alone would take of what stays unfilled, best
    first; `relief` is what would help at each time that lacks much, in what was kept before it was reckoned none.
    `outcomes` are what both rest on, to be counted by anything that requests have in common; None where not kept.
    """

    forecast: Forecast
    advice: tuple[Newcomer, ...]
    newcomers: tuple[Newcomer, ...]
    relief: tuple[Relief, ...] = ()
    outcomes: Outcomes | None = None

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` gave; `ProblemError` names what cannot be meant."""
        data = checks.mapping("", value)
        keys = ("forecast", "advice", "newcomers")
        checks.only(data, (*keys, "relief", "outcomes"), keys)
        outcomes = data.get("outcomes")
        return cls(
            checks.inside("forecast", data["forecast"], Forecast.from_json),
            checks.each("advice", data["advice"], Newcomer.from_json),
            checks.each("newcomers", data["newcomers"], Newcomer.from_json),
            checks.each("relief", data.get("relief", []), Relief.from_json),
            None if outcomes is None else checks.inside("outcomes", outcomes, Outcomes.from_json),
        )

    def to_json(self) -> dict[str, object]:
        """Numbers and texts that `from_json` reads back without loss."""
        return {
            "forecast": self.forecast.to_json(),
            "advice": [one.to_json() for one in self.advice],
            "newcomers": [one.to_json() for one in self.newcomers],
            "relief": [one.to_json() for one in self.relief],
            "outcomes": self.outcomes.to_json() if self.outcomes else None,
        }


KEYS = (
    "format", "now", "since", "weeks", "periods", "seed", "total", "languages", "slots", "people", "calibration",
)  # fmt: skip


def _read_language(value: object) -> Language:
    data = checks.mapping("", value)
    keys = ("language", "bears", *COUNTS)
    checks.only(data, keys, keys)
    name = checks.name("language", data["language"])
    return Language(name, Expected.from_json(value), checks.whole("bears", data["bears"], 0))


def _read_slot(value: object) -> Slot:
    data = checks.mapping("", value)
    keys = ("language", "weekday", "hour", *COUNTS)
    checks.only(data, keys, keys)
    weekday, hour = checks.whole("weekday", data["weekday"], 0, 6), checks.whole("hour", data["hour"], 0, 23)
    return Slot(checks.name("language", data["language"]), weekday, hour, Expected.from_json(value))


def _read_person(value: object) -> Person:
    data = checks.mapping("", value)
    checks.only(data, ("mediator", "needed"), ("mediator", "needed"))
    return Person(checks.name("mediator", data["mediator"]), checks.number("needed", data["needed"], 0, MOST))
