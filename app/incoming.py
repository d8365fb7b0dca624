"""A request as the views read it: forms and queries hold legible text alone, addresses the numbers of rows."""

from collections.abc import Iterable, Mapping
from typing import IO, Any, cast
from urllib.parse import parse_qsl

import flask
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.datastructures.structures import iter_multi_items
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.routing import BaseConverter
from werkzeug.utils import cached_property
from werkzeug.wsgi import LimitedStream

from app import ids
from app.legible import legible


class Sent(ImmutableMultiDict[str, str]):
    """Names and values of a form or a query, without the characters that no database keeps; files as they are."""

    def __init__(self, mapping: Mapping[str, Any] | Iterable[tuple[str, str]] | None = None) -> None:
        super().__init__([(legible(name), _cleaned(value)) for name, value in iter_multi_items(mapping or ())])


def _cleaned(value: Any) -> Any:
    return legible(value) if isinstance(value, str) else value


class Unannounced(LimitedStream):
    """A body that comes in chunks, whose length nobody says beforehand.

    Werkzeug reads as much as is allowed and takes that for the whole; here a byte more is too much.
    """

    def readall(self) -> bytes:
        """All of it; raises RequestEntityTooLarge."""
        found = super().readall()
        if self.is_exhausted and self._stream.read(1):
            raise RequestEntityTooLarge
        return found


class Incoming(flask.Request):
    """The one place where forms and queries are cleaned; the API refuses instead (app/api/values.py)."""

    parameter_storage_class = Sent

    @cached_property
    def stream(self) -> IO[bytes]:
        """The body, no more of it than is allowed."""
        most = self.max_content_length
        if most is None or self.content_length is not None or "wsgi.input_terminated" not in self.environ:
            return super().stream
        return cast("IO[bytes]", Unannounced(self.environ["wsgi.input"], most, is_max=True))


def query_as_sent() -> MultiDict[str, str]:
    """The query of the present request, nothing left out: for the API, which refuses by name."""
    return _as_sent(flask.request.query_string)


def form_as_sent() -> MultiDict[str, str]:
    """The form of the present request, nothing left out: for signatures, which cover every character."""
    return _as_sent(flask.request.get_data())


def _as_sent(encoded: bytes) -> MultiDict[str, str]:
    return MultiDict(parse_qsl(encoded.decode("utf-8", "replace"), keep_blank_values=True))


class RowNumber(BaseConverter):
    """`<row:id>` in an address. What is too large for a row is 0, which none has: so it is not found, like any other.

    `<int(max=…):id>` would leave the address unknown, and then the router says of methods that it does take that it
    does not (405).
    """

    regex = r"\d+"

    def to_python(self, value: str) -> int:
        """The number, or 0."""
        return ids.read(value) or 0
