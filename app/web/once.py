"""A form that is sent twice, by a double click or by going back, does what it does once."""

import hashlib
import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from flask import g, request
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import access
from app.models import IdempotencyKey

FIELD: Final = "once"
# these differ from one click to the next, though the same is meant
_ASIDE: Final = frozenset({"csrf_token", "sure"})


def mark() -> str:
    """What a form carries so that it is known again."""
    return secrets.token_urlsafe(16)


def done() -> int | None:
    """The id of the row that this very form has led to already; None if it has not been sent before."""
    return _known(access.session(), _key()) if request.form.get(FIELD) else None


def once(make: Callable[[Session], int]) -> int:
    """The id of the row that `make` writes in one transaction; sent again with the same words, of the first one.

    A form without a mark is not known again.
    """
    if not request.form.get(FIELD):
        with access.change() as session:
            return make(session)
    key = _key()
    try:
        with access.change() as session:
            if (known := _known(session, key)) is not None:
                return known
            row = IdempotencyKey(key_hash=key, request_hash=key, status=HTTPStatus.SEE_OTHER, body="", created_at=g.now)
            session.add(row)
            session.flush()
            made = make(session)
            row.body = str(made)
            return made
    except IntegrityError:
        # the other one was first; its constraint made us wait until it was done
        with access.change() as session:
            if (known := _known(session, key)) is None:
                raise
            return known


def _known(session: Session, key: str) -> int | None:
    found = session.scalar(select(IdempotencyKey.body).where(IdempotencyKey.key_hash == key))
    return int(found) if found else None


def _key() -> str:
    typed = sorted((name, value) for name, value in request.form.items(multi=True) if name not in _ASIDE)
    said = repr((access.principal().actor.id, request.path, typed))
    return hashlib.sha256(said.encode()).hexdigest()
