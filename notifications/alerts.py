"""The words of an alert, for the board and for the e-mail: what happened, and what would help."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from notifications.wording import Language, render

KINDS: Final = (
    "number_wrong",
    "address_wrong",
    "filtered",
    "not_reached",
    "no_reconfirmation",
    "nobody_may_be_asked",
    "slow",
    "outage",
    "account",
    "provider_error",
    "plan_failed",
)


@dataclass(frozen=True, slots=True)
class AlertWords:
    """One sentence each."""

    headline: str
    advice: str


def alert_words(kind: str, data: Mapping[str, object], *, language: Language = "de") -> AlertWords:
    """Say what happened; `data` holds what the sentence names: name, when, code, share or number.

    Raises ValueError for a kind that is not in KINDS.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown alert {kind!r}: choose one of {', '.join(KINDS)}")
    known = {"name": "", "when": "", "code": "", "share": 0, "number": 0, **data}
    values = {"kind": kind, **known}
    return AlertWords(
        render("alert_headline", "line", language, values), render("alert_advice", "line", language, values)
    )
