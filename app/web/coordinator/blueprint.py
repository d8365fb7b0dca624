"""The blueprint all coordinators' pages hang on, and what they share."""

import hashlib

from flask import Blueprint, g, request
from sqlalchemy.orm import Session

from app import access
from app.models import Pool
from app.web.when import When

pages = Blueprint("coordinator", __name__)
# the largest key both databases take; a longer number names no row
LARGEST_ID = 2_147_483_647
LAST_PAGE = 10_000


def own_pool(rows: Session) -> Pool:
    """The pool of whoever asks."""
    return rows.get_one(Pool, access.principal().pool_id)


def own_when(rows: Session) -> When:
    """Days and times as the pool says them."""
    return When.of(own_pool(rows).timezone, g.now)


def asked_page() -> int:
    """`?page=`, from 1; nonsense is the first."""
    return min(max(request.args.get("page", 1, type=int), 1), LAST_PAGE)


def asked_id(name: str) -> int | None:
    """The row id in a query argument or form field; None if there is none, or it names no row."""
    value = request.values.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and int(value) <= LARGEST_ID else None


def version_of(fragment: str) -> str:
    """A short mark of what a page shows, so that polling swaps nothing while nothing has changed."""
    return hashlib.sha256(fragment.encode()).hexdigest()[:16]
