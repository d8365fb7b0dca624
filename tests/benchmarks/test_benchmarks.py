"""The benchmark is fair: rivals play by the rules, their claims hold, and published files mean what they say."""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks import ptsp, report, timefold
from benchmarks.answer import Answer, Clock, Moment, seconds_until
from benchmarks.apart import Failed, Missing, apart
from benchmarks.command import main
from benchmarks.contest import Result
from benchmarks.cp_sat import cp_sat_cliques, cp_sat_intervals
from benchmarks.first_come import first_come
from benchmarks.highs import highs
from benchmarks.judge import Foul, judged
from benchmarks.plain import at_one_time, cliques, plain_instance
from scheduler.model.plan import Assigned
from scheduler.model.problem import Problem
from scheduler.model.rules import collide, refusals
from scheduler.tables.cliques import bits, maximal_cliques
from tests.effort import examples
from tests.scheduler.build import appointment, mediator, problem
from tests.scheduler.small_problems import best_rank, small_problems

BOUNDED = settings(
    max_examples=examples(60),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# seconds that no rival needs for a handful of appointments
AMPLE = 60.0
FILE = """# Randomly generated
Type = 1
Jobs = 3
  0  60
 60 120
 30  90
Qualifications = 2
 3:  0 1 2
 1:  2
"""


def plain(whole: Problem) -> Problem:
    """What the rivals' models leave out is taken out of a problem."""
    return replace(
        whole,
        appointments=tuple(replace(one, mediators_needed=1, fixed=(), partial=False) for one in whole.appointments),
    )


@given(small_problems().map(plain))
@BOUNDED
@pytest.mark.parametrize("rival", [highs, cp_sat_cliques, cp_sat_intervals])
def test_exact_rivals_find_what_trying_everything_finds(
    rival: Callable[[Problem, Clock], Answer], whole: Problem
) -> None:
    answer = rival(whole, Clock(AMPLE))
    plan = judged(whole, answer)
    assert (Fraction(plan.coverage), -plan.changes, -plan.preference) == best_rank(whole)
    assert answer.all_proved
    assert (answer.coverage_bound, answer.preference_bound) == (plan.coverage, plan.preference)


@given(small_problems().map(plain))
@BOUNDED
def test_first_come_first_served_breaks_no_rule_and_leaves_nobody_idle_who_could_come(whole: Problem) -> None:
    answer = first_come(whole, Clock(AMPLE))
    plan = judged(whole, answer)
    idle = [one for one in whole.mediators if not any(one.id in assigned.mediators for assigned in plan.assignments)]
    free_of_limits = [one for one in idle if one.max_minutes_per_day is None and one.max_minutes_per_week is None]
    for uncovered in plan.uncovered:
        wanted = whole.appointment[uncovered.appointment]
        assert not [one.id for one in free_of_limits if not refusals(whole, one, wanted)]


def test_first_come_first_served_gives_the_first_request_the_person_a_weightier_one_needs() -> None:
    whole = problem([mediator()], [appointment("early", weight=1), appointment("late", weight=9)])
    assert [one.appointment for one in first_come(whole, Clock(AMPLE)).assignments] == ["early"]


@given(small_problems().map(plain))
@BOUNDED
def test_cliques_exclude_exactly_the_pairs_that_clash(whole: Problem) -> None:
    instance = plain_instance(whole)
    for options in instance.by_person.values():
        excluded = {pair for clique in cliques(instance, options) for pair in combinations(sorted(clique.tolist()), 2)}
        of = {option: whole.appointments[instance.options.appointment[option]] for option in options.tolist()}
        clashing = {(one, two) for one, two in combinations(sorted(of), 2) if collide(whole, of[one], of[two])}
        assert excluded == clashing


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 8)), min_size=1, max_size=12))
@BOUNDED
def test_intervals_that_share_a_moment_are_the_maximal_cliques_of_their_overlaps(pairs: list[tuple[int, int]]) -> None:
    times = sorted((start, start + length) for start, length in pairs)
    starts, ends = np.array(times, np.int64).T
    overlaps = [
        sum(1 << two for two, other in enumerate(times) if two != one and start < other[1] and other[0] < end)
        for one, (start, end) in enumerate(times)
    ]
    wanted = {frozenset(bits(clique)) for clique in maximal_cliques(overlaps)}
    found = [frozenset(members.tolist()) for members in at_one_time(starts, ends)]
    assert set(found) == wanted
    assert len(found) == len(wanted)


def test_a_problem_that_the_rivals_models_leave_out_is_refused() -> None:
    with pytest.raises(ValueError, match="a1 needs several people"):
        plain_instance(problem([mediator()], [appointment(mediators_needed=2)]))


