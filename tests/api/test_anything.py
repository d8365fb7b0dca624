"""Whatever is sent, the answer is a status that means it: never a fault of the service."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.api.appointment_shape import AppointmentIn
from app.api.mediator_shape import MediatorIn
from app.api.organisation_shape import OrganisationIn
from app.models import Role
from tests.api.client import PLACE, Caller, caller
from tests.effort import examples
from tests.world import World

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=30)
    | st.sampled_from(
        [
            "kmr",
            "ara",
            "C1",
            "mon",
            "08:00",
            "24:00",
            "2026-11-24T10:00:00+01:00",
            "2026-12-24",
            "on_site",
            "+4915112345678",
        ]
    )
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
RELAXED = settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
APPOINTMENT = {"language": "kmr", "starts_at": "2026-11-24T10:00:00+01:00", "site": PLACE}
MEDIATOR = {"name": "Amira", "phone": "+4915112345678", "skills": [{"language": "kmr", "level": "C1"}]}


def near(good: dict[str, Any], names: list[str]) -> st.SearchStrategy[Any]:
    """A good body with some of its fields, or of those it could have, replaced by anything."""
    return st.dictionaries(st.sampled_from(names) | st.text(max_size=8), ANYTHING, max_size=3).map(
        lambda changes: good | changes
    )


@pytest.fixture
def who(world: World) -> Caller:
    """A coordinator, on each database: what SQLite swallows PostgreSQL may choke on."""
    return caller(world, Role.COORDINATOR)


@RELAXED
@given(body=ANYTHING | near(APPOINTMENT, list(AppointmentIn().fields)))
def test_any_appointment_is_taken_or_refused(who: Caller, body: Any) -> None:
    assert_taken_or_refused(who, "/appointments", body)


@RELAXED
@given(body=ANYTHING | near(MEDIATOR, list(MediatorIn().fields)))
def test_any_mediator_is_taken_or_refused(who: Caller, body: Any) -> None:
    assert_taken_or_refused(who, "/mediators", body)


@RELAXED
@given(body=ANYTHING | near({"name": "Schule"}, list(OrganisationIn().fields)))
def test_any_organisation_is_taken_or_refused(who: Caller, body: Any) -> None:
    assert_taken_or_refused(who, "/organisations", body)


@RELAXED
@given(changes=near({}, list(AppointmentIn().fields)))
def test_any_change_of_an_appointment_is_taken_or_refused(who: Caller, changes: Any) -> None:
    made = who.made("/appointments", APPOINTMENT | {"organisation": "Sozialamt"})
    answer = who.patch(f"/appointments/{made['id']}", changes)
    assert answer.status_code in {200, 422}, answer.text


def assert_taken_or_refused(who: Caller, path: str, body: Any) -> None:
    answer = who.post(path, data=json.dumps(body), content_type="application/json")
    assert answer.status_code in {201, 422}, answer.text
    assert answer.content_type == ("application/json" if answer.status_code == 201 else "application/problem+json")
    if answer.status_code == 201:
        assert answer.json is not None
        # what looked odd is said to whoever sends it, and not kept
        kept = {name: value for name, value in answer.json.items() if name != "hints"}
        assert who.get(f"{path}/{answer.json['id']}").json == kept
