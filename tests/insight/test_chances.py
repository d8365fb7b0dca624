"""The chances of an unsaved request: what adding up every way its people could answer gives, and honest about time."""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.extensions import db
from app.insight import chances
from app.insight.chances import Chances, Reason, shown
from app.journey.request import Request
from app.journey.timing.deadlines import answer_deadline
from app.models import Appointment, AppointmentStatus, Offer, Pool
from scheduler.waves.acceptance import Acceptance
from scheduler.waves.next_wave import SUREST
from tests.effort import examples
from tests.world import TOWN_HALL, World

ZONE = ZoneInfo("Europe/Berlin")
TOMORROW_TEN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SATURDAY_TEN = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)


def look(world: World, language: str = "kmr", starts: datetime = TOMORROW_TEN, **values: Any) -> Chances:
    """The chances of a request at the town hall, by default tomorrow at 10:00 for an hour."""
    values.setdefault("place", TOWN_HALL if values.get("mode", "on_site") == "on_site" else None)
    with world.change() as session:
        pool = session.get_one(Pool, world.pool_id)
        wanted = Request(language, starts, **values)
        return chances.chances(session, world.now, pool, world.organisation_id, wanted)


def yes(known: Acceptance, person: int, sent: datetime, starts: datetime = TOMORROW_TEN) -> float:
    """How likely somebody says yes before the answer to such a question is due."""
    share = known.answered(sent, answer_deadline(sent, starts, ZONE))
    return min(known.chance(str(person), sent, starts), SUREST) * share


def enough(each: Sequence[float], seats: int = 1) -> float:
    """The chance that so many say yes, by adding up every way they could answer."""
    return sum(
        math.prod(one if said else 1 - one for said, one in zip(answer, each, strict=True))
        for answer in product((True, False), repeat=len(each))
        if sum(answer) >= seats
    )


def learn(world: World, known: Acceptance) -> None:
    with world.change() as session:
        session.get_one(Pool, world.pool_id).acceptance = known.to_json()


def test_it_is_what_every_way_of_answering_adds_up_to(world: World) -> None:
    people = [world.mediator(name, "kmr") for name in ("Amira", "Berat", "Cemal")]
    prior = Acceptance.prior("Europe/Berlin")
    odds = dict(zip(map(str, people), (-1.5, 0.0, 4.0), strict=True))
    known = Acceptance(**{**vars(prior), "people": odds, "leads": (-0.7, 0.2, 0.0, 0.4)})
    learn(world, known)
    for starts in (TOMORROW_TEN, TOMORROW_TEN + timedelta(days=3), TOMORROW_TEN + timedelta(days=9)):
        found = look(world, starts=starts)
        assert found.eligible == 3
        assert found.counted == pytest.approx(enough([yes(known, one, world.now, starts) for one in people]), abs=1e-8)


def test_several_seats_need_several_yeses(world: World) -> None:
    people = [world.mediator(name, "kmr") for name in ("Amira", "Berat", "Cemal")]
    each = [yes(Acceptance.prior("Europe/Berlin"), one, world.now) for one in people]
    assert look(world, mediators_needed=2).counted == pytest.approx(enough(each, 2), abs=1e-8)


def test_whom_nobody_may_ask_before_it_begins_adds_nothing(world: World) -> None:
    world.mediator("Amira", "kmr")
    with world.change() as session:
        pool = session.get_one(Pool, world.pool_id)
        pool.text_from_minute, pool.text_until_minute = 12 * 60, 20 * 60
    found = look(world, starts=world.now + timedelta(hours=2))
    assert (found.eligible, found.chance) == (1, 0.0)
    assert found.why is not None
    assert found.why.reason is Reason.SHORT_NOTICE
    sent = world.now.replace(hour=11)
    expected = yes(Acceptance.prior("Europe/Berlin"), 1, sent)
    assert look(world).counted == pytest.approx(expected, abs=1e-8), "asked from noon on, there is less time to answer"


def test_less_time_is_less_chance(world: World) -> None:
    world.mediator("Amira", "kmr")
    soon = world.now + timedelta(minutes=30)
    assert 0 < look(world, starts=soon).chance < look(world).chance / 2


