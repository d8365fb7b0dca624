"""A pool as large as wished for, with years behind it: rows in plausible states, written in bulk.

    python -m benchmarks.large_pool DATABASE_URL --scale 100

fills an empty database; 1 is 10 mediators and 2,540 appointments, 100 is 1,000 mediators, 60 languages, 254,000
appointments, 762,000 questions and 1.87 million messages. The same seed gives the same rows.
"""

import argparse
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

import flask_migrate
from sqlalchemy import Connection

from app import passwords
from app.config import Config
from app.extensions import db
from app.factory import create_app
from app.links import Links
from app.models import (
    Account,
    Alert,
    Availability,
    Mediator,
    Organisation,
    PlanRun,
    Pool,
    Site,
    Skill,
    languages,
)
from benchmarks.bulk import writing
from benchmarks.pool_rows import COLUMNS, PoolRows, table_of
from benchmarks.request_history import NOW, Histories, Person, Wish

SECRET: Final = "a secret of the benchmarks, long enough"  # noqa: S105 - of invented people
PASSWORD: Final = "a long enough password"  # noqa: S105 - of invented people
ADDRESS: Final = "http://localhost"
MEDIATORS, APPOINTMENTS = 10, 2_540
YEARS: Final = 5
# Of the appointments, those that are still to come.
COMING: Final = 0.02
AHEAD_DAYS: Final = 28
SLOTS: Final = (7, 9, 11, 13, 15)


