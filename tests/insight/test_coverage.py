"""Free mediators minus expected requests, on cases small enough to count by hand."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.insight.coverage import CELLS, Coverage, Gap, coverage
from app.insight.statistics import statistics
from app.journey import answering, requesting
from app.journey.history import SERVICE
from app.models import Appointment, AppointmentStatus, Mediator, Organisation, Pool
from tests.effort import examples
from tests.world import World

# four weeks of Monday to Sunday; `now` is the first Monday at 07:00 in Berlin
MONDAY, LAST = date(2026, 11, 23), date(2026, 12, 20)
MONDAY_AT_TEN = (0, 10)


def found(world: World) -> Coverage:
    with world.change() as session:
        return coverage(session, world.now, session.get_one(Pool, world.pool_id), MONDAY, LAST)


def balance(world: World, language: str, cell: tuple[int, int] = MONDAY_AT_TEN) -> int | None:
    [row] = [row for row in found(world).rows if row.language == language]
    return row.balances[cell]


def monday(weeks: int, hour: int = 10) -> datetime:
    """A Monday's full hour in Berlin, winter time."""
    return datetime(2026, 11, 23, hour - 1, tzinfo=UTC) + timedelta(weeks=weeks)


def past(world: World, language: str, starts: datetime, status: AppointmentStatus = AppointmentStatus.DONE) -> None:
    """An appointment of former weeks."""
    with world.change() as session:
        organisation = session.execute(select(Organisation)).scalar_one()
        session.add(
            Appointment(
                organisation_id=organisation.id, language=language, starts_at=starts, mode="phone",
                ends_at=starts + timedelta(hours=1), status=status, created_at=starts - timedelta(days=3),
            )
        )  # fmt: skip


def test_one_free_person_and_one_request_are_even_and_two_requests_are_a_gap(world: World) -> None:
    world.mediator("Amira", "kmr", availability=((0, 8 * 60, 12 * 60),))
    for weeks in range(1, 5):
        past(world, "kmr", monday(-weeks))
    assert balance(world, "kmr") == 0

    for weeks in range(1, 5):
        past(world, "kmr", monday(-weeks, 11))
    assert balance(world, "kmr") == -1
    assert found(world).gaps == (Gap("kmr", 0, 10, 1),)


def test_one_request_in_four_weeks_needs_one_person(sqlite_world: World) -> None:
    past(sqlite_world, "tir", monday(-4))
    assert balance(sqlite_world, "tir") == -1


def test_what_is_older_than_four_weeks_or_was_cancelled_is_not_expected_again(sqlite_world: World) -> None:
    past(sqlite_world, "tir", monday(-5))
    past(sqlite_world, "tir", monday(-1), AppointmentStatus.CANCELLED)
    assert found(sqlite_world).rows == ()


def test_the_coming_weeks_count_alone_where_more_is_asked_for_then(sqlite_world: World) -> None:
    for _ in range(2):
        past(sqlite_world, "som", monday(-1))  # half a person a week: one
    for _ in range(8):
        sqlite_world.appointment("som", monday(1))  # two people a week
    assert balance(sqlite_world, "som") == -2


def test_what_found_nobody_is_counted_in_its_slot_within_the_period(sqlite_world: World) -> None:
    past(sqlite_world, "tir", monday(-1), AppointmentStatus.UNFILLED)
    past(sqlite_world, "tir", monday(1), AppointmentStatus.UNFILLED)
    past(sqlite_world, "tir", monday(2, 11), AppointmentStatus.UNFILLED)
    past(sqlite_world, "tir", monday(1, 20), AppointmentStatus.UNFILLED)
    past(sqlite_world, "tir", monday(1, 14), AppointmentStatus.OPEN)
    [row] = found(sqlite_world).rows
    assert row.unfilled == {MONDAY_AT_TEN: 2}


