"""What a pool's past says: its requests and how they ended, since when it is known, and how its people answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property, partial
from typing import Self

from scheduler.model import checks
from scheduler.model.participants import Appointment
from scheduler.waves.acceptance import Acceptance

# what is older counts less than a quarter, and many rows make a forecast slow
LOOK_BACK = timedelta(weeks=52)
# Of the latest so many the people's free times must be known: they are played again to calibrate a forecast. More are
# not needed, for what a shift of a tenth amounts to is less than their noise.
MOST_REPLAYED = 1_000


@dataclass(frozen=True)
class PastRequest:
    """One request of the past: what was wanted, when it was asked for, whether every seat was taken in the end.

    `handed_back` is how many assignments to it were given back. Requests that were cancelled are none.
    """

    wanted: Appointment
    asked: datetime
    filled: bool
    handed_back: int = 0

    def __post_init__(self) -> None:
        checks.settle(self, asked=checks.moment("asked", self.asked))
        checks.truth("filled", self.filled)
        checks.whole("handed_back", self.handed_back, 0)
        if self.asked > self.wanted.starts:
            checks.refuse("asked", f"{checks.written(self.asked)} is after the start; give the time of the request")

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` gave."""
        data = dict(checks.mapping("", value))
        checks.only(data, ("wanted", "asked", "filled", "handed_back"), ("wanted", "asked", "filled"))
        data["wanted"] = checks.inside("wanted", data["wanted"], Appointment.from_json)
        data["asked"] = checks.read_moment("asked", data["asked"])
        return cls(**data)  # type: ignore[arg-type] # __post_init__ checks each of them

    def to_json(self) -> dict[str, object]:
        """Numbers and texts that `from_json` reads back without loss."""
        return {
            "wanted": self.wanted.to_json(),
            "asked": checks.written(self.asked),
            "filled": self.filled,
            "handed_back": self.handed_back,
        }


@dataclass(frozen=True, kw_only=True)
class History:
    """Requests since a moment from which on all are known, in whatever order they come.

    `acceptance` is what past offers taught (see scheduler/waves/learning.py). `holidays` are local days, past and to
    come, on which less is asked for: public ones and those of schools, as the caller sees fit. `about` says by id,
    also of requests to come, what topic and district they are of, by which what is forecast can be told apart.
    """

    since: datetime
    acceptance: Acceptance
    requests: tuple[PastRequest, ...] = ()
    holidays: frozenset[date] = field(default_factory=frozenset)
    about: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        checks.settle(self, since=checks.moment("since", self.since), holidays=frozenset(self.holidays))
        order = sorted(self.requests, key=lambda one: (one.asked, one.wanted.starts, one.wanted.id))
        checks.settle(self, requests=tuple(order))
        seen: set[str] = set()
        for one in self.requests:
            if one.wanted.id in seen:
                checks.refuse("requests", f"{one.wanted.id!r} is given twice; ids are different")
            seen.add(one.wanted.id)

    def until(self, now: datetime) -> tuple[PastRequest, ...]:
        """Those whose appointments started within the time observed, in the order in which they were asked for."""
        return tuple(one for one in self.requests if self.since <= one.wanted.starts < now)

    @cached_property
    def hand_back_rate(self) -> float:
        """The share of assignments that are given back."""
        seats = sum(one.wanted.mediators_needed for one in self.requests if one.filled)
        back = sum(one.handed_back for one in self.requests)
        return (back + HAND_BACK * HAND_BACK_DOUBT) / (seats + back + HAND_BACK_DOUBT)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` gave; `ProblemError` names what cannot be meant."""
        data = checks.mapping("", value)
        keys = ("since", "acceptance", "requests", "holidays")
        checks.only(data, (*keys, "about"), keys)
        return cls(
            since=checks.read_moment("since", data["since"]),
            acceptance=Acceptance.from_json(checks.mapping("acceptance", data["acceptance"])),
            requests=checks.each("requests", data["requests"], PastRequest.from_json),
            holidays=frozenset(checks.each("holidays", data["holidays"], partial(checks.day, ""))),
            about={key: _read_about(value) for key, value in checks.mapping("about", data.get("about", {})).items()},
        )

    def to_json(self) -> dict[str, object]:
        """Numbers and texts that `from_json` reads back without loss."""
        return {
            "since": checks.written(self.since),
            "acceptance": self.acceptance.to_json(),
            "requests": [one.to_json() for one in self.requests],
            "holidays": sorted(day.isoformat() for day in self.holidays),
            "about": {key: list(both) for key, both in self.about.items()},
        }


def _read_about(value: object) -> tuple[str, str]:
    topic, district = checks.sequence("about", value)
    return str(topic), str(district)


# before anything is known, and how many assignments' worth of doubt there is about it
HAND_BACK, HAND_BACK_DOUBT = 0.02, 50
