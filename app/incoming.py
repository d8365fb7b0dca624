"""A request as the views read it: forms and queries hold legible text alone."""

from collections.abc import Iterable, Mapping
from typing import Any

import flask
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.datastructures.structures import iter_multi_items

from app.legible import legible


class Sent(ImmutableMultiDict[str, str]):
    """Names and values of a form or a query, without the characters that no database keeps."""

    def __init__(self, mapping: Mapping[str, Any] | Iterable[tuple[str, str]] | None = None) -> None:
        super().__init__([(legible(name), legible(value)) for name, value in iter_multi_items(mapping or ())])


class Incoming(flask.Request):
    """The one place where forms and queries are cleaned; JSON is refused instead (app/api/values.py)."""

    parameter_storage_class = Sent
