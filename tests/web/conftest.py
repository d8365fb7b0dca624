"""Fixtures of the pages' tests: a pool, and browsers that are logged in."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.models import Role
from tests.web.forms import token_in
from tests.world import PASSWORD, World

Browser = Callable[..., FlaskClient]


@pytest.fixture
def town(sqlite_world: World) -> World:
    """The small pool, on SQLite alone: pages do not depend on the database."""
    return sqlite_world


@pytest.fixture
def browser(town: World) -> Browser:
    """A browser in which somebody of that role is logged in."""

    def logged_in(role: Role = Role.STAFF, key: str = "beckum") -> FlaskClient:
        client = town.app.test_client()
        page = client.get("/login").text
        answer = client.post(
            "/login",
            data={"email": f"{role.value}@{key}.example", "password": PASSWORD, "csrf_token": token_in(page)},
        )
        assert answer.status_code == 302
        return client

    return logged_in
