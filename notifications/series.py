"""The words of messages about several appointments at once: the question about a series, and what follows from it."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from notifications.phone_words import readable
from notifications.wording import (
    Language,
    Occasion,
    Text,
    Values,
    coarse,
    long_day,
    mail,
    render,
    sms,
    spoken_day,
)

Rhythm = Literal["weekly", "fortnightly", "own"]
Kind = Literal["confirmation", "cancelled"]
_DAYS: dict[int, Rhythm] = {7: "weekly", 14: "fortnightly"}


def rhythm_of(starts: Sequence[datetime], zone: ZoneInfo) -> Rhythm:
    """How dates follow one another by the clocks of a zone; days left out do not break a rhythm."""
    local = sorted(one.astimezone(zone) for one in starts)
    if len(local) < 2 or len({(one.weekday(), one.time()) for one in local}) > 1:
        return "own"
    apart = [(later.date() - earlier.date()).days for earlier, later in pairwise(local)]
    return next((_DAYS[days] for days in (14, 7) if days in apart and not any(one % days for one in apart)), "own")


def offer_series(
    first: Occasion,
    *,
    count: int,
    rhythm: Rhythm,
    link: str,
    number: int,
    pool_name: str = "",
    language: Language = "de",
) -> Text:
    """Ask one mediator about a whole series by SMS; `first` is its first date, `number` what the answer names."""
    values = {**coarse(first, language), **_about(count, rhythm), "link": link, "number": number}
    return Text(sms=sms("offer_series", language, {**values, "pool_name": pool_name}))


def offer_series_call(
    first: Occasion, *, count: int, rhythm: Rhythm, number: int, pool_name: str, language: Language = "de"
) -> Text:
    """Ask the same by phone: 1 is yes, 2 is no, 3 says it again."""
    values = {
        "pool_name": pool_name,
        "number": number,
        "language_name": first.language_name,
        "day": spoken_day(first.starts, language, first.zone),
        "minutes": first.minutes,
        "mode": first.mode,
        "district": first.district,
        **_about(count, rhythm),
    }
    return Text(call=render("offer_series_call", "call", language, values))


def joint_mediator(
    kind: Kind,
    dates: Sequence[Occasion],
    *,
    rhythm: Rhythm,
    mediator_name: str,
    link: str,
    pool_name: str,
    contact: str = "",
    note: str = "",
    language: Language = "de",
) -> Text:
    """Tell a mediator what became of these dates, in order."""
    values = {"mediator_name": mediator_name, "link": link, "pool_name": pool_name, "contact": contact, "note": note}
    written = _told(f"joint_{kind}_mediator", dates, language, values)
    brief = {**coarse(dates[0], language), **_about(len(dates), rhythm), "link": link}
    return Text(sms=sms(f"joint_{kind}_mediator", language, brief), subject=written.subject, mail=written.mail)


def joint_requester(
    kind: Kind,
    dates: Sequence[Occasion],
    *,
    link: str,
    pool_name: str,
    mediator_name: str = "",
    mediator_phone: str = "",
    still_needed: int = 0,
    still_open: Sequence[Occasion] = (),
    language: Language = "de",
) -> Text:
    """Tell staff what became of these dates, in order; `still_open` are others of the series without anybody."""
    values = {
        "mediator_name": mediator_name,
        "mediator_phone": readable(mediator_phone) if mediator_phone else "",
        "link": link,
        "pool_name": pool_name,
        "still_needed": still_needed,
        "open_days": _days(still_open, language),
    }
    return _told(f"joint_{kind}_requester", dates, language, values)


def _about(count: int, rhythm: Rhythm) -> Values:
    return {"count": count, "rhythm": rhythm}


def _told(kind: str, dates: Sequence[Occasion], language: Language, values: Values) -> Text:
    return mail(kind, dates[0], language, {"days": _days(dates, language), **values})


def _days(dates: Sequence[Occasion], language: Language) -> list[str]:
    return [long_day(one.starts, one.minutes, language, one.zone) for one in dates]
