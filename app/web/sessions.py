"""How long a login lasts: twelve hours without anybody there, seven days at most.

What a page fetches by itself, because it is left open on a screen, is no sign of anybody.
"""

from datetime import datetime, timedelta
from typing import Final

from flask import current_app, request, session

from app import access

IDLE: Final = timedelta(hours=12)
LONGEST: Final = timedelta(days=7)
# the cookie is written again this often at most
NOTED_EVERY: Final = timedelta(minutes=1)


def begin(now: datetime) -> None:
    """A new session for a new person: nothing of the one before is taken over."""
    session.clear()
    session.permanent = True
    session["began"] = session["seen"] = now.timestamp()


def is_over(now: datetime) -> bool:
    """Whether nobody was there for too long, or it is too old."""
    began, seen = (float(session.get(name, 0)) for name in ("began", "seen"))
    return now.timestamp() - seen >= IDLE.total_seconds() or now.timestamp() - began >= LONGEST.total_seconds()


def go_on(now: datetime) -> None:
    """Note that somebody is there, unless the page asked by itself."""
    if not asks_by_itself() and now.timestamp() - float(session["seen"]) >= NOTED_EVERY.total_seconds():
        session["seen"] = now.timestamp()


def asks_by_itself() -> bool:
    """Whether a page that is left open on a screen asks, and not somebody."""
    return request.endpoint is not None and access.is_unattended(current_app, request.endpoint)
