"""What could be otherwise in the coming weeks, and what that would change, in plain numbers; as JSON both ways."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Self

from scheduler.forecast.counts import Expected
from scheduler.model import checks

# what a form can ask for, and a machine can answer
MOST_PEOPLE, MOST_REQUESTS = 50, 500
# how the command says what share is done, a line each
SHARE_DONE = "done "


@dataclass(frozen=True)
class Away:
    """Somebody (an id of the problem) who cannot come from one local day to another, both included."""

    mediator: str
    first: date
    last: date


@dataclass(frozen=True)
class Joining:
    """So many new people of one language, free on these weekdays (Monday is 0) from an hour to an hour."""

    language: str
    days: tuple[int, ...]
    opens: int
    closes: int
    people: int = 1


@dataclass(frozen=True)
class More:
    """So many requests of a language on top, spread over the weeks like those of the past."""

    language: str
    requests: int


@dataclass(frozen=True)
class Changes:
    """What is otherwise."""

    away: tuple[Away, ...] = ()
    joining: tuple[Joining, ...] = ()
    more: tuple[More, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is otherwise."""
        return not (self.away or self.joining or self.more)

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` gave; `ProblemError` names what cannot be meant."""
        data = checks.mapping("", value)
        keys = tuple(one.name for one in fields(cls))
        checks.only(data, keys, keys)
        return cls(
            checks.each("away", data["away"], _read_away),
            checks.each("joining", data["joining"], _read_joining),
            checks.each("more", data["more"], _read_more),
        )

    def to_json(self) -> dict[str, object]:
        """Numbers and texts that `from_json` reads back without loss."""
        return {
            "away": [
                {"mediator": one.mediator, "first": one.first.isoformat(), "last": one.last.isoformat()}
                for one in self.away
            ],
            "joining": [
                {
                    "language": one.language,
                    "days": list(one.days),
                    "opens": one.opens,
                    "closes": one.closes,
                    "people": one.people,
                }
                for one in self.joining
            ],
            "more": [{"language": one.language, "requests": one.requests} for one in self.more],
        }


@dataclass(frozen=True)
class Compared:
    """What is expected as things are, and with the changes."""

    before: Expected
    after: Expected

    @property
    def unfilled_more(self) -> float:
        """How many requests more stay unfilled; below 0: fewer."""
        return self.after.unfilled.mean - self.before.unfilled.mean


@dataclass(frozen=True)
class Comparison:
    """The weeks from the local day of `now` on: all requests, and those of each language."""

    now: datetime
    weeks: int
    total: Compared
    languages: dict[str, Compared]

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read what `to_json` gave; `ProblemError` names what cannot be meant."""
        data = checks.mapping("", value)
        keys = ("now", "weeks", "total", "languages")
        checks.only(data, keys, keys)
        languages = checks.mapping("languages", data["languages"])
        return cls(
            checks.read_moment("now", data["now"]),
            checks.whole("weeks", data["weeks"], 1),
            checks.inside("total", data["total"], _read_compared),
            {name: checks.inside("languages", one, _read_compared) for name, one in languages.items()},
        )

    def to_json(self) -> dict[str, object]:
        """Numbers and texts that `from_json` reads back without loss."""
        return {
            "now": checks.written(self.now),
            "weeks": self.weeks,
            "total": _compared_json(self.total),
            "languages": {name: _compared_json(one) for name, one in self.languages.items()},
        }


def _compared_json(value: Compared) -> dict[str, object]:
    return {"before": value.before.to_json(), "after": value.after.to_json()}


def _read_compared(value: object) -> Compared:
    data = checks.mapping("", value)
    checks.only(data, ("before", "after"), ("before", "after"))
    return Compared(*(checks.inside(key, data[key], Expected.from_json) for key in ("before", "after")))


def _read_away(value: object) -> Away:
    data = checks.mapping("", value)
    keys = ("mediator", "first", "last")
    checks.only(data, keys, keys)
    first, last = (checks.day(key, data[key]) for key in ("first", "last"))
    if last < first:
        checks.refuse("last", f"{last} is before {first}")
    return Away(checks.name("mediator", data["mediator"]), first, last)


def _read_joining(value: object) -> Joining:
    data = checks.mapping("", value)
    keys = ("language", "days", "opens", "closes", "people")
    checks.only(data, keys, keys)
    opens, closes = checks.whole("opens", data["opens"], 0, 23), checks.whole("closes", data["closes"], 1, 24)
    if closes <= opens:
        checks.refuse("closes", f"{closes} is not after {opens}")
    return Joining(
        checks.name("language", data["language"]),
        checks.each("days", data["days"], lambda day: checks.whole("", day, 0, 6)),
        opens,
        closes,
        checks.whole("people", data["people"], 1, MOST_PEOPLE),
    )


def _read_more(value: object) -> More:
    data = checks.mapping("", value)
    checks.only(data, ("language", "requests"), ("language", "requests"))
    return More(checks.name("language", data["language"]), checks.whole("requests", data["requests"], 1, MOST_REQUESTS))
