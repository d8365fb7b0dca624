"""On which days somebody has what a pool asks for."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.journey.timing.clearances import Lack, cleared_days, ending, is_cleared, lacks, validity
from app.models import CLEARANCES, Mediator, Pool
from tests.effort import examples

TODAY = date(2026, 11, 23)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


def pool(**rules: Any) -> Pool:
    return Pool(**{**{f"{kind}_required": False for kind in CLEARANCES}, **rules})


def on_the_day(day: date, rules: dict[str, Any], **dates: date) -> tuple[Lack, ...]:
    return lacks(Mediator(**dates), pool(**rules), day)


def test_a_pool_that_asks_for_nothing_misses_nothing() -> None:
    assert on_the_day(TODAY, {}) == ()
    assert on_the_day(TODAY, {"conduct_months": 12}, conduct_on=date(2001, 1, 1)) == ()


def test_what_was_never_entered_is_missing() -> None:
    asked = {f"{kind}_required": True for kind in CLEARANCES}
    assert on_the_day(TODAY, asked) == tuple(Lack(kind, None) for kind in CLEARANCES)


def test_it_counts_through_its_last_day() -> None:
    rules = {"conduct_required": True, "conduct_months": 60}
    seen = date(2021, 11, 3)
    assert on_the_day(date(2026, 11, 3), rules, conduct_on=seen) == ()
    assert on_the_day(date(2026, 11, 4), rules, conduct_on=seen) == (Lack("conduct", date(2026, 11, 3)),)


def test_before_it_was_given_it_is_missing() -> None:
    rules = {"training_required": True}
    assert on_the_day(date(2026, 11, 30), rules, training_on=date(2026, 12, 1)) == (Lack("training", None),)
    assert on_the_day(date(2026, 12, 1), rules, training_on=date(2026, 12, 1)) == ()


def test_without_months_nothing_runs_out() -> None:
    assert on_the_day(date(2099, 1, 1), {"training_required": True}, training_on=date(2001, 1, 1)) == ()


@pytest.mark.parametrize(
    ("given_on", "months", "last"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 1, 1), 120, date(2036, 1, 1)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_a_shorter_month(given_on: date, months: int, last: date) -> None:
    found = validity(Mediator(training_on=given_on), pool(training_months=months), "training")
    assert found is not None
    assert found.last == last


def test_the_last_day_of_a_membership_counts_before_what_the_pool_reckons() -> None:
    rules = {"membership_required": True, "membership_months": 12}
    until, renewed = date(2026, 12, 31), date(2026, 1, 10)
    assert on_the_day(date(2026, 12, 31), rules, membership_on=renewed, membership_until=until) == ()
    assert on_the_day(date(2027, 1, 5), rules, membership_on=renewed, membership_until=until) == (
        Lack("membership", until),
    )
    assert on_the_day(date(2027, 1, 10), rules, membership_on=renewed) == ()
    assert on_the_day(date(2020, 1, 1), rules, membership_until=until) == ()


def test_what_ends_within_six_weeks_or_has_ended_is_told_the_first_first() -> None:
    rules = pool(conduct_months=12, training_months=12)
    soon = Mediator(conduct_on=date(2026, 1, 4), training_on=date(2025, 11, 1), confidentiality_on=date(2020, 1, 1))
    assert [(one.kind, one.last) for one in ending(soon, rules, TODAY)] == [
        ("training", date(2026, 11, 1)),
        ("conduct", date(2027, 1, 4)),
    ]
    later = Mediator(conduct_on=date(2026, 1, 5))
    assert ending(later, rules, TODAY) == ()


@settings(max_examples=examples(200))
@given(
    dates=st.fixed_dictionaries(
        {name: st.none() | DAYS for name in (*(f"{kind}_on" for kind in CLEARANCES), "membership_until")}
    ),
    rules=st.fixed_dictionaries(
        {
            **{f"{kind}_required": st.booleans() for kind in CLEARANCES},
            **{f"{kind}_months": st.none() | st.integers(1, 60) for kind in CLEARANCES},
        }
    ),
    day=DAYS,
)
def test_somebody_is_cleared_on_just_those_days_on_which_they_lack_nothing(
    dates: dict[str, date | None], rules: dict[str, Any], day: date
) -> None:
    person, town = Mediator(**dates), Pool(**rules)
    assert is_cleared(person, town, day) == (lacks(person, town, day) == ())
    days = cleared_days(person, town)
    assert is_cleared(person, town, day) == (days is not None and days[0] <= day <= days[1])
