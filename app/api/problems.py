"""What went wrong, as application/problem+json (RFC 9457): never a page, never a traceback."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import Response, json, request
from flask_babel import gettext as _
from marshmallow import ValidationError
from werkzeug.exceptions import HTTPException, TooManyRequests

from app import rate_limits
from app.api.blueprint import api
from app.api.values import flattened
from app.errors import ForeignRow, Invalid, JourneyError, NoPool, NotFound

Errors = Mapping[str, Sequence[str]]
MEDIA_TYPE = "application/problem+json"
KNOWN = frozenset({400, 401, 403, 404, 405, 413, 415, 429})
OURS = (NoPool, ForeignRow)  # faults of the program: nobody who asks can mend them


def problem(status: int, detail: str, *, title: str = "", code: str = "", errors: Errors | None = None) -> Response:
    """An answer that says what is wrong and what to do; `code` is for programs, `errors` are sentences by field."""
    body = {
        "type": "about:blank",
        "title": title or _(f"api.problem.{status}.title"),
        "status": status,
        "detail": detail,
        "code": code or HTTPStatus(status).name.lower(),
        "errors": errors or {},
    }
    return Response(json.dumps(body), status, content_type=MEDIA_TYPE)


def sentence(code: str, params: Mapping[str, object] | None = None) -> str:
    """The sentence for an error code in the language of the request."""
    return str(_(f"error.{code}", **(params or {})))


def of_fields(found: Sequence[tuple[str, str, Mapping[str, object]]]) -> Response:
    """Fields that cannot be taken: (path, code, what the sentence mentions)."""
    errors: dict[str, list[str]] = {}
    for path, code, params in found:
        errors.setdefault(path or "body", []).append(sentence(code, params))
    detail = f"{_('api.problem.422.detail')} {', '.join(errors)}"
    return problem(422, detail, code="invalid", errors=errors)


@api.errorhandler(JourneyError)
def of_journey(error: JourneyError) -> Response:
    """An error of the journey; raises it again where it is a fault of the program."""
    if isinstance(error, OURS):
        raise error
    if isinstance(error, Invalid):
        return of_fields([(one.field, one.code, one.params) for one in error.problems])
    status = 404 if isinstance(error, NotFound) else 409
    return problem(status, sentence(error.code, error.params), code=error.code)


@api.errorhandler(ValidationError)
def of_schema(error: ValidationError) -> Response:
    """What did not fit the shape of the body or query."""
    return of_fields([(path, code, {}) for path, code in flattened(error)])


@api.errorhandler(HTTPException)
def of_http(error: HTTPException) -> Response:
    """Whatever Flask and the extensions abort with, a fault of the program included."""
    status = error.code or 500
    if status < 400:
        return Response(error.get_response().get_data(), status, error.get_headers())
    known = status if status in KNOWN else 500 if status >= 500 else 400
    seconds = rate_limits.retry_after(error) if isinstance(error, TooManyRequests) else 0
    answer = problem(status, _(f"api.problem.{known}.detail", seconds=seconds), title=_(f"api.problem.{known}.title"))
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="api"'
    elif status == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    elif status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = str(seconds)
    return answer


@api.before_app_request
def unrouted() -> Response | None:
    """An address below /api/v1 that nobody serves belongs to no blueprint; it is answered as a problem all the same."""
    error = request.routing_exception
    inside = f"{request.path}/".startswith(f"{api.url_prefix}/")
    return of_http(error) if inside and isinstance(error, HTTPException) and (error.code or 500) >= 400 else None
