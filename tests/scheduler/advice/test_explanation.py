"""Why something stays open: the smallest concession is the one a person would find, and each was tried out."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from scheduler.advice.concessions import pairs, singles
from scheduler.advice.explanation import TRIES, Explanation
from scheduler.audit import faults_of
from scheduler.explain import explain
from scheduler.generate import Size, generate
from scheduler.model.plan import Assigned, Plan
from scheduler.model.problem import Problem, ProblemError, Travel
from scheduler.model.rules import Refusal
from scheduler.solve import solve
from tests.effort import examples
from tests.scheduler.build import appointment, at, mediator, problem
from tests.scheduler.plans import planned
from tests.scheduler.small_problems import small_problems

SITE = {"mode": "on_site", "place": "hall"}
TABLE = Travel(minutes={"home": {"hall": 20, "school": 20}, "hall": {"school": 30}})
AT_EIGHT = ((at(8), at(9)),)


def in_words(found: Explanation) -> str | None:
    return None if found.concession is None else found.concession.words


# what would cover an appointment on Tuesday from nine to ten (local), for one person
SMALLEST: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (
        {"available": ((at(9), at(11)),)},
        {},
        "from Tue 2026-11-24 10:00 instead of Tue 2026-11-24 09:00",
    ),
    (
        {"available": ((at(8, 2), at(11, 2)), (at(7, 0), at(8, 0)))},
        {},
        "from Wed 2026-11-25 09:00 instead of Tue 2026-11-24 09:00",
    ),
    ({"modes": frozenset({"phone"})}, SITE, "by phone instead of on site"),
    ({"modes": frozenset({"phone", "video"})}, SITE, "by video instead of on site"),
    ({"modes": frozenset({"on_site"})}, {"place": "hall"}, "on site instead of by phone"),
    ({"languages": {"ara": "B1"}}, {"min_level": "C1"}, "at B1 instead of C1"),
    ({"gender": "m"}, {"gender": "f"}, "with anybody, not only female people"),
    ({"languages": {"kmr": "B1"}}, {"min_level": "B1"}, "with kmr accepted as well"),
    (
        {"languages": {"ara": "B1"}, "modes": frozenset({"phone"})},
        {"min_level": "C1", **SITE},
        "by phone instead of on site; at B1 instead of C1",
    ),
    (
        {"languages": {"ara": "B1"}, "available": ((at(9.5), at(11)),)},
        {"min_level": "B2"},
        "from Tue 2026-11-24 10:30 instead of Tue 2026-11-24 09:00; at B1 instead of B2",
    ),
    (
        {"available": ()},
        {"min_level": "B2"},
        "one more person who speaks ara at B2, by phone, Tue 2026-11-24 09:00–10:00",
    ),
    (
        {"excluded": frozenset({"a1"})},
        {"mediators_needed": 3},
        "three more people who speak ara, by phone, Tue 2026-11-24 09:00–10:00",
    ),
    ({}, {"candidates": ()}, "one more person who speaks ara, by phone, Tue 2026-11-24 09:00–10:00"),
    (
        {"available": AT_EIGHT},
        {"mediators_needed": 2},
        "one more person who speaks ara, by phone, Tue 2026-11-24 09:00–10:00",
    ),
    (
        {"available": AT_EIGHT, "languages": {"kmr": "C1"}},
        {"mediators_needed": 2, "accepted_languages": ("kmr",), "partial": True},
        "one more person who speaks kmr, by phone, Tue 2026-11-24 09:00–10:00",
    ),
]


@pytest.mark.parametrize(("person", "wanted", "words"), SMALLEST)
def test_the_smallest_relaxation_is_the_one_a_person_would_find(
    person: dict[str, Any], wanted: dict[str, Any], words: str
) -> None:
    whole = problem([mediator(**person)], [appointment(**wanted)])
    (found,) = explain(whole, solve(whole))
    assert in_words(found) == words


def test_a_shift_leaves_time_for_the_way() -> None:
    taken = appointment("taken", 7, fixed=("m1",), mode="on_site", place="hall")
    wanted = appointment("a1", 8, mode="on_site", place="school")
    whole = problem([mediator()], [taken, wanted], travel=TABLE)
    # from the hall, until nine, it is half an hour to the school
    (found,) = explain(whole, solve(whole))
    assert in_words(found) == "from Tue 2026-11-24 09:30 instead of Tue 2026-11-24 09:00"


def test_others_may_move_but_nothing_is_lost() -> None:
    people = [
        mediator("m1", languages={"ara": "C1"}, available=AT_EIGHT),
        mediator("m2", languages={"ara": "B1"}, available=AT_EIGHT),
    ]
    people.append(mediator("m3", languages={"kmr": "C1"}))
    wanted = [appointment("easy", 8), appointment("hard", 8, min_level="C2"), appointment("other", 8, language="kmr")]
    whole = problem(people, wanted)
    plan = planned(whole, [Assigned("easy", ("m1",), "ara"), Assigned("other", ("m3",), "kmr")])
    (found,) = explain(whole, plan)
    # m2 would do at B1; m1 does at C1, if m2 takes what m1 has
    assert in_words(found) == "at C1 instead of C2"
    assert set(found.moves) == {Assigned("easy", ("m2",), "ara"), Assigned("hard", ("m1",), "ara")}
    assert found.people["m1"][0].refusal == Refusal.LEVEL


def test_in_a_large_pool_those_are_found_who_can_relieve_others() -> None:
    away = [mediator(f"m{number}", available=()) for number in range(40)]
    holder = mediator("holder", languages={"ara": "C1", "kmr": "C1"}, available=AT_EIGHT)
    relief = mediator("relief", available=AT_EIGHT)
    wanted = [appointment("easy", 8), appointment("hard", 8, language="kmr", min_level="C2")]
    whole = problem([*away, holder, relief], wanted)
    # this is likely enough to be tried although nothing else is
    (found,) = explain(whole, planned(whole, [Assigned("easy", ("holder",), "ara")]), tries=0)
    assert in_words(found) == "at C1 instead of C2"
    assert set(found.moves) == {Assigned("easy", ("relief",), "ara"), Assigned("hard", ("holder",), "kmr")}


def test_what_has_started_can_only_be_at_another_time() -> None:
    begun = appointment("a1", 8, 3)
    (found,) = explain(*solved(problem([mediator()], [begun], now=at(8.5))))
    assert in_words(found) == "from Tue 2026-11-24 09:30 instead of Tue 2026-11-24 09:00"
    (found,) = explain(*solved(problem([mediator(available=())], [begun], now=at(8.5))))
    assert (found.concession, found.moves) == (None, ())
    assert found.people["m1"][0].words == "it started at 09:00"


def solved(whole: Problem) -> tuple[Problem, Plan]:
    return whole, solve(whole)


def test_people_who_are_fixed_must_be_able_to_come_then() -> None:
    people = [mediator("m1", available=AT_EIGHT), mediator("m2", available=((at(10), at(14)),))]
    one = appointment(mediators_needed=2, fixed=("m1",))
    (found,) = explain(*solved(problem(people, [one])))
    assert found.concession is not None
    assert found.concession.kinds == ("people",)
    people[0] = mediator("m1", available=((at(8), at(9)), (at(11), at(12))))
    (found,) = explain(*solved(problem(people, [one])))
    assert in_words(found) == "from Tue 2026-11-24 12:00 instead of Tue 2026-11-24 09:00"


def test_people_who_are_fixed_for_two_are_not_moved_onto_each_other() -> None:
    people = [mediator("m1"), mediator("m2", available=((at(10), at(11)),))]
    wanted = [appointment("a1", mediators_needed=2, fixed=("m1",)), appointment("a2", 10, fixed=("m1",))]
    (found,) = explain(*solved(problem(people, wanted)))
    assert found.concession is not None
    assert found.concession.kinds == ("people",)


def test_a_way_the_table_does_not_have_is_no_relaxation() -> None:
    way = Travel(minutes={"school": {"farm": 5}})
    one = appointment(place="hall")
    people = [mediator(home="farm", modes=frozenset({"on_site"}))]
    whole = problem(people, [one], travel=way)
    (found,) = explain(*solved(whole))
    assert found.concession is not None
    assert found.concession.kinds == ("people",)


def test_limits_are_told_and_another_day_is_found() -> None:
    wanted = [appointment("a1", 8, weight=5), appointment("a2", 12)]
    (found,) = explain(*solved(problem([mediator(max_appointments_per_day=1)], wanted)))
    assert (found.appointment, found.missing, found.weight) == ("a2", 1, 1)
    assert [one.words for one in found.people["m1"]] == ["day limit of 1 reached: has 1"]
    assert in_words(found) == "from Wed 2026-11-25 13:00 instead of Tue 2026-11-24 13:00"


def test_everybody_or_those_of_the_language_are_told_of() -> None:
    people = [mediator("m1", available=()), mediator("m2", languages={"kmr": "C1"}), mediator("m3", gender="m")]
    whole = problem(people, [appointment(mediators_needed=3, partial=True, weight=3, gender="m")])
    plan = solve(whole)
    (found,) = explain(whole, plan)
    assert (found.missing, found.weight, set(found.people)) == (2, 2, {"m1"})
    assert found.reasons == plan.uncovered[0].reasons
    (found,) = explain(whole, plan, everybody=True)
    assert next(one.words for one in found.people["m2"]) == "does not speak ara; speaks kmr"
    assert set(found.people) == {"m1", "m2"}


def test_who_is_free_but_not_enough_has_nothing_against_them() -> None:
    (found,) = explain(*solved(problem([mediator()], [appointment(mediators_needed=2)])))
    assert found.people == {"m1": ()}
    assert found.reasons == {}


def test_any_appointment_can_be_explained_also_one_that_is_covered() -> None:
    whole = problem([mediator("m1"), mediator("m2", available=())], [appointment("a1"), appointment("a2", 8.5)])
    plan = planned(whole, [Assigned("a1", ("m1",), "ara")])
    second, first = explain(whole, plan, ["a2", "a1"])
    assert (second.appointment, second.missing) == ("a2", 1)
    assert (first.missing, first.weight, first.concession, first.moves) == (0, 0, None, ())
    assert [one.words for one in first.people["m2"]] == ["not free that day"]


def test_an_explanation_is_plain_json() -> None:
    whole = problem([mediator(available=())], [appointment()])
    (found,) = explain(whole, solve(whole))
    written = json.loads(json.dumps(found.to_json()))
    assert written == {
        "appointment": "a1",
        "missing": 1,
        "weight": 1,
        "reasons": {"unavailable": 1},
        "people": {
            "m1": [
                {
                    "refusal": "unavailable",
                    "code": "unavailable.day",
                    "figures": {},
                    "words": "not free that day",
                }
            ]
        },
        "relaxation": {
            "kinds": ["people"],
            "people": 1,
            "speaking": "ara",
            "cost": 1_000_000,
            "words": "one more person who speaks ara, by phone, Tue 2026-11-24 09:00–10:00",
        },
        "moves": [{"appointment": "a1", "mediators": ["newcomer 1"], "language": "ara"}],
    }


@pytest.mark.parametrize(
    ("assignments", "ids", "refused"),
    [
        ([], ["a9"], "appointment"),
        ([Assigned("a9", ("m1",), "ara")], None, "assignments[0].appointment"),
        ([Assigned("a1", ("m9",), "ara")], None, "assignments[0].mediators"),
    ],
)
def test_a_plan_of_another_problem_is_refused_by_name(
    assignments: list[Assigned], ids: list[str] | None, refused: str
) -> None:
    whole = problem([mediator()], [appointment()])
    plan = replace(planned(whole, []), assignments=tuple(assignments))
    with pytest.raises(ProblemError) as caught:
        explain(whole, plan, ids)
    assert caught.value.key == refused


def test_an_empty_pool_needs_one_more_person() -> None:
    (found,) = explain(*solved(problem([], [appointment()])))
    assert found.concession is not None
    assert found.concession.kinds == ("people",)
    assert explain(*solved(problem([], []))) == []


def hold(whole: Problem, plan: Plan, found: Explanation) -> None:
    """The moves are a plan of the relaxed problem that loses nothing, and planning anew gains what was missing."""
    assert found.concession is not None
    relaxed = found.concession.apply(whole)
    moved = {one.appointment: one for one in (*plan.assignments, *found.moves)}
    assert faults_of(relaxed, tuple(moved.values()), relaxed.mediator) == ()
    assert len(moved[found.appointment].mediators) == relaxed.appointment[found.appointment].mediators_needed
    assert all(len(moved[name].mediators) >= len(people) for name, people in plan.people.items())
    again = solve(relaxed)
    assert again.coverage >= plan.coverage + found.weight - 1e-9
    one = whole.appointment[found.appointment]
    # who is fixed for what changes is free for others as before; a share can be worth as much as all
    if not one.partial and not (one.fixed and {"time", "mode"} & set(found.concession.kinds)):
        assert found.appointment not in {open_one.appointment for open_one in again.uncovered}


def explained(whole: Problem, tries: int = TRIES) -> list[Explanation]:
    """Everything that stays open in the best plan, each concession tried by planning anew."""
    plan = solve(whole)
    assert plan.coverage == plan.coverage_bound
    found = explain(whole, plan, tries=tries)
    assert [one.appointment for one in found] == [one.appointment for one in plan.uncovered]
    for one in found:
        begun = whole.appointment[one.appointment].starts < whole.now
        if one.concession is None:
            assert begun
        else:
            assert not begun or one.concession.kinds == ("time",)
            hold(whole, plan, one)
    return found


def large_pool(seed: int) -> Problem:
    """More people than are planned anew together; every sixth appointment needs two of them."""
    whole = generate(Size(32, 70, days=(3, 4), hours=(5, 6)), seed)
    two = [replace(one, mediators_needed=2, partial=seed % 2 == 0) for one in whole.appointments[::6]]
    return replace(whole, appointments=tuple({one.id: one for one in (*whole.appointments, *two)}.values()))


@pytest.mark.thorough
def test_every_relaxation_of_crowded_pools_covers_its_appointment() -> None:
    pools = [generate(Size(12, 40, hours=(3, 4)), seed) for seed in range(14)]
    found = [one for pool in pools for one in explained(pool, tries=4)]
    found += [one for seed in (1, 2) for one in explained(large_pool(seed))]
    assert len(found) >= 500
    kinds = {kind for one in found if one.concession for kind in one.concession.kinds}
    assert kinds >= {"time", "mode", "language", "gender"}
    assert any(len(one.moves) > 1 for one in found)


@pytest.mark.thorough
@settings(
    max_examples=examples(80), derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
@given(small_problems())
def test_every_relaxation_covers_its_appointment_under_every_rule(small: Problem) -> None:
    explained(small)


@pytest.mark.thorough
@settings(
    max_examples=examples(25), derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
@given(small_problems())
def test_no_smaller_relaxation_would_have_done(small: Problem) -> None:
    whole = replace(small, appointments=tuple(replace(one, partial=False) for one in small.appointments))
    plan = solve(whole)
    kept = {one.id for one in whole.appointments} - {one.appointment for one in plan.uncovered}
    for found in explain(whole, plan, tries=1_000):
        one = whole.appointment[found.appointment]
        everything = () if one.fixed else (*singles(whole, one), *pairs(whole, one))
        smaller = [each for each in everything if not found.concession or each.cost < found.concession.cost]
        for each in smaller[:: max(1, len(smaller) // 3)]:
            relaxed = each.apply(whole)
            wanted = kept | {one.id}
            # so heavy that they are covered before all others, if that is possible
            weighed = tuple(replace(two, weight=1_000 if two.id in wanted else 1) for two in relaxed.appointments)
            again = solve(replace(relaxed, appointments=weighed))
            assert wanted & {open_one.appointment for open_one in again.uncovered}
