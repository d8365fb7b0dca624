"""Towns as busy as real ones, with people of a dozen languages and appointments in the middle of their search."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

from app.models import (
    Appointment,
    AppointmentStatus,
    Availability,
    Mediator,
    Offer,
    OfferStatus,
    Skill,
)
from tests.soak.town import delivered, number_of
from tests.world import TOWN_HALL, World

# how often each is asked for, and spoken: a few languages make up most of a town's requests
LANGUAGES = {
    "ara": 30, "ukr": 18, "kmr": 12, "tur": 10, "pes": 8, "rus": 8,
    "ron": 5, "sqi": 4, "tir": 2, "pus": 2, "som": 1, "vie": 1,
}  # fmt: skip
NUMBERS = count(1)


def any_language(dice: random.Random) -> str:
    """One as a request names it."""
    return dice.choices(list(LANGUAGES), list(LANGUAGES.values()))[0]


def fill(world: World, dice: random.Random, *, people: int, searching: int) -> None:
    """Enter people, and appointments about which one person each has been asked."""
    with world.change() as session:
        rows = [_person(world.now, index, dice) for index in range(people)]
        session.add_all(rows)
        session.flush()
        for _ in range(searching):
            language = any_language(dice)
            speakers = [row for row in rows if any(skill.language == language for skill in row.skills)]
            appointment = _appointment(world, language, world.now + _ahead(dice))
            session.add(appointment)
            session.flush()
            offer = _asked(appointment, dice.choice(speakers), world.now)
            session.add(offer)
            session.flush()
            session.add(delivered(offer, world.now))


def _ahead(dice: random.Random) -> timedelta:
    """Within working hours of the next two weeks, at the earliest the day after tomorrow."""
    return timedelta(days=2 + dice.randrange(12), minutes=15 * dice.randrange(36))


def body_of_request(world: World, dice: random.Random) -> dict[str, object]:
    """What staff send to the API."""
    place = {"name": TOWN_HALL.name, "lat": TOWN_HALL.lat, "lon": TOWN_HALL.lon}
    starts = world.now + _ahead(dice)
    return {"language": any_language(dice), "starts_at": starts.isoformat(), "duration_minutes": 60, "site": place}


def _person(now: datetime, index: int, dice: random.Random) -> Mediator:
    # each language has somebody, however few people there are
    first = list(LANGUAGES)[index % len(LANGUAGES)] if index < len(LANGUAGES) else any_language(dice)
    known: Sequence[str] = sorted({first, *(any_language(dice) for _ in range(dice.randrange(2)))})
    return Mediator(
        name=f"Person {index}",
        phone=number_of(next(NUMBERS)),
        home_lat=TOWN_HALL.lat + dice.uniform(-0.1, 0.1),
        home_lon=TOWN_HALL.lon + dice.uniform(-0.1, 0.1),
        max_appointments_per_day=3,
        created_at=now,
        skills=[Skill(language=language, level="C1") for language in known],
        availability=[Availability(weekday=weekday, starts_minute=0, ends_minute=24 * 60) for weekday in range(7)],
    )


def _appointment(world: World, language: str, starts: datetime) -> Appointment:
    return Appointment(
        organisation_id=world.organisation_id,
        language=language,
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
        mode="on_site",
        place_name=TOWN_HALL.name,
        place_lat=TOWN_HALL.lat,
        place_lon=TOWN_HALL.lon,
        status=AppointmentStatus.OFFERING,
        answer_by=starts - timedelta(days=1),
        look_again_at=starts - timedelta(days=1),
        created_at=world.now,
    )


def _asked(appointment: Appointment, person: Mediator, now: datetime) -> Offer:
    return Offer(
        appointment_id=appointment.id,
        mediator_id=person.id,
        round=1,
        wave=1,
        language=appointment.language,
        status=OfferStatus.SENT,
        chosen=True,
        created_at=now,
        sent_at=now,
        due_at=appointment.answer_by,
        chance=0.5,
    )
