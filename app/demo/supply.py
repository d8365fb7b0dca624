"""The mediators of a pool: volunteers with day jobs."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from sqlalchemy.orm import Session

from app.demo.data import table
from app.demo.people import Names, address
from app.demo.places import Office, home
from app.journey.history import Actor
from app.links import Links
from app.models import MODES, LinkKind, Mediator, Pool
from app.models.mediator import MediatorStatus
from app.registry.mediator_data import MediatorData
from app.registry.mediators import register

Times = tuple[tuple[int, int, int], ...]

# first and last minute of a free day, how many days a week, and how often such a week occurs
WEEKS: Final = (
    ((450, 780), (2, 4), 30),  # mornings: part-time jobs, children at school
    ((780, 1140), (3, 5), 26),  # afternoons: early shifts, students
    ((480, 1080), (2, 3), 20),  # whole days: retired, between jobs
    ((960, 1260), (4, 5), 14),  # evenings: full-time jobs
    ((480, 1140), (5, 5), 10),  # always
)


def mediators(
    session: Session,
    now: datetime,
    links: Links,
    rng: Random,
    pool: Pool,
    offices: list[Office],
    numbers: Iterator[str],
    names: Names,
    paused: int,
    actor: Actor,
) -> list[Mediator]:
    """Everybody of the pool, entered over the past years."""
    communities = [row for row in table("communities") for _ in range(int(row[pool.key]))]
    states = [MediatorStatus.PAUSED] * paused + [MediatorStatus.ACTIVE] * (len(communities) - paused)
    entered = sorted(now - timedelta(days=rng.uniform(40, 900)) for _ in communities)
    rng.shuffle(communities)
    people = [
        register(
            session,
            when,
            links,
            _person(rng, now.date(), pool, offices, next(numbers), names, row["names"], row["skills"], status),
            actor,
        )
        for row, when, status in zip(communities, entered, states, strict=True)
    ]
    for one in people:
        # the links from when they were entered have expired for most
        links.issue(session, now, LinkKind.MEDIATOR, one)
    return people


def _person(
    rng: Random,
    today: date,
    pool: Pool,
    offices: list[Office],
    phone: str,
    names: Names,
    community: str,
    skills: str,
    status: MediatorStatus,
) -> MediatorData:
    gender = rng.choices(("f", "m", "d"), (64, 35, 1))[0]
    name = names.next(community, gender)
    district, point = home(rng, pool)
    per_week = rng.choice((300, 300, 420, 480, 600))
    return MediatorData(
        name=name,
        phone=phone,
        email=address(name),
        gender=gender,
        status=status.value,
        locale="en" if rng.random() < 0.08 else "de",
        skills=tuple(_skill(part) for part in skills.split("|")),
        home=point,
        home_district=district,
        modes=_modes(rng),
        availability=_week(rng),
        absences=_absences(rng, today),
        max_travel_minutes=rng.choice((20, 30, 30, 45, 60)),
        max_appointments_per_day=2,
        max_minutes_per_week=per_week,
        excluded_organisations=(rng.choice(offices).organisation.id,) if rng.random() < 0.08 else (),
        excluded_topics=(rng.choice(("medical", "conflict")),) if rng.random() < 0.1 else (),
        urgent_opt_in=rng.random() < 0.3,
    )


def _skill(text: str) -> tuple[str, str]:
    language, _, level = text.partition(":")
    return language, level


def _modes(rng: Random) -> tuple[str, ...]:
    return rng.choices((MODES, ("on_site", "phone"), ("on_site",), ("phone", "video")), (62, 20, 12, 6))[0]


def _week(rng: Random) -> Times:
    (starts, ends), (fewest, most), _ = rng.choices(WEEKS, [week[2] for week in WEEKS])[0]
    days = sorted(rng.sample(range(5), rng.randint(fewest, most)))
    return tuple((day, starts, ends) for day in days)


def _absences(rng: Random, today: date) -> tuple[tuple[date, date], ...]:
    """A holiday, for some, around these weeks."""
    if rng.random() > 0.15:
        return ()
    first = today + timedelta(days=rng.randint(-20, 40))
    return ((first, first + timedelta(days=rng.randint(2, 16))),)
