"""What would be otherwise: what is certain, and that nothing differs but what the changes do."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.forecast.changes import Away, Changes, Comparison, Joining, More
from scheduler.forecast.history import History
from scheduler.forecast.what_if import what_if
from scheduler.model.participants import Mediator
from scheduler.model.problem import Problem, ProblemError
from tests.scheduler.build import MONDAY, appointment, at, mediator, problem
from tests.scheduler.forecast.pools import NOTHING, history, weekly
from tests.scheduler.small_problems import small_problems

DAY = 6
A_DAY = timedelta(days=1)
TEN = appointment("ten", hour=9, day=DAY, language="kmr")
MONDAY_TO_SUNDAY = tuple(range(7))


def free_all_day(name: str, language: str = "kmr") -> Mediator:
    return mediator(name, languages={language: "C1"}, available=((at(0, DAY), at(23, DAY)),), chance=0.97)


def compared(given: Problem, changes: Changes, past: History = NOTHING) -> Comparison:
    return what_if(given, past, changes, periods=200)


def test_who_is_away_on_that_day_is_missed_and_on_another_is_not() -> None:
    pool = problem([free_all_day("Amira")], [TEN])
    day = at(9, DAY).date()
    there, gone = (compared(pool, Changes(away=(Away("Amira", one, one),))) for one in (day + timedelta(days=1), day))
    assert there.total.unfilled_more == 0
    assert gone.total.before.unfilled.mean < 0.2
    assert gone.total.after.unfilled.mean == 1
    assert gone.languages["kmr"].after == gone.total.after


def test_who_is_away_for_all_time_is_missed_and_who_was_away_long_ago_is_not() -> None:
    pool = problem([free_all_day("Amira")], [TEN])
    always, once = (
        compared(pool, Changes(away=(Away("Amira", date.min, last),))) for last in (date.max, MONDAY.date() - A_DAY)
    )
    assert always.total.after.unfilled.mean == 1
    assert once.total.unfilled_more == 0


def test_somebody_new_fills_what_nobody_can_fill_now() -> None:
    pool = problem([free_all_day("Amira", "tir")], [TEN])
    nobody, one, five = (
        compared(pool, Changes(joining=(Joining("kmr", MONDAY_TO_SUNDAY, *hours),))).total.after.unfilled.mean
        for hours in ((18, 20), (8, 18), (8, 18, 5))
    )
    assert nobody == 1
    # somebody of whom nothing is known comes about once in three times
    assert 0.5 < one < 0.8
    assert five < one / 2


def test_requests_on_top_come_in_every_period_also_in_a_language_nobody_asked_for() -> None:
    pool, past = problem([free_all_day("Amira")], [TEN]), history(*weekly(TEN))
    found = compared(pool, Changes(more=(More("kmr", 20), More("tir", 3))), past)
    more = {name: one.after.requests.mean - one.before.requests.mean for name, one in found.languages.items()}
    assert more == {"kmr": pytest.approx(20), "tir": pytest.approx(3)}
    assert found.languages["tir"].after.unfilled.mean == 3


def test_more_of_what_was_never_asked_for_is_refused() -> None:
    with pytest.raises(ProblemError, match="nothing was asked for"):
        compared(problem([free_all_day("Amira")], []), Changes(more=(More("kmr", 1),)))


def test_somebody_who_is_not_there_cannot_be_away() -> None:
    with pytest.raises(ProblemError, match="nobody in this pool"):
        compared(problem([], []), Changes(away=(Away("Amira", MONDAY.date(), MONDAY.date()),)))


@given(small_problems(), st.integers(0, 3))
def test_no_change_changes_nothing(given: Problem, seed: int) -> None:
    found = what_if(given, NOTHING, Changes(), periods=5, seed=seed)
    assert all(one.before == one.after for one in (found.total, *found.languages.values()))
    assert Comparison.from_json(found.to_json()) == found


def test_it_tells_how_far_it_is_and_stops_when_told() -> None:
    pool, shares = problem([free_all_day("Amira")], [TEN]), list[float]()
    what_if(pool, NOTHING, Changes(), periods=3, report=shares.append)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1] >= 0.5) == (0.0, True)

    def enough(share: float) -> None:
        raise InterruptedError(share)

    with pytest.raises(InterruptedError):
        what_if(pool, NOTHING, Changes(), periods=3, report=enough)


@given(
    st.builds(
        Changes,
        st.lists(st.builds(Away, st.sampled_from("ab"), st.just(MONDAY.date()), st.just(MONDAY.date()))).map(tuple),
        st.lists(st.builds(Joining, st.just("kmr"), st.just((0, 4)), st.integers(0, 9), st.integers(10, 24))).map(
            tuple
        ),
        st.lists(st.builds(More, st.just("tir"), st.integers(1, 500))).map(tuple),
    )
)
def test_changes_read_what_they_wrote(changes: Changes) -> None:
    assert Changes.from_json(changes.to_json()) == changes


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("away", {"mediator": "a", "first": "2026-11-30", "last": "2026-11-29"}, "is before"),
        ("away", {"mediator": "a", "first": "soon", "last": "2026-11-29"}, "no day"),
        ("joining", {"language": "kmr", "days": [7], "opens": 8, "closes": 12, "people": 1}, "days"),
        ("joining", {"language": "kmr", "days": [1], "opens": 12, "closes": 12, "people": 1}, "not after"),
        ("more", {"language": "kmr", "requests": 0}, "requests"),
    ],
)
def test_what_cannot_be_meant_is_named(key: str, value: dict[str, object], said: str) -> None:
    with pytest.raises(ProblemError, match=said):
        Changes.from_json({"away": [], "joining": [], "more": [], key: [value]})
