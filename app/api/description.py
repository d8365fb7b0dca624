"""/api/v1/openapi.json: the API described by its own routes and shapes, as OpenAPI 3.1."""

import re
from http import HTTPStatus
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls
from flask import Flask, Response, current_app, jsonify
from marshmallow import Schema, fields

from app import ids, services
from app.access import Rule, allow, rule_of
from app.api.blueprint import api
from app.api.idempotency import HEADER, LONGEST
from app.api.operation import Operation
from app.api.problems import MEDIA_TYPE
from app.api.values import Bounds

METHODS: Final = ("GET", "POST", "PATCH", "DELETE")
ALWAYS: Final = (401, 403, 422, 429)
WITH_BODY: Final = (400, 413, 415)
INTEGER: Final = {"type": "integer"}
ROW: Final = INTEGER | {"minimum": 1, "maximum": ids.LARGEST}


class Problem(Schema):
    """What went wrong (RFC 9457); `errors` holds sentences by field, `code` is for programs."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True)
    errors = fields.Dict(keys=fields.String(), values=fields.List(fields.String()), required=True)


@api.get("/openapi.json")
@allow(Rule.PUBLIC)
def get_openapi() -> Response:
    """Describe this API."""
    return jsonify(described(current_app))


def described(app: Flask) -> dict[str, Any]:
    """The document: one path for each route of the blueprint."""
    marshmallow = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="Sprachmittlerpool",
        version="1",
        openapi_version="3.1.0",
        plugins=[marshmallow],
        info={"description": "Requests for language mediators and what becomes of them. Every time has an offset."},
        servers=[{"url": services.of(app).config.public_url}],
        security=[{"token": []}],
    )
    if marshmallow.converter is not None:
        marshmallow.converter.add_attribute_function(_bounds)  # type: ignore[no-untyped-call] # apispec leaves it so
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for path, operations in sorted(_paths(app).items()):
        in_path = [{"in": "path", "name": "id", "required": True, "schema": ROW}] if "{id}" in path else []
        spec.path(path=path, operations=operations, parameters=in_path)
    return spec.to_dict()


def _paths(app: Flask) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for route in app.url_map.iter_rules():
        if not route.endpoint.startswith(f"{api.name}."):
            continue
        view = app.view_functions[route.endpoint]
        path = re.sub("<[^>]+>", "{id}", route.rule)
        for method in set(METHODS) & (route.methods or set()):
            rule = rule_of(app, route.endpoint, method)
            summary = (view.__doc__ or "").strip().splitlines()[0]
            said = {"operationId": route.endpoint.partition(".")[2], "summary": summary}
            kind = getattr(view, "operation", None)
            found.setdefault(path, {})[method.lower()] = said | (
                _operation(kind, method, rule) if isinstance(kind, Operation) else _open()
            )
    return found


def _operation(kind: Operation, method: str, rule: Rule | None) -> dict[str, Any]:
    said: dict[str, Any] = {"description": f"Role: {rule.value if rule else 'nobody'}.", "parameters": []}
    if kind.query is not None:
        said["parameters"].append({"in": "query", "schema": kind.query})
    if method == "POST":
        key = {"type": "string", "minLength": 1, "maxLength": LONGEST}
        said["parameters"].append({"in": "header", "name": HEADER, "required": False, "schema": key})
    if kind.body is not None:
        shape = kind.body(partial=True) if kind.partial else kind.body
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": shape}}}
    answer: Any = _list_of(kind.answer) if kind.listed else kind.answer
    # a POST without a body of its own takes an empty object, and refuses what is none
    errors = {*ALWAYS, *kind.errors, *(WITH_BODY if method in {"POST", "PATCH"} else ())}
    said["responses"] = {str(kind.status): _answer(kind.status, "application/json", answer)} | {
        str(status): _answer(status, MEDIA_TYPE, Problem) for status in sorted(errors)
    }
    return said


def _bounds(_converter: object, field: fields.Field[Any], ret: dict[str, Any], **_kwargs: object) -> dict[str, Any]:
    """What a kind of value is bound by, unless its field says it more closely."""
    said: Bounds = {} if "enum" in ret else getattr(field, "bounds", {})
    return {name: value for name, value in said.items() if name not in ret}


def _open() -> dict[str, Any]:
    """An operation without a token: this document."""
    return {"security": [], "responses": {"200": _answer(200, "application/json", {"type": "object"})}}


def _answer(status: int, media_type: str, schema: Any) -> dict[str, Any]:
    return {"description": HTTPStatus(status).phrase, "content": {media_type: {"schema": schema}}}


def _list_of(shape: type[Schema]) -> dict[str, Any]:
    properties = {"items": {"type": "array", "items": shape}, "total": INTEGER, "page": INTEGER, "per_page": INTEGER}
    return {"type": "object", "required": list(properties), "properties": properties}


def _name(schema: Any) -> str:
    """The component's name: without our suffix, and another one where nothing is required."""
    shape = resolve_schema_cls(schema)
    name = shape[0].__name__ if isinstance(shape, list) else shape.__name__
    name = name.removesuffix("Shape").removesuffix("Out")
    return (
        f"{name.removesuffix('In').removesuffix('Change')}Change"
        if isinstance(schema, Schema) and schema.partial
        else name
    )
