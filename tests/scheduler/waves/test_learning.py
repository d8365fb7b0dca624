"""What past offers teach: planted truths are found again, and what says nothing changes nothing."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import exp, log
from random import Random
from statistics import mean
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.model.checks import ProblemError
from scheduler.waves.acceptance import Acceptance, Answer, Asked
from scheduler.waves.learning import learn
from tests.effort import examples

BOUNDED = settings(
    max_examples=examples(60),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
BERLIN = "Europe/Berlin"
# a Monday, ten in the morning in Berlin
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def offer(
    mediator: str = "m1",
    answer: Answer = Answer.YES,
    *,
    days_ago: float = 7,
    minutes: float = 30,
    lead: timedelta = 5 * DAY,
) -> Asked:
    """Sent on another day at ten in the morning, in winter."""
    sent = NOW - days_ago * DAY
    return Asked(mediator, sent, sent + lead, sent + minutes * MINUTE, answer)


def chance(known: Acceptance, mediator: str = "m1", lead: timedelta = 5 * DAY) -> float:
    return known.chance(mediator, NOW, NOW + lead)


def learned(asked: Sequence[Asked]) -> Acceptance:
    return learn(asked, NOW, BERLIN)


def silent(mediator: str, count: int, minutes: float) -> list[Asked]:
    return [offer(mediator, Answer.NONE, days_ago=7 * (1 + number % 10), minutes=minutes) for number in range(count)]


def said(mediator: str, yes: int, no: int, *, lead: timedelta = 5 * DAY, days_ago: float = 7) -> list[Asked]:
    answers = [Answer.YES] * yes + [Answer.NO] * no
    return [
        offer(mediator, answer, days_ago=days_ago + 7 * (number % 4), lead=lead)
        for number, answer in enumerate(answers)
    ]


def test_of_a_pool_without_a_past_one_in_three_says_yes_half_of_them_within_45_minutes() -> None:
    prior = Acceptance.prior(BERLIN)
    assert chance(prior) == pytest.approx(1 / 3)
    assert prior.answered(NOW, NOW + 45 * MINUTE) == pytest.approx(0.5, abs=0.01)
    assert learned([]) == prior


def test_who_says_yes_four_times_in_five_is_told_from_who_does_once_in_ten() -> None:
    known = learned([*said("eager", 32, 8), *said("reluctant", 4, 36), *said("new", 0, 0)])
    assert 0.65 < chance(known, "eager") < 0.85
    assert 0.07 < chance(known, "reluctant") < 0.2
    assert chance(known, "reluctant") < chance(known, "new") < chance(known, "eager")


def test_a_single_no_makes_nobody_hopeless() -> None:
    pool = [one for number in range(20) for one in said(f"m{number}", 3 + number % 3, 7)]
    known = learned([*pool, *said("new", 0, 1)])
    assert chance(known, "nobody") * 0.5 < chance(known, "new") < chance(known, "nobody")


def test_short_notice_is_learned_over_all_people() -> None:
    late, early = 6 * HOUR, 5 * DAY
    people = [f"m{number}" for number in range(20)]
    past = [one for name in people for one in (*said(name, 1, 9, lead=late), *said(name, 5, 5, lead=early))]
    known = learned(past)
    assert chance(known, "somebody new", late) < 0.6 * chance(known, "somebody new", early)
    assert 0.08 < mean(chance(known, name, late) for name in people) < 0.2
    assert 0.4 < mean(chance(known, name, early) for name in people) < 0.55


def test_who_was_always_asked_at_short_notice_is_not_blamed_for_it() -> None:
    late = 6 * HOUR
    able = [(0, 2), (0, 3), (1, 5), (2, 7), (3, 8)]
    pool = []
    for number in range(20):
        few, many = able[number % len(able)]
        pool += [*said(f"m{number}", few, 10 - few, lead=late), *said(f"m{number}", many, 10 - many)]
    known = learned([*pool, *said("always late", 2, 18, lead=late), *said("never late", 2, 18)])
    assert chance(known, "always late") > 1.5 * chance(known, "never late")


def test_the_evening_is_learned() -> None:
    past = []
    for number in range(200):
        morning = offer(f"m{number % 20}", Answer.NO if number % 4 else Answer.YES)
        sent = morning.sent + 9 * HOUR
        evening = Asked(
            morning.mediator, sent, sent + 5 * DAY, sent + HOUR, Answer.NO if number % 4 == 0 else Answer.YES
        )
        past += [morning, evening]
    known = learned(past)
    assert known.chance("m1", NOW + 9 * HOUR, NOW + 6 * DAY) > 0.6
    assert known.chance("m1", NOW, NOW + 6 * DAY) < 0.4


def test_offers_withdrawn_after_five_silent_minutes_do_not_lower_a_chance() -> None:
    pool = [one for number in range(20) for one in said(f"m{number}", 4, 6)]
    without = learned([*pool, *said("quick to lose", 4, 6)])
    with_them = learned([*pool, *said("quick to lose", 4, 6), *silent("quick to lose", 40, 5)])
    expired = learned([*pool, *said("quick to lose", 4, 6), *silent("quick to lose", 40, 12 * 60)])
    assert chance(with_them, "quick to lose") > 0.85 * chance(without, "quick to lose")
    assert chance(expired, "quick to lose") < 0.5 * chance(without, "quick to lose")


def test_chances_are_right_even_if_most_offers_end_before_an_answer() -> None:
    dice = Random(1)
    past = []
    for number in range(3000):
        sent = NOW - (1 + number % 90) * DAY
        patience = dice.choice((10.0, 60.0, 600.0))
        minutes = 40 * exp(dice.gauss(0, 1))
        yes = dice.random() < 0.5 and minutes < patience
        ended = sent + (minutes if yes else patience) * MINUTE
        past.append(Asked(f"m{number % 30}", sent, sent + 5 * DAY, ended, Answer.YES if yes else Answer.NONE))
    known = learned(past)
    naive = sum(one.answer is Answer.YES for one in past) / len(past)
    found = mean(chance(known, f"m{number}") for number in range(30))
    assert naive < 0.35
    assert 0.45 < found < 0.55
    for minutes in (20, 40, 80):
        true = 1 / (1 + exp(-1.702 * log(minutes / 40)))
        assert known.answered(NOW, NOW + minutes * MINUTE) == pytest.approx(true, abs=0.05)


def test_an_offer_that_is_still_open_says_little() -> None:
    past = said("m1", 3, 3)
    just_asked = Asked("m1", NOW - MINUTE, NOW + 5 * DAY, NOW + 5 * HOUR, Answer.NONE)
    future_yes = replace(just_asked, answer=Answer.YES)
    assert chance(learned([*past, just_asked])) == pytest.approx(chance(learned(past)), abs=0.01)
    # what happens after now cannot be known now
    assert learned([*past, future_yes]) == learned([*past, just_asked])


def test_who_has_stopped_answering_is_noticed_and_forgiven_when_they_come_back() -> None:
    keen = said("m1", 16, 4, days_ago=400)
    tired = said("m1", 0, 12, days_ago=60)
    back = said("m1", 10, 0, days_ago=1)
    long_ago, now_tired, again = (chance(learned(past)) for past in (keen, keen + tired, keen + tired + back))
    assert now_tired < 0.5 * long_ago
    assert again > 1.5 * now_tired


def test_what_is_long_past_weighs_less() -> None:
    others = [one for number in range(10) for one in said(f"m{number}", 4, 6)]
    recent, old = (chance(learned([*others, *said("x", 0, 10, days_ago=ago)]), "x") for ago in (3, 500))
    assert recent < old < chance(learned(others), "x") + 0.01


def test_people_who_are_slow_everywhere_are_waited_for_longer() -> None:
    slow = [offer(f"m{number % 9}", minutes=240, days_ago=7 * (1 + number % 9)) for number in range(200)]
    known = learned(slow)
    assert known.answered(NOW, NOW + HOUR) < 0.2
    assert known.answered(NOW, NOW + 6 * HOUR) > 0.8


answers = st.sampled_from(tuple(Answer))
past_offers = st.builds(
    offer,
    st.sampled_from(("m1", "m2", "m3")),
    answers,
    days_ago=st.floats(0, 800),
    minutes=st.floats(-10, 20000),
    lead=st.timedeltas(-DAY, 60 * DAY),
)


@given(st.lists(past_offers, max_size=40), st.randoms(use_true_random=False))
@BOUNDED
def test_whatever_happened_chances_are_chances_in_any_order_and_survive_json(past: list[Asked], dice: Random) -> None:
    known = learned(past)
    mixed = list(past)
    dice.shuffle(mixed)
    assert learned(mixed) == known
    assert Acceptance.from_json(json.loads(json.dumps(known.to_json()))) == known
    for name in ("m1", "m2", "m3", "stranger"):
        for lead in (HOUR, 2 * DAY, 30 * DAY):
            assert 0.02 < chance(known, name, lead) < 0.95


@given(st.lists(past_offers, max_size=20), st.lists(st.floats(0, 20000), min_size=2, max_size=6))
@BOUNDED
def test_the_share_that_has_answered_rises_from_nothing_to_all(past: list[Asked], minutes: list[float]) -> None:
    known = learned(past)
    shares = [known.answered(NOW, NOW + one * MINUTE) for one in sorted(minutes)]
    assert shares == sorted(shares)
    assert known.answered(NOW, NOW) == 0 == known.answered(NOW, NOW - HOUR)
    assert known.answered(NOW, NOW + 30 * DAY) == 1


def test_a_night_brings_nothing() -> None:
    prior = Acceptance.prior(BERLIN)
    evening = datetime(2026, 11, 23, 20, tzinfo=UTC)  # 21:00 in Berlin
    asleep, woken = datetime(2026, 11, 23, 21, tzinfo=UTC), datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert prior.answered(evening, asleep) == prior.answered(evening, woken) == prior.answered(NOW, NOW + HOUR)
    assert prior.answered(asleep, woken) == 0
    assert prior.answered(evening, woken + HOUR) == pytest.approx(prior.answered(NOW, NOW + 2 * HOUR))


@pytest.mark.parametrize("day", [datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 10, 24, tzinfo=UTC)])
def test_the_days_on_which_clocks_change_have_as_many_waking_minutes_as_others(day: datetime) -> None:
    prior = Acceptance.prior(BERLIN)
    # from ten to ten on local clocks, which is 23 or 25 hours
    change = Acceptance.prior(BERLIN).answered(_ten(day), _ten(day + DAY))
    assert change == prior.answered(NOW, NOW + DAY) == prior.answered(NOW, NOW + 12 * HOUR + 12 * HOUR)
    assert _ten(day + DAY) - _ten(day) != DAY


def _ten(day: datetime) -> datetime:
    return day.replace(hour=10, tzinfo=ZoneInfo(BERLIN)).astimezone(UTC)


def test_an_unknown_timezone_is_refused() -> None:
    with pytest.raises(ProblemError, match="timezone"):
        Acceptance.prior("Europe/Beckum")


def test_times_without_offset_are_refused() -> None:
    with pytest.raises(ProblemError, match="ended"):
        replace(offer(), ended=NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("broken", "complaint"),
    [
        ({"format": "other/1"}, "format"),
        ({"surplus": 1}, "surplus"),
        ({"pool": "much"}, "pool"),
        ({"pool": float("nan")}, "pool"),
        ({"leads": [0.0]}, "leads"),
        ({"moments": {}}, "moments"),
        ({"people": {"m1": None}}, "people.m1"),
        ({"people": []}, "people"),
        ({"delays": [1.0] * 3}, "delays"),
        ({"timezone": "nowhere"}, "timezone"),
    ],
)
def test_what_was_not_written_by_us_is_refused_by_its_key(broken: dict[str, object], complaint: str) -> None:
    with pytest.raises(ProblemError, match=complaint):
        Acceptance.from_json(learned([offer()]).to_json() | broken)


def test_falling_shares_are_refused() -> None:
    data = learned([offer()]).to_json()
    with pytest.raises(ProblemError, match="delays"):
        Acceptance.from_json(data | {"delays": [*reversed(data["delays"])]})
