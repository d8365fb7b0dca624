"""A no for good: the question is declined, and its time taken out of the week; undone, both are as they were."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.journey.history import SERVICE, mediator_actor
from app.models import Mediator
from app.registry import mediators, never_then
from app.registry.mediator_data import data_of
from app.registry.weekly_times import Span, hold, joined, with_again, without
from app.versions import version_of
from tests.world import World

SPANS = st.tuples(st.integers(0, 1), st.integers(0, 23), st.integers(1, 24)).map(
    lambda one: (one[0], min(one[1], one[2] - 1) * 60, max(one[1] + 1, one[2]) * 60)
)


def week_of(world: World, person: int) -> tuple[Span, ...]:
    with world.change() as session:
        return data_of(session.get_one(Mediator, person)).availability


def answer_of(world: World, appointment: int, person: int) -> str:
    with world.change() as session:
        return world.offer(session, appointment, person).status.value


def say_never(world: World, appointment: int, person: int) -> None:
    with world.change() as session:
        offer = world.offer(session, appointment, person)
        never_then.decline(session, world.now, world.links, offer.id, mediator_actor(offer.mediator), "link")


def undo(world: World, appointment: int, person: int) -> None:
    with world.change() as session:
        offer = world.offer(session, appointment, person)
        never_then.undo(session, world.now, world.links, offer.id, mediator_actor(offer.mediator))


def asked(world: World, *week: Span, starts: datetime | None = None) -> tuple[int, int]:
    """Amira with these times, asked about an appointment of an hour, on Tuesday from ten in Beckum."""
    amira = world.mediator("Amira", "kmr", availability=week)
    appointment = world.appointment(starts=starts or datetime(2026, 11, 24, 9, tzinfo=UTC))
    world.work()
    return appointment, amira


def test_the_time_is_taken_out_and_the_rest_of_the_day_stays(world: World) -> None:
    appointment, amira = asked(world, (0, 480, 720), (1, 480, 720))
    say_never(world, appointment, amira)
    assert week_of(world, amira) == ((0, 480, 720), (1, 480, 600), (1, 660, 720))
    assert answer_of(world, appointment, amira) == "declined"
    world.now += timedelta(seconds=9)
    undo(world, appointment, amira)
    assert week_of(world, amira) == ((0, 480, 720), (1, 480, 720))
    assert answer_of(world, appointment, amira) == "sent"


def test_a_second_press_takes_nothing_more_and_undo_gives_back_once(world: World) -> None:
    appointment, amira = asked(world, (1, 600, 660))
    say_never(world, appointment, amira)
    say_never(world, appointment, amira)
    assert week_of(world, amira) == ()
    undo(world, appointment, amira)
    assert week_of(world, amira) == ((1, 600, 660),)


def test_a_plain_no_is_undone_without_touching_the_week(world: World) -> None:
    appointment, amira = asked(world, (1, 480, 720))
    world.decline(appointment, amira)
    undo(world, appointment, amira)
    assert week_of(world, amira) == ((1, 480, 720),)


def test_a_no_is_made_one_for_good_from_a_page_that_was_held_open_until_the_appointment_begins(world: World) -> None:
    appointment, amira = asked(world, (1, 480, 720))
    world.decline(appointment, amira)
    before, world.now = world.now, datetime(2026, 11, 24, 9, tzinfo=UTC)
    say_never(world, appointment, amira)
    assert week_of(world, amira) == ((1, 480, 720),)
    world.now = before
    say_never(world, appointment, amira)
    assert week_of(world, amira) == ((1, 480, 600), (1, 660, 720))


def test_summer_time_counts_as_the_clock_on_the_wall(world: World) -> None:
    world.now = datetime(2027, 3, 25, 9, tzinfo=UTC)
    appointment, amira = asked(world, (1, 600, 660), starts=datetime(2027, 3, 30, 8, tzinfo=UTC))
    say_never(world, appointment, amira)
    assert week_of(world, amira) == ()


@pytest.mark.parametrize("week", [(), ((1, 630, 720),), ((2, 480, 720),), ((1, 480, 630), (1, 630, 720))])
def test_where_no_weekly_time_holds_it_only_the_question_is_declined(
    sqlite_world: World, week: tuple[Span, ...]
) -> None:
    world = sqlite_world
    appointment, amira = asked(world, (1, 480, 720))
    with world.change() as session:
        seen = version_of((((1, 480, 720),),))
        mediators.change(session, world.now, world.links, amira, {"availability": week}, SERVICE, seen=seen)
    say_never(world, appointment, amira)
    assert week_of(world, amira) == week
    assert answer_of(world, appointment, amira) == "declined"


@given(st.lists(SPANS, max_size=4), SPANS)
def test_cut_and_given_back_is_what_it_was(week: list[Span], taken: Span) -> None:
    def minutes(spans: tuple[Span, ...]) -> set[tuple[int, int]]:
        return {(day, minute) for day, starts, ends in spans for minute in range(starts, ends, 60)}

    cut = without(week, taken)
    assert minutes(cut) == minutes(tuple(week)) - minutes((taken,))
    assert minutes(with_again(cut, taken)) == minutes(tuple(week)) | minutes((taken,))
    if hold(whole := joined(week), taken):
        assert with_again(without(whole, taken), taken) == whole
