"""A mark of what a form was filled in with, so that nobody overwrites unseen what somebody else has saved meanwhile."""

import hashlib

from app.errors import ChangedMeanwhile


def version_of(values: object) -> str:
    """A short mark of plain values (dataclasses of texts, numbers, tuples), another one after every change of them."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


def refuse_other(seen: str | None, values: object) -> None:
    """Raises ChangedMeanwhile if `seen`, the mark of what somebody had before their eyes, is not that of these values.

    None is for programs, which saw nothing.
    """
    if seen is not None and seen != version_of(values):
        raise ChangedMeanwhile("changed_meanwhile")
