"""The words of an alert, for the board and for the e-mail: what happened, and what would help."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel import Locale

from notifications.wording import Language, render, short_date, short_day

KINDS: Final = (
    "number_wrong",
    "address_wrong",
    "filtered",
    "not_reached",
    "no_reconfirmation",
    "begins_soon",
    "clearances",
    "nobody_may_be_asked",
    "slow",
    "outage",
    "account",
    "region",
    "mail_outage",
    "mail_account",
    "provider_error",
    "plan_failed",
)


@dataclass(frozen=True, slots=True)
class AlertWords:
    """One sentence each."""

    headline: str
    advice: str


def alert_words(kind: str, data: Mapping[str, object], *, language: Language = "de") -> AlertWords:
    """Say what happened; `data` holds what the sentence names.

    That is name, starts (ISO 8601) and zone, spoken, missing, needed, cause, code, country (ISO 3166), share or number;
    or people, each with name, kind and last (a day), and today.
    Raises ValueError for a kind that is not in KINDS, and for a start that is no instant.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown alert {kind!r}: choose one of {', '.join(KINDS)}")
    starts = str(data.get("starts") or "")
    zone = ZoneInfo(str(data.get("zone") or "Europe/Berlin"))
    when = short_day(datetime.fromisoformat(starts), language, zone) if starts else ""
    country, spoken = str(data.get("country") or ""), data.get("spoken")
    values = {"name": "", "cause": "", "code": "", "share": 0, "number": 0, "when": "", **data, "kind": kind}
    values["country"] = Locale(language).territories.get(country, country)
    values["language_name"] = spoken.get(language, "") if isinstance(spoken, Mapping) else ""
    values["people"] = [_ending(one, str(data.get("today")), language) for one in _listed(data.get("people"))]
    if when:
        values["when"] = when
    return AlertWords(
        render("alert_headline", "line", language, values), render("alert_advice", "line", language, values)
    )


def _listed(people: object) -> list[Mapping[str, str]]:
    return people if isinstance(people, list) else []


def _ending(one: Mapping[str, str], today: str, language: Language) -> tuple[str, str, str, str]:
    """Name, kind, last day in words, and whether that is past ("past" or nothing)."""
    return (
        one["name"],
        one["kind"],
        short_date(date.fromisoformat(one["last"]), language),
        "past" * (one["last"] < today),
    )
