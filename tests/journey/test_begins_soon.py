"""An appointment begins within hours, and nobody has said yes: a coordinator can still do something."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.journey.telling import alerts
from app.models import Alert, Mediator, Role
from notifications.alerts import alert_words
from notifications.messages import Email
from tests.world import World


def shown(world: World) -> list[str]:
    """What the board says of appointments that begin soon."""
    with world.change() as session:
        found = [one for one in alerts.unresolved(session) if one.kind == "begins_soon"]
        return [alert_words(one.kind, one.data).headline for one in found]


def written(world: World) -> list[Email]:
    return [mail for mail in world.ways.mail.sent if mail.to == "pool@beckum.example" and "beginnt bald" in mail.text]


def tomorrow(world: World) -> int:
    """Amira is asked about tomorrow at ten; gives the appointment."""
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(hours=27))
    world.work()
    return appointment


@pytest.mark.thorough
def test_four_hours_before_it_is_told_once_on_the_board_and_by_mail(world: World) -> None:
    tomorrow(world)
    world.work(hours=22, minutes=59)
    assert shown(world) == []
    world.work(minutes=1)
    [headline] = shown(world)
    assert "Kurmandschi" in headline
    assert "Di 24.11. 10:00" in headline
    assert "niemand hat zugesagt" in headline
    world.work(minutes=30)
    world.work(hours=1)
    assert len(shown(world)) == 1
    [mail] = written(world)
    assert "rufen Sie" in mail.text


def test_it_says_so_in_the_readers_language(world: World) -> None:
    tomorrow(world)
    world.work(hours=23)
    with world.change() as session:
        alert = session.execute(select(Alert).where(Alert.kind == "begins_soon")).scalar_one()
        words = alert_words(alert.kind, alert.data, language="en")
    assert "Kurmanji" in words.headline
    assert "nobody has said yes" in words.headline


def test_it_tells_the_time_by_the_pools_clock(world: World) -> None:
    world.set_pool(timezone="Europe/London")
    tomorrow(world)
    world.work(hours=23)
    assert "Di 24.11. 09:00" in shown(world)[0]


@pytest.mark.thorough
def test_a_yes_settles_it_once_it_stands(world: World) -> None:
    appointment = tomorrow(world)
    world.work(hours=23)
    with world.change() as session:
        amira = world.offer(session, appointment, 1).mediator_id
    world.accept(appointment, amira, late=True)
    world.work(seconds=5)
    assert len(shown(world)) == 1, "it may still be undone"
    world.work(seconds=6)
    assert shown(world) == []


@pytest.mark.thorough
def test_a_yes_taken_back_is_told_again_without_a_second_alert_in_between(world: World) -> None:
    appointment = tomorrow(world)
    world.work(hours=23)
    world.accept(appointment, 1, late=True)
    world.work(seconds=5)
    world.undo(appointment, 1)
    world.work(seconds=10)
    assert len(shown(world)) == 1
    assert len(written(world)) == 1


@pytest.mark.thorough
def test_cancelling_settles_it(world: World) -> None:
    appointment = tomorrow(world)
    world.work(hours=23)
    assert len(shown(world)) == 1
    world.cancel(appointment)
    world.work()
    assert shown(world) == []


def test_the_beginning_settles_it(world: World) -> None:
    tomorrow(world)
    world.work(hours=23)
    assert len(shown(world)) == 1
    world.work(hours=4)
    assert shown(world) == []


@pytest.mark.thorough
def test_a_later_time_settles_it_until_that_is_near(world: World) -> None:
    appointment = tomorrow(world)
    world.work(hours=23)
    world.edit(appointment, starts_at=world.now + timedelta(hours=28))
    world.work()
    assert shown(world) == []
    world.work(hours=24)
    [headline] = shown(world)
    assert "Mi 25.11. 10:00" in headline


@pytest.mark.thorough
def test_who_has_seen_to_it_is_not_told_again_unless_somebody_hands_back(world: World) -> None:
    appointment = tomorrow(world)
    world.work(hours=23)
    with world.change() as session:
        [alert] = alerts.unresolved(session)
        alerts.resolve(session, world.now, world.staff(session, Role.COORDINATOR), alert.id)
    world.work(minutes=30)
    assert shown(world) == []
    world.accept(appointment, 1, late=True)
    world.work(minutes=10)
    world.hand_back(appointment, 1)
    world.work(minutes=30)
    assert len(shown(world)) == 1


@pytest.mark.thorough
def test_what_is_asked_for_at_short_notice_gives_the_first_question_its_time(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.now += timedelta(hours=3)
    world.appointment("kmr", world.now + timedelta(hours=2))
    world.work()
    world.work(minutes=19)
    assert shown(world) == []
    world.work(minutes=1)
    assert len(shown(world)) == 1


def test_half_an_hour_ahead_there_is_less_time_to_give(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.now += timedelta(hours=3)
    world.appointment("kmr", world.now + timedelta(minutes=30))
    world.work()
    assert shown(world) == []
    world.work(minutes=10)
    assert len(shown(world)) == 1


def test_where_nobody_is_left_to_ask_it_is_told_at_once(world: World) -> None:
    world.now += timedelta(hours=3)
    appointment = world.appointment("tir", world.now + timedelta(hours=2))
    world.work()
    assert world.status(appointment) == "unfilled"
    assert len(shown(world)) == 1


@pytest.mark.thorough
def test_one_of_two_who_is_missing_is_told_and_the_number_stays_right(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.mediator("Berat", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(hours=27), mediators_needed=2)
    world.work()
    world.work(hours=23)
    assert "niemand hat zugesagt" in shown(world)[0]
    world.accept(appointment, 1, late=True)
    world.work(seconds=30)
    assert "eine von 2 Personen" in shown(world)[0]
    world.accept(appointment, 2, late=True)
    world.work(seconds=30)
    assert shown(world) == []


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("starts", "told"),
    [
        # four hours of those in which somebody can be asked: an early hour is told of the day before
        (datetime(2026, 11, 24, 8, 0, tzinfo=UTC), datetime(2026, 11, 23, 16, 0, tzinfo=UTC)),
        (datetime(2026, 11, 24, 13, 0, tzinfo=UTC), datetime(2026, 11, 24, 9, 0, tzinfo=UTC)),
        # and a Monday's on Friday
        (datetime(2026, 11, 30, 7, 0, tzinfo=UTC), datetime(2026, 11, 27, 15, 0, tzinfo=UTC)),
    ],
)
def test_it_is_told_while_people_can_be_reached(world: World, starts: datetime, told: datetime) -> None:
    world.set_pool(text_from_minute=8 * 60, text_until_minute=20 * 60, text_weekends=False)
    world.mediator("Amira", "kmr", availability=((0, 0, 1440), (1, 0, 1440)))
    world.appointment("kmr", starts)
    world.work(hours=2)
    world.now = told - timedelta(minutes=1)
    world.work()
    assert shown(world) == []
    world.work(minutes=2)
    assert len(shown(world)) == 1


def test_a_filled_appointment_is_no_matter(world: World) -> None:
    appointment = tomorrow(world)
    world.accept(appointment, 1)
    world.work(hours=23)
    assert shown(world) == []
    assert world.coming(appointment) == {"Amira"}
    with world.change() as session:
        assert session.scalars(select(Mediator.id)).all() == [1]


@pytest.mark.thorough
def test_where_nobody_may_be_asked_in_time_that_is_told_alone_and_ends_with_the_appointment(world: World) -> None:
    world.set_pool(text_from_minute=8 * 60, text_until_minute=20 * 60, text_weekends=False)
    world.mediator("Amira", "kmr")
    world.now = datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
    appointment = world.appointment("kmr", datetime(2026, 11, 25, 6, 30, tzinfo=UTC))
    for _ in range(3):
        world.work(minutes=10)
    with world.change() as session:
        assert [one.kind for one in alerts.unresolved(session)] == ["nobody_may_be_asked"]
    world.cancel(appointment)
    world.work()
    with world.change() as session:
        assert alerts.unresolved(session) == []
