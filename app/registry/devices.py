"""A pool's translation devices: where they lie, and what they know."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import FieldProblem, Invalid, NotFound
from app.journey import history
from app.journey.history import Actor
from app.legible import is_one_line, says_something
from app.models import Role, TranslationDevice, languages
from app.versions import refuse_other

WRITTEN_BY: Final = Role.COORDINATOR
LIMITS: Final[Mapping[str, int]] = {"name": 120, "owner": 120, "place": 250}


@dataclass(frozen=True)
class DeviceData:
    """A device in plain values, as somebody may have typed them; no languages means that it knows all."""

    name: str
    place: str
    owner: str = ""
    languages: tuple[str, ...] = ()
    active: bool = True


def data_of(device: TranslationDevice) -> DeviceData:
    """A device as it stands."""
    return DeviceData(device.name, device.place, device.owner, tuple(device.languages), device.active)


def add(session: Session, now: datetime, data: DeviceData, actor: Actor) -> TranslationDevice:
    """Enter a device. Raises Invalid."""
    found = TranslationDevice(created_at=now)
    _write(session, found, data)
    history.record(session, now, "device_added", actor, device=found.name)
    return found


def change(
    session: Session, now: datetime, device_id: int, data: DeviceData, actor: Actor, *, seen: str | None = None
) -> TranslationDevice:
    """Replace what is known of a device; what it is lent for stays. Raises Invalid, NotFound, ChangedMeanwhile.

    `seen` marks what whoever changes it had before their eyes.
    """
    own = select(TranslationDevice).where(TranslationDevice.id == device_id)
    found = session.scalar(own.with_for_update(of=TranslationDevice))
    if found is None:
        raise NotFound("device_not_found")
    refuse_other(seen, data_of(found))
    _write(session, found, data)
    history.record(session, now, "device_changed", actor, device=found.name)
    return found


def check(data: DeviceData) -> Iterable[FieldProblem]:
    """Everything that is wrong, field by field."""
    for name, longest in LIMITS.items():
        value: str = getattr(data, name)
        if len(value) > longest:
            yield FieldProblem(name, "too_long", {"most": longest, "is": len(value)})
        elif name != "owner" and not says_something(value):
            yield FieldProblem(name, "required")
        elif not is_one_line(value):
            yield FieldProblem(name, "one_line")
    for code in data.languages:
        if languages.find(code) is None:
            yield FieldProblem("languages", "unknown_language", {"value": code})


def _write(session: Session, found: TranslationDevice, data: DeviceData) -> None:
    problems = list(check(data))
    if problems:
        raise Invalid(problems)
    found.name, found.place, found.owner = data.name.strip(), data.place.strip(), data.owner.strip()
    found.languages, found.active = list(dict.fromkeys(data.languages)), data.active
    session.add(found)
    try:
        session.flush()
    except IntegrityError as error:
        raise Invalid([FieldProblem("name", "device_name_taken")]) from error
