"""An appointment in the plain values that messages are made of."""

from typing import cast
from zoneinfo import ZoneInfo

from app.models import Appointment, languages
from app.models.topics import topic_name
from notifications import texts
from notifications.wording import Language, Mode, Occasion


def spoken(locale: str) -> Language:
    """The language a person is written to in: English if they chose it, otherwise German."""
    return languages.written_in(locale)


def occasion(appointment: Appointment, language: str, locale: str) -> Occasion:
    """What a message may say; `language` is the one to interpret (ISO 639-3), `locale` that of the reader."""
    return Occasion(
        language_name=languages.name(language, locale),
        starts=appointment.starts_at,
        minutes=appointment.duration_minutes,
        mode=cast("Mode", appointment.mode),
        district=appointment.place_district,
        place=appointment.place_name,
        address=appointment.place_address,
        topic=topic_name(appointment.topic, locale),
        zone=ZoneInfo(appointment.pool.timezone),
    )


def why_nobody(appointment: Appointment, locale: str) -> str:
    """In one line why nobody can come to it, as the last plan found."""
    return texts.refusal_reason(
        appointment.explanation or {},
        languages.name(appointment.language, locale),
        mode=appointment.mode,
        gender=appointment.gender,
        language=spoken(locale),
    ).strip()
