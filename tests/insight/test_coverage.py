"""What is expected to stay unfilled and what did, on cases in which nothing is left to chance."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from app.insight import forecast
from app.insight.coverage import Coverage, Figures, Gap, Waiting, ahead, behind, mean_free
from app.insight.narrowing import EVERYTHING, Narrowing, asked_for
from app.insight.statistics import statistics, total
from app.models import Appointment, AppointmentStatus, ForecastRun, Pool, Site
from tests.effort import examples
from tests.world import World

# the four weeks before; `now` is a Monday at 07:00 in Berlin
FIRST, LAST = date(2026, 10, 26), date(2026, 11, 22)
MONDAY_AT_TEN = (0, 10)


def expected(world: World) -> Coverage:
    """What the forecast says just now."""
    with world.change() as session:
        return ahead(session, world.now, session.get_one(Pool, world.pool_id))[0]


def was(world: World, narrowed: Narrowing = EVERYTHING) -> Coverage:
    """What the last four weeks were."""
    with world.change() as session:
        return behind(session, world.now, session.get_one(Pool, world.pool_id), FIRST, LAST, narrowed)


def monday(weeks: int, hour: int = 10) -> datetime:
    """A Monday's full hour in Berlin, winter time."""
    return datetime(2026, 11, 23, hour - 1, tzinfo=UTC) + timedelta(weeks=weeks)


def nobody_for(world: World, language: str, starts: datetime) -> int:
    """An appointment ahead that nobody is found for; gives its id."""
    appointment = world.appointment(language, starts)
    with world.change() as session:
        session.get_one(Appointment, appointment).status = AppointmentStatus.UNFILLED
    return appointment


def test_what_nobody_can_come_to_is_a_gap_and_what_somebody_certainly_comes_to_is_none(world: World) -> None:
    world.appointment("tir", monday(1))
    amira = world.mediator("Amira", "kmr")
    agreed = world.appointment("kmr", monday(1))
    world.ask(agreed, amira)
    world.accept(agreed, amira)
    world.foresee()
    found = expected(world)
    assert found.total == Figures(2, 1, 1, 1)
    assert [(row.language, row.total, row.has_gap) for row in found.rows] == [
        ("tir", Figures(1, 1, 1, 1), True),
        ("kmr", Figures(1, 0, 0, 0), False),
    ]
    assert found.gaps == (Gap("tir", MONDAY_AT_TEN, Figures(1, 1, 1, 1)),)
    assert found.cells == (MONDAY_AT_TEN,)
    assert (found.first_day, found.last_day) == (date(2026, 11, 23), date(2026, 12, 20))
    assert found.as_of == world.now


def test_without_a_forecast_what_finds_nobody_is_told_all_the_same(sqlite_world: World) -> None:
    appointment = nobody_for(sqlite_world, "tir", monday(1))
    found = expected(sqlite_world)
    assert found.as_of is None
    assert found.gaps == (Gap("tir", MONDAY_AT_TEN, Figures(), (Waiting(appointment, monday(1)),)),)


def test_what_finds_nobody_is_told_as_it_is_now_and_not_as_it_was_at_night(sqlite_world: World) -> None:
    world = sqlite_world
    appointment = world.appointment("tir", monday(1))
    world.foresee()
    assert expected(world).waiting == 0
    with world.change() as session:
        session.get_one(Appointment, appointment).status = AppointmentStatus.UNFILLED
    nobody_for(world, "som", monday(2, 14))
    found = expected(world)
    assert found.waiting == 2
    assert [(gap.language, len(gap.waiting)) for gap in found.gaps] == [("tir", 1), ("som", 1)]
    assert found.gaps[0].waiting == (Waiting(appointment, monday(1)),)
    world.now = monday(1)
    assert expected(world).waiting == 1, "what has begun is looked for no more"


def test_the_past_of_map_and_statistics_is_one(sqlite_world: World) -> None:
    world = sqlite_world
    for starts in (monday(-1), monday(-2, 14), monday(-1, 20), monday(-3, 11)):
        world.past("tir", starts, AppointmentStatus.UNFILLED)
    world.past("tir", monday(-2, 16), AppointmentStatus.OFFERING)  # no worker has looked since it began
    world.past("tir", monday(-2, 16))
    world.past("tir", monday(-2, 16), AppointmentStatus.CANCELLED)
    world.past("tir", monday(-5), AppointmentStatus.UNFILLED)
    with world.change() as session:
        counted = statistics(session, world.now, session.get_one(Pool, world.pool_id), FIRST, LAST).total
    found = was(world)
    assert found.total == Figures(6, 5)
    assert (counted.requested - counted.cancelled, counted.unfilled) == (6, 5)
    [row] = found.rows
    assert row.total == found.total
    assert row.cells[MONDAY_AT_TEN] == Figures(2, 2)
    assert row.worst == MONDAY_AT_TEN


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    requests=st.lists(
        st.tuples(st.sampled_from(["kmr", "tur"]), st.integers(-28, -1), st.integers(0, 22), st.booleans()), max_size=8
    )
)
def test_rows_cells_and_gaps_add_up_to_the_total(
    sqlite_world: World, requests: list[tuple[str, int, int, bool]]
) -> None:
    for language, day, hour, filled in requests:
        starts = datetime(2026, 11, 23, hour, tzinfo=UTC) + timedelta(days=day)
        sqlite_world.past(language, starts, AppointmentStatus.DONE if filled else AppointmentStatus.UNFILLED)
    found = was(sqlite_world)
    assert sum(row.total.unfilled for row in found.rows) == found.total.unfilled
    assert sum(one.requests for row in found.rows for one in row.cells.values()) == found.total.requests
    assert sum(gap.figures.unfilled for gap in found.gaps) == found.total.unfilled
    assert [gap.figures.unfilled for gap in found.gaps] == sorted(
        (gap.figures.unfilled for gap in found.gaps), reverse=True
    )


