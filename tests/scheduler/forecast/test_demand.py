"""How often each language is asked for, and what is drawn from that."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from scheduler.forecast.demand import Demand, learn_demand
from scheduler.forecast.drawing import Periods, draw
from scheduler.forecast.history import History
from tests.scheduler.build import MONDAY, appointment, problem
from tests.scheduler.forecast.pools import NOTHING, WEEKS, history, weekly

POOL = problem([], [])
ARABIC = appointment("a", hour=9, day=1)
OFTEN = tuple(appointment(f"a{index}", hour=9 + index, day=index % 5) for index in range(8))
RARE = appointment("r", hour=9, day=2, language="tir")


def learned(past: History) -> dict[str, float]:
    demand = learn_demand(past, MONDAY, "Europe/Berlin")
    return dict(zip(demand.languages, demand.rates.tolist(), strict=True))


def drawn(past: History, periods: int = 400) -> Periods:
    demand = learn_demand(past, MONDAY, "Europe/Berlin")
    return draw(POOL, past, demand, weeks=4, periods=periods, seed=1)


def test_a_rate_is_what_was_seen_drawn_a_little_towards_the_others() -> None:
    often = [one for wanted in OFTEN for one in weekly(wanted)]
    rates = learned(history(*often, *weekly(RARE)[::4]))
    assert rates["ara"] == pytest.approx(8, rel=0.1)
    assert 0.25 < rates["tir"] < 0.7


def test_what_was_asked_for_lately_counts_more() -> None:
    [*latest, _] = weekly(ARABIC, weeks=WEEKS // 2 + 1)
    oldest = weekly(ARABIC)[WEEKS // 2 :]
    # beside a language that stays the same
    beside = weekly(RARE)
    assert learned(history(*latest, *beside))["ara"] > 1.1 * learned(history(*oldest, *beside))["ara"]


def test_of_no_past_nothing_is_learned() -> None:
    assert learned(NOTHING) == {}
    assert drawn(NOTHING).sequence.shape == (400, 0)


def test_so_many_are_drawn_as_the_rates_say() -> None:
    soon = [one for wanted in OFTEN for one in weekly(wanted, notice=timedelta(0))]
    found = drawn(history(*soon), periods=2000)
    assert (found.sequence >= 0).sum(axis=1).mean() == pytest.approx(4 * learned(history(*soon))["ara"], rel=0.05)


def test_what_would_have_been_asked_for_before_now_is_not_drawn() -> None:
    past = history(*weekly(ARABIC, notice=timedelta(days=10)))
    found = drawn(past)
    assert found.requests
    assert all(one.asked >= MONDAY for one in found.requests)
    assert {(one.wanted.starts - MONDAY).days for one in found.requests} == {15, 22}


def test_requests_of_a_period_are_in_the_order_in_which_they_are_asked_for() -> None:
    past = history(*(one for wanted in OFTEN for one in weekly(wanted)))
    found = drawn(past, periods=20)
    asked = np.array([one.asked.timestamp() for one in found.requests])
    for row in found.sequence:
        own = asked[row[row >= 0]]
        assert (np.diff(own) >= 0).all()


def test_on_holidays_little_is_asked_for_and_the_other_days_are_not_thought_quiet() -> None:
    past = history(*weekly(ARABIC, notice=timedelta(0)))
    [*_, last] = sorted(one.wanted.starts for one in past.requests)
    closed = frozenset({last.date(), (MONDAY + timedelta(days=1)).date(), (MONDAY + timedelta(days=8)).date()})
    # on the past holiday nothing was asked for
    quiet = replace(past, requests=tuple(one for one in past.requests if one.wanted.starts != last), holidays=closed)
    found = drawn(quiet)
    days = [found.requests[place].wanted.starts.date() for place in found.sequence[found.sequence >= 0]]
    assert sum(day in closed for day in days) < 0.15 * len(days)
    assert learned(quiet)["ara"] > learned(replace(quiet, holidays=frozenset()))["ara"]


def test_seats_genders_and_accepted_languages_are_those_of_the_languages_own_past() -> None:
    two = replace(ARABIC, mediators_needed=2, gender="f")
    fallback = replace(RARE, accepted_languages=("ara",))
    found = drawn(history(*weekly(two), *weekly(fallback)))
    own = {one.wanted.language: 0 for one in found.requests}
    for one in found.requests:
        own[one.wanted.language] += one.wanted.mediators_needed == (2 if one.wanted.language == "ara" else 1)
        assert one.wanted.accepted_languages in {(), ("ara",)} - ({("ara",)} if one.wanted.language == "ara" else set())
    assert all(own.values())


def test_rates_are_drawn_around_what_is_known() -> None:
    demand = Demand(("ara", "tir"), np.array([40.0, 2.0]), 20.0, 0.1)
    rates = demand.draw(np.random.default_rng(1), 20_000)
    assert rates.mean(axis=0) == pytest.approx([2.0, 0.1], rel=0.03)
    # the variances of both factors: of what is not known of the rate, and of how rates move
    assert (rates.std(axis=0) / rates.mean(axis=0)) ** 2 == pytest.approx(
        [1 / 40 + 0.1 + 0.1 / 40, 1 / 2 + 0.1 + 0.1 / 2], rel=0.1
    )