def test_the_judge_sees_a_person_in_two_places_at_once() -> None:
    whole = problem([mediator()], [appointment("a1"), appointment("a2")])
    both = tuple(Assigned(name, ("m1",), "ara") for name in ("a1", "a2"))
    with pytest.raises(Foul, match="same time"):
        judged(whole, Answer(both))


def test_the_judge_sees_a_bound_that_the_answer_itself_beats() -> None:
    whole = problem([mediator()], [appointment(weight=3)])
    with pytest.raises(Foul, match="better than its bound"):
        judged(whole, Answer((Assigned("a1", ("m1",), "ara"),), coverage_bound=2))


def test_published_files_are_read() -> None:
    tasks = ptsp.read(FILE, "three")
    assert tasks.times == ((0, 60), (60, 120), (30, 90))
    assert tasks.qualified == ((0, 1, 2), (2,))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("Type = 1", "Kind = 1", "line 2: .*Type = "),
        (" 60 120", " 60 noon", "line 5: .*whole numbers"),
        (" 60 120", "120  60", "task 1 is"),
        (" 60 120", " 60", "task 1 is"),
        (" 3:  0 1 2", " 2:  0 1 2", "line 8: .*as many"),
        (" 3:  0 1 2", " 3:  0 1 1", "line 8: .*different"),
        (" 1:  2", " 1:  3", "person 1 .*not there"),
        (" 1:  2\n", "", "ends too early"),
        (" 1:  2\n", " 1:  2\n more\n", "line 10: .*nothing more"),
    ],
)
def test_a_file_that_is_not_in_the_published_format_is_refused_by_line(old: str, new: str, complaint: str) -> None:
    with pytest.raises(ptsp.Unreadable, match=complaint):
        ptsp.read(FILE.replace(old, new), "broken")


def test_tasks_that_touch_can_be_done_by_one_person_and_those_that_overlap_cannot() -> None:
    whole = ptsp.as_problem(ptsp.read(FILE, "three"))
    plan = judged(whole, highs(whole, Clock(AMPLE)))
    assert plan.people == {"t0": ("p0",), "t1": ("p0",), "t2": ("p1",)}


def test_with_people_gone_what_is_left_is_covered_as_well_as_can_be() -> None:
    tasks = ptsp.without(ptsp.read(FILE, "three"), 50, seed=1)
    assert len(tasks.qualified) == 1
    whole = ptsp.as_problem(tasks)
    assert judged(whole, highs(whole, Clock(AMPLE))).coverage == max(2 if 0 in own else 1 for own in tasks.qualified)


@pytest.mark.thorough
@pytest.mark.parametrize("skilled", [0, 33])
def test_invented_tasks_can_all_be_covered(skilled: int) -> None:
    tasks = ptsp.invent(people=18, each=3, skilled=skilled, seed=1)
    assert (len(tasks.qualified), len(tasks.times)) == (18, 48)
    whole = ptsp.as_problem(tasks)
    assert judged(whole, highs(whole, Clock(AMPLE))).coverage == 48


def test_invented_tasks_lie_within_a_day_and_ask_for_the_skills_that_were_wanted() -> None:
    tasks = ptsp.invent(people=90, each=5, skilled=33, seed=1)
    assert all(0 <= start < end <= 24 * 60 for start, end in tasks.times)
    share = sum(map(len, tasks.qualified)) / len(tasks.qualified) / len(tasks.times)
    assert 0.31 < share < 0.36
    assert tasks == ptsp.invent(people=90, each=5, skilled=33, seed=1)
    assert tasks != ptsp.invent(people=90, each=5, skilled=33, seed=2)


def test_timefold_is_told_all_of_a_problem_in_whole_numbers() -> None:
    people = [mediator("m1", max_appointments_per_day=2, home="hall"), mediator("m2", max_minutes_per_week=90)]
    wanted = [
        appointment("a1", mode="on_site", place="hall", weight=4, asked=("m2",)),
        appointment("a2", mode="on_site", place="school"),
        appointment("a3"),
    ]
    whole = problem(people, wanted)
    instance = plain_instance(whole)
    numbers = iter([int(word) for line in timefold.lines(instance) for word in line.split()])
    assert next(numbers) == 2
    limits = [[next(numbers) for _ in range(4)] for _ in people]
    assert (limits[0][0], limits[1][3]) == (2, 90)
    assert (next(numbers), next(numbers)) == (600, 2)
    gaps = [[next(numbers) for _ in range(2)] for _ in range(2)]
    way = whole.travel.between("hall", "school", whole.places)
    assert way is not None
    assert gaps == [[0, pytest.approx(60 * way, abs=1)], [pytest.approx(60 * way, abs=1), 0]]
    assert next(numbers) == 3
    starts, ends, site, _, _, weight, candidates = (next(numbers) for _ in range(7))
    assert (starts, ends - starts, site, weight, candidates) == (int(wanted[0].starts.timestamp()), 3600, 0, 4, 2)
    assert [next(numbers) for _ in range(6)][2::3] == [0, 1]


