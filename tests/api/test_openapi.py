"""The OpenAPI document and the routes say the same."""

import re
from typing import Any

import pytest
from flask import Flask

from app.api.operation import Operation
from tests.api.client import ROOT

METHODS = {"GET", "POST", "PATCH", "PUT", "DELETE"}


@pytest.fixture
def document(sqlite_app: Flask) -> Any:
    answer = sqlite_app.test_client().get(f"{ROOT}/openapi.json")
    assert answer.status_code == 200
    return answer.json


def test_the_document_is_public_and_of_version_3_1(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["security"] == [{"token": []}]
    assert document["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}


def test_every_documented_operation_is_routed_and_every_route_is_documented(sqlite_app: Flask, document: Any) -> None:
    documented = {
        (path, method.upper())
        for path, operations in document["paths"].items()
        for method in operations
        if method.upper() in METHODS
    }
    routed = {
        (re.sub("<[^>]+>", "{id}", route.rule), method)
        for route in sqlite_app.url_map.iter_rules()
        if route.rule.startswith(ROOT)
        for method in (route.methods or set()) & METHODS
    }
    assert documented == routed
    assert {path.removeprefix(ROOT) for path, _ in documented} == {
        "/alerts", "/alerts/{id}/resolve", "/appointments", "/appointments/{id}", "/appointments/{id}/attendance",
        "/appointments/{id}/candidates", "/appointments/{id}/offers", "/coverage", "/languages", "/mediators",
        "/mediators/{id}", "/messages", "/offers/{id}/answer", "/openapi.json",
        "/organisations", "/organisations/{id}", "/plan", "/statistics",
    }  # fmt: skip


def test_every_view_but_the_document_itself_says_what_it_takes_and_gives(sqlite_app: Flask) -> None:
    for name, view in sqlite_app.view_functions.items():
        if name.startswith("api.") and name != "api.get_openapi":
            assert isinstance(getattr(view, "operation", None), Operation), name


def test_every_reference_leads_somewhere(document: Any) -> None:
    found = set(_references(document))
    assert found
    for reference in found:
        kind, name = reference.removeprefix("#/components/").split("/")
        assert name in document["components"][kind]


def test_every_operation_has_a_summary_parameters_for_its_path_and_problems(document: Any) -> None:
    for path, operations in document["paths"].items():
        in_path = [one["name"] for one in operations.get("parameters", []) if one["in"] == "path"]
        assert in_path == (["id"] if "{id}" in path else [])
        for method, said in operations.items():
            if method == "parameters":
                continue
            assert said["summary"].endswith("."), path
            if path.endswith("openapi.json"):
                assert said["security"] == []
                continue
            problems = {status for status, answer in said["responses"].items() if status >= "400"}
            assert {"401", "403", "422", "429"} <= problems
            assert {media for status in problems for media in said["responses"][status]["content"]} == {
                "application/problem+json"
            }


def test_what_may_be_missing_in_a_change_is_required_in_a_new_one(document: Any) -> None:
    shapes = document["components"]["schemas"]
    assert set(shapes["MediatorIn"]["required"]) == {"name", "phone", "skills"}
    assert "required" not in shapes["MediatorChange"]
    assert "required" not in shapes["AppointmentChange"]
    assert set(shapes["Skill"]["required"]) == {"language", "level"}


def test_nothing_in_the_document_comes_from_elsewhere(document: Any) -> None:
    assert all(reference.startswith("#/") for reference in _references(document))


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [one for inner in value.values() for one in _references(inner)]
    return [one for inner in value for one in _references(inner)] if isinstance(value, list) else []
