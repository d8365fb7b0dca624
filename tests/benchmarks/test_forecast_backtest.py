"""Invented towns: their truth keeps the rules, and what is measured against it is what it says."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from benchmarks.command import main
from benchmarks.forecast import backtest, command, report
from benchmarks.forecast.backtest import Trial, Unfilled, trial
from benchmarks.forecast.figures import COUNTING, FORECAST, figures, pearson, poisson_quantile, spearman
from benchmarks.forecast.life import Life
from benchmarks.forecast.recruiting import BY_FORECAST, BY_TRUTH, advice_of
from benchmarks.forecast.town import ENDS, KINDS, NOW, Town
from scheduler.model import rules
from scheduler.model.participants import Mediator

STEADY, _, LEAVING = KINDS
LANGUAGES = sorted(Town(STEADY, 1).rates)


def lived(weeks: int) -> Life:
    town, dice = Town(STEADY, 1), Random(1)
    life = Life(town, dice)
    for _, wishes in town.weeks(0, weeks, town.rates, dice):
        for wish in wishes:
            life.request(wish)
    life.run(NOW)
    return life


def test_in_truth_nobody_is_anywhere_against_the_rules() -> None:
    life = lived(8)
    problem = life.town.problem
    assert sum(not one.open_seats for one in life.searches.values()) > 50
    for name, taken in life.taken.items():
        for one in taken:
            assert not rules.refusals_given(problem, problem.mediator[name], one, taken)
    for search in life.searches.values():
        assert all(search.wanted in life.taken[name] for name in search.holders)
        assert search.open_seats >= 0


def test_what_happens_after_a_branch_does_not_change_what_it_branched_from() -> None:
    life = lived(4)
    before = {name: [*taken] for name, taken in life.taken.items()}
    town = life.town
    other = life.branch(town.problem, Random(2))
    for _, wishes in town.weeks(32, 2, town.rates, Random(3)):
        for wish in wishes:
            other.request(wish)
    other.run(NOW.replace(month=9))
    assert life.taken == before
    assert sum(map(len, other.taken.values())) > sum(map(len, before.values()))


def test_one_person_more_changes_nobody_elses_answers() -> None:
    """Somebody who can never come leaves every replay as it was; somebody who always can, fills more."""
    now = backtest.lived(STEADY, 1)
    never = Mediator("never", {"ara": "C1"}, available=())
    always = replace(never, id="always", available=((NOW, ENDS),), languages=dict.fromkeys(LANGUAGES, "C1"))

    def unfilled(*more: Mediator) -> list[str]:
        people = replace(now.people, mediators=(*now.people.mediators, *more))
        after = now.future(people, Random("one"), apart="one")
        return [one.wanted.id for one in after if one.open_seats]

    assert unfilled(never) == unfilled()
    assert len(unfilled(always)) < len(unfilled())


def test_the_advice_is_placed_among_those_who_would_take_most() -> None:
    one = advice_of(STEADY, 1, 2, 20, 2)
    assert 1 <= len(one.first.days) <= 2
    assert one.told > 0
    assert 1 <= one.place <= BY_TRUTH + BY_FORECAST
    assert "| 1 | steady |" in report.advice_text([one], 2)


def test_whoever_leaves_is_free_no_more() -> None:
    town = Town(LEAVING, 1)
    assert len(town.leaving) == 12
    after = town.without_leavers()
    gone = {one.id for one in after.mediators if not any(end > NOW for _, end in one.windows)}
    assert town.leaving <= gone


def test_the_same_town_is_tried_twice_alike() -> None:
    assert trial(STEADY, 1, 1, 10) == trial(STEADY, 1, 1, 10)


def test_ranks_share_places_and_what_is_missing_counts_as_none() -> None:
    # ranks 1, 2.5, 2.5, 4 beside 1, 2, 3, 4
    assert spearman({"a": 1, "b": 5, "c": 5, "d": 9}, {"b": 1, "c": 2, "d": 3}) == pytest.approx(4.5 / (4.5 * 5) ** 0.5)
    assert spearman({"a": 1, "b": 2}, {"a": 9, "b": 3}) == pytest.approx(-1)
    assert pearson({("a", 1, 8): 1, ("a", 2, 8): 3}, {("a", 1, 8): 10, ("a", 2, 8): 30}) == pytest.approx(1)
    assert spearman({"a": 1, "b": 1}, {"a": 1, "b": 2}) == 0


def test_quantiles_of_a_poisson_distribution() -> None:
    # of mean 1: 0.368, 0.736, 0.920
    assert [poisson_quantile(1.0, share) for share in (0.1, 0.5, 0.9)] == [0, 1, 2]
    assert poisson_quantile(0.0, 0.9) == 0


def test_figures_of_two_towns() -> None:
    def town(said: float, counted: float) -> Trial:
        truth = Unfilled(10.0, {"ara": 6.0, "kmr": 4.0}, {("ara", 0, 8): 6.0, ("kmr", 1, 8): 4.0})
        own = Unfilled(said, {"ara": 5.0, "kmr": 4.0}, truth.cells)
        past = Unfilled(counted, {"ara": 1.0, "kmr": 4.0}, {})
        return Trial("steady", 1, own, 8, 12, past, truth, 30.0, (7, 10, 13, 12), 0.0)

    found = figures([town(11.0, 5.0), town(12.0, 6.0)], FORECAST)
    assert found.towns == 2
    assert [found.bias, found.error] == pytest.approx([0.15, 0.15])
    assert [found.held, found.ranks, found.cells, found.top] == pytest.approx([0.5, 1, 1, 1])
    counted = figures([town(11.0, 5.0), town(12.0, 6.0)], COUNTING)
    assert [counted.bias, counted.ranks, counted.top] == pytest.approx([-0.45, -1, 0])


def test_a_run_leaves_a_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "PERIODS", 10)
    monkeypatch.setattr(command, "FUTURES", 1)
    assert main(["forecast", "--towns", "1", "--output", str(tmp_path)]) == 0
    table = (tmp_path / "forecast.md").read_text(encoding="utf-8")
    told = capsys.readouterr().out
    for kind in KINDS:
        assert f"| 1 {kind.name} | {FORECAST} |" in table
        assert f"{kind.name}   1  said" in told


def test_no_towns_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["forecast", "--towns", "0"])
    assert "0; give 1 or more" in capsys.readouterr().err
