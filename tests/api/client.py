"""A token in hand: the API as an integrator calls it."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.api.description import described
from app.factory import create_app
from app.models import Role
from tests.conftest import config_for
from tests.world import World

ROOT = "/api/v1"
PLACE = {"name": "Rathaus", "lat": 51.756, "lon": 8.041}


@dataclass
class Caller:
    """Calls the API with one token."""

    client: FlaskClient
    token: str

    def get(self, path: str, **values: Any) -> TestResponse:
        return self._call("GET", path, **values)

    def post(self, path: str, body: Any = None, **values: Any) -> TestResponse:
        return self._call("POST", path, body, **values)

    def patch(self, path: str, body: Any) -> TestResponse:
        return self._call("PATCH", path, body)

    def delete(self, path: str) -> TestResponse:
        return self._call("DELETE", path)

    def item(self, path: str) -> Any:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json

    def items(self, path: str) -> list[Any]:
        found: list[Any] = self.item(path)["items"]
        return found

    def made(self, path: str, body: Any = None, status: int = 201) -> Any:
        answer = self.post(path, body)
        assert answer.status_code == status, answer.text
        return answer.json

    def _call(self, method: str, path: str, body: Any = None, **values: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **values.pop("headers", {})}
        if body is not None:
            values["json"] = body
        answer = self.client.open(f"{ROOT}{path}", method=method, headers=headers, **values)
        check_documented(method, path, answer.status_code)
        return answer


@cache
def _documented() -> dict[tuple[str, str], set[str]]:
    """(path, method) -> the statuses that the document names; the same for every application."""
    app = create_app(config_for("sqlite:////nowhere.sqlite3"))
    return {
        (path.removeprefix(ROOT), method.upper()): set(said["responses"])
        for path, operations in described(app)["paths"].items()
        for method, said in operations.items()
        if method != "parameters"
    }


def check_documented(method: str, path: str, status: int) -> None:
    """Whatever the API answers where it is at home, the document says that it may."""
    known = _documented().get((re.sub(r"/\d+", "/{id}", path.partition("?")[0]), method))
    assert known is None or status == 500 or str(status) in known, f"{method} {path} answered {status}"


def caller(world: World, role: Role = Role.COORDINATOR, *, organisation: str | None = None) -> Caller:
    """Somebody with a fresh token of that role; staff belong to the Sozialamt unless another is named."""
    return Caller(world.app.test_client(), world.token(role, organisation))


def assert_problem(answer: TestResponse, status: int, *fields: str) -> Any:
    """It is a problem as RFC 9457 has it, about exactly these fields, and says so in words."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    said = answer.json
    assert said is not None
    assert said["status"] == status
    assert set(said["errors"]) == set(fields)
    words = [said["title"], said["detail"], *(one for found in said["errors"].values() for one in found)]
    for one in words:
        assert one
        assert not one.startswith(("error.", "api.")), f"no words for {one}"
    return said