def test_what_timefold_says_becomes_assignments_and_moments() -> None:
    instance = plain_instance(
        problem([mediator("m1"), mediator("m2")], [appointment("a1"), appointment("a2", hour=12)])
    )
    answer = timefold.read(instance, Clock(AMPLE), "at 500 1\nat 900 2\ntaken 0 1\ntaken 1 0\n", handed=0.25)
    assert [(one.appointment, one.mediators) for one in answer.assignments] == [("a1", ("m2",)), ("a2", ("m1",))]
    assert answer.moments == (Moment(0.75, 1), Moment(1.15, 2))


def test_gaps_are_taken_from_the_best_bound_of_all() -> None:
    loose = Result("M", "CP-SAT cliques", 10, coverage=90, coverage_bound=200)
    tight = Result("M", "HiGHS cliques", 10, coverage=95, coverage_bound=100, moments=(Moment(1, 80), Moment(3, 95)))
    skipped = Result("M", "Timefold", 10, note="skipped: needs Java")
    [group] = report.grouped([loose, tight, skipped])
    assert (group.bound, group.gap(90), group.gap(95)) == (100, 10, 5)
    assert (group.until(tight, 0.05), group.until(tight, 0.01)) == (3, None)
    rows = report.table([group]).splitlines()
    assert [row.split(" | ")[0] for row in rows[4:]] == ["| CP-SAT cliques", "| HiGHS cliques", "| Timefold"]
    assert "skipped: needs Java" in rows[-1]


def test_an_answer_better_than_what_another_rival_calls_impossible_is_reported() -> None:
    wrong = Result("M", "HiGHS cliques", 10, coverage=90, coverage_bound=94)
    better = Result("M", "engine", 10, coverage=95, coverage_bound=95)
    [group] = report.grouped([wrong, better])
    assert group.contradictions == ("M: engine covers 95, HiGHS cliques says 94 at most",)


def test_the_time_of_a_coverage_is_that_of_the_first_answer_as_good() -> None:
    moments = (Moment(1, 10), Moment(2, 30))
    assert [seconds_until(moments, coverage) for coverage in (0, 10, 11, 30, 31)] == [1, 1, 2, 2, None]


def lacking() -> None:
    raise Missing("needs Java")


@pytest.mark.processes
def test_a_process_that_dies_or_lacks_something_stops_nobody_else() -> None:
    with pytest.raises(Failed, match="ended without a word"):
        apart(os._exit, 1, seconds=AMPLE)
    with pytest.raises(Failed, match="skipped: needs Java"):
        apart(lacking, seconds=AMPLE)
    assert apart(abs, -3, seconds=AMPLE) == 3


@pytest.mark.processes
def test_a_process_that_never_ends_is_stopped() -> None:
    with pytest.raises(Failed, match=r"stopped after 0\.1 seconds"):
        apart(forever, seconds=0.1)


def forever() -> None:
    while True:
        os.waitstatus_to_exitcode(0)


@pytest.mark.processes
def test_a_run_leaves_a_table_and_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "three.dat").write_text(FILE, encoding="utf-8")
    assert main(["ptsp", str(tmp_path), "--rivals", "first come,HiGHS cliques", "--output", str(tmp_path)]) == 0
    rows = json.loads((tmp_path / "ptsp-published.json").read_text(encoding="utf-8"))["results"]
    assert [(row["case"], row["rival"]) for row in rows][:2] == [("three", "first come"), ("three", "HiGHS cliques")]
    assert (rows[1]["coverage"], rows[1]["coverage_proved"], rows[1]["best_bound"]) == (3, True, 3)
    assert "### three -50 %" in (tmp_path / "ptsp-published.md").read_text(encoding="utf-8")
    assert "HiGHS cliques" in capsys.readouterr().out


def test_a_folder_without_published_files_and_a_size_that_is_none_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ptsp", str(tmp_path)]) == 2
    assert "no file *.dat there" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["--sizes", "Q"])
    assert "'Q'; choose from S, M, MT, L, XL" in capsys.readouterr().err