def test_who_has_something_else_then_is_not_counted_but_at_another_time(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    taken = world.appointment("kmr")
    world.ask(taken, amira)
    world.accept(taken, amira)
    found = look(world)
    assert (found.eligible, found.chance) == (0, 0.0)
    assert found.why is not None
    assert found.why.reason is Reason.BUSY
    times = [one.starts_at.astimezone(ZONE) for one in found.suggestions if one.changes == ("time",)]
    assert {(one.day, one.hour) for one in times} >= {(24, 11), (25, 10)}, "right after it, for nobody travels"


def test_who_is_asked_about_something_else_then_counts_as_far_as_they_stay_free(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    alone = look(world).counted
    world.ask(world.appointment("kmr"), amira)
    found = look(world)
    assert found.eligible == 1
    assert found.counted == pytest.approx(alone * (1 - alone), abs=1e-8)
    assert look(world, starts=TOMORROW_TEN + timedelta(hours=2)).counted == pytest.approx(alone, abs=1e-2)


def test_whom_the_plan_counts_on_for_something_else_counts_as_little(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    alone, other = look(world).counted, world.appointment("kmr")
    with world.change() as session:
        current = session.get_one(Appointment, other).round
        session.add(
            Offer(
                pool_id=world.pool_id, appointment_id=other, mediator_id=amira, round=current, rank=0, chosen=True,
                language="kmr", created_at=world.now,
            )
        )  # fmt: skip
    assert look(world).counted == pytest.approx(alone * (1 - alone), abs=1e-8)


def test_absent_and_uncleared_people_do_not_count(world: World) -> None:
    world.mediator("Amira", "kmr", absences=((TOMORROW_TEN.date(), TOMORROW_TEN.date()),))
    found = look(world)
    assert found.eligible == 0
    assert found.why is not None
    assert found.why.reason is Reason.UNAVAILABLE
    world.mediator("Berat", "kmr")
    assert look(world).eligible == 1
    with world.change() as session:
        session.get_one(Pool, world.pool_id).training_required = True
    found = look(world)
    assert (found.eligible, found.suggestions) == (0, ())
    assert found.why is not None
    assert found.why.reason is Reason.UNCLEARED


def test_what_is_suggested_is_likelier_and_says_what_it_changes(world: World) -> None:
    world.mediator("Amira", "kmr", "tur", gender="m", modes=("phone",))
    for name in ("Berat", "Cemal", "Dilan", "Emre"):
        world.mediator(name, "tur", gender="f")
    found = look(world)
    assert (found.eligible, shown(found.chance)) == (0, 0.0)
    by = {one.changes: one for one in found.suggestions}
    assert {("language",), ("mode",)} <= by.keys()
    assert (by["language",].language, by["language",].eligible) == ("tur", 4)
    assert (by["mode",].mode, by["mode",].eligible) == ("phone", 1)
    assert list(found.suggestions) == sorted(found.suggestions, key=lambda one: -shown(one.chance))
    wished = look(world, "tur", gender="m")
    free = wished.suggestions[0]
    assert (free.changes, free.gender, free.eligible) == (("gender",), None, 4)


def test_other_times_lie_in_office_hours_of_working_days(world: World) -> None:
    world.mediator("Amira", "kmr")
    found = look(world, starts=SATURDAY_TEN)
    assert found.eligible == 0
    times = [one.starts_at.astimezone(ZONE) for one in found.suggestions if one.changes == ("time",)]
    assert times
    assert all(one.weekday() < 5 and one.hour >= 8 and one.hour + 1 <= 18 for one in times)
    assert len({one.date() for one in times}) == len(times), "one for each day"


def test_nobody_speaks_it(world: World) -> None:
    world.mediator("Amira", "kmr")
    found = look(world, "tir")
    assert (found.eligible, found.chance, found.suggestions) == (0, 0.0, ())
    assert found.why is not None
    assert found.why.reason is Reason.NOBODY


def test_the_number_of_statements_does_not_grow_and_nothing_is_written(world: World) -> None:
    def count() -> tuple[int, int]:
        said: list[str] = []

        def note(*args: Any) -> None:
            said.append(args[2])

        with world.app.app_context():
            engine = db.engine
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            look(world, mediators_needed=2, gender="f")
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)
        return len(said), sum(one.startswith(("INSERT", "UPDATE", "DELETE")) for one in said)

    world.mediator("Amira", "kmr", "tur", gender="f")
    world.mediator("Zara", "kmr", "ara", gender="f")
    few = count()
    for number in range(8):
        one = world.mediator(f"Berat{number}", "kmr", "tur", gender="f")
        world.ask(world.appointment("kmr", TOMORROW_TEN + timedelta(hours=number)), one)
    assert count() == (few[0], 0)


@settings(
    max_examples=examples(30),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(chance=st.floats(0, 1))
def test_what_is_shown_is_a_step_and_never_sure(chance: float) -> None:
    found = shown(chance)
    assert round(found * 20) == pytest.approx(found * 20)
    assert (found == 0) == (chance <= 0)
    assert found <= 0.95
    assert abs(found - chance) <= 0.05


def test_what_became_of_earlier_requests_corrects_it(world: World) -> None:
    for name in ("Amira", "Berat", "Cemal"):
        world.mediator(name, "kmr")
    before = look(world)
    for number in range(120):
        status = AppointmentStatus.DONE if number % 3 == 0 else AppointmentStatus.UNFILLED
        world.past("kmr", world.now - timedelta(days=number + 1), status, expected=before.counted)
    after = look(world)
    assert after.counted == before.counted
    assert after.chance < before.chance
    assert after.chance == pytest.approx(1 / 3, abs=0.08)


def test_what_is_cancelled_still_ahead_or_was_never_counted_corrects_nothing(world: World) -> None:
    world.mediator("Amira", "kmr")
    before = look(world)
    for number in range(60):
        then = world.now - timedelta(days=number + 1)
        world.past("kmr", then, AppointmentStatus.CANCELLED, expected=0.9)
        world.past("kmr", then, AppointmentStatus.UNFILLED)
        world.past("kmr", world.now + timedelta(days=number + 1), AppointmentStatus.UNFILLED, expected=0.9)
    assert look(world).chance == before.chance
