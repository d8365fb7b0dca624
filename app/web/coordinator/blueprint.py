"""The blueprint all coordinators' pages hang on, and what they share."""

import hashlib

from flask import Blueprint, g
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import access
from app.models import Pool
from app.web.when import When

pages = Blueprint("coordinator", __name__)


def own_pool(rows: Session) -> Pool:
    """The pool of whoever asks."""
    return rows.get_one(Pool, access.principal().pool_id)


def own_when(rows: Session) -> When:
    """Days and times as the pool says them."""
    # not the whole row, which holds all that was learned of a pool's people
    own = select(Pool.timezone).where(Pool.id == access.principal().pool_id)
    return When.of(rows.execute(own).scalar_one(), g.now)


def version_of(fragment: str) -> str:
    """A short mark of what a page shows, so that polling swaps nothing while nothing has changed."""
    return hashlib.sha256(fragment.encode()).hexdigest()[:16]
