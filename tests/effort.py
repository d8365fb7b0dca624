"""How hard tests try: `make test` tries everything, `make check` a few examples of each kind."""

import os

import pytest
from hypothesis import settings

QUICK = bool(os.environ.get("QUICK"))


def examples(number: int) -> int:
    """How many of `number` examples Hypothesis tries: all, or a twentieth (five at least) where it has to be quick."""
    return max(5, number // 20) if QUICK else number


# read before any test is; at the gate a commit fails or passes twice alike, elsewhere each run looks at new examples
settings.register_profile("effort", max_examples=examples(100), deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("effort")


def first_and_last(items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """What is tried and what is left out where it has to be quick: a test of many cases keeps the first and last."""
    ends: dict[str, tuple[pytest.Item, pytest.Item]] = {}
    for item in items:
        test = item.nodeid.split("[")[0]
        ends[test] = (ends.get(test, (item, item))[0], item)
    tried = {item for pair in ends.values() for item in pair}
    return [item for item in items if item in tried], [item for item in items if item not in tried]
