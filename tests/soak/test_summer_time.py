"""Three simulated years through every change of summer time: what falls due in those nights fires once, never early."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.journey import answering
from app.journey.history import SERVICE
from app.models import Channel, Event, Message, MessageStatus, Offer, OfferStatus, languages
from app.worker import jobs
from tests.soak.conftest import Figures
from tests.soak.scale import SOAK, scaled
from tests.soak.town import people, questions
from tests.world import World

BERLIN = ZoneInfo("Europe/Berlin")
CHANGES = (
    datetime(2027, 3, 28, 1, tzinfo=UTC),
    datetime(2027, 10, 31, 1, tzinfo=UTC),
    *((
        datetime(2028, 3, 26, 1, tzinfo=UTC),
        datetime(2028, 10, 29, 1, tzinfo=UTC),
        datetime(2029, 3, 25, 1, tzinfo=UTC),
        datetime(2029, 10, 28, 1, tzinfo=UTC),
    ) if SOAK else ()),
)  # fmt: skip
BEGIN, END = datetime(2026, 11, 23, 6, tzinfo=UTC), datetime(2029, 11, 23, 6, tzinfo=UTC)
WEEK, HALF_HOUR = timedelta(days=7), timedelta(minutes=30)
# of the worker's sweeps: by night so often that a minute too early would show, otherwise now and then
BY_NIGHT, BY_DAY = timedelta(minutes=scaled(17, 7)), timedelta(hours=scaled(24, 12))


@pytest.mark.soak
def test_deadlines_waves_and_reminders_of_the_nights_of_the_change_fire_once_and_none_early(
    sqlite_app: Flask, figures: Figures
) -> None:
    world = World.build(sqlite_app, BEGIN)
    grid: list[datetime] = []
    for number, change in enumerate(CHANGES):
        if SOAK:
            grid += _sweep(world, _steps(world.now, change - WEEK, BY_DAY))
        world.now = change - WEEK
        _fill_night(world, change, number * 1000)
        begins, ends = _night(change)
        grid += _sweep(world, _steps(world.now, begins, BY_DAY))
        grid += _sweep(world, _steps(begins, ends, BY_NIGHT))
        grid += _sweep(world, _steps(ends, change + WEEK, BY_DAY))
    if SOAK:
        grid += _sweep(world, _steps(world.now, END, BY_DAY))

    _judge_messages(world, grid, figures)
    _judge_questions(world, grid, figures)


def _night(change: datetime) -> tuple[datetime, datetime]:
    """From ten in the evening before a change until six in the morning after it, local time, as instants."""
    day = change.astimezone(BERLIN).date()
    evening = datetime.combine(day - timedelta(days=1), time(22), BERLIN)
    return evening.astimezone(UTC), datetime.combine(day, time(6), BERLIN).astimezone(UTC)


def _steps(begins: datetime, ends: datetime, step: timedelta) -> Iterator[datetime]:
    instant = begins
    while instant < ends:
        yield instant
        instant += step


def _sweep(world: World, instants: Iterator[datetime]) -> list[datetime]:
    """Let the worker do what is due at each instant; gives the instants."""
    taken = []
    for instant in instants:
        world.now = instant
        jobs.run_once(world.worker)
        taken.append(instant)
    return taken


def _fill_night(world: World, change: datetime, first: int) -> None:
    """For each half hour of the night: a question whose deadline it is, with one more to ask, and a reminder.

    Each has a language of its own, so that nothing else is planned for these people.
    """
    begins, ends = _night(change)
    for number, due in enumerate(_steps(begins, ends, HALF_HOUR)):
        language = languages.languages()[number].code
        asked, _, reminded = people(world, 3, language, first=first + 3 * number)
        with world.change() as session:
            [(offer, _)], _ = questions(session, world, [asked], due + timedelta(days=5), language)
            session.execute(update(Offer).where(Offer.id == offer).values(due_at=due))
            [(accepted, _)], _ = questions(session, world, [reminded], due + timedelta(hours=2), language)
            answering.accept(session, world.now, world.links, accepted, SERVICE, "link")


def _judge_messages(world: World, grid: list[datetime], figures: Figures) -> None:
    rows = world.messages(status=MessageStatus.SENT, channel=Channel.SMS)
    figures("messages", len(rows))
    figures("reminders", sum(row.kind.startswith("reminder") for row in rows))
    for row in rows:
        # the first sweep at or after that instant, and no other
        assert row.sent_at == grid[bisect_left(grid, row.due_at)], (row.kind, row.due_at)
        assert row.attempts == 1
    assert Counter(sms.reference for sms in world.ways.sms.sent) == Counter({str(row.id): 1 for row in rows})
    nights = [_night(change) for change in CHANGES]
    for begins, ends in nights:
        due = [row.due_at for row in rows if row.kind == "reminder_hours" and begins <= row.due_at < ends]
        assert sorted(due) == list(_steps(begins, ends, HALF_HOUR))


def _judge_questions(world: World, grid: list[datetime], figures: Figures) -> None:
    """Each deadline of the nights ended its question once, at the first sweep after it, and opened one more wave."""
    with world.change() as session:
        expired = session.scalars(select(Event).where(Event.kind == "offer_expired")).all()
        ended = Counter((event.appointment_id, event.mediator_id) for event in expired)
        at = {(event.appointment_id, event.mediator_id): event.at for event in expired}
        offers = session.scalars(select(Offer).where(Offer.status == OfferStatus.EXPIRED)).all()
        figures("deadlines", len(offers))
        for offer in offers:
            key = (offer.appointment_id, offer.mediator_id)
            assert offer.due_at is not None
            assert ended[key] == 1
            assert at[key] == grid[bisect_left(grid, offer.due_at)]
        in_the_nights = {
            offer.appointment_id: offer
            for offer in offers
            for begins, ends in map(_night, CHANGES)
            if offer.due_at is not None and begins <= offer.due_at < ends and offer.wave == 1
        }
        figures("deadlines in the nights", len(in_the_nights))
        assert len(in_the_nights) >= sum(len(list(_steps(*_night(change), HALF_HOUR))) for change in CHANGES)
        for appointment in in_the_nights:
            _judge_waves(session, appointment)


def _judge_waves(session: Session, appointment: int) -> None:
    """Others were asked, wave by wave, each wave and each person once, and no wave is overdue."""
    people_asked = session.scalars(
        select(Message.mediator_id).where(Message.appointment_id == appointment, Message.kind == "offer")
    )
    assert max(Counter(people_asked).values()) == 1
    opened = session.scalars(
        select(Event).where(Event.appointment_id == appointment, Event.kind == "wave_sent").order_by(Event.id)
    ).all()
    waves = [event.data["wave"] for event in opened]
    assert waves == list(range(2, 2 + len(waves)))
    assert waves
