"""What would help, in plain numbers: whom to look for, what to change at a time of the week; as JSON both ways."""

from dataclasses import dataclass
from typing import Self

from scheduler.model import checks
from scheduler.model.participants import GENDERS, LEVELS, MODES

MOST = 1_000_000
# what could be changed at one time of the week
CHANGES = ("one_more", "by_phone", "earlier", "later")


@dataclass(frozen=True)
class Newcomer:
    """One more person to look for, free at these hours of these weekdays (Monday is 0).

    `level` and `gender` are those that the language's unfilled requests ask for, None where none does. `asked_last` is
    how many requests fewer stay unfilled in a period if they take only what nobody else does; `simulated` the same if
    they are asked like everybody else, None where that was not tried. `mode` and `district` are those of most of what
    they would take, None where that is no clear majority.
    """

    language: str
    level: str | None
    gender: str | None
    days: tuple[int, ...]
    opens: int
    closes: int
    asked_last: float
    simulated: float | None = None
    mode: str | None = None
    district: str | None = None

    @property
    def gain(self) -> float:
        """The best figure there is."""
        return self.asked_last if self.simulated is None else self.simulated

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` gave."""
        data = checks.mapping("", value)
        keys = ("language", "level", "gender", "days", "opens", "closes", "asked_last", "simulated")
        checks.only(data, (*keys, "mode", "district"), keys)
        simulated, mode, district = data["simulated"], data.get("mode"), data.get("district")
        return cls(
            checks.name("language", data["language"]),
            None if data["level"] is None else checks.one_of("level", data["level"], LEVELS),
            None if data["gender"] is None else checks.one_of("gender", data["gender"], GENDERS),
            checks.each("days", data["days"], lambda day: checks.whole("", day, 0, 6)),
            checks.whole("opens", data["opens"], 0, 23),
            checks.whole("closes", data["closes"], 1, 24),
            checks.number("asked_last", data["asked_last"], 0, MOST),
            None if simulated is None else checks.number("simulated", simulated, -MOST, MOST),
            None if mode is None else checks.one_of("mode", mode, MODES),
            None if district is None else str(district),
        )

    def to_json(self) -> dict[str, object]:
        """Numbers and texts that `from_json` reads back without loss."""
        return {
            "language": self.language,
            "level": self.level,
            "gender": self.gender,
            "days": list(self.days),
            "opens": self.opens,
            "closes": self.closes,
            "asked_last": self.asked_last,
            "simulated": self.simulated,
            "mode": self.mode,
            "district": self.district,
        }


@dataclass(frozen=True)
class Relief:
    """How many requests fewer stay unfilled at one time of the week in a period, by one change alone.

    `one_more`: somebody more who is free then; `by_phone`: by telephone, not on site; `earlier`, `later`: by an hour.
    """

    language: str
    weekday: int
    hour: int
    one_more: float
    by_phone: float
    earlier: float
    later: float

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` gave."""
        data = checks.mapping("", value)
        keys = ("language", "weekday", "hour", *CHANGES)
        checks.only(data, keys, keys)
        return cls(
            checks.name("language", data["language"]),
            checks.whole("weekday", data["weekday"], 0, 6),
            checks.whole("hour", data["hour"], 0, 23),
            *(checks.number(key, data[key], 0, MOST) for key in CHANGES),
        )

    def to_json(self) -> dict[str, object]:
        """Numbers and texts that `from_json` reads back without loss."""
        place = {"language": self.language, "weekday": self.weekday, "hour": self.hour}
        return place | {key: getattr(self, key) for key in CHANGES}
