"""Small problems that use every rule, and the best plan for them by trying everything."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import combinations
from random import Random
from typing import Any, TypeVar

import numpy as np
from hypothesis import strategies as st

from scheduler.model.problem import LEVELS, MODES, Appointment, Mediator, Problem, Travel
from scheduler.model.rules import refusals_given, usable_languages
from scheduler.tables.arrays import Ints
from scheduler.tables.instance import Instance
from scheduler.tables.preferences import Preferences
from scheduler.tables.roster import Roster
from tests.scheduler.build import MONDAY, at, problem

PEOPLE = ("m1", "m2", "m3", "m4")
LANGUAGES = ("ara", "kmr")
BOTH = frozenset({"on_site", "phone"})
FEWER_MODES = (frozenset({"phone"}), frozenset({"on_site"}), frozenset({"on_site", "video"}))
PLACES = ("hall", "school", "farm")
REACHED = ("B1", "B2", "C1", "C1")
TABLE = Travel(
    minutes={"hall": {"school": 30, "farm": 90}, "school": {"hall": 45, "farm": 60}, "farm": {"hall": 90, "school": 20}}
)
# the night in which Berlin's clocks show 02:00 to 03:00 twice
NIGHT = datetime(2026, 10, 24, 22, tzinfo=UTC)
ONE_WAY = Travel(minutes={"hall": {"school": 30.5}, "farm": {"hall": 44, "school": 0}}, max_minutes=60)
WAYS = (TABLE, ONE_WAY, Travel(minutes_per_km=0, base_minutes=30), Travel(), Travel(max_minutes=30))
# nobody speaks the last one
SPOKEN, WANTED = ("ara", "kmr", "tir"), ("ara", "kmr", "tir", "som")
Rank = tuple[Fraction, int, int]
Usual = TypeVar("Usual")


def mostly(usual: Usual, *others: Usual) -> st.SearchStrategy[Usual]:
    return st.sampled_from((*[usual] * 7, *others))


def limit(*values: int) -> st.SearchStrategy[int | None]:
    return st.sampled_from((None, None, None, *values))


@st.composite
def mediators(draw: st.DrawFn, name: str) -> Mediator:
    spoken = draw(st.lists(st.sampled_from(LANGUAGES), min_size=1, max_size=2, unique=True))
    opens, splits, closes = draw(st.sampled_from(((6, 9, 14), (6, 8, 14), (7, 10, 14), (6, 9, 10))))
    pieces = ((at(hour, day), at(end, day)) for day in (0, 1, 7) for hour, end in ((splits, closes), (opens, splits)))
    return Mediator(
        name,
        {language: draw(st.sampled_from(REACHED)) for language in spoken},
        gender=draw(st.sampled_from((None, "f", "f", "m", "d"))),
        modes=draw(mostly(BOTH, *FEWER_MODES)),
        available=tuple(pieces),
        home=draw(st.sampled_from((None, *PLACES))),
        max_travel_minutes=draw(mostly(None, 0, 40, 60)),
        max_appointments_per_day=draw(limit(1, 2)),
        max_minutes_per_day=draw(limit(60, 60, 100)),
        max_appointments_per_week=draw(limit(1, 2)),
        max_minutes_per_week=draw(limit(60, 90, 150)),
        excluded=draw(mostly(frozenset(), frozenset({"a0"}), frozenset({"a1", "a2"}))),
        uncleared=draw(mostly(frozenset(), frozenset({"a0", "a2"}), frozenset({"a1"}))),
        load=draw(st.integers(0, 3)),
        idle_days=draw(st.sampled_from((None, 0, 10))),
        chance=draw(st.sampled_from((1.0, 0.5))),
    )


@st.composite
def appointments(draw: st.DrawFn, name: str, people: tuple[str, ...]) -> Appointment:
    start = at(draw(st.integers(7, 10)) + draw(st.sampled_from((0, 0.25, 0.5))), draw(st.sampled_from((0, 1, 1, 1, 7))))
    language, *others = draw(st.permutations(LANGUAGES))
    some = st.lists(st.sampled_from(people), max_size=2, unique=True).map(tuple)
    seats = draw(st.sampled_from((1, 1, 2, 3)))
    fixed = draw(mostly((), people[:1], people[-seats:]))
    return Appointment(
        name,
        language,
        start,
        start + timedelta(minutes=draw(st.sampled_from((30, 45, 60)))),
        draw(st.sampled_from(("on_site", "on_site", "on_site", "phone", "video"))),
        place=draw(st.sampled_from(PLACES)),
        accepted_languages=tuple(others[: draw(st.integers(0, 1))]),
        min_level=draw(mostly(None, "B2", "C1")),
        gender=draw(mostly(None, "f")),
        mediators_needed=seats,
        partial=draw(st.booleans()),
        weight=draw(st.integers(1, 7)),
        preferred=draw(some),
        fixed=fixed,
        asked=tuple(person for person in draw(some) if person not in fixed),
        candidates=draw(mostly(None, people[1:], ())),
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
        # in Anchorage a local day begins at 09:00 UTC, so that Monday's first appointments are of the week before
        timezone=draw(st.sampled_from(("Europe/Berlin", "Europe/Berlin", "America/Anchorage"))),
        remote_gap_minutes=draw(st.sampled_from((0, 10, 30))),
        **given,
    )


def quarters(least: int, most: int) -> st.SearchStrategy[timedelta]:
    return st.integers(least, most).map(lambda count: timedelta(minutes=15 * count))


@st.composite
def odd_mediators(draw: st.DrawFn, name: str) -> Mediator:
    begins = draw(st.lists(quarters(0, 30), max_size=3))
    return Mediator(
        name,
        draw(st.dictionaries(st.sampled_from(SPOKEN), st.sampled_from(LEVELS), max_size=3)),
        gender=draw(st.sampled_from((None, "f", "m", "d"))),
        modes=draw(st.frozensets(st.sampled_from(MODES))),
        available=tuple((NIGHT + begin, NIGHT + begin + draw(quarters(1, 20))) for begin in begins),
        home=draw(st.sampled_from((None, "hall", "school", "farm"))),
        max_travel_minutes=draw(st.sampled_from((None, 0, 30, 31, 44))),
        excluded=frozenset(draw(st.lists(st.sampled_from(("a0", "a1")), max_size=2))),
        uncleared=frozenset(draw(st.lists(st.sampled_from(("a0", "a1")), max_size=1))),
    )


@st.composite
def odd_appointments(draw: st.DrawFn, name: str, known: Sequence[str]) -> Appointment:
    starts = NIGHT + draw(quarters(0, 30))
    language, *accepted = draw(st.lists(st.sampled_from(WANTED), min_size=1, max_size=3, unique=True))
    return Appointment(
        name,
        language,
        starts,
        starts + draw(quarters(1, 8)),
        draw(st.sampled_from(MODES)),
        place=draw(st.sampled_from(("hall", "school", "farm"))),
        accepted_languages=tuple(accepted),
        min_level=draw(st.sampled_from((None, *LEVELS))),
        gender=draw(st.sampled_from((None, "f", "m", "d"))),
        mediators_needed=3,
        fixed=tuple(draw(st.lists(st.sampled_from(known), max_size=2, unique=True))) if name == "a0" and known else (),
        candidates=draw(st.none() | st.lists(st.sampled_from(known), unique=True).map(tuple)) if known else None,
    )


@st.composite
def odd_problems(draw: st.DrawFn) -> Problem:
    """What small problems lack: nobody at all, nobody who speaks it, no free time, the night that has an hour twice."""
    found = [draw(odd_mediators(f"m{index}")) for index in range(draw(st.integers(0, 4)))]
    names = [one.id for one in found]
    appointments = [draw(odd_appointments(f"a{index}", names)) for index in range(2)]
    return problem(found, appointments, now=NIGHT + draw(quarters(0, 8)), travel=draw(st.sampled_from(WAYS)))


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


def some_choice(instance: Instance, dice: Random) -> Ints:
    """Seats filled at random as far as they go, in one language each, and all or nobody where only all are of use."""
    roster = Roster(instance)
    for need in dice.sample(instance.needs, len(instance.needs)):
        free = roster.allowed(np.arange(need.first, need.last))
        language = dice.choice(instance.options.language[free].tolist()) if len(free) else 0
        able = free[instance.options.language[free] == language]
        seats = need.appointment.open_seats
        few = len(able) < seats or dice.random() < 0.2
        if not few or need.appointment.partial:
            roster.put(able[: dice.randint(1, seats) if need.appointment.partial else seats])
    return roster.choice
