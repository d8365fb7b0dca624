"""With a limit on counted work the same problem, seed and workers give the same plan, byte for byte."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache

import pytest

from scheduler.generate import SIZES, Size, generate
from scheduler.search.portfolio import Progress
from scheduler.solve import solve

# size, seed and steps; the people of the last are so free that one exact model of everything would be too large
CASES = {
    "small": (Size(15, 80, days=(4, 5), hours=(6, 7)), 3, 1.0),
    "M": (SIZES["M"], 1, 2.0),
    "free": (Size(120, 700, area=0.4, days=(5,), hours=(9, 10)), 1, 0.2),
}
SCRIPT = """
import sys
from tests.scheduler.test_determinism import made
print(made(sys.argv[1], int(sys.argv[2]))[0])
"""


def made(case: str, workers: int) -> tuple[str, set[str]]:
    """A plan's bytes, in short, and the phases of the search for it."""
    size, seed, steps = CASES[case]
    phases: set[str] = set()

    def note(told: Progress) -> None:
        phases.add(told.phase)

    plan = solve(generate(size, seed), steps=steps, seed=seed, workers=workers, report=note)
    return hashlib.sha256(json.dumps(plan.to_json()).encode()).hexdigest(), phases


@cache
def known(case: str, workers: int) -> tuple[str, set[str]]:
    return made(case, workers)


def elsewhere(case: str, workers: int, hash_seed: int) -> str:
    """The same in a process of its own, whose sets are in another order."""
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, case, str(workers)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    return done.stdout.strip()


@pytest.fixture
def burning() -> Iterator[None]:
    """Two cores have something else to do."""
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
    yield
    for burner in burners:
        burner.kill()
        burner.wait()


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("case", "phases"),
    [("small", {"first", "exact"}), ("M", {"first", "exact"}), ("free", {"first", "anneal", "bound", "improve"})],
)
def test_each_case_is_searched_the_way_it_is_meant_for(case: str, phases: set[str]) -> None:
    assert known(case, 1)[1] == phases


@pytest.mark.thorough
def test_ten_times_the_same() -> None:
    assert {made("small", 1)[0] for _ in range(10)} == {known("small", 1)[0]}


@pytest.mark.thorough
@pytest.mark.parametrize("case", ["small", "M"])
def test_where_everything_is_one_model_the_same_with_any_number_of_workers(case: str) -> None:
    assert made(case, 2) == known(case, 1)


@pytest.mark.processes
@pytest.mark.parametrize(("case", "hash_seed"), [("small", 1), ("free", 2)])
def test_the_same_in_another_process_with_other_hashes(case: str, hash_seed: int) -> None:
    assert elsewhere(case, 1, hash_seed) == known(case, 1)[0]


@pytest.mark.processes
@pytest.mark.parametrize(("case", "workers"), [("M", 1), ("free", 2)])
def test_the_same_while_all_cores_are_busy(case: str, workers: int, burning: None) -> None:
    assert made(case, workers) == known(case, workers)
