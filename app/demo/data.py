"""The invented data beside the code, and how shares become numbers."""

import csv
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")
HERE = Path(__file__).parent


@cache
def table(name: str) -> Sequence[Mapping[str, str]]:
    """The rows of a CSV file beside this one, by column name."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file, delimiter=";"))


def rows(name: str, pool: str) -> list[Mapping[str, str]]:
    """The rows of a table that belong to one pool."""
    return [row for row in table(name) if row["pool"] == pool]


@cache
def settings(name: str) -> dict[str, Any]:
    """A TOML file beside this one."""
    return tomllib.loads((HERE / f"{name}.toml").read_text(encoding="utf-8"))


def deck(rng: Random, shares: Mapping[T, float], count: int) -> list[T]:
    """`count` values in the given shares, as exactly as whole numbers allow (largest remainders), shuffled."""
    total = sum(shares.values())
    exact = {value: count * share / total for value, share in shares.items()}
    dealt = {value: int(number) for value, number in exact.items()}
    by_remainder = sorted(exact, key=lambda value: dealt[value] - exact[value])
    for value in by_remainder[: count - sum(dealt.values())]:
        dealt[value] += 1
    cards = [value for value, number in dealt.items() for _ in range(number)]
    rng.shuffle(cards)
    return cards
