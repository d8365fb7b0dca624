"""What is expected to stay unfilled and what did, on cases in which nothing is left to chance."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from app.insight import forecast
from app.insight.coverage import Coverage, Figures, Gap, Waiting, ahead, behind, mean_free
from app.insight.narrowing import EVERYTHING, Narrowing, asked_for
from app.insight.statistics import statistics, total
from app.models import Appointment, AppointmentStatus, ForecastRun, Pool, Site
from scheduler.forecast.result import Outlook
from tests.effort import examples
from tests.world import TOWN_HALL, World

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
        found, _ = ahead(session, world.now, session.get_one(Pool, world.pool_id), Narrowing("som"))
        nothing, _ = ahead(session, world.now, session.get_one(Pool, world.pool_id), Narrowing("tur"))
    assert found.total == Figures(1, 1, 1, 1)
    assert [row.language for row in found.rows] == [gap.language for gap in found.gaps] == ["som"]
    assert found.waiting == 1
    assert (nothing.total, nothing.rows, nothing.waiting) == (Figures(0, 0, 0, 0), (), 0)


def of_many_kinds(world: World) -> None:
    """Requests of three languages, in two districts and by phone, about two topics; somebody speaks one of them."""
    world.mediator("Amira", "kmr")
    there = replace(TOWN_HALL, district="Vellern")
    for number, language in enumerate(("tir", "tir", "som", "kmr", "tir", "som")):
        topic, gender = ("school", "medical")[number % 2], ("f", None, None)[number % 3]
        place = {"mode": "phone"} if number == 4 else {"place": there if number > 2 else TOWN_HALL}
        world.appointment(language, monday(1 + number % 3, 10 + 2 * (number % 2)), topic=topic, gender=gender, **place)
    world.foresee()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("language", ["tir", "som", "kmr"]),
        ("mode", ["on_site", "phone", "video"]),
        ("topic", ["school", "medical", "other"]),
        ("district", ["Innenstadt", "Vellern", ""]),
    ],
)
def test_what_is_expected_over_all_values_of_a_filter_adds_up(
    sqlite_world: World, name: str, values: list[str]
) -> None:
    of_many_kinds(sqlite_world)
    whole = expected(sqlite_world)
    parts = [narrowed_to(sqlite_world, Narrowing(**{name: value})) for value in values if value]
    if "" in values:
        parts.append(narrowed_to(sqlite_world, Narrowing(mode="phone")))
    assert len([one for one in parts if one.total.requests]) > 1
    for figure in ("requests", "unfilled"):
        assert sum(getattr(one.total, figure) for one in parts) == pytest.approx(getattr(whole.total, figure))
        for row in whole.rows:
            found = [each for one in parts for each in one.rows if each.language == row.language]
            assert sum(getattr(one.total, figure) for one in found) == pytest.approx(getattr(row.total, figure))
            for cell, figures in row.cells.items():
                own = [one.cells[cell] for one in found if cell in one.cells]
                assert sum(getattr(one, figure) for one in own) == pytest.approx(getattr(figures, figure))


def narrowed_to(world: World, narrowed: Narrowing) -> Coverage:
    with world.change() as session:
        return ahead(session, world.now, session.get_one(Pool, world.pool_id), narrowed)[0]


def test_filters_of_what_is_ahead_work_together(sqlite_world: World) -> None:
    of_many_kinds(sqlite_world)
    found = narrowed_to(sqlite_world, Narrowing(district="Innenstadt", topic="school", gender="f"))
    assert [(row.language, row.total) for row in found.rows] == [("tir", Figures(1, 1, 1, 1))]
    assert found.total == Figures(1, 1, 1, 1)
    assert narrowed_to(sqlite_world, Narrowing(topic="school", gender="d")).total == Figures(0, 0, 0, 0)


def test_an_older_forecast_is_narrowed_by_language_alone_and_so_is_what_finds_nobody(sqlite_world: World) -> None:
    world = sqlite_world
    of_many_kinds(world)
    with world.change() as session:
        run = session.scalars(select(ForecastRun)).one()
        run.result = (run.result or {}) | {"outcomes": None}
    nobody_for(world, "tir", monday(2, 14))
    of_tigrinya = narrowed_to(world, Narrowing("tir"))
    assert narrowed_to(world, Narrowing("tir", mode="video")) == of_tigrinya
    assert of_tigrinya.waiting == 1


def test_of_a_forecast_that_stands_no_more_the_totals_are_kept(sqlite_world: World) -> None:
    world = sqlite_world
    of_many_kinds(world)
    world.now += timedelta(days=1)
    world.foresee()
    with world.change() as session:
        runs = session.scalars(select(ForecastRun).order_by(ForecastRun.id)).all()
        outlooks = [Outlook.from_json(one.result) for one in runs]
    assert [one.outcomes is None for one in outlooks] == [True, False]
    assert outlooks[0].forecast.total.unfilled.mean == pytest.approx(5, abs=1)


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
