"""What was asked for and what became of it, counted by hand."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select

from app.insight.statistics import Statistics, statistics, without_a_yes
from app.journey import answering
from app.journey.history import SERVICE
from app.models import Appointment, AppointmentStatus, Mediator, Organisation, Pool
from tests.world import World

S = AppointmentStatus


def add(world: World, starts: datetime, status: AppointmentStatus, language: str = "kmr", waited: int = 0) -> None:
    """An appointment with its outcome; `waited` are the minutes until the yes."""
    asked = starts - timedelta(days=8)
    with world.change() as session:
        organisation = session.execute(select(Organisation)).scalar_one()
        session.add(
            Appointment(
                organisation_id=organisation.id, language=language, starts_at=starts, mode="phone", status=status,
                ends_at=starts + timedelta(hours=1), created_at=asked,
                filled_at=asked + timedelta(minutes=waited) if waited else None,
            )
        )  # fmt: skip


def counted(world: World, first: date, last: date) -> Statistics:
    with world.change() as session:
        return statistics(session, world.now, session.get_one(Pool, world.pool_id), first, last)


def test_outcomes_are_counted_by_month_and_language_and_open_ones_do_not_touch_the_rate(world: World) -> None:
    noon = datetime(2026, 10, 15, 11, tzinfo=UTC)
    add(world, noon, S.DONE, waited=30)
    add(world, noon, S.MISSED, waited=90)
    add(world, noon, S.UNFILLED)
    add(world, noon, S.CANCELLED)
    add(world, noon + timedelta(days=30), S.FILLED, "tur", waited=500)
    add(world, noon + timedelta(days=45), S.OPEN, "tur")
    found = counted(world, date(2026, 10, 1), date(2026, 11, 30))

    assert [one.key for one in found.months] == ["2026-10", "2026-11"]
    october = found.months[0]
    assert (october.requested, october.filled, october.unfilled, october.cancelled) == (4, 2, 1, 1)
    assert october.fill_rate == 2 / 3
    assert october.minutes_to_yes == 60
    assert [(one.key, one.requested, one.fill_rate) for one in found.languages] == [("kmr", 4, 2 / 3), ("tur", 2, 1.0)]
    assert found.total.requested == 6


def test_what_is_still_sought_is_open_and_what_has_begun_without_anybody_is_not(world: World) -> None:
    ahead, begun = world.now + timedelta(hours=2), world.now - timedelta(minutes=1)
    for status in (S.OPEN, S.OFFERING, S.UNFILLED):
        add(world, ahead, status)
        add(world, begun, status)
    total = counted(world, date(2026, 11, 23), date(2026, 11, 23)).total
    assert (total.requested, total.unfilled, total.still_open, total.fill_rate) == (6, 3, 3, 0.0)


def test_a_month_begins_at_local_midnight(sqlite_world: World) -> None:
    add(sqlite_world, datetime(2026, 10, 31, 22, 59, tzinfo=UTC), S.DONE)  # 23:59 in Berlin
    add(sqlite_world, datetime(2026, 10, 31, 23, 0, tzinfo=UTC), S.DONE)  # 0:00 on the first of November
    assert counted(sqlite_world, date(2026, 10, 1), date(2026, 10, 31)).total.requested == 1
    assert counted(sqlite_world, date(2026, 11, 1), date(2026, 11, 30)).months[0].key == "2026-11"


def test_nothing_settled_has_no_rate_and_no_median(sqlite_world: World) -> None:
    total = counted(sqlite_world, date(2026, 10, 1), date(2026, 10, 31)).total
    assert (total.requested, total.fill_rate, total.minutes_to_yes) == (0, None, None)


def test_without_a_yes_counts_coming_appointments_that_have_nobody(sqlite_world: World) -> None:
    amira = sqlite_world.mediator("Amira", "kmr")
    one = sqlite_world.appointment("kmr", mediators_needed=2)
    sqlite_world.appointment("kmr", sqlite_world.now + timedelta(days=3))

    def now_and_until(hours: int | None) -> int:
        with sqlite_world.change() as session:
            until = sqlite_world.now + timedelta(hours=hours) if hours else None
            return without_a_yes(session, sqlite_world.now, until)

    assert (now_and_until(None), now_and_until(30), now_and_until(24)) == (2, 1, 0)
    with sqlite_world.change() as session:
        person = session.get_one(Mediator, amira)
        answering.assign(session, sqlite_world.now, sqlite_world.links, one, person, SERVICE)
    assert now_and_until(None) == 1


def test_months_are_local_ones_and_other_pools_count_for_themselves(world: World) -> None:
    other = World.build(world.app, world.now, "ahlen")
    for town in (world, other):
        # half past midnight in Berlin, the night before in UTC; and the last minute of summer time's month
        add(town, datetime(2026, 8, 31, 22, 30, tzinfo=UTC), S.DONE, waited=10)
        add(town, datetime(2026, 10, 31, 22, 59, tzinfo=UTC), S.DONE, waited=20)
    found = counted(world, date(2026, 9, 1), date(2026, 10, 31))
    assert [(one.key, one.requested) for one in found.months] == [("2026-09", 1), ("2026-10", 1)]
    assert (found.total.requested, found.total.minutes_to_yes) == (2, 15)
    # the day before is August, and the day after November
    assert counted(world, date(2026, 8, 1), date(2026, 8, 31)).total.requested == 0
    assert counted(world, date(2026, 11, 1), date(2026, 11, 30)).total.requested == 0


def test_the_time_to_a_yes_is_that_in_the_middle_of_each_group(world: World) -> None:
    noon = datetime(2026, 10, 15, 11, tzinfo=UTC)
    for language, minutes in (("kmr", 10), ("kmr", 30), ("kmr", 500), ("tur", 20), ("tur", 41), ("tir", 0)):
        add(world, noon, S.DONE, language, waited=minutes)
    found = counted(world, date(2026, 10, 1), date(2026, 10, 31))
    # 30.5 is rounded to the even neighbour, as Python does
    assert {one.key: one.minutes_to_yes for one in found.languages} == {"kmr": 30, "tur": 30, "tir": None}
    assert found.total.minutes_to_yes == 30
