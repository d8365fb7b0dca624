"""What a forecast says, from a pool without people to one that stays as it was."""

import json
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given

from scheduler.forecast.demand import Demand
from scheduler.forecast.forecast import forecast
from scheduler.forecast.history import History
from scheduler.forecast.result import Forecast
from scheduler.forecast.simulation import enough_periods
from scheduler.model.checks import ProblemError
from scheduler.model.problem import Problem
from tests.scheduler.build import MONDAY, appointment, mediator, problem
from tests.scheduler.forecast.pools import NOTHING, WEEKS, history, weekly
from tests.scheduler.small_problems import small_problems

# free in all weeks of the past and of the forecast
ALWAYS = ((MONDAY - timedelta(weeks=WEEKS), MONDAY + timedelta(weeks=5)),)
ARABIC, KURMANJI = appointment("a", hour=9, day=1), appointment("k", hour=14, day=3, language="kmr")
PAST = history(*weekly(ARABIC), *weekly(KURMANJI, filled=False))


def test_an_empty_pool_of_which_nothing_is_known_expects_nothing() -> None:
    found = forecast(problem([], []), NOTHING)
    assert (found.total.requests.mean, found.total.share_filled, found.languages, found.people) == (0.0, None, (), ())


def test_without_people_all_that_is_asked_for_stays_unfilled() -> None:
    found = forecast(problem([], []), PAST)
    assert found.total.requests.mean > 4
    assert found.total.unfilled == found.total.requests
    assert {(one.language, one.expected.share_filled, one.bears) for one in found.languages} == {
        ("ara", 0.0, 0),
        ("kmr", 0.0, 0),
    }


def test_one_person_is_needed_for_all_that_is_filled() -> None:
    found = forecast(problem([mediator(available=ALWAYS)], []), PAST)
    [person] = found.people
    filled = found.total.requests.mean - found.total.unfilled.mean
    assert filled > 1
    assert person.needed == pytest.approx(filled, abs=0.001)


def test_requests_come_on_their_weekday_at_their_local_time() -> None:
    # before that it was summer in Berlin; now 9:00 and 14:00 in UTC are 10:00 and 15:00 there
    found = forecast(problem([], []), history(*weekly(ARABIC, weeks=4), *weekly(KURMANJI, weeks=4)))
    assert {(one.language, one.weekday, one.hour) for one in found.slots} >= {("ara", 1, 10), ("kmr", 3, 14)}
    own = sum(one.expected.requests.mean for one in found.slots if (one.weekday, one.hour) in {(1, 10), (3, 14)})
    assert own == pytest.approx(found.total.requests.mean, abs=0.01)


def test_a_language_nobody_ever_asked_for_is_named_only_if_somebody_asks_now() -> None:
    people = [mediator(languages={"ara": "C1", "som": "C1"}, available=ALWAYS)]
    assert "som" not in {one.language for one in forecast(problem(people, []), PAST).languages}
    asked = forecast(problem(people, [appointment("now", language="som", day=4)]), PAST)
    [somali] = [one for one in asked.languages if one.language == "som"]
    assert somali.expected.requests.mean == 1.0


def test_what_lacks_most_comes_first() -> None:
    found = forecast(problem([mediator(available=ALWAYS)], []), PAST)
    assert [one.language for one in found.languages] == ["kmr", "ara"]
    means = [one.expected.unfilled.mean for one in found.slots]
    assert means == sorted(means, reverse=True)


def test_parts_add_up_to_the_total_and_ranges_hold_the_mean() -> None:
    found = forecast(problem([mediator(available=ALWAYS)], [appointment("now", day=4)]), PAST)
    for parts in (found.languages, found.slots):
        for count in ("requests", "unfilled"):
            total = sum(getattr(one.expected, count).mean for one in parts)
            assert total == pytest.approx(getattr(found.total, count).mean, abs=0.01)
    assert found.total.unfilled.low <= found.total.unfilled.mean <= found.total.unfilled.high


@given(small_problems())
def test_the_same_seed_gives_the_same_forecast_in_whatever_order_people_and_requests_are_given(given: Problem) -> None:
    past = replace(PAST, requests=tuple(reversed(PAST.requests)))
    other = replace(given, mediators=given.mediators[::-1], appointments=given.appointments[::-1])
    assert forecast(given, PAST, periods=20, seed=3) == forecast(other, past, periods=20, seed=3)


def test_another_seed_gives_another_forecast() -> None:
    pool = problem([mediator(available=ALWAYS)], [])
    assert forecast(pool, PAST, seed=1).total != forecast(pool, PAST, seed=2).total


@given(small_problems())
def test_a_forecast_and_a_history_survive_json(given: Problem) -> None:
    found = forecast(given, PAST, periods=20)
    assert Forecast.from_json(json.loads(json.dumps(found.to_json()))) == found
    past = replace(PAST, holidays=frozenset({MONDAY.date()}))
    assert History.from_json(json.loads(json.dumps(past.to_json()))) == past


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"format": "other"}, "format"),
        ({"weeks": 0}, "weeks"),
        ({"total": {"requests": [1, 2], "unfilled": [1, 2, 3]}}, "total.requests"),
        ({"people": [{"mediator": "m1", "needed": -1}]}, "people[0].needed"),
        ({"surplus": 1}, "surplus"),
    ],
)
def test_a_forecast_that_cannot_be_meant_is_refused_by_its_key(change: dict[str, object], key: str) -> None:
    written = forecast(problem([], []), NOTHING).to_json()
    with pytest.raises(ProblemError) as refused:
        Forecast.from_json(written | change)
    assert refused.value.key == key


@pytest.mark.parametrize(
    ("given", "key"),
    [({"weeks": 0}, "weeks"), ({"weeks": 157}, "weeks"), ({"periods": 0}, "periods"), ({"seed": -1}, "seed")],
)
def test_weeks_periods_and_seeds_out_of_range_are_refused(given: dict[str, int], key: str) -> None:
    with pytest.raises(ProblemError) as refused:
        forecast(problem([], []), NOTHING, **given)
    assert refused.value.key == key


@pytest.mark.parametrize(("a_week", "often"), [(1, 200), (37, 200), (75, 100), (2_000, 40)])
def test_the_more_is_asked_for_the_fewer_periods_are_played_of_small_pools_all(a_week: int, often: int) -> None:
    asked_for = Demand(("ara", "kmr"), np.array([a_week * 20.0, a_week * 30.0]), weeks=50.0, kept=0.1)
    assert enough_periods(asked_for, weeks=4) == often


def test_a_forecast_says_how_many_periods_were_played() -> None:
    pool = problem([mediator(available=ALWAYS)], [])
    assert forecast(pool, PAST).periods == 200
    assert forecast(pool, PAST) == forecast(pool, PAST, periods=200)


def test_a_request_asked_for_after_its_start_or_given_twice_is_refused() -> None:
    [one] = weekly(ARABIC, weeks=1)
    with pytest.raises(ProblemError, match="after the start"):
        replace(one, asked=one.wanted.starts + timedelta(hours=1))
    with pytest.raises(ProblemError, match="given twice"):
        history(one, one)