@dataclass
class LargePool:
    """Writes one pool; everything it decides comes from `rng`."""

    rows: PoolRows
    histories: Histories
    rng: Random
    scale: float
    appointments: int = APPOINTMENTS

    def fill(self) -> None:
        """All of it, in the order in which rows know each other."""
        self.rows.add_shared(
            Pool, self.rows.pool_id, "large", "Sprachmittlerpool Groß", "pool@large.example", "Europe/Berlin", NOW
        )
        offices, spoken = self._offices(), self._people()
        codes, weights = list(spoken), [1 / (number + 2) for number in range(len(spoken))]
        for number, slot in enumerate(self._times()):
            language = self.rng.choices(codes, weights)[0]
            asked_before = timedelta(hours=self.rng.randint(30, 400))
            starts = slot + timedelta(minutes=self.rng.choice((0, 15, 30)))
            ends = starts + timedelta(minutes=self.rng.choice((30, 45, 60, 60, 90)))
            created = min(starts - asked_before, NOW - timedelta(minutes=self.rng.randint(1, 600)))
            wish = Wish(number + 1, language, self.rng.randrange(offices), created, starts, ends)
            self.histories.add(wish, slot, spoken[language])
        self._runs()
        self._alerts()

    def _count(self, number: float) -> int:
        return max(1, round(number * self.scale))

    def _offices(self) -> int:
        """Organisations with two sites and somebody who requests; and one account of each other role."""
        count, kept = max(3, self._count(3)), passwords.hashed(PASSWORD)
        for number in range(1, count + 1):
            name = f"Amt {number:04d}"
            self.rows.add(Organisation, number, name, f"amt{number}@large.example")
            for place in range(2):
                site, where = number * 2 - place, (51.7 + self.rng.random() / 10, 8.0 + self.rng.random() / 10)
                self.rows.add(Site, site, number, f"Haus {place}", f"Weg {number}", "59269", "Beckum", *where)
            email = "staff@large.example" if number == 1 else f"staff{number}@large.example"
            self.rows.add(Account, number, email, f"Anna {number}", "staff", number, kept, NOW)
        for place, role in enumerate(("coordinator", "admin"), start=count + 1):
            self.rows.add(Account, place, f"{role}@large.example", role, role, None, kept, NOW)
        return count

    def _people(self) -> dict[str, list[Person]]:
        """Language -> who speaks it; the first are spoken by many, the last by few."""
        count = self._count(MEDIATORS)
        codes = [one.code for one in languages.languages() if not one.members][: self._languages()]
        weights = [1 / (number + 2) for number in range(len(codes))]
        spoken: dict[str, list[Person]] = {code: [] for code in codes}
        for number in range(1, count + 1):
            person = Person(number, f"Person {number:05d}", f"+491520{number:07d}")
            status = "active" if number % 20 else self.rng.choice(("paused", "left"))
            home = (51.7 + self.rng.random() / 10, 8.0 + self.rng.random() / 10)
            email = f"person{number}@mail.example"
            self.rows.add(Mediator, number, person.name, person.phone, email, status, *home, NOW)
            own = {codes[number % len(codes)], *self.rng.choices(codes, weights, k=2)}
            for code in sorted(own):
                self.rows.add(Skill, self.rows.next(Skill), number, code, self.rng.choice(("B2", "C1", "native")))
                spoken[code].append(person)
            for weekday in sorted(self.rng.sample(range(5), self.rng.randint(2, 5))):
                hours = self.rng.choice(((450, 780), (780, 1140), (480, 1080)))
                self.rows.add(Availability, self.rows.next(Availability), number, weekday, *hours)
        return spoken

    def _languages(self) -> int:
        return min(60, max(3, round(6 * math.sqrt(self.scale))))

    def _times(self) -> Iterator[datetime]:
        """A slot of two hours for every appointment, in order; most of them past."""
        total = self._count(self.appointments)
        coming = round(total * COMING)
        past, ahead = _weekdays(-365 * YEARS, 0), _weekdays(1, AHEAD_DAYS)
        for number in range(total):
            late = number - (total - coming)
            day = past[number * len(past) // (total - coming)] if late < 0 else ahead[late * len(ahead) // coming]
            yield day + timedelta(hours=self.rng.choice(SLOTS))

    def _runs(self) -> None:
        total = self._count(2_000)
        for number in range(1, total + 1):
            at = NOW - timedelta(minutes=10 * (total - number))
            result = {"status": "optimal", "covered": 20, "uncovered": []}
            times = (at, at, at, at + timedelta(seconds=3))
            self.rows.add(PlanRun, number, "done", "sweep", *times, result)

    def _alerts(self) -> None:
        total = self._count(50)
        for number in range(1, total + 1):
            at = NOW - timedelta(hours=total - number)
            done = None if number > total - 5 else at + timedelta(hours=1)
            who = number % self._count(MEDIATORS) + 1
            data = {"name": f"Person {who:05d}"}
            self.rows.add(Alert, number, "address_wrong", f"address_wrong:{number}", who, data, at, done)


def _weekdays(first: int, last: int) -> list[datetime]:
    """Midnights of the working days from so many days after the present on, both ends included."""
    days = [NOW.replace(hour=0) + timedelta(days=number) for number in range(first, last + 1)]
    return [day for day in days if day.weekday() < 5]


def fill(connection: Connection, scale: float, seed: int = 1, appointments: int = APPOINTMENTS) -> None:
    """Write a pool into an empty, migrated database, in the connection's transaction."""
    with writing(connection, {table_of(model): names for model, names in COLUMNS.items()}) as writer:
        rows, rng = PoolRows(writer, 1), Random(seed)
        LargePool(rows, Histories(rows, Links(SECRET, ADDRESS), rng), rng, scale, appointments).fill()


def make(database_url: str, scale: float, seed: int = 1, appointments: int = APPOINTMENTS) -> None:
    """Bring an empty database to the newest revision and fill it."""
    app = create_app(Config(database_url=database_url, secret_key=SECRET, public_url=ADDRESS))
    with app.app_context():
        flask_migrate.upgrade()
        with db.engine.begin() as connection:
            fill(connection, scale, seed, appointments)
        db.engine.dispose()


def main(arguments: Sequence[str] | None = None) -> int:
    """Fill what is named, and say how long it took."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.large_pool", description="A large pool of invented people."
    )
    parser.add_argument("database", help="address of an empty database, as DATABASE_URL")
    parser.add_argument("--scale", type=float, default=1.0, help="1: 10 mediators, 2,540 appointments (1)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    began = time.perf_counter()
    make(options.database, options.scale, options.seed)
    print(f"{options.scale:g} times in {time.perf_counter() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
