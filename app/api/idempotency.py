"""Idempotency-Key: a POST that is sent again gets the first answer again, and nothing happens twice."""

import hashlib
from collections.abc import Callable
from typing import Final

from flask import Response, g, json, request
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app import access
from app.errors import FieldProblem, Invalid
from app.models import IdempotencyKey

HEADER: Final = "Idempotency-Key"
LONGEST: Final = 255
Make = Callable[[Session], object]


class _AtWork(Exception):
    """Somebody else was first with this key."""


def once(make: Make, status: int = 201) -> Response:
    """Do what `make` does in one transaction and answer with what it gives.

    With an Idempotency-Key the answer is kept in that same transaction and given again to every repetition. What
    failed is not kept: it changed nothing, and may go well the next time. Raises Invalid for a key that came with
    another body before.
    """
    key = request.headers.get(HEADER)
    if key is None:
        with access.change() as session:
            return _answer(json.dumps(make(session)), status)
    if not 1 <= len(key) <= LONGEST:
        raise Invalid([FieldProblem(HEADER, "idempotency_key", {"most": LONGEST})])
    try:
        return _first(key, make, status)
    except _AtWork:
        # the unique constraint made us wait until the first one was done
        return _again(key) or _first(key, make, status)


def _first(key: str, make: Make, status: int) -> Response:
    with access.change() as session:
        known = _known(session, key)
        if known is not None:
            return known
        row = IdempotencyKey(
            key_hash=_key_hash(key), request_hash=_request_hash(), status=status, body="", created_at=g.now
        )
        session.add(row)
        try:
            session.flush()
        except IntegrityError as error:
            raise _AtWork from error
        row.body = json.dumps(make(session))
        return _answer(row.body, status)


def _again(key: str) -> Response | None:
    with access.change() as session:
        return _known(session, key)


def _known(session: Session, key: str) -> Response | None:
    row = session.scalar(select(IdempotencyKey).where(IdempotencyKey.key_hash == _key_hash(key)))
    if row is None:
        return None
    if row.request_hash != _request_hash():
        raise Invalid([FieldProblem(HEADER, "idempotency_key_reused")])
    return _answer(row.body, row.status)


def _key_hash(key: str) -> str:
    return _digest("\n".join((str(access.principal().actor.id), request.method, request.path, key)))


def _request_hash() -> str:
    """The same object in another layout is the same question."""
    content = request.get_json(silent=True) if request.get_data() else None
    return _digest(json.dumps(content, sort_keys=True))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _answer(written: str, status: int) -> Response:
    return Response(written, status, content_type="application/json")
