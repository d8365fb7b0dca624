"""Small problems that use every rule, and the best plan for them by trying everything."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from fractions import Fraction
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from scheduler.preferences import Preferences
from scheduler.problem import Appointment, Mediator, Problem, Travel
from scheduler.rules import refusals_given, usable_languages
from tests.scheduler.build import MONDAY, at, problem

PEOPLE = ("m1", "m2", "m3", "m4")
LANGUAGES = ("ara", "kmr")
BOTH = frozenset({"on_site", "phone"})
PLACES = ("hall", "school", "farm")
LEVELS = ("B1", "B2", "C1", "C1")
TABLE = Travel(
    minutes={"hall": {"school": 30, "farm": 90}, "school": {"hall": 45, "farm": 60}, "farm": {"hall": 90, "school": 20}}
)
Rank = tuple[Fraction, int, int]


def limit(*values: int) -> st.SearchStrategy[int | None]:
    return st.sampled_from((None, None, None, *values))


@st.composite
def mediators(draw: st.DrawFn, name: str) -> Mediator:
    spoken = draw(st.lists(st.sampled_from(LANGUAGES), min_size=1, max_size=2, unique=True))
    opens, splits, closes = draw(st.sampled_from(((6, 9, 14), (6, 8, 14), (7, 10, 14), (6, 9, 10))))
    pieces = ((at(hour, day), at(end, day)) for day in (0, 1, 7) for hour, end in ((splits, closes), (opens, splits)))
    return Mediator(
        name,
        {language: draw(st.sampled_from(LEVELS)) for language in spoken},
        gender=draw(st.sampled_from((None, "f", "f", "m"))),
        modes=draw(st.sampled_from((BOTH, BOTH, BOTH, frozenset({"phone"}), frozenset({"on_site"})))),
        available=tuple(pieces),
        home=draw(st.sampled_from((None, *PLACES))),
        max_travel_minutes=draw(limit(0, 40, 60)),
        max_appointments_per_day=draw(limit(1, 2)),
        max_minutes_per_day=draw(limit(60, 100)),
        max_appointments_per_week=draw(limit(1, 2)),
        max_minutes_per_week=draw(limit(90, 150)),
        excluded=draw(st.sampled_from((frozenset(), frozenset(), frozenset(), frozenset({"a0"})))),
        load=draw(st.integers(0, 3)),
    )


@st.composite
def appointments(draw: st.DrawFn, name: str, people: tuple[str, ...]) -> Appointment:
    start = at(
        draw(st.integers(7, 10)) + draw(st.sampled_from((0, 0.25, 0.5))), draw(st.sampled_from((0, 1, 1, 1, 1, 7)))
    )
    language, *others = draw(st.permutations(LANGUAGES))
    some = st.lists(st.sampled_from(people), max_size=2, unique=True).map(tuple)
    seats = draw(st.sampled_from((1, 1, 2, 3)))
    fixed = draw(st.sampled_from(((), (), (), (), people[:1])))
    return Appointment(
        name,
        language,
        start,
        start + timedelta(minutes=draw(st.sampled_from((30, 45, 60)))),
        draw(st.sampled_from(("on_site", "on_site", "on_site", "phone"))),
        place=draw(st.sampled_from(PLACES)),
        accepted_languages=tuple(others[: draw(st.integers(0, 1))]),
        min_level=draw(st.sampled_from((None, None, None, "B2", "C1"))),
        gender=draw(st.sampled_from((None, None, None, None, "f"))),
        mediators_needed=seats,
        partial=draw(st.booleans()),
        weight=draw(st.integers(1, 7)),
        preferred=draw(some),
        fixed=fixed,
        asked=tuple(person for person in draw(some) if person not in fixed),
        candidates=draw(st.sampled_from((None, None, None, None, people[1:]))),
    )


@st.composite
def small_problems(draw: st.DrawFn) -> Problem:
    people = PEOPLE[: draw(st.integers(2, 4))]
    wanted = [draw(appointments(f"a{index}", people)) for index in range(draw(st.integers(2, 5)))]
    given: dict[str, Any] = (
        {"travel": TABLE} if draw(st.booleans()) else {"travel": Travel(max_minutes=draw(limit(60)))}
    )
    return problem(
        [draw(mediators(name)) for name in people],
        without_overlapping_fixed(wanted),
        now=MONDAY + timedelta(hours=draw(st.sampled_from((0, 0, 0, 32)))),
        remote_gap_minutes=draw(st.sampled_from((0, 10, 30))),
        **given,
    )


def without_overlapping_fixed(wanted: list[Appointment]) -> list[Appointment]:
    kept: list[Appointment] = []
    for one in wanted:
        if any(other.fixed and one.starts < other.ends and other.starts < one.ends for other in kept):
            values = {key: getattr(one, key) for key in one.__dataclass_fields__}
            kept.append(Appointment(**(values | {"fixed": ()})))
        else:
            kept.append(one)
    return kept


def best_rank(given: Problem) -> Rank:
    """Coverage, changes and preference of the best plan (the latter two negative), by trying every one."""
    taken = {person.id: [one for one in given.appointments if person.id in one.fixed] for person in given.mediators}
    return max(_ranks(given, Preferences(given), 0, taken))


def _ranks(given: Problem, costs: Preferences, index: int, taken: Mapping[str, list[Appointment]]) -> Iterator[Rank]:
    if index == len(given.appointments):
        yield Fraction(0), 0, 0
        return
    one = given.appointments[index]
    for language, people in _teams(given, one, taken):
        for person in people:
            taken[person].append(one)
        best = max(_ranks(given, costs, index + 1, taken))
        for person in people:
            taken[person].remove(one)
        seated = len(people) + len(one.fixed)
        share = Fraction(seated, one.mediators_needed)
        covered = one.weight * (share if one.partial or share == 1 else Fraction(0))
        cost = sum(costs.cost(given.mediator[person], one, language) for person in people)
        yield best[0] + covered, best[1] - len(set(one.asked) - set(people)), best[2] - cost


def _teams(
    given: Problem, one: Appointment, taken: Mapping[str, list[Appointment]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield one.language, ()
    missing = one.mediators_needed - len(one.fixed)
    sizes = range(1, missing + 1) if one.partial else range(missing, missing + 1)
    for language in one.languages:
        free = [
            person.id
            for person in given.mediators
            if person.id not in one.fixed
            and language in usable_languages(given, person, one)
            and not refusals_given(given, person, one, taken[person.id])
        ]
        for size in sizes:
            if size:
                yield from ((language, team) for team in combinations(free, size))
