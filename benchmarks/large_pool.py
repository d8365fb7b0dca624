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
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

import flask_migrate
from sqlalchemy import Connection, Table

from app import passwords
from app.config import Config
from app.extensions import db
from app.factory import create_app
from app.links import Links, token_hash
from app.models import (
    Account,
    Alert,
    Appointment,
    Assignment,
    Availability,
    Base,
    InboundMessage,
    Link,
    LinkKind,
    Mediator,
    Message,
    Offer,
    Organisation,
    PlanRun,
    Pool,
    Site,
    Skill,
    languages,
)
from app.models.event import Event
from benchmarks.bulk import Writer, writing

SECRET: Final = "a secret of the benchmarks, long enough"  # noqa: S105 - of invented people
PASSWORD: Final = "a long enough password"  # noqa: S105 - of invented people
ADDRESS: Final = "http://localhost"
# The present of the pool, whenever it is made: a Monday noon.
NOW: Final = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
MEDIATORS, APPOINTMENTS, QUESTIONS = 10, 2_540, 3
YEARS: Final = 5
# Of the appointments, those that are still to come.
COMING: Final = 0.02
AHEAD_DAYS: Final = 28
SLOTS: Final = (7, 9, 11, 13, 15)
TOPICS: Final = ("counselling", "medical", "school", "other")

