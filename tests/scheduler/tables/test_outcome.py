import pytest

from scheduler.model.problem import Appointment, Travel
from scheduler.model.rules import Refusal
from scheduler.solve import solve
from scheduler.tables.outcome import needs
from tests.scheduler.build import appointment, at, mediator, problem


def test_what_stays_open_counts_one_reason_per_person_of_the_language() -> None:
    people = [
        mediator("m1"),
        mediator("m2", available=()),
        mediator("m3", available=(), modes=frozenset({"video"})),
        mediator("m4", languages={"kmr": "C1"}),
    ]
    plan = solve(problem(people, [appointment("a1", 8, weight=2), appointment("a2", 8.5)]))
    (open_one,) = plan.uncovered
    assert (open_one.appointment, open_one.weight) == ("a2", 1)
    assert open_one.reasons == {Refusal.BUSY: 1, Refusal.UNAVAILABLE: 1, Refusal.MODE: 1}


def test_who_is_free_but_too_few_is_no_reason() -> None:
    plan = solve(problem([mediator()], [appointment(mediators_needed=2)]))
    assert plan.uncovered[0].reasons == {}
    assert plan.alternates == {"a1": ("m1",)}


@pytest.mark.parametrize(
    ("wanted", "missing", "sentence"),
    [
        (appointment("a1", 8, 2, language="kmr"), 1, "one more of kmr, by phone, Tue 2026-11-24 09:00–11:00"),
        (
            appointment(gender="f", min_level="B2", mode="on_site", place="hall"),
            2,
            "two more of ara (female, B2 or better), on site, Tue 2026-11-24 09:00–10:00",
        ),
        (appointment(mode="video"), 7, "7 more of ara, by video, Tue 2026-11-24 09:00–10:00"),
    ],
)
def test_a_need_is_told_in_local_time(wanted: Appointment, missing: int, sentence: str) -> None:
    assert needs(problem([], [wanted]), wanted, missing) == sentence


def test_alternates_are_the_others_who_could_do_it_cheapest_first() -> None:
    people = [mediator("m1"), mediator("m2", load=9), mediator("m3", load=2), mediator("m4", available=())]
    plan = solve(problem(people, [appointment()]))
    assert plan.people == {"a1": ("m1",)}
    assert plan.alternates == {"a1": ("m3", "m2")}


def test_alternates_have_nothing_else_and_keep_their_limits() -> None:
    people = [mediator("m1"), mediator("m2", load=1, max_appointments_per_day=1), mediator("m3", load=5)]
    wanted = [appointment("a1", 8), appointment("a2", 8.5), appointment("a3", 14)]
    plan = solve(problem(people, wanted))
    assert plan.people["a3"] == ("m1",)
    assert plan.alternates == {"a1": ("m3",), "a2": ("m3",), "a3": ("m3",)}


def test_alternates_of_some_are_the_same_as_among_those_of_all() -> None:
    people = [mediator("m1"), mediator("m2", load=1, max_appointments_per_day=1), mediator("m3", load=5)]
    wanted = problem(people, [appointment("a1", 8), appointment("a2", 8.5), appointment("a3", 14)])
    whole = solve(wanted)
    some = solve(wanted, alternates_of={"a2", "unheard of"})
    assert some.alternates == {"a2": whole.alternates["a2"]}
    assert some.assignments == whole.assignments


def test_an_alternate_speaks_the_language_the_others_agreed_on() -> None:
    people = [mediator("m1"), mediator("m2"), mediator("m3", languages={"kmr": "C1"})]
    wanted = appointment(accepted_languages=("kmr",), mediators_needed=2)
    assert solve(problem(people, [wanted])).alternates == {"a1": ()}


def test_what_fixed_people_fill_needs_no_alternates() -> None:
    plan = solve(problem([mediator("m1"), mediator("m2")], [appointment(fixed=("m1",))]))
    assert plan.alternates == {}


def test_too_far_is_told_with_its_reason() -> None:
    far = mediator(home="farm", max_travel_minutes=30)
    site = appointment(mode="on_site", place="hall")
    plan = solve(problem([far], [site], travel=Travel(minutes={"farm": {"hall": 31}}), now=at(0)))
    assert plan.uncovered[0].reasons == {Refusal.TOO_FAR: 1}
