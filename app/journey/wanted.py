"""What is wanted of an appointment: its row as the request that it now amounts to, and a request written into it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from app import versions
from app.journey.request import Place, Request, RequestChanges
from app.models import Appointment

_PLAIN: Final = (
    "language", "starts_at", "mode", "topic", "min_level", "gender", "mediators_needed", "urgent", "reference", "note",
    "contact_name", "contact_email", "contact_phone",
)  # fmt: skip


def merged(appointment: Appointment, changes: RequestChanges) -> Request:
    """What is wanted of it if these fields were changed."""
    return replace(wanted_of(appointment), **changes)


def version_of(appointment: Appointment) -> str:
    """A short mark of what is wanted, another one after every change of it."""
    return versions.version_of(wanted_of(appointment))


def wanted_of(appointment: Appointment) -> Request:
    """An appointment as the request it now amounts to."""
    place = None
    if appointment.place_lat is not None and appointment.place_lon is not None:
        place = Place(
            appointment.place_name,
            appointment.place_lat,
            appointment.place_lon,
            appointment.place_address,
            appointment.place_district,
        )
    return Request(
        place=place,
        duration_minutes=appointment.duration_minutes,
        accepted_languages=tuple(appointment.accepted_languages),
        preferred_mediators=tuple(appointment.preferred_mediators),
        other_starts=tuple(datetime.fromisoformat(one) for one in appointment.other_starts),
        fallbacks=tuple(appointment.fallbacks),
        fallback_languages=tuple(appointment.fallback_languages),
        **{name: getattr(appointment, name) for name in _PLAIN},
    )


def fill_in(appointment: Appointment, wanted: Request) -> None:
    """Write what is wanted into the row, and nothing else."""
    for name in _PLAIN:
        setattr(appointment, name, getattr(wanted, name))
    # nobody makes an appointment for a second
    appointment.starts_at = wanted.starts_at.astimezone(UTC).replace(second=0, microsecond=0)
    appointment.ends_at = appointment.starts_at + timedelta(minutes=wanted.duration_minutes)
    appointment.accepted_languages = list(wanted.accepted_languages)
    appointment.preferred_mediators = list(wanted.preferred_mediators)
    appointment.other_starts = [one.isoformat() for one in wanted.other_starts]
    appointment.fallbacks = list(wanted.fallbacks)
    appointment.fallback_languages = list(wanted.fallback_languages)
    place = wanted.place
    appointment.place_name = place.name if place else ""
    appointment.place_address = place.address if place else ""
    appointment.place_district = place.district if place else ""
    appointment.place_lat = place.lat if place else None
    appointment.place_lon = place.lon if place else None
