"""How requests ended, kept so that what is told of some of them adds up to what is told of all."""

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given

from scheduler.forecast.counts import Count, Expected
from scheduler.forecast.history import History
from scheduler.forecast.outcomes import Kind, Outcomes
from scheduler.forecast.outlook import look_ahead
from scheduler.forecast.remedies import CHANGES
from scheduler.forecast.result import Outlook
from scheduler.model.checks import ProblemError
from scheduler.model.problem import Problem
from tests.scheduler.build import appointment, mediator, problem
from tests.scheduler.forecast.pools import NOTHING, history, weekly
from tests.scheduler.small_problems import small_problems

PERIODS = 40
WANTED = (
    weekly(appointment("visit", hour=9, day=1, mode="on_site", place="hall")),
    weekly(appointment("call", hour=9, day=1)),
    weekly(appointment("woman", hour=14, day=3, gender="f"), filled=False),
    weekly(appointment("rare", hour=14, day=3, language="kmr", mode="on_site", place="farm"), filled=False),
)
ABOUT = {
    "visit": ("school", "Mitte"),
    "call": ("medical", ""),
    "woman": ("medical", "Mitte"),
    "rare": ("school", "Ost"),
}
PAST = replace(
    history(*(one for those in WANTED for one in those)),
    about={one.wanted.id: ABOUT[one.wanted.id.split()[0]] for those in WANTED for one in those},
)
POOL = problem([mediator("m1"), mediator("m2", modes=frozenset({"phone"}))], [])


def looked(given: Problem = POOL, past: History = PAST) -> tuple[Outlook, Outcomes]:
    found = look_ahead(given, past, periods=PERIODS, seed=1)
    assert found.outcomes is not None
    return found, found.outcomes


def place_of(one: Kind) -> tuple[str, int, int]:
    return one.language, one.weekday, one.hour


def agrees(found: Outlook, outcomes: Outcomes) -> None:
    """Counted from the outcomes, everything is as the forecast says."""
    said = found.forecast
    total = outcomes.expected(lambda _one: "")
    assert (total[""] if total else None) == (said.total if said.total.requests.mean else None)
    assert outcomes.expected(lambda one: one.language) == {one.language: one.expected for one in said.languages}
    assert outcomes.expected(place_of) == {(one.language, one.weekday, one.hour): one.expected for one in said.slots}
    for change in CHANGES:
        helped = outcomes.helped(place_of, change)
        told = {(one.language, one.weekday, one.hour): getattr(one, change) for one in found.relief}
        assert helped == {place: number for place, number in told.items() if number}


def test_what_is_counted_of_all_is_what_the_forecast_says() -> None:
    found, outcomes = looked()
    assert found.forecast.total.unfilled.mean > 1
    assert found.relief
    agrees(found, outcomes)


@given(small_problems())
def test_whatever_is_asked_for_it_agrees(given: Problem) -> None:
    agrees(*looked(given, NOTHING))


def summed(found: Mapping[str, Expected]) -> tuple[float, float]:
    return sum(one.requests.mean for one in found.values()), sum(one.unfilled.mean for one in found.values())


@pytest.mark.parametrize("name", ["language", "mode", "gender", "topic", "district"])
def test_over_all_values_of_a_filter_it_adds_up(name: str) -> None:
    found, outcomes = looked()
    by = outcomes.expected(lambda one: str(getattr(one, name)))
    assert len(by) > 1
    total = found.forecast.total
    assert summed(by) == pytest.approx((total.requests.mean, total.unfilled.mean), abs=0.001)
    for change in CHANGES:
        helped = outcomes.helped(lambda one: str(getattr(one, name)), change)
        assert sum(helped.values()) == pytest.approx(sum(getattr(one, change) for one in found.relief), abs=0.001)


def test_filters_say_of_what_is_drawn_what_its_like_was() -> None:
    _, outcomes = looked()
    assert {one.topic for one in outcomes.kinds} == {"school", "medical"}
    assert {(one.mode, one.gender, one.topic, one.district) for one in outcomes.kinds} == {
        ("on_site", "", "school", "Mitte"), ("phone", "", "medical", ""), ("phone", "f", "medical", "Mitte"),
        ("on_site", "", "school", "Ost"),
    }  # fmt: skip
    women = outcomes.expected(lambda one: "" if one.gender == "f" else None)[""]
    assert women.unfilled == women.requests, "nobody in the pool is known to be a woman"


def test_what_is_known_of_nothing_but_the_request_itself_is_left_empty() -> None:
    _, outcomes = looked(past=replace(PAST, about={}))
    assert {(one.topic, one.district) for one in outcomes.kinds} == {("", "")}


def test_it_is_written_and_read_without_loss() -> None:
    found, _ = looked()
    assert Outlook.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert History.from_json(json.loads(json.dumps(PAST.to_json()))) == PAST


def test_what_was_kept_before_there_were_outcomes_is_read_all_the_same() -> None:
    found, _ = looked()
    older = {key: value for key, value in found.to_json().items() if key != "outcomes"}
    assert Outlook.from_json(older) == replace(found, outcomes=None)


def folded(value: object) -> str:
    return base64.b64encode(zlib.compress(json.dumps(value).encode())).decode()


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "x"},
        {"kind": "eJwDAAAAAAE="},
        {"periods": 1},
        {"kinds": folded([["ara", 1, 8]])},
        {"kinds": folded([])},
        {"kinds": "eJwDAAAAAAE="},
    ],
)
def test_what_cannot_be_meant_is_refused(changed: dict[str, object]) -> None:
    _, outcomes = looked()
    with pytest.raises(ProblemError):
        Outcomes.from_json(outcomes.to_json() | changed)


def test_a_mean_and_the_range_of_eight_periods_in_ten() -> None:
    assert Count.over([0] * 1 + [2] * 8 + [9]) == Count(2.5, 0, 2)
    assert Count.over(range(11)) == Count(5.0, 1, 9)
