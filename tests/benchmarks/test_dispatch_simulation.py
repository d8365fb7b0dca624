"""The simulation of dispatch is fair, and on a small one the engine's waves keep what the full one promises."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.command import main
from benchmarks.dispatch.figures import bins, brier, difference, figures
from benchmarks.dispatch.policies import EVERYBODY, HURRIED, ONE_AN_EIGHTH, ONE_AN_HOUR, POLICIES, WAVES, at_once, waves
from benchmarks.dispatch.simulation import Course, Guess, with_known_chances, with_learning
from benchmarks.dispatch.world import DRIFTING, SCENARIOS, after, allowed, appointments, deadline, waking
from scheduler.waves.acceptance import Answer

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
COUNT, SEED = 150, 3
UNEQUAL = SCENARIOS[1]
QUICK = "waves planned for a quarter of the time left"
SHORT = next(one for one in SCENARIOS if one.short_notice)


pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def courses() -> dict[str, list[Course]]:
    everything = list(appointments(UNEQUAL, SEED, COUNT))
    policies = {**POLICIES, QUICK: waves(0.95, 1 / 4)}
    return {name: with_known_chances(everything, policy) for name, policy in policies.items()}


def test_waves_fill_as_many_as_asking_everybody_with_less_than_half_the_texts(courses: dict[str, list[Course]]) -> None:
    lost, _ = difference(courses[EVERYBODY], courses[WAVES])
    assert lost < 0.01
    assert figures(courses[WAVES]).texts < 0.5 * figures(courses[EVERYBODY]).texts


@pytest.mark.parametrize(("policy", "share"), [(HURRIED, 0.95), (QUICK, 0.75)])
def test_waves_in_a_hurry_fill_as_many_as_one_after_the_other_in_less_time(
    courses: dict[str, list[Course]], policy: str, share: float
) -> None:
    gained, _ = difference(courses[policy], courses[ONE_AN_HOUR])
    assert gained >= 0
    assert figures(courses[policy]).minutes < share * figures(courses[ONE_AN_HOUR]).minutes
    assert figures(courses[policy]).texts < 0.5 * figures(courses[EVERYBODY]).texts


def test_at_short_notice_waves_fill_far_more_than_one_after_the_other_in_less_time() -> None:
    everything = list(appointments(SHORT, SEED, COUNT))
    own, hourly, eighths = (
        with_known_chances(everything, POLICIES[name]) for name in (WAVES, ONE_AN_HOUR, ONE_AN_EIGHTH)
    )
    assert difference(own, hourly)[0] > 0.15
    assert difference(own, eighths)[0] > 0
    assert figures(own).minutes < 0.75 * figures(hourly).minutes


def test_learned_chances_are_nearer_to_the_truth_than_one_third_for_everybody() -> None:
    guesses = with_learning(appointments(DRIFTING, SEED, 300), POLICIES[WAVES])[1][1000:]
    said = [one.yes for one in guesses]
    true = brier([one.true for one in guesses], said)
    assert true < brier([one.judged for one in guesses], said) < brier([1 / 3] * len(said), said)


def test_everybody_answers_the_same_whichever_policy_asks() -> None:
    everything = list(appointments(UNEQUAL, SEED, 60))
    every, few = (with_known_chances(everything, policy) for policy in (at_once(), at_once(2)))
    # who is asked at the same moment by two policies says the same, so that asking more fills no less
    assert all(more.filled for more, less in zip(every, few, strict=True) if less.filled)
    assert everything == list(appointments(UNEQUAL, SEED, 60))
    assert everything != list(appointments(UNEQUAL, SEED + 1, 60))


def test_no_text_leaves_by_night_and_nobody_is_asked_twice_or_after_the_deadline(
    courses: dict[str, list[Course]],
) -> None:
    everything = list(appointments(UNEQUAL, SEED, COUNT))
    for own in courses.values():
        for appointment, course in zip(everything, own, strict=True):
            names = [one.mediator for one in course.asked]
            assert len(set(names)) == len(names) == course.texts <= len(appointment.people)
            for one in course.asked:
                assert 8 <= one.sent.hour < 21
                assert appointment.requested <= one.sent < appointment.deadline
                assert one.sent <= one.ended <= appointment.deadline
            assert course.filled == any(one.answer is Answer.YES for one in course.asked)


def test_the_deadline_is_a_sixth_of_the_time_left_and_not_by_night() -> None:
    noon = MONDAY + timedelta(hours=12)
    assert deadline(noon, noon + timedelta(hours=1)) == noon + timedelta(minutes=20)
    assert deadline(noon, noon + timedelta(hours=24)) == noon + timedelta(hours=4)
    assert deadline(noon, noon + timedelta(days=9)) == MONDAY + timedelta(days=1, hours=8, minutes=30)


def test_waking_minutes_pass_from_seven_to_ten_only() -> None:
    evening = MONDAY + timedelta(hours=21, minutes=30)
    assert after(evening, 45) == MONDAY + timedelta(days=1, hours=7, minutes=15)
    assert waking(after(evening, 45)) - waking(evening) == pytest.approx(45)
    assert allowed(evening) == MONDAY + timedelta(days=1, hours=8)
    assert allowed(MONDAY + timedelta(hours=9)) == MONDAY + timedelta(hours=9)


def test_a_calibration_counts_every_guess_in_its_bin() -> None:
    guesses = [Guess(0.25, 0.3, yes=number < 3) for number in range(10)] + [Guess(0.95, 0.9, yes=True)]
    low, high = bins(guesses)
    assert (low.count, low.seen) == (10, 0.3)
    assert low.judged == pytest.approx(0.25)
    assert low.low < 0.3 < low.high
    assert (high.count, high.seen) == (1, 1.0)


def test_a_run_leaves_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dispatch", "--appointments", "12", "--seeds", "1,2", "--output", str(tmp_path)]) == 0
    said = (tmp_path / "dispatch.md").read_text(encoding="utf-8")
    told = capsys.readouterr().out
    for one in (*SCENARIOS, DRIFTING):
        assert f"## {one.name}" in said
        assert one.name in told
    assert "Brier score" in said
