"""How much: `make test` runs every soak test small, `make soak` as large as was promised."""

import os

SOAK = bool(os.environ.get("SOAK"))


def scaled(small: int, full: int) -> int:
    """The number for this run."""
    return full if SOAK else small