COLUMNS: Final[dict[type[Base], tuple[str, ...]]] = {
    Pool: ("id", "key", "name", "email", "timezone", "created_at"),
    Organisation: ("id", "pool_id", "name", "email"),
    Site: ("id", "pool_id", "organisation_id", "name", "street", "postcode", "town", "lat", "lon"),
    Account: ("id", "pool_id", "email", "name", "role", "organisation_id", "password_hash", "created_at"),
    Mediator: ("id", "pool_id", "name", "phone", "email", "status", "home_lat", "home_lon", "created_at"),
    Skill: ("id", "pool_id", "mediator_id", "language", "level"),
    Availability: ("id", "pool_id", "mediator_id", "weekday", "starts_minute", "ends_minute"),
    Appointment: (
        "id", "pool_id", "organisation_id", "site_id", "language", "starts_at", "ends_at", "mode", "place_name",
        "place_lat", "place_lon", "topic", "reference", "contact_email", "requested_by_id", "status", "answer_by",
        "created_at", "filled_at", "cancelled_at",
    ),
    Offer: (
        "id", "pool_id", "appointment_id", "mediator_id", "round", "wave", "rank", "chosen", "language", "status",
        "withdrawal", "chance", "created_at", "sent_at", "due_at", "answered_at", "answered_via", "ended_at",
    ),
    Assignment: (
        "id", "pool_id", "appointment_id", "mediator_id", "offer_id", "seat", "language", "starts_at", "ends_at",
        "state", "created_at",
    ),
    Link: ("id", "pool_id", "kind", "token_hash", "mediator_id", "offer_id", "created_at"),
    Message: (
        "id", "pool_id", "channel", "kind", "dedupe_key", "recipient", "recipient_name", "mediator_id",
        "appointment_id", "offer_id", "assignment_id", "link_id", "subject", "body", "status", "created_at", "due_at",
        "first_due_at", "provider_id", "sent_at", "finished_at", "settled_at", "attempts",
    ),
    InboundMessage: ("id", "provider_id", "sender", "body", "received_at", "outcome"),
    Event: ("id", "pool_id", "at", "actor_kind", "actor_id", "kind", "appointment_id", "mediator_id", "data"),
    PlanRun: ("id", "pool_id", "status", "trigger", "requested_at", "due_at", "started_at", "finished_at", "result"),
    Alert: ("id", "pool_id", "kind", "subject", "mediator_id", "data", "created_at", "resolved_at"),
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A mediator as far as their appointments need to know."""

    id: int
    name: str
    phone: str


@dataclass(frozen=True)
class Wish:
    """An appointment as it was requested."""

    id: int
    language: str
    organisation: int
    created: datetime
    starts: datetime
    ends: datetime


@dataclass
class LargePool:
    """Writes one pool; everything it decides comes from `rng`."""

    writer: Writer
    links: Links
    rng: Random
    scale: float
    pool_id: int = 1
    _ids: dict[type[Base], int] = field(default_factory=dict)
    _busy: set[tuple[int, datetime]] = field(default_factory=set)

    def fill(self) -> None:
        """All of it, in the order in which rows know each other."""
        self._add(Pool, self.pool_id, "large", "Sprachmittlerpool Groß", "pool@large.example", "Europe/Berlin", NOW)
        offices, spoken = self._offices(), self._people()
        codes, weights = list(spoken), [1 / (number + 2) for number in range(len(spoken))]
        for number, slot in enumerate(self._times()):
            language = self.rng.choices(codes, weights)[0]
            asked_before = timedelta(hours=self.rng.randint(30, 400))
            starts = slot + timedelta(minutes=self.rng.choice((0, 15, 30)))
            ends = starts + timedelta(minutes=self.rng.choice((30, 45, 60, 60, 90)))
            created = min(starts - asked_before, NOW - timedelta(minutes=self.rng.randint(1, 600)))
            wish = Wish(number + 1, language, self.rng.randrange(offices), created, starts, ends)
            self._appointment(wish, slot, spoken[language])
        self._runs()
        self._alerts()

    def _next(self, model: type[Base]) -> int:
        self._ids[model] = self._ids.get(model, 0) + 1
        return self._ids[model]

    def _add(self, model: type[Base], *values: Any) -> None:
        self.writer.add(_table(model), *values)

    def _count(self, number: float) -> int:
        return max(1, round(number * self.scale))

    def _offices(self) -> int:
        """Organisations with two sites and somebody who requests; and one account of each other role."""
        count, kept = max(3, self._count(3)), passwords.hashed(PASSWORD)
        for number in range(1, count + 1):
            name = f"Amt {number:04d}"
            self._add(Organisation, number, self.pool_id, name, f"amt{number}@large.example")
            for place in range(2):
                site, where = number * 2 - place, (51.7 + self.rng.random() / 10, 8.0 + self.rng.random() / 10)
                self._add(Site, site, self.pool_id, number, f"Haus {place}", f"Weg {number}", "59269", "Beckum", *where)
            email = "staff@large.example" if number == 1 else f"staff{number}@large.example"
            self._add(Account, number, self.pool_id, email, f"Anna {number}", "staff", number, kept, NOW)
        for place, role in enumerate(("coordinator", "admin"), start=count + 1):
            self._add(Account, place, self.pool_id, f"{role}@large.example", role, role, None, kept, NOW)
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
            self._add(Mediator, number, self.pool_id, person.name, person.phone, email, status, *home, NOW)
            own = {codes[number % len(codes)], *self.rng.choices(codes, weights, k=2)}
            for code in sorted(own):
                self._add(Skill, self._next(Skill), self.pool_id, number, code, self.rng.choice(("B2", "C1", "native")))
                spoken[code].append(person)
            for weekday in sorted(self.rng.sample(range(5), self.rng.randint(2, 5))):
                hours = self.rng.choice(((450, 780), (780, 1140), (480, 1080)))
                self._add(Availability, self._next(Availability), self.pool_id, number, weekday, *hours)
        return spoken

    def _languages(self) -> int:
        return min(60, max(3, round(6 * math.sqrt(self.scale))))

    def _times(self) -> Iterator[datetime]:
        """A slot of two hours for every appointment, in order; most of them past."""
        total = self._count(APPOINTMENTS)
        coming = round(total * COMING)
        past, ahead = _weekdays(-365 * YEARS, 0), _weekdays(1, AHEAD_DAYS)
        for number in range(total):
            late = number - (total - coming)
            day = past[number * len(past) // (total - coming)] if late < 0 else ahead[late * len(ahead) // coming]
            yield day + timedelta(hours=self.rng.choice(SLOTS))

    def _appointment(self, wish: Wish, slot: datetime, speakers: Sequence[Person]) -> None:
        dice, past = self.rng.random(), wish.ends <= NOW
        asked = self.rng.sample(speakers, min(QUESTIONS, len(speakers)))
        free = [one for one in asked if (one.id, slot) not in self._busy]
        taker = free[-1] if free and dice < (0.88 if past else 0.35) else None
        cancelled = taker is None and past and dice > 0.96
        status = _status(taker, dice, past=past, cancelled=cancelled)
        sent = wish.created + timedelta(minutes=2)
        filled = sent + timedelta(minutes=self.rng.randint(3, 240)) if taker else None
        if filled is not None:
            filled = min(filled, NOW)
        self._add(
            Appointment, wish.id, self.pool_id, wish.organisation + 1, wish.organisation * 2 + 1, wish.language,
            wish.starts, wish.ends, self.rng.choice(("on_site", "on_site", "phone", "video")), "Haus 1", 51.75, 8.04,
            self.rng.choice(TOPICS), f"AZ {wish.id}", f"amt{wish.organisation + 1}@large.example",
            wish.organisation + 1, status, None if past else sent + timedelta(hours=4), wish.created, filled,
            NOW if cancelled else None,
        )  # fmt: skip
        self._event(wish, wish.created, "requested", None)
        if status != "open":
            self._event(wish, sent, "wave_sent", None, count=len(asked))
        if status == "cancelled":
            self._event(wish, sent, "cancelled", None)
        for rank, person in enumerate(asked):
            self._question(wish, person, rank, status, sent, filled if person is taker else None, taken=taker)
        if taker is not None:
            self._busy.add((taker.id, slot))
        elif status == "unfilled":
            self._letter(wish, "requester_unfilled", sent + timedelta(hours=4), None)
            self._event(wish, min(sent + timedelta(hours=4), NOW), "unfilled", None, reasons={})

    def _question(
        self,
        wish: Wish,
        person: Person,
        rank: int,
        status: str,
        sent: datetime,
        filled: datetime | None,
        *,
        taken: Person | None,
    ) -> None:
        offer, planned = self._next(Offer), status == "open"
        state, withdrawal = _answer(status, said_yes=filled is not None, taken=taken, no=self.rng.random() < 0.4)
        answered = filled or (sent + timedelta(minutes=30) if state == "declined" else None)
        ended = sent + timedelta(hours=4) if state in {"expired", "withdrawn"} else None
        self._add(
            Offer, offer, self.pool_id, wish.id, person.id, 1, 0 if planned else 1, rank, rank == 0, wish.language,
            state, withdrawal, 0.3, wish.created, None if planned else sent,
            None if planned else sent + timedelta(hours=4), answered, "link" if answered else None, ended,
        )  # fmt: skip
        if planned:
            return
        link = Link(id=offer, kind=LinkKind.OFFER, created_at=sent)
        token = self.links.url(link).rpartition("/")[2]
        self._add(Link, offer, self.pool_id, "offer", token_hash(token), person.id, offer, sent)
        self._letter(wish, "offer", sent, person, offer=offer)
        if state == "declined":
            self._event(wish, sent + timedelta(minutes=30), "declined", person, name=person.name)
            self._add(
                InboundMessage, self._next(InboundMessage), f"SM{offer}", person.phone, f"NEIN {offer}",
                sent + timedelta(minutes=30), "declined",
            )  # fmt: skip
        if filled is not None:
            self._seat(wish, person, offer, filled)

    def _seat(self, wish: Wish, person: Person, offer: int, filled: datetime) -> None:
        one = self._next(Assignment)
        self._add(
            Assignment, one, self.pool_id, wish.id, person.id, offer, 1, wish.language, wish.starts, wish.ends,
            "active", filled,
        )  # fmt: skip
        self._event(wish, filled, "accepted", person, name=person.name, via="link")
        if wish.ends <= NOW:
            self._event(wish, wish.ends, "done", None)
        self._letter(wish, "confirmation", filled, person, offer=offer, assignment=one)
        self._letter(wish, "confirmation", filled, person, offer=offer, assignment=one, by_mail=True)
        self._letter(wish, "requester_confirmation", filled, None, assignment=one)
        self._letter(wish, "reminder_day", wish.starts - timedelta(hours=24), person, offer=offer, assignment=one)
        self._letter(wish, "reminder_hours", wish.starts - timedelta(hours=2), person, offer=offer, assignment=one)

    def _event(self, wish: Wish, at: datetime, kind: str, person: Person | None, **data: object) -> None:
        who = person.id if person else None
        actor = "mediator" if person else "service"
        self._add(Event, self._next(Event), self.pool_id, at, actor, who, kind, wish.id, who, data)

    def _letter(
        self,
        wish: Wish,
        kind: str,
        due: datetime,
        person: Person | None,
        *,
        offer: int | None = None,
        assignment: int | None = None,
        by_mail: bool = False,
    ) -> None:
        number, mail = self._next(Message), by_mail or person is None
        sent = due + timedelta(seconds=3) if due <= NOW else None
        status = "queued" if sent is None else "failed" if self.rng.random() < 0.01 else "delivered"
        where = f"{wish.language}, {wish.starts:%d.%m. %H:%M}, Haus 1, Weststraße 46"
        address = person.phone if person else f"amt{wish.organisation + 1}@large.example"
        self._add(
            Message, number, self.pool_id, "email" if mail else "sms", kind, f"{kind}:{number}",
            f"person{person.id}@mail.example" if person and by_mail else address, person.name if person else "Amt",
            person.id if person else None, wish.id, offer, assignment, offer, "Ihr Termin" if mail else "",
            f"Pool: {where}. Kommen Sie? <link____________________________________________> oder JA/NEIN {offer}",
            status, due, due, due, f"SM{number:08d}", sent, sent, sent if status == "failed" else None, int(bool(sent)),
        )  # fmt: skip

    def _runs(self) -> None:
        total = self._count(2_000)
        for number in range(1, total + 1):
            at = NOW - timedelta(minutes=10 * (total - number))
            result = {"status": "optimal", "covered": 20, "uncovered": []}
            times = (at, at, at, at + timedelta(seconds=3))
            self._add(PlanRun, number, self.pool_id, "done", "sweep", *times, result)

    def _alerts(self) -> None:
        total = self._count(50)
        for number in range(1, total + 1):
            at = NOW - timedelta(hours=total - number)
            done = None if number > total - 5 else at + timedelta(hours=1)
            who = number % self._count(MEDIATORS) + 1
            data = {"name": f"Person {who:05d}"}
            self._add(Alert, number, self.pool_id, "address_wrong", f"address_wrong:{number}", who, data, at, done)


def _table(model: type[Base]) -> Table:
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(model)
    return table


def _weekdays(first: int, last: int) -> list[datetime]:
    """Midnights of the working days from so many days after the present on, both ends included."""
    days = [NOW.replace(hour=0) + timedelta(days=number) for number in range(first, last + 1)]
    return [day for day in days if day.weekday() < 5]


def _status(taker: Person | None, dice: float, *, past: bool, cancelled: bool) -> str:
    if taker is not None:
        return "done" if past else "filled"
    if past:
        return "cancelled" if cancelled else "unfilled"
    return "open" if dice < 0.6 else "offering" if dice < 0.9 else "unfilled"


def _answer(status: str, *, said_yes: bool, taken: Person | None, no: bool) -> tuple[str, str | None]:
    """What became of a question, and why it was taken back."""
    if said_yes:
        return "accepted", None
    if status in {"open", "offering"}:
        return ("planned" if status == "open" else "sent"), None
    if no:
        return "declined", None
    return ("withdrawn", "taken") if taken else ("expired", None)


def fill(connection: Connection, scale: float, seed: int = 1) -> None:
    """Write a pool into an empty, migrated database, in the connection's transaction."""
    with writing(connection, {_table(model): names for model, names in COLUMNS.items()}) as writer:
        LargePool(writer, Links(SECRET, ADDRESS), Random(seed), scale).fill()


def make(database_url: str, scale: float, seed: int = 1) -> None:
    """Bring an empty database to the newest revision and fill it."""
    app = create_app(Config(database_url=database_url, secret_key=SECRET, public_url=ADDRESS))
    with app.app_context():
        flask_migrate.upgrade()
        with db.engine.begin() as connection:
            fill(connection, scale, seed)
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
