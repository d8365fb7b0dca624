"""The demo pools: invented people, figures of real pools, always relative to today."""

from collections.abc import Callable
from datetime import datetime

from app.links import Links


def load(links: Links, now: datetime, *, progress: Callable[[str], None]) -> None:
    """Fill an empty database with the demo pools."""
