"""What people type and choose, on every form: cleaned, read, offered."""

import unicodedata
from datetime import date, datetime, time

from app.models import languages
from app.web.pages import locale

Option = tuple[str, str, list[str]]


def clean(text: str | None) -> str | None:
    """What was typed, without the control characters that no database keeps and nobody sees."""
    if text is None:
        return None
    kept = (one for one in text if one in "\n\t" or unicodedata.category(one) not in {"Cc", "Cs"})
    return "".join(kept).strip()


def parse_day(text: str) -> date:
    """A day as browsers send it, or as people write it: 2026-12-01 or 1.12.2026. Raises ValueError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return datetime.strptime(text, "%d.%m.%Y").date()  # noqa: DTZ007 - a day has no zone


def parse_clock(text: str) -> time:
    """A time of day: 10:00 or 10.00. Raises ValueError."""
    return datetime.strptime(text.replace(".", ":")[:5], "%H:%M").time()  # noqa: DTZ007 - a wall-clock time


def language_options(*, empty: str) -> list[Option]:
    """(code, name, other words for it) of everything but German; `empty` is the word for no choice."""
    spoken = [one for one in languages.languages() if one.code != "deu"]
    named = sorted(((one.name(locale()), one) for one in spoken), key=lambda pair: languages.plain(pair[0]))
    return [("", empty, []), *((one.code, name, [word for word in one.words if word != name]) for name, one in named)]