def test_the_past_of_map_and_statistics_is_one(sqlite_world: World) -> None:
    for starts in (monday(-1), monday(-2, 14), monday(-1, 20), monday(-3, 11)):
        past(sqlite_world, "tir", starts, AppointmentStatus.UNFILLED)
    past(sqlite_world, "tir", monday(-2, 16), AppointmentStatus.OFFERING)  # no worker has looked since it began
    past(sqlite_world, "tir", monday(-2, 16))
    first, last = MONDAY - timedelta(days=28), MONDAY - timedelta(days=1)
    with sqlite_world.change() as session:
        pool = session.get_one(Pool, sqlite_world.pool_id)
        shown = coverage(session, sqlite_world.now, pool, first, last)
        counted = statistics(session, sqlite_world.now, pool, first, last).total
    assert sum(number for row in shown.rows for number in row.unfilled.values()) == counted.unfilled - 1
    assert counted.unfilled == 5


def test_where_nobody_asks_there_is_no_balance(sqlite_world: World) -> None:
    sqlite_world.mediator("Amira", "kmr")
    past(sqlite_world, "kmr", monday(-1))
    [row] = found(sqlite_world).rows
    assert {cell for cell, number in row.balances.items() if number is not None} == {MONDAY_AT_TEN}
    assert not row.has_gap


def test_free_means_the_whole_first_hour_of_the_slot(sqlite_world: World) -> None:
    sqlite_world.mediator("Amira", "kmr", availability=((0, 10 * 60 + 30, 18 * 60),))
    sqlite_world.mediator("Berat", "kmr", availability=((0, 8 * 60, 11 * 60),))
    past(sqlite_world, "kmr", monday(-1))
    assert balance(sqlite_world, "kmr") == 0


def test_who_is_away_for_three_of_four_mondays_does_not_count(sqlite_world: World) -> None:
    sqlite_world.mediator("Amira", "kmr", absences=((date(2026, 11, 30), date(2026, 12, 20)),))
    past(sqlite_world, "kmr", monday(-1))
    # free on one of four Mondays, expected one: a quarter minus one is nearest to minus one
    assert balance(sqlite_world, "kmr") == -1


def test_two_languages_count_twice_and_a_level_below_the_pools_does_not_count(sqlite_world: World) -> None:
    sqlite_world.mediator("Amira", "kmr", "tur", level="C1")
    sqlite_world.mediator("Berat", "kmr", level="A2")
    for language in ("kmr", "tur"):
        past(sqlite_world, language, monday(-1))
    assert (balance(sqlite_world, "kmr"), balance(sqlite_world, "tur")) == (1, 0)
    with sqlite_world.change() as session:
        session.get_one(Pool, sqlite_world.pool_id).min_level = "B2"
    assert (balance(sqlite_world, "kmr"), balance(sqlite_world, "tur")) == (0, 0)


def test_who_interprets_another_language_then_is_not_free_and_who_meets_this_demand_is(sqlite_world: World) -> None:
    amira = sqlite_world.mediator("Amira", "kmr", "tur")
    past(sqlite_world, "tur", monday(-1))
    for weeks in range(1, 4):
        appointment = sqlite_world.appointment("kmr", monday(weeks))
        with sqlite_world.change() as session:
            person = session.get_one(Mediator, amira)
            answering.assign(session, sqlite_world.now, sqlite_world.links, appointment, person, SERVICE)
    assert balance(sqlite_world, "kmr") == 0
    assert balance(sqlite_world, "tur") == -1


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    requests=st.lists(st.tuples(st.sampled_from(["kmr", "tur"]), st.integers(-34, 27), st.integers(0, 23)), max_size=8)
)
def test_gaps_are_exactly_the_negative_cells_and_every_row_has_every_cell(
    sqlite_world: World, requests: list[tuple[str, int, int]]
) -> None:
    for language, day, hour in requests:
        past(sqlite_world, language, datetime(2026, 11, 23, hour, tzinfo=UTC) + timedelta(days=day))
    shown = found(sqlite_world)
    assert all(tuple(row.balances) == CELLS for row in shown.rows)
    missing = sum(
        -number for row in shown.rows for number in row.balances.values() if number is not None and number < 0
    )
    assert missing == sum(gap.missing for gap in shown.gaps)


def test_a_cancelled_request_leaves_the_heat_map(sqlite_world: World) -> None:
    appointment = sqlite_world.appointment("som", monday(1))
    assert balance(sqlite_world, "som") == -1
    with sqlite_world.change() as session:
        requesting.cancel(session, sqlite_world.now, sqlite_world.links, appointment, SERVICE)
    assert found(sqlite_world).rows == ()
