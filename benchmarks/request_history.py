"""What has become of each request of a large pool: questions, answers, seats, letters and lines of history."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

from app.links import Links, token_hash
from app.models import Appointment, Assignment, InboundMessage, Link, LinkKind, Message, Offer
from app.models.event import Event
from benchmarks.pool_rows import PoolRows

# The present of the pool, whenever it is made: a Monday noon.
NOW: Final = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
QUESTIONS: Final = 3
TOPICS: Final = ("counselling", "medical", "school", "other")


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
class Histories:
    """Writes one request after the other; everything it decides comes from `rng`."""

    rows: PoolRows
    links: Links
    rng: Random
    _busy: set[tuple[int, datetime]] = field(default_factory=set)

    def add(self, wish: Wish, slot: datetime, speakers: Sequence[Person]) -> None:
        """The appointment, who was asked about it, what they said and what was written to whom."""
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
        self.rows.add(
            Appointment, wish.id, wish.organisation + 1, wish.organisation * 2 + 1, wish.language,
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
        offer, planned = self.rows.next(Offer), status == "open"
        state, withdrawal = _answer(status, said_yes=filled is not None, taken=taken, no=self.rng.random() < 0.4)
        answered = filled or (sent + timedelta(minutes=30) if state == "declined" else None)
        ended = sent + timedelta(hours=4) if state in {"expired", "withdrawn"} else None
        self.rows.add(
            Offer, offer, wish.id, person.id, 1, 0 if planned else 1, rank, rank == 0, wish.language,
            state, withdrawal, 0.3, wish.created, None if planned else sent,
            None if planned else sent + timedelta(hours=4), answered, "link" if answered else None, ended,
        )  # fmt: skip
        if planned:
            return
        link = Link(id=offer, kind=LinkKind.OFFER, created_at=sent)
        token = self.links.url(link).rpartition("/")[2]
        self.rows.add(Link, offer, "offer", token_hash(token), person.id, offer, sent)
        self._letter(wish, "offer", sent, person, offer=offer)
        if state == "declined":
            self._event(wish, sent + timedelta(minutes=30), "declined", person, name=person.name)
            self.rows.add_shared(
                InboundMessage, self.rows.next(InboundMessage), f"SM{offer}", person.phone, f"NEIN {offer}",
                sent + timedelta(minutes=30), "declined",
            )  # fmt: skip
        if filled is not None:
            self._seat(wish, person, offer, filled)

    def _seat(self, wish: Wish, person: Person, offer: int, filled: datetime) -> None:
        one = self.rows.next(Assignment)
        self.rows.add(
            Assignment, one, wish.id, person.id, offer, 1, wish.language, wish.starts, wish.ends,
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
        self.rows.add(Event, self.rows.next(Event), at, actor, who, kind, wish.id, who, data)

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
        number, mail = self.rows.next(Message), by_mail or person is None
        sent = due + timedelta(seconds=3) if due <= NOW else None
        status = "queued" if sent is None else "failed" if self.rng.random() < 0.01 else "delivered"
        where = f"{wish.language}, {wish.starts:%d.%m. %H:%M}, Haus 1, Weststraße 46"
        address = person.phone if person else f"amt{wish.organisation + 1}@large.example"
        self.rows.add(
            Message, number, "email" if mail else "sms", kind, f"{kind}:{number}",
            f"person{person.id}@mail.example" if person and by_mail else address, person.name if person else "Amt",
            person.id if person else None, wish.id, offer, assignment, offer, "Ihr Termin" if mail else "",
            f"Pool: {where}. Kommen Sie? <link____________________________________________> oder JA/NEIN {offer}",
            status, due, due, due, f"SM{number:08d}", sent, sent, sent if status == "failed" else None, int(bool(sent)),
        )  # fmt: skip


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
