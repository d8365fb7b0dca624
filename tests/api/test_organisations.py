"""/organisations and their sites."""

from typing import Any

import pytest

from app.api.organisation_shape import OrganisationOut
from app.models import Role
from tests.api.client import Caller, assert_problem, caller
from tests.world import World

HALL = {
    "name": "Turnhalle",
    "street": "Kettelerstraße 1",
    "postcode": "59269",
    "town": "Beckum",
    "district": "Nord",
    "lat": 51.76,
    "lon": 8.05,
}
SCHOOL = {"name": "Martinschule", "email": "post@martinschule.example", "phone": "02521 123", "sites": [HALL]}


def test_an_organisation_comes_back_as_it_was_sent(coordinator: Caller) -> None:
    made = coordinator.made("/organisations", SCHOOL)

    assert {name: made[name] for name in ("name", "email", "phone")} == {
        name: SCHOOL[name] for name in ("name", "email", "phone")
    }
    [site] = made["sites"]
    assert site == HALL | {"id": site["id"]}
    assert made["active"] is True
    assert OrganisationOut().validate(made) == {}
    assert coordinator.item(f"/organisations/{made['id']}") == made
    assert coordinator.items("/organisations?name=Martinschule") == [made]


def test_sites_that_are_sent_replace_those_that_were_there_and_keep_their_ids(coordinator: Caller) -> None:
    made = coordinator.made("/organisations", SCHOOL | {"sites": [HALL, HALL | {"name": "Aula"}]})
    hall, aula = made["sites"]

    changed = coordinator.patch(
        f"/organisations/{made['id']}", {"sites": [aula | {"name": "Große Aula"}, HALL | {"name": "Mensa"}]}
    ).json

    assert changed is not None
    assert [site["name"] for site in changed["sites"]] == ["Große Aula", "Mensa"]
    assert changed["sites"][0]["id"] == aula["id"]
    assert hall["id"] not in {site["id"] for site in changed["sites"]}
    assert changed["name"] == "Martinschule"
    assert coordinator.item(f"/organisations/{made['id']}") == changed


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "Sozialamt"}, "name"),
        ({"name": " Sozialamt "}, "name"),
        ({"email": "post"}, "email"),
        ({"active": 1}, "active"),
        ({"sites": [HALL | {"lat": 95}]}, "sites.0.lat"),
        ({"sites": [HALL | {"postcode": "x" * 11}]}, "sites.0.postcode"),
        ({"sites": [HALL | {"id": 4711}]}, "sites.0.id"),
        ({"sites": [{"name": "Aula"}]}, "sites.0.lat sites.0.lon"),
        ({"budget": 5}, "budget"),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(coordinator: Caller, change: dict[str, Any], named: str) -> None:
    assert_problem(coordinator.post("/organisations", SCHOOL | change), 422, *named.split())
    assert coordinator.item("/organisations")["total"] == 1


def test_staff_see_their_own_organisation_and_change_none(town: World, coordinator: Caller) -> None:
    school = coordinator.made("/organisations", SCHOOL)
    staff = caller(town, Role.STAFF)
    assert [one["name"] for one in staff.items("/organisations")] == ["Sozialamt"]
    assert_problem(staff.get(f"/organisations/{school['id']}"), 404)
    assert_problem(staff.post("/organisations", SCHOOL), 403)
    assert_problem(staff.patch(f"/organisations/{town.organisation_id}", {"name": "x"}), 403)


def test_an_organisation_that_does_not_exist_is_not_found(coordinator: Caller) -> None:
    assert_problem(coordinator.get("/organisations/4711"), 404)
    assert_problem(coordinator.patch("/organisations/4711", {"name": "X"}), 404)


def test_an_appointment_keeps_its_place_when_the_site_is_gone(world: World) -> None:
    coordinator = caller(world)
    school = coordinator.made("/organisations", SCHOOL)
    made = coordinator.made(
        "/appointments",
        {
            "organisation": school["id"],
            "language": "kmr",
            "starts_at": "2026-11-24T10:00:00+01:00",
            "site": {"id": school["sites"][0]["id"]},
        },
    )
    assert coordinator.patch(f"/organisations/{school['id']}", {"sites": []}).status_code == 200
    kept = coordinator.item(f"/appointments/{made['id']}")["site"]
    assert kept == made["site"] | {"id": None}
