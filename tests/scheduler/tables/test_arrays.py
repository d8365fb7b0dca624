from datetime import UTC, datetime, timedelta
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.model.problem import Problem, ProblemError, Travel
from scheduler.model.rules import collide
from scheduler.tables import arrays as tables_module
from scheduler.tables.arrays import UNBOUND, Tables, gap_seconds
from scheduler.tables.instance import Instance
from tests.effort import examples
from tests.scheduler.build import appointment, mediator, problem
from tests.scheduler.small_problems import odd_problems, small_problems

BOUNDED = settings(
    max_examples=examples(300),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
FEWER = settings(BOUNDED, max_examples=examples(150))
EITHER = small_problems() | odd_problems()
SITE: dict[str, Any] = {"mode": "on_site"}
# from January 1971 to December 2199
MOMENTS = st.integers(31_622_400, 7_258_032_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))


def clashes(one: Problem) -> list[bool]:
    """Of every pair of appointments, by the rules."""
    return [collide(one, *pair) for pair in product(one.appointments, repeat=2)]


def clashes_in(tables: Tables) -> list[bool]:
    count = len(tables.starts)
    rows = np.arange(count)
    found: list[bool] = tables.clash(np.repeat(rows, count), np.tile(rows, count)).tolist()
    return found


@pytest.mark.thorough
@BOUNDED
@given(EITHER)
def test_two_appointments_clash_in_the_tables_where_they_collide_by_the_rules(one: Problem) -> None:
    assert clashes_in(Tables(one)) == clashes(one)
    with pytest.MonkeyPatch.context() as patch:
        # so many sites that ways are computed when they are asked for
        patch.setattr(tables_module, "MOST_SITES_AT_ONCE", 0)
        assert clashes_in(Tables(one)) == clashes(one)


@FEWER
@given(EITHER)
def test_one_appointment_more_gives_what_building_anew_gives(one: Problem) -> None:
    *others, last = one.appointments
    before = Instance.of(rebuilt(one, *others))
    # what is computed once is computed before, so that it could be out of date
    clashes_in(before.tables)
    before.options_of(np.arange(len(others)))
    grown, whole = before.plus(last), Instance.of(one)
    assert clashes_in(grown.tables) == clashes(one)
    for name in ("starts", "ends", "lengths", "sites", "open_seats", "seats", "partial", "weights", "days", "weeks"):
        assert getattr(grown.tables, name).tolist() == getattr(whole.tables, name).tolist()
    new_fixed = set(last.fixed)
    kept = [one.mediators[person].id not in new_fixed for person in grown.options.person.tolist()]
    for name in ("need", "appointment", "person", "language", "asked"):
        found = getattr(grown.options, name)[np.array(kept, bool)].tolist()
        expected = [
            value
            for value, person in zip(getattr(whole.options, name).tolist(), whole.options.person.tolist(), strict=True)
            if one.mediators[person].id not in new_fixed
        ]
        assert found == expected
    assert grown.fixed == whole.fixed
    for person, owned in grown.by_person.items():
        assert np.flatnonzero(grown.options.person == person).tolist() == owned.tolist()
    for row in range(len(one.appointments)):
        owned = np.flatnonzero(grown.options.appointment == row)
        assert grown.options_of(np.array([row])).tolist() == owned.tolist()


def rebuilt(one: Problem, *appointments: object) -> Problem:
    values = {name: getattr(one, name) for name in one.__dataclass_fields__}
    return Problem(**(values | {"appointments": appointments}))


def test_an_added_site_has_its_own_ways() -> None:
    given_problem = problem(
        [mediator()], [appointment("a1", 8, place="hall", **SITE), appointment("a2", 9.25, place="school", **SITE)]
    )
    before = Instance.of(given_problem)
    assert not before.tables.clash(np.array([0]), np.array([1]))[0]
    # to the farm it is the better part of an hour and a half
    grown = before.plus(appointment("a3", 9.5, place="farm", **SITE))
    assert clashes_in(grown.tables) == clashes(grown.problem)


def test_an_added_appointment_without_a_way_from_the_others_is_refused_by_the_name_of_the_way() -> None:
    table = Travel(minutes={"hall": {"school": 30}, "school": {"farm": 20}})
    before = problem([mediator()], [appointment("a1", 8, place="hall", **SITE)], travel=table)
    with pytest.raises(ProblemError, match=r"travel\.minutes\.farm\.hall: missing"):
        before.plus(appointment("a2", 12, place="farm", **SITE))
    assert len(before.plus(appointment("a2", 12, place="school", **SITE)).appointments) == 2


@BOUNDED
@given(st.floats(0, 100_000) | st.integers(0, 6_000_000).map(lambda seconds: seconds / 60))
def test_a_gap_in_seconds_is_the_least_that_holds_the_minutes(minutes: float) -> None:
    seconds = int(gap_seconds(np.array([minutes]))[0])
    wanted = timedelta(minutes=minutes)
    assert timedelta(seconds=seconds - 1) < wanted <= timedelta(seconds=seconds)


@FEWER
@given(st.lists(MOMENTS, min_size=2, max_size=6))
def test_days_and_weeks_are_those_of_the_calendar(moments: list[datetime]) -> None:
    wanted = [
        appointment(f"a{index}", starts=start, ends=start + timedelta(minutes=1))
        for index, start in enumerate(sorted(moments))
    ]
    one = problem([], wanted)
    tables = Tables(one)
    for (left, before), (right, after) in pairwise(enumerate(wanted)):
        assert (tables.days[left] == tables.days[right]) == (one.day_of(before) == one.day_of(after))
        assert (tables.weeks[left] == tables.weeks[right]) == (one.week_of(before) == one.week_of(after))


def test_a_limit_that_is_left_out_does_not_bind() -> None:
    given_problem = problem([mediator("m1", max_minutes_per_week=0), mediator("m2")], [])
    assert Tables(given_problem).limits.tolist() == [[UNBOUND] * 2, [UNBOUND] * 2, [UNBOUND] * 2, [0, UNBOUND]]
