"""How many to ask now: the plans agree with trying everything, and the answers are of use to who has to send texts."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.model.checks import ProblemError
from scheduler.waves import sizes
from scheduler.waves.next_wave import SUREST, Candidate, Waiting, Wave, aim, likely, next_wave
from scheduler.waves.sizes import NEARLY_ALL
from tests.effort import examples

BOUNDED = settings(
    max_examples=examples(100),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
# what the search does not look for: plans that save less than this (people)
NEGLIGIBLE = 0.011


def answered(sent: datetime, until: datetime) -> float:
    """Log-logistic, half of the yeses within 45 minutes."""
    minutes = (until - sent).total_seconds() / 60
    return 1 / (1 + (45 / minutes) ** 1.5) if minutes > 0 else 0.0


def people(chances: Sequence[float], earliest: datetime = NOW) -> list[Candidate]:
    return [Candidate(chance, earliest) for chance in chances]


def wave(
    candidates: Sequence[Candidate],
    waiting: Sequence[Waiting] = (),
    *,
    hours: float = 4,
    seats: int = 1,
    target: float = 0.95,
    at_least: int = 0,
    now: datetime = NOW,
) -> Wave:
    deadline = now + hours * HOUR
    return next_wave(
        candidates,
        waiting,
        seats=seats,
        now=now,
        deadline=deadline,
        answered=answered,
        target=target,
        at_least=at_least,
    )


chances = st.lists(st.floats(0.05, SUREST), min_size=1, max_size=5)
hours = st.sampled_from([0.5, 1, 2, 4, 12])
targets = st.sampled_from([0.3, 0.6, 0.8, 0.95])


def at_least_so_many(chances: Sequence[float], seats: int) -> float:
    """The chance of so many yeses, by looking at every combination of answers."""
    total = 0.0
    for said in product((False, True), repeat=len(chances)):
        if sum(said) >= seats:
            odds = 1.0
            for yes, chance in zip(said, chances, strict=True):
                odds *= chance if yes else 1 - chance
            total += odds
    return total


def value(plan: Sequence[int], chances: Sequence[float], seats: int, hours: float) -> tuple[float, float]:
    """The chance that all seats are taken, and how many are asked on average.

    The n-th person is asked when so many eighths of the time have passed; 8 is never.
    """
    end = NOW + hours * HOUR
    sent = [NOW + hours * HOUR * part / 8 for part in plan]

    def filled(at: datetime, before: int) -> float:
        some = [own * answered(when, at) for own, when, part in zip(chances, sent, plan, strict=True) if part < before]
        return at_least_so_many(some, seats)

    asked = sum(1 - filled(when, part) for when, part in zip(sent, plan, strict=True) if part < 8)
    return filled(end, 8), asked


def all_plans(count: int) -> Iterator[tuple[int, ...]]:
    """Everybody in one of the eighths of the time but the last, or never; never before somebody earlier in line."""
    parts = (0, 1, 2, 3, 4, 5, 6, 8)
    return (plan for plan in product(parts, repeat=count) if list(plan) == sorted(plan))


@given(chances, st.integers(1, 2), hours, targets)
@BOUNDED
def test_the_plan_is_as_good_as_the_best_of_all_plans(
    chances: list[float], seats: int, hours: float, target: float
) -> None:
    found = wave(people(chances), hours=hours, seats=seats, target=target)
    possible = value([0] * len(chances), chances, seats, hours)[0]
    goal = min(aim(target), NEARLY_ALL * possible)
    values = [value(plan, chances, seats, hours) for plan in all_plans(len(chances)) if plan[0] == 0]
    best = min((asked for reached, asked in values if reached >= goal - 1e-9), default=None)
    assert found.reached >= goal - 1e-9
    assert best is not None
    assert found.asked == pytest.approx(best, abs=NEGLIGIBLE)


@given(chances, hours, st.integers(1, 3))
@BOUNDED
def test_what_is_promised_can_be_kept_by_nobody_who_is_not_there(
    chances: list[float], hours: float, seats: int
) -> None:
    found = wave(people(chances), hours=hours, seats=seats)
    everybody = at_least_so_many([own * answered(NOW, NOW + hours * HOUR) for own in chances], seats)
    assert 0 <= found.reached <= everybody + 1e-9
    assert len(found.ask) <= found.asked + 1e-9
    assert found.asked <= len(chances) + 1e-9
    assert list(found.ask) == list(range(len(found.ask)))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.integers(0, 3), hours, st.integers(1, 2), targets)
@BOUNDED
def test_somebody_is_asked_if_nobody_waits_and_the_same_question_has_the_same_answer(
    chances: list[float], silent: int, hours: float, seats: int, target: float
) -> None:
    asked_before = [Waiting(0.3, NOW - HOUR)] * silent
    found = wave(people(chances), asked_before, hours=hours, seats=seats, target=target)
    assert found.ask or silent
    assert found == wave(people(chances), asked_before, hours=hours, seats=seats, target=target)
    if found.again is not None:
        assert NOW + timedelta(minutes=1) <= found.again < NOW + hours * HOUR
    assert found.again is not None or len(found.ask) == len(chances) or hours < 0.5


def test_short_notice_asks_wider_and_long_notice_narrower() -> None:
    sizes = [len(wave(people([0.33] * 15), hours=notice).ask) for notice in (1, 2, 6, 24)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > 3 * sizes[-1]


def test_who_is_surer_to_come_is_asked_in_smaller_waves() -> None:
    assert len(wave(people([0.7] * 12), hours=2).ask) < len(wave(people([0.25] * 12), hours=2).ask)


def test_two_seats_need_more_people_than_one() -> None:
    one, two = (wave(people([0.5] * 12), hours=3, seats=seats) for seats in (1, 2))
    assert len(two.ask) > len(one.ask)
    assert two.asked > one.asked


def test_who_waits_counts_until_their_silence_speaks_against_them() -> None:
    just_asked = wave(people([0.5] * 6), [Waiting(0.7, NOW)] * 4, hours=8)
    long_silent = wave(people([0.5] * 6), [Waiting(0.7, NOW - 12 * HOUR)] * 4, hours=8)
    nobody = wave(people([0.5] * 6), hours=8)
    assert just_asked.ask == ()
    assert just_asked.again is not None
    assert long_silent.asked > just_asked.asked
    assert just_asked.reached > long_silent.reached
    # silence for twelve hours leaves hardly a hope
    assert long_silent.reached == pytest.approx(nobody.reached, abs=0.03)


def test_silence_is_counted_as_bayes_counts_it() -> None:
    chance, sent, end = 0.6, NOW - HOUR, NOW + 2 * HOUR
    due = chance * answered(sent, NOW)
    later = chance * answered(sent, end) - due
    assert wave([], [Waiting(chance, sent)], hours=2).reached == pytest.approx(later / (1 - due))


@given(chances, chances, st.integers(1, 2), hours, targets)
@BOUNDED
def test_how_likely_it_ends_well_is_what_all_bring_and_no_more_than_is_aimed_at(
    silent: list[float], chances: list[float], seats: int, hours: float, target: float
) -> None:
    end, asked = NOW + hours * HOUR, [Waiting(one, NOW) for one in silent]
    late = [Candidate(one, NOW + hours * HOUR / 2) for one in chances]
    found = likely(late, asked, seats=seats, now=NOW, deadline=end, answered=answered, target=target)
    waiting = [one * answered(NOW, end) for one in silent]
    later = [one * answered(NOW + hours * HOUR / 2, end) for one in chances]
    alone, together = at_least_so_many(waiting, seats), at_least_so_many(waiting + later, seats)
    assert found == pytest.approx(max(alone, min(together, aim(target))))


def test_who_may_not_be_asked_in_time_brings_nothing() -> None:
    tomorrow = [Candidate(0.7, NOW + 24 * HOUR)]
    assert likely(tomorrow, [], seats=1, now=NOW, deadline=NOW + HOUR, answered=answered, target=0.95) == 0


def test_after_a_no_at_least_one_more_is_asked() -> None:
    waiting = [Waiting(0.7, NOW)] * 6
    assert wave(people([0.5] * 3), waiting).ask == ()
    assert wave(people([0.5] * 3), waiting, at_least=1).ask == (0,)
    assert wave(people([0.5] * 3), waiting, at_least=5).ask == (0, 1, 2)


def test_nobody_is_asked_before_they_may_be() -> None:
    morning = NOW + 10 * HOUR
    found = wave(people([0.5] * 4, morning), hours=14)
    assert (found.ask, found.again) == ((), morning)
    assert found.reached > 0.5
    mixed = [Candidate(0.6, NOW + HOUR), Candidate(0.3, NOW), Candidate(0.3, NOW + 40 * HOUR)]
    assert wave(mixed, hours=2).ask == (1,)


def test_who_may_be_asked_too_late_only_does_not_raise_hopes() -> None:
    later = wave(people([0.5], NOW + 9 * HOUR), hours=4)
    assert (later.ask, later.again, later.reached) == ((), NOW + 9 * HOUR, 0.0)


def test_when_everybody_was_asked_nobody_looks_again() -> None:
    found = wave([], [Waiting(0.5, NOW - HOUR)])
    assert (found.ask, found.again, found.asked) == ((), None, 0.0)
    assert wave(people([0.3])).again is None


def test_from_the_deadline_on_one_at_a_time_is_asked() -> None:
    assert wave(people([0.5] * 4), hours=0).ask == (0,)
    assert wave(people([0.5] * 4), [Waiting(0.5, NOW - HOUR)], hours=-1).ask == ()


def test_a_chance_close_to_one_is_not_waited_for_alone() -> None:
    found = wave([Candidate(1.0, NOW), *people([0.3] * 5)], hours=48)
    assert found.asked > 1


def test_waves_leave_while_people_are_awake() -> None:
    def by_day(sent: datetime, until: datetime) -> float:
        """Nobody answers in the first ten hours."""
        return answered(max(sent, NOW + 10 * HOUR), until)

    found = next_wave(people([0.2] * 15), [], seats=1, now=NOW, deadline=NOW + 14 * HOUR, answered=by_day, target=0.95)
    assert found.again is not None
    assert found.again > NOW + 10 * HOUR


def test_without_time_to_think_the_plan_is_a_good_one_still(monkeypatch: pytest.MonkeyPatch) -> None:
    line = people([0.2 + 0.01 * number for number in range(20)])
    thought = wave(line, hours=3)
    monkeypatch.setattr(sizes, "NODES", 0)
    hasty = wave(line, hours=3)
    assert hasty.reached >= aim(0.95)
    assert thought.asked <= hasty.asked < 1.2 * thought.asked


@given(chances, hours, targets)
@BOUNDED
def test_a_higher_promise_never_takes_fewer_people(chances: list[float], hours: float, target: float) -> None:
    lower, higher = (wave(people(chances), hours=hours, target=own) for own in (target, target + 0.04))
    assert higher.asked >= lower.asked - NEGLIGIBLE


@pytest.mark.parametrize(
    ("broken", "key"),
    [
        ({"target": 0.0}, "target"),
        ({"target": 1.0}, "target"),
        ({"seats": 0}, "seats"),
        ({"at_least": -1}, "at_least"),
        ({"candidates": [Candidate(1.5, NOW)]}, "candidates[0].chance"),
        ({"candidates": [Candidate(float("nan"), NOW)]}, "candidates[0].chance"),
        ({"candidates": [Candidate(0.5, NOW.replace(tzinfo=None))]}, "candidates[0].earliest"),
        ({"waiting": [Waiting(-0.1, NOW)]}, "waiting[0].chance"),
        ({"waiting": [Waiting(0.5, NOW.replace(tzinfo=None))]}, "waiting[0].sent"),
        ({"now": NOW.replace(tzinfo=None)}, "now"),
    ],
)
def test_nonsense_is_refused_by_its_name(broken: dict[str, object], key: str) -> None:
    given_ = {"candidates": people([0.5]), "waiting": [], "seats": 1, "now": NOW, "deadline": NOW + HOUR}
    arguments: dict[str, object] = given_ | {"answered": answered, "target": 0.95} | broken
    with pytest.raises(ProblemError) as caught:
        next_wave(**arguments)  # type: ignore[arg-type] # nonsense is the point
    assert caught.value.key == key
