"""What a request brings: its body, its query, and the page of a list it wants."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from flask import Response, abort, json, jsonify, request
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app import access
from app.api.values import LARGEST_COUNT, Count, Shape
from app.errors import FieldProblem, Invalid
from app.incoming import query_as_sent
from app.models import Pool

PER_PAGE: Final = 50
MOST_PER_PAGE: Final = 200


class PageQuery(Shape):
    """Which page of a list; also the base of every list's filters."""

    page = Count(load_default=1, metadata={"minimum": 1, "default": 1})
    per_page = Count(load_default=PER_PAGE, metadata={"minimum": 1, "maximum": MOST_PER_PAGE, "default": PER_PAGE})


def body(shape: type[Shape], *, partial: bool = False) -> dict[str, Any]:
    """The request's JSON object in Python values; with `partial` only what was sent.

    Aborts with 415 where it is no JSON by its type, 400 where it cannot be read; raises ValidationError.
    """
    whole = shape()
    # by name, for `partial=True` would let what is nested be incomplete as well
    loaded: dict[str, Any] = whole.load(_json(), partial=tuple(whole.fields) if partial else ())
    return loaded


def no_body() -> None:
    """For a POST that needs none: an empty object is as good as nothing, anything else is refused."""
    if request.get_data():
        body(Shape)


def _json() -> Any:
    if not request.is_json:
        abort(415)
    try:
        return json.loads(request.get_data(), parse_constant=_no_constant)
    # numbers of thousands of digits, broken text, and nesting without end are no JSON that anybody means
    except (ValueError, RecursionError):
        abort(400)


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's


def query(shape: type[Shape]) -> dict[str, Any]:
    """The query's parameters; raises ValidationError, also for one that is not known here."""
    loaded: dict[str, Any] = shape().load(query_as_sent().to_dict())
    return loaded


def choice(wanted: Mapping[str, Any], name: str, allowed: Sequence[str]) -> str | None:
    """A parameter with a fixed set of values; None if it was left out. Raises Invalid."""
    value = wanted.get(name)
    if value is not None and value not in allowed:
        raise Invalid([FieldProblem(name, "unknown_choice", {"value": value, "choices": ", ".join(allowed)})])
    return str(value) if value is not None else None


def page(session: Session, rows: Select[Any], wanted: Mapping[str, Any], shown: Callable[[Any], object]) -> Response:
    """A page of rows; the statement brings its own order."""
    number, size = _which(wanted)
    total = session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
    found = session.scalars(rows.limit(size).offset((number - 1) * size)).unique().all()
    return _listed([shown(one) for one in found], total, number, size)


def page_of(items: Sequence[Any], wanted: Mapping[str, Any], shown: Callable[[Any], object]) -> Response:
    """A page of what is in memory already."""
    number, size = _which(wanted)
    found = items[(number - 1) * size : number * size]
    return _listed([shown(one) for one in found], len(items), number, size)


def _which(wanted: Mapping[str, Any]) -> tuple[int, int]:
    number, size = wanted["page"], wanted["per_page"]
    problems = []
    if number < 1:
        problems.append(FieldProblem("page", "out_of_range", {"least": 1, "most": LARGEST_COUNT}))
    if not 1 <= size <= MOST_PER_PAGE:
        problems.append(FieldProblem("per_page", "out_of_range", {"least": 1, "most": MOST_PER_PAGE}))
    if problems:
        raise Invalid(problems)
    return number, size


def _listed(items: list[object], total: int, number: int, size: int) -> Response:
    return jsonify(items=items, total=total, page=number, per_page=size)


def pool_of(session: Session) -> Pool:
    """The pool of whoever asks."""
    return session.get_one(Pool, access.principal().pool_id)
