"""The only reading of the wall clock."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present instant, aware, in UTC; called by the edges and handed down from there."""
    return datetime.now(UTC)
