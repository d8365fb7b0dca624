"""Who calls the API in these tests."""

import pytest

from app.models import Role
from tests.api.client import Caller, caller
from tests.world import World


@pytest.fixture
def town(sqlite_world: World) -> World:
    """A small pool; on SQLite, for most of the API does not care."""
    return sqlite_world


@pytest.fixture
def coordinator(town: World) -> Caller:
    """A coordinator's token."""
    return caller(town)


@pytest.fixture
def staff(town: World) -> Caller:
    """A token of the town's only organisation."""
    return caller(town, Role.STAFF)
