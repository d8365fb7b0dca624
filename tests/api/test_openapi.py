"""The OpenAPI document and the routes say the same."""

import re
from typing import Any

import pytest
from flask import Flask

from app.api.operation import Operation
from tests.api.client import ROOT, assert_problem, caller
from tests.world import World

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
        "/appointments/{id}/candidates", "/appointments/{id}/offers", "/chances", "/coverage", "/languages",
        "/mediators", "/mediators/{id}", "/messages", "/offers/{id}/answer", "/openapi.json",
        "/organisations", "/organisations/{id}", "/plan", "/recruiting", "/statistics",
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


WITH_ID = [
    ("GET", "/appointments/{}"), ("PATCH", "/appointments/{}"), ("DELETE", "/appointments/{}"),
    ("GET", "/appointments/{}/candidates"), ("GET", "/appointments/{}/offers"), ("POST", "/appointments/{}/offers"),
    ("POST", "/appointments/{}/attendance"), ("GET", "/mediators/{}"), ("PATCH", "/mediators/{}"),
    ("DELETE", "/mediators/{}"), ("GET", "/organisations/{}"), ("PATCH", "/organisations/{}"),
    ("POST", "/offers/{}/answer"), ("POST", "/alerts/{}/resolve"),
]  # fmt: skip
BODIES = {"/offers/{}/answer": {"answer": "accept"}, "/appointments/{}/offers": {"mediator": 1}}


def test_every_operation_with_an_id_is_tried_here(document: Any) -> None:
    documented = {
        (method.upper(), path.removeprefix(ROOT).replace("{id}", "{}"))
        for path, operations in document["paths"].items()
        for method in operations
        if "{id}" in path and method.upper() in METHODS
    }
    assert documented == set(WITH_ID)


@pytest.mark.parametrize(("method", "path"), WITH_ID)
def test_an_id_has_the_bounds_that_the_document_states_and_beyond_them_is_not_found(
    town: World, document: Any, method: str, path: str
) -> None:
    [said] = document["paths"][ROOT + path.replace("{}", "{id}")]["parameters"]
    assert said["schema"]["minimum"] == 1
    most = said["schema"]["maximum"]
    who = caller(town)
    body = BODIES.get(path, {} if method in {"PATCH", "POST"} else None)
    if path.endswith("/attendance"):
        body = {"missed_by": None}
    answers = {
        number: who.client.open(
            f"{ROOT}{path.format(number)}", method=method, json=body, headers={"Authorization": f"Bearer {who.token}"}
        )
        for number in (0, most, most + 1, 10**30, int("9" * 4000))
    }
    for answer in answers.values():
        assert_problem(answer, 404)


def test_an_id_beyond_all_bounds_tells_nobody_anything(town: World) -> None:
    assert_problem(town.app.test_client().get(f"{ROOT}/appointments/{10**30}"), 401)


def test_pages_have_the_bounds_that_the_document_states(town: World, document: Any) -> None:
    who = caller(town)
    said = {one["name"]: one["schema"] for one in document["paths"][f"{ROOT}/mediators"]["get"]["parameters"]}
    for name in ("page", "per_page"):
        least, most = said[name]["minimum"], said[name]["maximum"]
        assert who.get(f"/mediators?{name}={least}").status_code == 200
        assert who.get(f"/mediators?{name}={most}").status_code == 200
        assert_problem(who.get(f"/mediators?{name}={least - 1}"), 422, name)
        assert_problem(who.get(f"/mediators?{name}={most + 1}"), 422, name)


GOOD: dict[str, tuple[str, dict[str, Any]]] = {
    "Mediator": ("/mediators", {"name": "A", "phone": "015112345678", "skills": [{"language": "kmr", "level": "C1"}]}),
    "Organisation": ("/organisations", {"name": "A"}),
    "Appointment": ("/appointments", {"language": "kmr", "starts_at": "2026-11-24T10:00:00+01:00", "mode": "phone"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", GOOD)
def test_texts_have_the_lengths_that_the_document_states(town: World, document: Any, kind: str) -> None:
    who, (path, good) = caller(town), GOOD[kind]
    properties = document["components"]["schemas"][f"{kind}In"]["properties"]
    lengths = {name: said["maxLength"] for name, said in properties.items() if "maxLength" in said}
    free = {
        name
        for name, said in properties.items()
        if "string" in said.get("type", "") and not {"maxLength", "enum", "format"} & set(said)
    }
    closer = {"language", "text_from", "text_until", "organisation"}
    assert free <= closer, "every text has a length, or a form that bounds it"
    assert len(lengths) >= 3
    for name, most in lengths.items():
        answer = who.post(path, good | {name: "x" * (most + 1)})
        assert_problem(answer, 422, name)
        said = " ".join((answer.json or {})["errors"][name])
        assert str(most) in said or "e-mail" in said.lower() or "telefonnummer" in said.lower(), said


def test_lists_and_numbers_state_their_bounds(document: Any) -> None:
    mediator = document["components"]["schemas"]["MediatorIn"]["properties"]
    assert mediator["skills"]["maxItems"] == 200
    assert (mediator["excluded_organisations"]["items"]["minimum"], mediator["max_travel_minutes"]["maximum"]) == (
        -(2**31) + 1,
        240,
    )
    home = document["components"]["schemas"]["Home"]["properties"]
    assert (home["lat"]["minimum"], home["lon"]["maximum"]) == (-90, 180)
    assert re.fullmatch(mediator["text_from"]["pattern"], "24:00")
    assert not re.fullmatch(mediator["text_from"]["pattern"], "24:01")


@pytest.mark.parametrize(("sent", "media_type", "status"), [(b"{", "application/json", 400), (b"x", "text/plain", 415)])
def test_a_post_without_a_body_of_its_own_documents_what_it_refuses(
    town: World, sent: bytes, media_type: str, status: int
) -> None:
    assert_problem(caller(town).post("/plan", data=sent, content_type=media_type), status)
    assert_problem(caller(town).post("/alerts/1/resolve", data=sent, content_type=media_type), status)


@pytest.mark.thorough
def test_what_may_be_missing_in_a_change_is_required_in_a_new_one(document: Any) -> None:
    shapes = document["components"]["schemas"]
    assert set(shapes["MediatorIn"]["required"]) == {"name", "phone", "skills"}
    assert "required" not in shapes["MediatorChange"]
    assert "required" not in shapes["AppointmentChange"]
    assert set(shapes["Skill"]["required"]) == {"language", "level"}


def test_nothing_in_the_document_comes_from_elsewhere(document: Any) -> None:
    assert {reference[:2] for reference in _references(document)} == {"#/"}


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [one for inner in value.values() for one in _references(inner)]
    return [one for inner in value for one in _references(inner)] if isinstance(value, list) else []
