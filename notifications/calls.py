"""The words that a voice reads out on the phone: language, day, time, length and district, as in an SMS.

They are whole sentences without abbreviations, because a voice would read those letter by letter.
"""

from typing import Literal

from notifications.wording import Language, Occasion, Text, render, spoken_day


def offer_call(occasion: Occasion, *, number: int, pool_name: str, language: Language = "de") -> Text:
    """Ask one mediator by phone: 1 is yes, 2 is no, 3 says it again."""
    values = {
        "pool_name": pool_name,
        "number": number,
        "language_name": occasion.language_name,
        "day": spoken_day(occasion.starts, language, occasion.zone),
        "minutes": occasion.minutes,
        "mode": occasion.mode,
        "district": occasion.district,
    }
    return Text(call=render("offer_call", "call", language, values))


def call_thanks_yes(*, language: Language = "de") -> Text:
    """Thank for a yes; the details follow in writing."""
    return _said("call_thanks_yes", language)


def call_thanks_no(*, language: Language = "de") -> Text:
    """Thank for a no."""
    return _said("call_thanks_no", language)


def call_gone(*, language: Language = "de") -> Text:
    """Say that the question is no longer open, whatever the reason."""
    return _said("call_gone", language)


def call_again(*, language: Language = "de") -> Text:
    """Say that the key was none of those asked for; the question itself is to be read out after it."""
    return _said("call_again", language)


def _said(kind: Literal["call_thanks_yes", "call_thanks_no", "call_gone", "call_again"], language: Language) -> Text:
    return Text(call=render(kind, "call", language, {}))
