"""Problems of the sizes that pools have, from a seed: for benchmarks, and to try the engine without anybody's data."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from scheduler.model.participants import Appointment, Mediator, Window
from scheduler.model.problem import Problem
from scheduler.model.travel import Place

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
# demand and supply by language as in published pools: demand per cent, speakers per cent
LANGUAGES: Mapping[str, tuple[int, int]] = {
    "ara": (27, 30), "ukr": (12, 10), "rus": (8, 14), "prs": (12, 8), "kmr": (6, 4), "ckb": (3, 3), "tur": (8, 10),
    "ron": (7, 3), "bul": (6, 2), "sqi": (2, 3), "tir": (2, 2), "som": (2, 1), "pus": (2, 2), "pol": (2, 4),
    "fra": (1, 4),
}  # fmt: skip


@dataclass(frozen=True)
class Size:
    """How many people and appointments, over how wide an area (1: a town, 2: a district), and how free people are.

    `days` and `hours` are drawn from: on how many days of the week, and how long on each.
    """

    mediators: int
    appointments: int
    area: float = 1.0
    days: Sequence[int] = (2, 3, 4)
    hours: Sequence[int] = (4, 5, 6)


SIZES: Mapping[str, Size] = {
    "S": Size(40, 60),
    "M": Size(200, 500, days=(3, 4, 5)),
    "MT": Size(200, 1_000, area=0.8, days=(4, 5), hours=(6, 7, 8)),
    "L": Size(1_000, 5_000, area=1.5),
    "XL": Size(5_000, 25_000, area=1.5),
}


def generate(size: Size, seed: int) -> Problem:
    """A week of one pool, decided by size and seed alone."""
    dice = random.Random(seed)
    places = {f"place{number}": _place(dice, size.area) for number in range(max(5, size.mediators // 5))}
    names = sorted(places)
    return Problem(
        now=MONDAY - timedelta(days=3),
        places=places,
        mediators=tuple(_mediator(dice, size, number, names) for number in range(size.mediators)),
        appointments=tuple(_appointment(dice, number, names) for number in range(size.appointments)),
    )


def _place(dice: random.Random, area: float) -> Place:
    return Place(51.75 + area * dice.uniform(-0.1, 0.1), 8.04 + area * dice.uniform(-0.15, 0.15))


def _mediator(dice: random.Random, size: Size, number: int, places: list[str]) -> Mediator:
    spoken = dice.choices(list(LANGUAGES), [supply for _, supply in LANGUAGES.values()], k=dice.choice((1, 1, 2)))
    return Mediator(
        id=f"m{number}",
        languages={language: dice.choice(("B2", "C1", "native")) for language in spoken},
        gender=dice.choice(("f", "f", "m")),
        available=tuple(_windows(dice, size)),
        home=dice.choice(places),
        max_travel_minutes=dice.choice((30, 45, 60)),
        max_appointments_per_day=2,
        max_minutes_per_week=dice.choice((300, 600)),
        load=dice.randrange(6),
    )


def _windows(dice: random.Random, size: Size) -> Sequence[Window]:
    days = sorted(dice.sample(range(5), dice.choice(size.days)))
    starts = [dice.choice((7, 8, 12, 14)) for _ in days]
    return [
        (_at(day, start), _at(day, start + dice.choice(size.hours))) for day, start in zip(days, starts, strict=True)
    ]


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
        gender="f" if dice.random() < 0.05 else None,
        weight=dice.choice((1, 2, 2, 3, 5)),
    )


def _at(day: int, hour: int) -> datetime:
    return MONDAY + timedelta(days=day, hours=hour)
