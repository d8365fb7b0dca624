"""The visible table of which state may follow which."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from app.errors import IllegalTransition

S = TypeVar("S", bound=StrEnum)


class Transitions(Generic[S]):
    """A table from each state to the states that may follow it; odd ones carry their reason where they are listed."""

    def __init__(self, name: str, table: Mapping[S, frozenset[S]]) -> None:
        self.name = name
        self.table = table

    def check(self, before: S, after: S) -> None:
        """Nothing, or IllegalTransition where `after` may not follow `before`."""
        if after not in self.table[before]:
            raise IllegalTransition("illegal_transition", subject=self.name, before=before.value, after=after.value)
