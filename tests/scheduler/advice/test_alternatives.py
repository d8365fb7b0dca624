"""What would work better: agrees with the rules person by person, and is told in a sensible order."""

import math
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scheduler.advice.alternatives import DIGITS, Alternative, Rating, rate
from scheduler.model.participants import CHANCE
from scheduler.model.plan import Assigned
from scheduler.model.problem import Appointment, Mediator, Problem, ProblemError, Travel
from scheduler.model.rules import refusals_given, usable_languages
from scheduler.tables.free_times import FreeTimes
from tests.effort import examples
from tests.scheduler.build import appointment, at, mediator, problem
from tests.scheduler.small_problems import small_problems

BOUNDED = settings(
    max_examples=examples(100),
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
STARTS = tuple(at(hour / 4, day) for day in (0, 1, 7) for hour in (26, 32, 33, 36, 37, 40, 45, 51))
MODES = ("on_site", "phone", "video")


@st.composite
def questions(draw: st.DrawFn) -> tuple[Problem, tuple[Assigned, ...], Appointment, dict[str, float]]:
    """A problem, any assignments (also such that break rules), something wanted, and chances."""
    whole = draw(small_problems())
    some = st.lists(st.sampled_from([one.id for one in whole.mediators]), max_size=2, unique=True)
    given_to = [tuple(dict.fromkeys((*one.fixed, *draw(some)))) for one in whole.appointments]
    assignments = tuple(
        Assigned(one.id, people, one.language)
        for one, people in zip(whole.appointments, given_to, strict=True)
        if people
    )
    wanted = draw(st.sampled_from(whole.appointments))
    if draw(st.booleans()):
        wanted = replace(wanted, id="new", fixed=())
    chances = draw(st.dictionaries(st.sampled_from([one.id for one in whole.mediators]), st.sampled_from((0, 0.2, 1))))
    return whole, assignments, wanted, chances


def free(whole: Problem, assignments: Sequence[Assigned], changed: Appointment) -> list[Mediator]:
    """Who could take it, by asking the rules of each."""
    rest = replace(whole, appointments=tuple(one for one in whole.appointments if one.id != changed.id))
    taken = {
        person.id: [whole.appointment[one.appointment] for one in assignments if person.id in one.mediators]
        for person in whole.mediators
    }
    return [
        person
        for person in whole.mediators
        if person.id not in changed.fixed and not refusals_given(rest, person, changed, taken[person.id])
    ]


def enough(chances: Sequence[float], seats: int) -> float:
    """The chance that so many say yes, by adding up every way they could answer."""
    answers = product((True, False), repeat=len(chances))
    return sum(
        math.prod(chance if yes else 1 - chance for yes, chance in zip(answer, chances, strict=True))
        for answer in answers
        if sum(answer) >= seats
    )


def chance_of(whole: Problem, people: Sequence[Mediator], changed: Appointment, chances: dict[str, float]) -> float:
    groups = [people]
    if changed.open_seats != 1:
        groups = [
            [one for one in people if language in usable_languages(whole, one, changed)]
            for language in changed.languages
        ]
    return max(enough([chances.get(one.id, CHANCE) for one in group], changed.open_seats) for group in groups)


@pytest.mark.thorough
@BOUNDED
@given(questions())
def test_every_combination_counts_whom_the_rules_let_in(
    question: tuple[Problem, tuple[Assigned, ...], Appointment, dict[str, float]],
) -> None:
    whole, assignments, wanted, chances = question
    rated = rate(FreeTimes(whole, assignments, chances), wanted, STARTS, modes=MODES, languages=("ara", "kmr"))
    assert {*STARTS, wanted.starts} == set(rated.starts)
    for place in product(range(len(rated.modes)), range(len(rated.languages)), range(len(rated.starts))):
        further, starts = rated.languages[place[1]], rated.starts[place[2]]
        changed = replace(
            wanted,
            starts=starts,
            ends=starts + (wanted.ends - wanted.starts),
            mode=rated.modes[place[0]],
            accepted_languages=(*wanted.accepted_languages, *([further] if further else [])),
        )
        people = free(whole, assignments, changed)
        assert rated.people[place] == len(people)
        assert rated.chance[place] == pytest.approx(chance_of(whole, people, changed, chances), abs=1e-8)


def key(wanted: Appointment, rated: Rating, one: Alternative) -> tuple[object, ...]:
    shift = (one.starts - wanted.starts).total_seconds()
    order = rated.modes.index(one.mode), rated.languages.index(one.language)
    return (-one.chance, len(one.changes), abs(shift), -shift, *order)


@BOUNDED
@given(questions())
def test_the_likeliest_come_first_and_of_equals_the_nearest(
    question: tuple[Problem, tuple[Assigned, ...], Appointment, dict[str, float]],
) -> None:
    whole, assignments, wanted, chances = question
    rated = rate(FreeTimes(whole, assignments, chances), wanted, STARTS, modes=MODES, languages=("ara", "kmr"))
    everything = rated.best(1_000_000)
    assert len(everything) == len(set(everything)) == rated.chance.size
    assert list(everything) == sorted(everything, key=lambda one: key(wanted, rated, one))
    assert rated.best(3) == everything[:3]
    for changing in ((), ("time",), ("mode",), ("language",), ("time", "language")):
        assert rated.best(1_000_000, changing) == tuple(one for one in everything if set(one.changes) <= set(changing))


def test_each_alternative_says_what_it_changes() -> None:
    people = [mediator("m1"), mediator("m2", languages={"kmr": "C1"})]
    rated = rate(
        FreeTimes(problem(people, []), ()), appointment(), [at(9)], modes=["phone", "video"], languages=["ara", "kmr"]
    )
    assert rated.itself == Alternative(at(8), at(9), "phone", None, 1, round(CHANCE, DIGITS), ())
    assert (rated.modes, rated.languages) == (("phone", "video"), (None, "kmr"))
    changes = {(one.starts, one.mode, one.language): one.changes for one in rated.best(8)}
    assert changes[at(9), "video", "kmr"] == ("time", "mode", "language")
    assert changes[at(8), "video", None] == ("mode",)
    assert rated.best(1, ["language"])[0].to_json() == {
        "starts": "2026-11-24T08:00:00Z",
        "ends": "2026-11-24T09:00:00Z",
        "mode": "phone",
        "language": "kmr",
        "people": 2,
        "chance": round(1 - (1 - CHANCE) ** 2, DIGITS),  # of two, at least one
        "changes": ["language"],
    }


def test_who_has_the_appointment_counts_as_free_for_it() -> None:
    whole = problem([mediator()], [appointment("a1"), appointment("a2", 9.5)])
    free_times = FreeTimes(whole, (Assigned("a1", ("m1",), "ara"),))
    # moved to 9:00 it would end when a2 begins, which nobody has; whoever has a1 may move with it
    assert rate(free_times, whole.appointment["a1"], [at(8.5)]).people.ravel().tolist() == [1, 1]
    assert rate(free_times, whole.appointment["a2"], [at(8.5)]).people.ravel().tolist() == [0, 1]


def test_a_way_is_counted_in_its_direction() -> None:
    way = Travel(minutes={"hall": {"school": 20}, "school": {"hall": 40}})
    taken = appointment("taken", 12, mode="on_site", place="school")
    free_times = FreeTimes(problem([mediator()], [taken], travel=way), (Assigned("taken", ("m1",), "ara"),))
    wanted = appointment("new", 10, mode="on_site", place="hall")
    quarters = [at(10 + quarter / 4) for quarter in range(20)]
    busy = [
        one for one, count in zip(quarters, rate(free_times, wanted, quarters).people[0, 0], strict=True) if not count
    ]
    # to end 20 minutes before 12:00 it starts by 10:40; after 13:00 the way back takes 40 minutes
    assert busy == [one for one in quarters if at(10.75) <= one <= at(13.5)]


@pytest.mark.parametrize(
    ("begins", "hours"),
    [(datetime(2026, 3, 28, 23, tzinfo=UTC), 23), (datetime(2026, 10, 24, 22, tzinfo=UTC), 25)],
)
def test_a_day_on_which_the_clock_changes_is_one_day(begins: datetime, hours: int) -> None:
    ends = begins + timedelta(hours=hours)
    taken = replace(appointment("taken"), starts=ends - timedelta(hours=1), ends=ends)
    limited = mediator(available=((begins, ends + timedelta(days=1)),), max_appointments_per_day=1)
    whole = problem([limited], [taken], now=begins)
    wanted = replace(appointment("new"), starts=ends, ends=ends + timedelta(minutes=30))
    quarters = [begins + timedelta(minutes=15 * number) for number in range(4 * hours + 4)]
    rated = rate(FreeTimes(whole, (Assigned("taken", ("m1",), "ara"),)), wanted, quarters)
    # the whole local day is spent by its one appointment; after its end only the ten minutes between calls count
    assert [one for one, count in zip(rated.starts, rated.people[0, 0], strict=True) if count] == [
        one for one in quarters if one >= ends + timedelta(minutes=15)
    ]


def test_a_week_ends_with_its_sunday() -> None:
    limited = mediator(available=((at(0, 0), at(0, 14)),), max_appointments_per_week=1)
    taken = appointment("taken", 8, day=6)
    free_times = FreeTimes(problem([limited], [taken]), (Assigned("taken", ("m1",), "ara"),))
    rated = rate(free_times, appointment("new", 8, day=0), [at(8, 5), at(12, 6), at(8, 7)])
    assert rated.people.ravel().tolist() == [0, 0, 0, 1]


def test_what_is_over_when_the_plan_is_made_is_no_alternative() -> None:
    free_times = FreeTimes(problem([mediator()], [], now=at(8)), ())
    assert rate(free_times, appointment(hour=9), [at(7.75), at(8)]).people.ravel().tolist() == [0, 1, 1]


def test_whom_it_excludes_is_not_counted() -> None:
    free_times = FreeTimes(problem([mediator("m1", excluded=frozenset({"a1"})), mediator("m2")], []), ())
    assert rate(free_times, appointment("a1"), ()).itself.people == 1
    assert rate(free_times, appointment("a2"), ()).itself.people == 2


def test_an_empty_pool_has_no_chance_for_anything() -> None:
    for needed in (1, 2):
        wanted = appointment(mediators_needed=needed)
        rated = rate(FreeTimes(problem([], []), ()), wanted, STARTS, modes=MODES[1:], languages=["kmr"])
        assert not rated.people.any()
        assert not rated.chance.any()
        assert rated.best(1) == (rated.itself,)


def test_without_other_starts_only_the_wanted_one_is_rated() -> None:
    rated = rate(FreeTimes(problem([mediator()], []), ()), appointment(), ())
    assert rated.best(10) == (rated.itself,)


def test_two_seats_need_two_people_of_one_language() -> None:
    people = [mediator("m1"), mediator("m2", languages={"kmr": "C1"}), mediator("m3", languages={"kmr": "C1"})]
    wanted = appointment(mediators_needed=2)
    free_times = FreeTimes(problem(people, []), (), {"m1": 1, "m2": 0.5, "m3": 0.5})
    rated = rate(free_times, wanted, (), languages=["kmr"])
    assert (rated.itself.people, rated.itself.chance) == (1, 0)
    assert rated.people.ravel().tolist() == [1, 3]
    assert rated.chance.ravel().tolist() == [0, 0.25]


def test_whom_a_fixed_person_works_with_fills_the_seat_beside_them() -> None:
    people = [mediator("m1"), mediator("m2"), mediator("m3", available=())]
    wanted = appointment(mediators_needed=2, fixed=("m1",))
    assert rate(FreeTimes(problem(people, []), (), {"m2": 0.4}), wanted, ()).itself.chance == 0.4


@pytest.mark.parametrize(
    ("chances", "wanted", "modes", "refused"),
    [
        ({"m9": 0.5}, {}, (), "chances.m9"),
        ({"m1": 1.5}, {}, (), "chances.m1"),
        ({}, {"mode": "on_site", "place": "moon"}, (), "place"),
        ({}, {}, ("on_site",), "place"),
        ({}, {}, ("letter",), "mode"),
        ({}, {"candidates": ("m9",)}, (), "candidates"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(
    chances: dict[str, float], wanted: dict[str, Any], modes: tuple[str, ...], refused: str
) -> None:
    with pytest.raises(ProblemError) as caught:
        rate(FreeTimes(problem([mediator()], []), (), chances), appointment(**wanted), (), modes=modes)
    assert caught.value.key == refused


def test_looking_for_alternatives_loads_no_solver() -> None:
    script = "import sys, scheduler.advice.alternatives; sys.exit('ortools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