def test_who_is_free_is_the_mean_of_the_days(sqlite_world: World) -> None:
    world = sqlite_world
    # away for three of four Mondays
    world.mediator("Amira", "kmr", absences=((date(2026, 11, 30), date(2026, 12, 20)),))
    world.mediator("Berat", "kmr")
    world.appointment("kmr", monday(1))
    world.foresee()
    found = expected(world)
    with world.change() as session:
        free = mean_free(session, session.get_one(Pool, world.pool_id), found)
    assert free["kmr", MONDAY_AT_TEN] == 1.25


@pytest.mark.parametrize(
    "narrowed",
    [
        Narrowing(language="kmr"),
        Narrowing(district="Neubeckum"),
        Narrowing(topic="medical"),
        Narrowing(mode="on_site"),
        Narrowing(gender="f"),
    ],
)
def test_the_past_is_narrowed_by_each_filter_and_by_all_together(world: World, narrowed: Narrowing) -> None:
    everything = Narrowing("kmr", "Neubeckum", "medical", "on_site", "f")
    for one in (EVERYTHING, narrowed, everything):
        world.past(
            one.language or "tur", monday(-1), AppointmentStatus.UNFILLED, place_district=one.district,
            topic=one.topic or "school", mode=one.mode or "phone", gender=one.gender or None,
        )  # fmt: skip
    world.past("tur", monday(-2), gender="m")
    assert was(world).total == Figures(4, 3)
    assert was(world, narrowed).total == Figures(2, 2)
    assert was(world, everything).total == Figures(1, 1)
    with world.change() as session:
        pool = session.get_one(Pool, world.pool_id)
        counted = [total(session, world.now, pool, FIRST, LAST, one) for one in (EVERYTHING, narrowed, everything)]
    assert [(one.requested, one.unfilled) for one in counted] == [(4, 3), (2, 2), (1, 1)]


def test_of_what_is_ahead_one_language_can_be_looked_at(sqlite_world: World) -> None:
    world = sqlite_world
    nobody_for(world, "tir", monday(1))
    nobody_for(world, "som", monday(1))
    world.foresee()
    with world.change() as session:
        found, _ = ahead(session, world.now, session.get_one(Pool, world.pool_id), "som")
        nothing, _ = ahead(session, world.now, session.get_one(Pool, world.pool_id), "tur")
    assert found.total == Figures(1, 1, 1, 1)
    assert [row.language for row in found.rows] == [gap.language for gap in found.gaps] == ["som"]
    assert found.waiting == 1
    assert (nothing.total, nothing.rows, nothing.waiting) == (Figures(), (), 0)


def test_what_there_is_to_narrow_by_is_what_was_asked_for_and_where_sites_are(sqlite_world: World) -> None:
    world = sqlite_world
    world.past("tir", monday(-1), place_district="Roland")
    world.past("som", monday(-9), place_district="Vellern")
    with world.change() as session:
        session.execute(update(Site).values(district="Neubeckum"))
        found = asked_for(session, monday(-4), world.now)
    assert found["language"] == ["tir"]
    assert sorted(found["district"]) == ["Neubeckum", "Roland"]


def test_a_forecast_is_looked_back_on_once_its_weeks_are_over(sqlite_world: World) -> None:
    world = sqlite_world
    nobody_for(world, "tir", monday(1))
    world.foresee()
    with world.change() as session:
        assert forecast.looked_back(session, world.now, session.get_one(Pool, world.pool_id)) is None
    world.now += timedelta(days=29)
    world.foresee()
    with world.change() as session:
        back = forecast.looked_back(session, world.now, session.get_one(Pool, world.pool_id))
    assert back is not None
    assert (back.said, back.came) == (1, 1)
    assert (back.first_day, back.last_day) == (date(2026, 11, 23), date(2026, 12, 20))


def test_a_forecast_that_failed_leaves_the_one_before(sqlite_world: World) -> None:
    world = sqlite_world
    world.foresee()
    with world.change() as session:
        at = world.now + timedelta(hours=1)
        session.add(ForecastRun(started_at=at, finished_at=at, claimed_by="here:1", error="CutOff"))
        session.flush()
        found = forecast.latest(session, session.get_one(Pool, world.pool_id))
    assert found is not None
    assert found.made_at == world.now
