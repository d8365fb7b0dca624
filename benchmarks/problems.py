"""Problems of the sizes that pools have, from a seed."""

import random
from datetime import UTC, datetime, timedelta

from scheduler.problem import Appointment, Mediator, Place, Problem

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
# demand and supply by language as in published pools: demand per cent, speakers per cent
LANGUAGES = {
    "ara": (27, 30), "ukr": (12, 10), "rus": (8, 14), "prs": (12, 8), "kmr": (6, 4), "ckb": (3, 3), "tur": (8, 10),
    "ron": (7, 3), "bul": (6, 2), "sqi": (2, 3), "tir": (2, 2), "som": (2, 1), "pus": (2, 2), "pol": (2, 4),
    "fra": (1, 4),
}  # fmt: skip


def pool(mediators: int, appointments: int, seed: int) -> Problem:
    """A week of one pool: `mediators` people, `appointments` requests, all decided by the seed."""
    dice = random.Random(seed)
    places = {f"place{number}": _place(dice) for number in range(max(5, mediators // 5))}
    names = sorted(places)
    return Problem(
        now=MONDAY - timedelta(days=3),
        places=places,
        mediators=tuple(_mediator(dice, number, names) for number in range(mediators)),
        appointments=tuple(_appointment(dice, number, names) for number in range(appointments)),
    )


def _place(dice: random.Random) -> Place:
    return Place(51.75 + dice.uniform(-0.1, 0.1), 8.04 + dice.uniform(-0.15, 0.15))


def _mediator(dice: random.Random, number: int, places: list[str]) -> Mediator:
    spoken = dice.choices(list(LANGUAGES), [supply for _, supply in LANGUAGES.values()], k=dice.choice((1, 1, 2)))
    free = []
    for day in sorted(dice.sample(range(5), dice.choice((2, 3, 4)))):
        start = dice.choice((7, 8, 12, 14))
        free.append((_at(day, start), _at(day, start + dice.choice((4, 5, 6)))))
    return Mediator(
        id=f"m{number}",
        languages={language: dice.choice(("B2", "C1", "native")) for language in spoken},
        gender=dice.choice(("f", "f", "m")),
        available=tuple(free),
        home=dice.choice(places),
        max_travel_minutes=dice.choice((30, 45, 60)),
        max_appointments_per_day=2,
        max_minutes_per_week=dice.choice((300, 600)),
        load=dice.randrange(6),
    )


def _appointment(dice: random.Random, number: int, places: list[str]) -> Appointment:
    [language] = dice.choices(list(LANGUAGES), [demand for demand, _ in LANGUAGES.values()])
    starts = _at(dice.randrange(5), 7) + timedelta(minutes=15 * dice.randrange(36))
    mode = dice.choices(("on_site", "phone", "video"), (80, 12, 8))[0]
    return Appointment(
        id=f"a{number}",
        language=language,
        min_level="B2",
        starts=starts,
        ends=starts + timedelta(minutes=dice.choice((30, 60, 60, 90, 120))),
        mode=mode,
        place=dice.choice(places) if mode == "on_site" else None,
        weight=dice.choice((10, 10, 15, 20)),
    )


def _at(day: int, hour: int) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour)
