"""The shift that makes the past, played again, as it was."""

from datetime import timedelta

import pytest

from scheduler.forecast.calibration import calibrate
from scheduler.forecast.history import PastRequest
from scheduler.forecast.result import Calibration
from tests.scheduler.build import MONDAY, appointment, mediator, problem
from tests.scheduler.forecast.pools import NOTHING, WEEKS, history, weekly

ALWAYS = ((MONDAY - timedelta(weeks=WEEKS), MONDAY + timedelta(weeks=5)),)
WANTED = [appointment(f"a{index} {day}", hour=7 + 2 * index, day=day) for index in range(4) for day in range(5)]
PEOPLE = [mediator(f"m{index}", available=ALWAYS, chance=0.4) for index in range(2)]


def past(share: float) -> tuple[PastRequest, ...]:
    """Requests of twenty weeks of which such a share was filled."""
    requests = [one for wanted in WANTED for one in weekly(wanted)]
    return tuple(
        PastRequest(one.wanted, one.asked, filled=index % 100 < 100 * share) for index, one in enumerate(requests)
    )


@pytest.mark.parametrize(("share", "low", "high"), [(0.3, -2.0, -0.5), (0.9, 0.5, 2.0)])
def test_people_are_taken_for_likelier_where_more_was_filled_than_they_would_have(
    share: float, low: float, high: float
) -> None:
    found = calibrate(problem(PEOPLE, []), history(*past(share)), seed=1)
    assert low <= found.shift <= high
    assert (found.requests, found.unfilled) == (400, round(400 * (1 - share)))


def test_the_true_chance_is_found_where_a_wrong_one_was_learned() -> None:
    # each of two says yes in time with 0.97 of 0.6, so that 0.17 of all requests stay unfilled; log-odds rise by 0.81
    found = calibrate(problem(PEOPLE, []), history(*past(0.83)), seed=1)
    assert found.shift == pytest.approx(0.81, abs=0.15)


def test_a_short_past_shifts_little() -> None:
    long, short = (calibrate(problem(PEOPLE, []), history(*past(0.9)[:number]), seed=1) for number in (400, 5))
    assert 0 <= short.shift < 0.5 * long.shift


def test_without_a_past_nothing_is_shifted() -> None:
    assert calibrate(problem(PEOPLE, []), NOTHING, seed=1) == Calibration()


def test_whoever_has_left_is_there_as_long_as_they_were() -> None:
    gone = [mediator(f"g{index}", available=((ALWAYS[0][0], MONDAY),), chance=0.4) for index in range(2)]
    everything = history(*past(0.83))
    alone, together = (calibrate(problem(people, []), everything, seed=1) for people in (PEOPLE, [*PEOPLE, *gone]))
    assert together.shift < alone.shift
