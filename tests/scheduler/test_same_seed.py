import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scheduler.generate import Size, generate
from scheduler.solve import solve

SMALL = Size(60, 120)
# free people and many appointments: more pairs than one exact model takes
CROWDED = Size(120, 600, area=0.5, days=(5,), hours=(9,))


@contextmanager
def both_cores_busy() -> Iterator[None]:
    command = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(command) for _ in range(2)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def fingerprint(problem: str, hash_seed: int) -> str:
    command = [sys.executable, "-m", "scheduler", "solve", problem, "--steps", "0.1", "--seed", "3"]
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed)}
    plan = subprocess.run(command, env=environment, capture_output=True, check=True).stdout
    return hashlib.sha256(plan).hexdigest()


@pytest.mark.processes
def test_the_same_seed_gives_the_same_bytes_in_other_processes_and_under_load(tmp_path: Path) -> None:
    source = tmp_path / "problem.json"
    source.write_text(json.dumps(generate(CROWDED, 5).to_json()), encoding="utf-8")
    found = {fingerprint(str(source), hash_seed) for hash_seed in range(2)}
    with both_cores_busy():
        found.add(fingerprint(str(source), 2))
    assert len(found) == 1


def test_the_same_seed_gives_the_same_bytes_ten_times() -> None:
    problem = generate(SMALL, 5)
    assert len({json.dumps(solve(problem, steps=1, seed=3).to_json()) for _ in range(10)}) == 1


def test_parts_searched_side_by_side_give_the_same_plan_again() -> None:
    problem = generate(CROWDED, 5)
    one, again = (solve(problem, steps=0.1, seed=3, workers=2).to_json() for _ in range(2))
    assert one == again


def test_more_steps_are_never_worse() -> None:
    problem = generate(CROWDED, 5)
    few, more = (solve(problem, steps=steps, seed=3) for steps in (0, 0.1))
    assert (more.coverage, -more.changes, -more.preference) >= (few.coverage, -few.changes, -few.preference)
    assert more.coverage_bound <= few.coverage_bound
