import json
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings

from scheduler.audit import AuditFailed
from scheduler.model.plan import Plan
from scheduler.model.problem import LIMITS, Appointment, Mediator, Problem, ProblemError
from scheduler.model.rules import Refusal, refusals_given, usable_languages
from scheduler.solve import solve
from scheduler.tables.arrays import Tables
from scheduler.tables.preferences import Preferences
from tests.effort import examples
from tests.scheduler.build import WEEK, appointment, at, mediator, problem
from tests.scheduler.small_problems import best_rank, odd_problems, small_problems

BOUNDED = settings(
    max_examples=examples(200),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def limited(**limits: int) -> Mediator:
    return Mediator("m1", {"ara": "C1"}, available=WEEK, **limits)  # type: ignore[arg-type] # limits are numbers


def timeless(plan: Plan) -> str:
    return json.dumps(plan.to_json() | {"seconds": 0})


@pytest.mark.thorough
def test_the_solver_finds_what_trying_everything_finds() -> None:
    seen: Counter[str] = Counter()

    @settings(BOUNDED, max_examples=examples(2_000))
    @given(small_problems())
    def agree(small: Problem) -> None:
        plan = solve(small)
        coverage, changes, preference = best_rank(small)
        assert plan.status == "optimal"
        assert (plan.coverage, plan.coverage_bound) == (float(coverage), float(coverage))
        assert (plan.changes, plan.changes_bound) == (-changes, -changes)
        assert (plan.preference, plan.preference_bound) == (-preference, -preference)
        seen.update({*used(small), *decisive(small, plan)})

    agree()
    # whatever the format knows has been part of many of them
    assert {word: seen[word] for word in EVERYTHING if seen[word] < 20} == {}


EVERYTHING = (
    *Refusal,
    *LIMITS,
    *("substitute", "least level", "wished gender", "video", "pair", "partial", "preferred", "fixed", "all fixed"),
    *("two fixed", "asked", "candidates", "no candidates", "started", "table", "distance", "farthest"),
    *("farthest of all", "exclusion", "chance", "idle", "uncovered", "day of another zone"),
)


def used(small: Problem) -> Iterator[str]:
    """What of the format a problem makes use of."""
    yield "distance" if small.travel.minutes is None else "table"
    yield from ["farthest of all"] * (small.travel.max_minutes is not None)
    yield from ["day of another zone"] * any(small.day_of(one) != one.starts.date() for one in small.appointments)
    for person in small.mediators:
        yield from used_by(person)
    for one in small.appointments:
        yield from used_for(small, one)


def used_by(person: Mediator) -> Iterator[str]:
    yield from (limit for limit in LIMITS if getattr(person, limit) is not None)
    yield from ["farthest"] * (person.max_travel_minutes is not None)
    yield from ["exclusion"] * bool(person.excluded)
    yield from ["chance"] * (person.chance < 1)
    yield from ["idle"] * (person.idle_days is not None)


def used_for(small: Problem, one: Appointment) -> Iterator[str]:
    yield from ["substitute"] * bool(one.accepted_languages)
    yield from ["least level"] * (one.min_level is not None)
    yield from ["wished gender"] * (one.gender is not None)
    yield from ["video"] * (one.mode == "video")
    yield from ["pair"] * (one.open_seats > 1 and not one.partial)
    yield from ["partial"] * (one.open_seats > 1 and one.partial)
    yield from ["preferred"] * bool(one.preferred)
    yield from ["fixed"] * bool(one.fixed and one.open_seats)
    yield from ["all fixed"] * (not one.open_seats)
    yield from ["two fixed"] * (len(one.fixed) > 1)
    yield from ["asked"] * bool(one.asked)
    yield from ["candidates"] * bool(one.candidates)
    yield from ["no candidates"] * (one.candidates == ())
    yield from ["started"] * (one.starts < small.now)


def decisive(small: Problem, plan: Plan) -> Iterator[str]:
    """Each refusal that is all that speaks against somebody beside the plan."""
    yield from ["uncovered"] * bool(plan.uncovered)
    for person in small.mediators:
        taken = [small.appointment[name] for name, people in plan.people.items() if person.id in people]
        for one in small.appointments:
            found = refusals_given(small, person, one, taken)
            if len(found) == 1 and one not in taken:
                yield found[0]


@BOUNDED
@given(small_problems())
def test_without_time_there_is_still_an_audited_plan_and_an_honest_bound(small: Problem) -> None:
    plan = solve(small, seconds=0)
    coverage, changes, preference = best_rank(small)
    assert (
        Fraction(plan.coverage).limit_denominator(60) <= coverage <= Fraction(plan.coverage_bound).limit_denominator(60)
    )
    if plan.status == "optimal":
        assert (plan.coverage, plan.changes, plan.preference) == (float(coverage), -changes, -preference)


@BOUNDED
@given(small_problems() | odd_problems())
def test_what_is_told_beside_the_assignments_is_what_the_rules_say(small: Problem) -> None:
    plan = solve(small)
    languages = {one.appointment: one.language for one in plan.assignments}
    taken = {
        person.id: [small.appointment[name] for name, people in plan.people.items() if person.id in people]
        for person in small.mediators
    }
    costs = Preferences(small)
    told = {one.appointment: one.reasons for one in plan.uncovered}
    for one in small.appointments:
        here = plan.people.get(one.id, ())
        others = [person for person in small.mediators if person.id not in here]
        found = {person.id: refusals_given(small, person, one, taken[person.id]) for person in others}
        if one.id in told:
            strongest = Counter(reasons[0] for reasons in found.values() if reasons and reasons[0] != Refusal.LANGUAGE)
            assert told[one.id] == strongest
        if one.open_seats:
            agreed = one.mediators_needed > 1 and set(here) - set(one.fixed)
            wanted = {languages[one.id]} if agreed else set(one.languages)
            able = [(person, usable_languages(small, person, one)) for person in others if not found[person.id]]
            line = [
                (costs.cost(person, one, next(word for word in own if word in wanted)), person.id)
                for person, own in able
                if wanted & set(own)
            ]
            assert plan.alternates[one.id] == tuple(name for _, name in sorted(line))
        else:
            assert one.id not in plan.alternates


def test_the_same_seed_gives_the_same_plan() -> None:
    people = [mediator(f"m{index}") for index in range(8)]
    wanted = [appointment(f"a{index}", 8 + index / 4) for index in range(12)]
    plans = {timeless(solve(problem(people, wanted), seed=7)) for _ in range(3)}
    assert len(plans) == 1


def test_nothing_to_do_is_done_optimally() -> None:
    plan = solve(problem([], []))
    assert (plan.status, plan.coverage, plan.assignments, plan.uncovered) == ("optimal", 0, (), ())


def test_coverage_goes_before_asked_people_and_these_before_preference() -> None:
    versatile, single = mediator("both", languages={"ara": "C1", "kmr": "C1"}), mediator("one", load=9)
    wanted = [appointment("a1", asked=("both",)), appointment("a2", language="kmr")]
    assert solve(problem([versatile, single], wanted)).people == {"a1": ("one",), "a2": ("both",)}
    asked = appointment("a1", asked=("one",))
    assert solve(problem([versatile, single], [asked])).people == {"a1": ("one",)}


def test_fixed_people_stay_even_against_the_rules() -> None:
    beginner = mediator("m1", languages={"ara": "A1"}, available=())
    plan = solve(problem([beginner, mediator("m2")], [appointment(min_level="C2", fixed=("m1",))]))
    assert plan.people == {"a1": ("m1",)}
    assert (plan.coverage, plan.preference) == (1, 0)


def test_fixed_appointments_count_towards_the_limits() -> None:
    wanted = [appointment("fixed", 8, fixed=("m1",)), appointment("new", 14)]
    for limits in ({"max_appointments_per_day": 1}, {"max_minutes_per_day": 119}, {"max_minutes_per_week": 119}):
        assert solve(problem([limited(**limits)], wanted)).people == {"fixed": ("m1",)}
    assert solve(problem([mediator(max_minutes_per_day=120)], wanted)).coverage == 2


def test_several_people_come_all_or_not_at_all() -> None:
    wanted = [appointment("pair", mediators_needed=2, weight=5), appointment("solo", weight=1)]
    assert solve(problem([mediator()], wanted)).people == {"solo": ("m1",)}


def test_a_partial_appointment_takes_its_share() -> None:
    plan = solve(problem([mediator()], [appointment(mediators_needed=2, partial=True, weight=5)]))
    assert plan.coverage == 2.5
    assert [(one.appointment, one.weight) for one in plan.uncovered] == [("a1", 2.5)]


def test_people_of_one_appointment_work_in_one_language() -> None:
    people = [mediator("m1"), mediator("m2", languages={"kmr": "C1"}), mediator("m3", languages={"kmr": "C1"})]
    plan = solve(problem(people, [appointment(accepted_languages=("kmr",), mediators_needed=2)]))
    assert plan.assignments[0].language == "kmr"
    assert plan.people == {"a1": ("m2", "m3")}


def test_the_main_language_is_used_where_somebody_speaks_it() -> None:
    people = [mediator("m1", languages={"kmr": "native"}), mediator("m2", load=10)]
    plan = solve(problem(people, [appointment(accepted_languages=("kmr",))]))
    assert [(one.mediators, one.language) for one in plan.assignments] == [(("m2",), "ara")]


def test_a_day_limit_counts_the_local_day_of_twenty_five_hours() -> None:
    free = ((at(0, -31), at(0, -27)),)
    limited = mediator(available=free, max_appointments_per_day=1)
    # Sunday 25 October 2026 runs from 22:00 UTC on Saturday to 23:00 UTC on Sunday.
    wanted = [
        appointment("first", 22.5, day=-30),
        appointment("last", 22.5, 0.25, day=-29),
        appointment("next", 23, day=-29),
    ]
    plan = solve(problem([limited], wanted, now=at(0, -40)))
    assert plan.coverage == 2
    assert "next" in plan.people


def test_a_week_limit_starts_anew_on_the_local_monday() -> None:
    limited = mediator(available=((at(0, 0), at(0, 14)),), max_minutes_per_week=60)
    # Sunday 23:30 in Berlin is still 22:30 UTC; half an hour later the ISO week is another.
    wanted = [
        appointment("tuesday", 8),
        appointment("sunday", 22.5, 0.5, day=6),
        appointment("monday", 23.25, 0.5, day=6),
    ]
    assert solve(problem([limited], wanted)).coverage == 2
    assert "monday" in solve(problem([limited], wanted)).people


@pytest.mark.parametrize("given_arguments", [{"seconds": -1}, {"seconds": float("nan")}, {"seed": -1}, {"workers": 0}])
def test_arguments_out_of_range_are_refused_by_name(given_arguments: dict[str, float]) -> None:
    with pytest.raises(ProblemError) as caught:
        solve(problem([], []), **given_arguments)  # type: ignore[arg-type]
    assert caught.value.key in given_arguments


def test_a_plan_that_breaks_a_rule_is_never_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tables, "clash", lambda _self, one, _other: one < 0)
    with pytest.raises(AuditFailed, match="m1 has a1 and a2 at the same time"):
        solve(problem([mediator()], [appointment("a1"), appointment("a2")]))
