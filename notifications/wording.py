"""How a template becomes a message: local times, one-line values, and an SMS that fits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from notifications.phone import gsm7, segments

Language = Literal["de", "en"]
Mode = Literal["on_site", "phone", "video"]
Values = Mapping[str, object]

_HOME: Final = ZoneInfo("Europe/Berlin")
# Unicode Technical Standard 35, part 4: ccc is a weekday as it stands alone, EEEE in full, MMM a month cut short
_SHORT: Final = {"de": "ccc dd.MM. HH:mm", "en": "ccc dd MMM HH:mm"}
_LONG: Final = {"de": "EEEE, d. MMMM y, HH:mm", "en": "EEEE, d MMMM y, HH:mm"}
_DATE: Final = {"de": "d.M.y", "en": "d MMM y"}
_SPOKEN: Final = {"de": "EEEE, 'den' d. MMMM, 'um' H 'Uhr'", "en": "EEEE, d MMMM, 'at' HH:mm"}
_REMOTE: Final = {
    "de": {"phone": "Telefon", "video": "Video"},
    "en": {"phone": "by phone", "video": "by video"},
}
_TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701 - plain text only; escaping would show &amp; on a phone
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a message is about: one appointment, in plain values.

    `starts` is aware, in any zone; people read it by the clocks of `zone`. `district` is the coarse place an SMS may
    name; `place`, `address` and `topic` appear in e-mails alone. Raises ValueError for a naive start.
    """

    language_name: str
    starts: datetime
    minutes: int
    mode: Mode = "on_site"
    district: str = ""
    place: str = ""
    address: str = ""
    topic: str = ""
    zone: ZoneInfo = _HOME

    def __post_init__(self) -> None:
        """Refuse a start that could mean two instants."""
        if self.starts.utcoffset() is None:
            raise ValueError("starts needs an offset")


@dataclass(frozen=True, slots=True)
class Text:
    """The words of one message; empty where there is no such part.

    `sms` is for the phone, `subject` and `mail` for the e-mail, `call` for a voice that reads it out.
    """

    sms: str = ""
    subject: str = ""
    mail: str = ""
    call: str = ""


def short_day(starts: datetime, language: Language, zone: ZoneInfo = _HOME) -> str:
    """Give a start as an SMS shows it: Di 01.12. 10:00, or Tue 01 Dec 10:00."""
    return _shown(starts, _SHORT[language], language, zone)


def short_date(day: date, language: Language) -> str:
    """Give a day with its year: 3.1.2027, or 3 Jan 2027."""
    return format_date(day, _DATE[language], locale=language)


def long_day(starts: datetime, minutes: int, language: Language, zone: ZoneInfo = _HOME) -> str:
    """Give a start and end as an e-mail shows them: Dienstag, 1. Dezember 2026, 10:00 bis 11:00 Uhr."""
    # added in UTC: an appointment across the end of summer time is as long as any other
    ends = _shown(starts.astimezone(UTC) + timedelta(minutes=minutes), "HH:mm", language, zone)
    start = _shown(starts, _LONG[language], language, zone)
    return f"{start} bis {ends} Uhr" if language == "de" else f"{start} to {ends}"


def spoken_day(starts: datetime, language: Language, zone: ZoneInfo = _HOME) -> str:
    """Give a start as a voice reads it: Dienstag, den 1. Dezember, um 10 Uhr 30."""
    pattern = _SPOKEN[language]
    if language == "de" and starts.astimezone(zone).minute:
        pattern += " m"
    return _shown(starts, pattern, language, zone)


def _shown(moment: datetime, pattern: str, language: Language, zone: ZoneInfo) -> str:
    return format_datetime(moment, pattern, tzinfo=zone, locale=language)


def coarse(occasion: Occasion, language: Language) -> dict[str, object]:
    """Give all that an SMS may know of an appointment: language, time, length, district."""
    remote = _REMOTE[language].get(occasion.mode)
    return {
        "language_name": occasion.language_name,
        "day": short_day(occasion.starts, language, occasion.zone),
        "minutes": occasion.minutes,
        "where": remote or occasion.district,
    }


def detailed(occasion: Occasion, language: Language) -> dict[str, object]:
    """Give what an e-mail may know besides: the exact place and the topic."""
    return {
        **coarse(occasion, language),
        "long_day": long_day(occasion.starts, occasion.minutes, language, occasion.zone),
        "mode": occasion.mode,
        "place": occasion.place,
        "address": occasion.address,
        "topic": occasion.topic,
    }


def one_line(text: str) -> str:
    """Give a text without line breaks, so that no value can add a line or a header of its own."""
    return " ".join(text.split())


def render(
    kind: str, part: Literal["sms", "subject", "mail", "call", "line"], language: Language, values: Values
) -> str:
    """Fill templates/<kind>/<part>.<language>.txt; a name the template uses and nobody gave is an error."""
    tidy = {name: _tidy(value) for name, value in values.items()}
    text = _TEMPLATES.get_template(f"{kind}/{part}.{language}.txt").render(tidy).strip()
    return one_line(text) if part != "mail" else text + "\n"


def sms(kind: str, language: Language, values: Values) -> str:
    """Fill an SMS template in GSM-7, shortened only as far as one segment needs it.

    What goes first: `pool_name`, then `polite` words, then letters of the district, the length, the district itself,
    and at last letters of the language's name. A text that is still longer is sent in several segments.
    """
    text = ""
    for attempt in _shorter(values):
        text = gsm7(render(kind, "sms", language, attempt))
        if segments(text).count <= 1:
            break
    return text


def _shorter(values: Values) -> Iterable[Values]:
    current = {"pool_name": "", "where": "", "minutes": 0, **values, "polite": True}
    yield current
    yield (current := {**current, "pool_name": ""})
    yield (current := {**current, "polite": False})
    yield from _cut(current, "where", least=6)
    yield (current := {**current, "minutes": 0})
    yield from _cut(current, "where", least=6)
    yield (current := {**current, "where": ""})
    if "language_name" in current:
        yield from _cut(current, "language_name", least=3)


def _cut(values: Values, name: str, *, least: int) -> Iterable[Values]:
    whole = gsm7(str(values[name]))
    for length in range(len(whole) - 1, least - 1, -1):
        yield {**values, name: whole[:length].rstrip(" -.,(")}


def _tidy(value: object) -> object:
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, (list, tuple)):
        return [_tidy(entry) for entry in value]
    return value


def mail(kind: str, occasion: Occasion, language: Language, values: Values) -> Text:
    """The e-mail of a kind about an appointment: its subject and its words."""
    known = {**detailed(occasion, language), **values}
    return Text(subject=render(kind, "subject", language, known), mail=render(kind, "mail", language, known))
