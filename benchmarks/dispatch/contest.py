"""Every policy on every scenario, and the two curves: texts against share filled, chances against yeses seen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.dispatch.policies import EVERYBODY, POLICIES, WAVES, Policy, at_once, one_each, waves
from benchmarks.dispatch.simulation import Course, Guess, with_known_chances, with_learning
from benchmarks.dispatch.world import DRIFTING, SCENARIOS, Appointment, Scenario, appointments

UNLEARNED = "waves, knowing any pool only"
# the scenario with all the difficulties of known chances: people differ, and depend on one another
DRAWN = SCENARIOS[4]
FAMILIES: Mapping[str, Mapping[str, Policy]] = {
    "the first few at once": {f"first {most}": at_once(most) for most in (1, 2, 3, 4, 5, 6, 8, 10, 12, 15)},
    "one after the other": {
        f"1/{parts} of the time left": one_each(1 / parts) for parts in (2, 3, 4, 6, 8, 12, 16, 24)
    },
    "waves": {f"target {target:g}": waves(target) for target in (0.5, 0.7, 0.8, 0.9, 0.95, 0.99)},
    "hurried waves": {f"{share:g} of the time left": waves(0.95, share) for share in (0.75, 0.5, 0.25, 0.125)},
}


@dataclass(frozen=True)
class Table:
    """The courses of one scenario's appointments by policy."""

    scenario: str
    courses: Mapping[str, Sequence[Course]]


@dataclass(frozen=True)
class Season:
    """Whatever was measured in one run."""

    tables: Sequence[Table]
    frontier: Mapping[str, Mapping[str, Sequence[Course]]]
    everybody: Sequence[Course]
    guesses: Sequence[Guess]


def season(seeds: Sequence[int], count: int, say: Callable[[Table], None]) -> Season:
    """Run all scenarios, so many appointments for each seed; every table is told as soon as it is there."""
    tables = []
    for scenario in SCENARIOS:
        everything = _all(scenario, seeds, count)
        tables.append(
            Table(scenario.name, {name: with_known_chances(everything, one) for name, one in POLICIES.items()})
        )
        say(tables[-1])
    table, guesses = _learning(seeds, count)
    say(table)
    drawn = _all(DRAWN, seeds, count)
    frontier = {
        family: {name: with_known_chances(drawn, one) for name, one in policies.items()}
        for family, policies in FAMILIES.items()
    }
    return Season([*tables, table], frontier, with_known_chances(drawn, POLICIES[EVERYBODY]), guesses)


def _all(scenario: Scenario, seeds: Sequence[int], count: int) -> list[Appointment]:
    return [one for seed in seeds for one in appointments(scenario, seed, count)]


def _learning(seeds: Sequence[int], count: int) -> tuple[Table, list[Guess]]:
    """A year of each seed, learned from by each policy for itself; the chances that the waves went by."""
    courses: dict[str, list[Course]] = {name: [] for name in (*POLICIES, UNLEARNED)}
    guesses: list[Guess] = []
    for seed in seeds:
        year = list(appointments(DRIFTING, seed, count))
        for name, policy in POLICIES.items():
            found, judged = with_learning(year, policy)
            courses[name] += found
            guesses += judged if name == WAVES else []
        courses[UNLEARNED] += with_learning(year, POLICIES[WAVES], learn=False)[0]
    return Table(DRIFTING.name, courses), guesses
