"""Short ways to write problems in tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from scheduler.model.problem import Appointment, Mediator, Place, Problem

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
WEEK = ((MONDAY, MONDAY + timedelta(days=7)),)
HALL, SCHOOL, FARM = Place(51.756, 8.041), Place(51.76, 8.02), Place(51.9, 8.4)


def at(hour: float, day: int = 1) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour)


def mediator(name: str = "m1", **given: Any) -> Mediator:
    return Mediator(name, **({"languages": {"ara": "C1"}, "available": WEEK} | given))


def appointment(name: str = "a1", hour: float = 8, hours: float = 1, day: int = 1, **given: Any) -> Appointment:
    times = {"starts": at(hour, day), "ends": at(hour + hours, day)}
    return Appointment(name, **({"language": "ara", "mode": "phone"} | times | given))


def problem(mediators: list[Mediator], appointments: list[Appointment], **given: Any) -> Problem:
    places = {"hall": HALL, "school": SCHOOL, "farm": FARM}
    own: dict[str, Any] = {"now": MONDAY, "places": places} | given
    return Problem(mediators=tuple(mediators), appointments=tuple(appointments), **own)
