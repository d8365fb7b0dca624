"""What would help at one time of the week: what is certain, and that it agrees with asking everybody one by one."""

from collections import defaultdict
from dataclasses import astuple, replace
from math import exp
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from scheduler.forecast.dice import named, uniform
from scheduler.forecast.drawing import Request
from scheduler.forecast.forecast import summary
from scheduler.forecast.lines import Lines
from scheduler.forecast.relief import changed, relief
from scheduler.forecast.remedies import Relief
from scheduler.forecast.simulation import Simulation, simulate
from scheduler.model import rules
from scheduler.model.participants import Appointment, Mediator
from scheduler.model.problem import Problem
from scheduler.waves.acceptance import LEAST, MOST, log_odds
from tests.scheduler.build import FARM, appointment, at, mediator, problem
from tests.scheduler.forecast.pools import NOTHING
from tests.scheduler.small_problems import small_problems

# far enough ahead that everybody is asked in time; ten to eleven in Berlin
DAY = 6
TEN = appointment("ten", hour=9, day=DAY, language="kmr")
KEY = ("kmr", DAY, 10)
KURMANJI = {"kmr": "C1"}
# somebody who always says yes does so nearly always, and a newcomer once in three times
NEARLY_ALWAYS = pytest.approx(0.93, abs=0.05)
ONCE_IN_THREE = pytest.approx(0.33, abs=0.06)


def helps(people: list[Mediator], *wanted: Appointment) -> Relief:
    """What would help at ten."""
    simulation = simulate(problem(people, list(wanted)), NOTHING, periods=400)
    found = relief(simulation, summary(simulation).slots)
    return next(one for one in found if (one.language, one.weekday, one.hour) == KEY)


def free(first: float, last: float) -> tuple[tuple[object, object], ...]:
    return ((at(first, DAY), at(last, DAY)),)


def test_where_nobody_speaks_it_only_one_more_person_helps() -> None:
    assert astuple(helps([mediator()], TEN)) == (*KEY, ONCE_IN_THREE, 0.0, 0.0, 0.0)


def test_what_accepts_the_language_beside_another_is_that_ones_gap() -> None:
    other = appointment("other", hour=10, day=DAY, language="ara", accepted_languages=("kmr",))
    assert helps([mediator(languages={"tir": "C1"})], TEN, other).one_more == ONCE_IN_THREE


def test_an_hour_helps_where_somebody_is_free_then() -> None:
    before, after = (
        mediator(name, languages=KURMANJI, available=free(*hours)) for name, hours in (("b", (8, 9)), ("a", (10, 11)))
    )
    assert astuple(helps([before], TEN)) == (*KEY, ONCE_IN_THREE, 0.0, NEARLY_ALWAYS, 0.0)
    assert astuple(helps([after], TEN)) == (*KEY, ONCE_IN_THREE, 0.0, 0.0, NEARLY_ALWAYS)


@pytest.mark.parametrize(
    "person",
    [
        mediator(languages=KURMANJI, modes=frozenset({"phone"})),
        mediator(languages=KURMANJI, home="farm", max_travel_minutes=10),
    ],
)
def test_the_telephone_helps_who_does_not_come_or_lives_too_far_away(person: Mediator) -> None:
    on_site = replace(TEN, mode="on_site", place="hall")
    assert FARM.lat > 51.8
    assert helps([person], on_site).by_phone == NEARLY_ALWAYS


def test_what_is_held_by_telephone_already_gains_nothing_from_it() -> None:
    person = mediator(languages=KURMANJI, available=free(10, 11))
    assert helps([person], TEN).by_phone == 0.0


def test_who_has_something_else_then_does_not_help() -> None:
    person = mediator(languages=KURMANJI, available=free(8, 9))
    held = appointment("held", hour=8, day=DAY, fixed=("m1",))
    assert helps([person], TEN, held).earlier == 0.0


def test_who_is_not_to_come_to_it_is_not_asked_for_it_in_another_way_either() -> None:
    person = mediator(languages=KURMANJI, available=free(8, 11), excluded=frozenset({"ten"}))
    assert helps([person], TEN).earlier == 0.0


def test_one_person_takes_one_of_two_that_are_at_once() -> None:
    person = mediator(languages=KURMANJI, available=free(8, 9))
    again = replace(TEN, id="again")
    assert helps([person], TEN, again).earlier == pytest.approx(0.99, abs=0.03), "one of both nearly always, never two"


def test_what_begins_within_the_hour_cannot_be_earlier() -> None:
    now = at(8.5, DAY)
    person = mediator(languages=KURMANJI, available=free(7, 9))
    simulation = simulate(problem([person], [TEN], now=now), NOTHING, periods=20)
    [found] = relief(simulation, summary(simulation).slots)
    assert (found.weekday, found.hour, found.earlier) == (DAY, 10, 0.0)


def test_requests_for_two_people_are_left_alone() -> None:
    two = replace(TEN, mediators_needed=2)
    people = [mediator(name, languages=KURMANJI, available=free(8, 9)) for name in ("m1", "m2")]
    assert helps(people, two).earlier == 0.0


@given(small_problems())
def test_it_agrees_with_asking_everybody_one_by_one_and_is_never_more_than_what_is_unfilled(given: Problem) -> None:
    simulation = simulate(given, NOTHING, periods=5, seed=4)
    slots = summary(simulation).slots
    unfilled = {(one.language, one.weekday, one.hour): one.expected.unfilled.mean for one in slots}
    for one in relief(simulation, slots):
        key = (one.language, one.weekday, one.hour)
        for kind in ("by_phone", "earlier", "later"):
            days = one_by_one(simulation, key, kind)
            gained = getattr(one, kind) * 5
            assert len(days) - 0.01 <= gained <= sum(days.values()) + 0.01
            assert getattr(one, kind) <= unfilled[key] + 0.0001
        assert one.one_more <= unfilled[key] + 0.0001


def one_by_one(simulation: Simulation, key: tuple[str, int, int], kind: str) -> dict[tuple[int, object], int]:
    """Period and day -> how many of the key's unfilled requests anybody would take if they were changed so."""
    found: defaultdict[tuple[int, object], int] = defaultdict(int)
    pool, requests = simulation.problem, simulation.periods.requests
    for row, sequence in enumerate(simulation.periods.sequence.tolist()):
        for step, place in enumerate(sequence):
            if place < 0 or simulation.played.missing[row, step] != 1:
                continue
            one = requests[place]
            local = one.wanted.starts.astimezone(ZoneInfo(pool.timezone))
            if (one.wanted.language, local.weekday(), local.hour - local.hour % 2) != key:
                continue
            other = changed(one.wanted, kind)
            stays_as_it_is = kind == "by_phone" and one.wanted.mode != "on_site"
            if stays_as_it_is or one.wanted.mediators_needed > 1 or other.starts < one.asked:
                continue
            stays = float(Lines(pool, [Request(other, one.asked)], NOTHING).stays[0])
            for index, person in enumerate(pool.mediators):
                places = simulation.played.schedule.places[row, index].tolist()
                tasks = [requests[each].wanted for each in places if each >= 0]
                yes = 1 / (1 + exp(-log_odds(min(max(person.chance, LEAST), MOST)) - simulation.calibration.shift))
                word = simulation.keys[row, step : step + 1] ^ named([person.id])
                if (
                    one.wanted.id not in person.excluded | person.uncleared
                    and not rules.refusals_given(pool, person, other, tasks)
                    and uniform(word)[0] < min(max(yes, LEAST), MOST) * stays
                ):
                    found[row, pool.day_of(other)] += 1
                    break
    return found
