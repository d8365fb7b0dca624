"""Addresses where the API takes coordinates."""

from typing import Any

import pytest

from tests.api.client import Caller, assert_problem
from tests.api.test_mediators import AMIRA
from tests.gazetteer.town import fill
from tests.world import World

SOUTH = (51.752077, 8.039527)
ADDRESS = "Südstraße 4, 59269 Beckum"
REQUEST = {"language": "kmr", "starts_at": "2026-12-01T10:00:00+01:00", "topic": "school"}


@pytest.fixture
def surveyed(town: World) -> World:
    """The small pool, with the houses of its town."""
    fill(town)
    return town


@pytest.mark.usefixtures("surveyed")
def test_a_home_may_be_said_by_its_address_which_is_not_kept(coordinator: Caller) -> None:
    made = coordinator.made("/mediators", AMIRA | {"home": {"address": ADDRESS}, "excluded_topics": []})
    assert (made["home"]["lat"], made["home"]["lon"]) == pytest.approx(SOUTH, abs=1e-5)
    assert set(made["home"]) == {"lat", "lon"}
    moved = coordinator.patch(f"/mediators/{made['id']}", {"home": {"address": "Ennigerloh"}}).json
    assert moved is not None
    assert moved["home"]["lat"] == pytest.approx(51.838, abs=0.01)


@pytest.mark.usefixtures("surveyed")
def test_a_site_without_coordinates_is_where_its_address_is(coordinator: Caller) -> None:
    sites = [
        {"name": "Haupthaus", "street": "Südstr. 4", "postcode": "59269", "town": "Beckum"},
        {"name": "Anbau", "town": "Ennigerloh"},
        {"name": "Hof", "lat": 51.7, "lon": 8.1},
    ]
    made = coordinator.made("/organisations", {"name": "Schule", "sites": sites})
    where = [(one["lat"], one["lon"]) for one in made["sites"]]
    assert where[0] == pytest.approx(SOUTH, abs=1e-5)
    assert where[1][0] == pytest.approx(51.838, abs=0.01)
    assert where[2] == (51.7, 8.1)


@pytest.mark.usefixtures("surveyed")
def test_an_appointment_may_be_at_an_address(staff: Caller) -> None:
    made = staff.made("/appointments", REQUEST | {"site": {"name": "Kita", "address": ADDRESS}})
    assert (made["site"]["lat"], made["site"]["lon"]) == pytest.approx(SOUTH, abs=1e-5)
    assert made["site"]["address"] == ADDRESS


@pytest.mark.parametrize(
    ("site", "named"),
    [
        ({"name": "Kita", "address": "Xyzstadt"}, "site.address"),
        ({"name": "Kita", "address": "Sühdstr. 4, Beckum"}, "site.address"),
        ({"name": "Kita", "address": "Neuenkirchen"}, "site.address"),
        ({"name": "Kita", "address": ADDRESS, "lat": 51.7}, "site.lon"),
        ({"name": "Kita", "address": "x" * 251}, "site"),
        ({"address": "Xyzstadt"}, "site.name site.address"),
    ],
)
@pytest.mark.usefixtures("surveyed")
def test_an_address_that_is_no_one_place_is_refused_by_name(staff: Caller, site: dict[str, Any], named: str) -> None:
    assert_problem(staff.post("/appointments", REQUEST | {"site": site}), 422, *named.split())


@pytest.mark.usefixtures("surveyed")
def test_what_is_too_long_of_a_sites_address_is_named_as_that(coordinator: Caller) -> None:
    sites = [{"name": "Eins", "town": "Beckum"}, {"name": "Zwei", "street": "x" * 300, "town": "y" * 300}]
    answer = coordinator.post("/organisations", {"name": "Schule", "sites": sites})
    assert_problem(answer, 422, "sites.1.street", "sites.1.town")
    assert "300" in answer.text


def test_all_sites_that_nobody_knows_are_named_at_once(coordinator: Caller) -> None:
    sites = [{"name": "Eins", "town": "Xyzstadt"}, {"name": "Zwei"}, {"name": "Drei", "town": "Beckum"}]
    answer = coordinator.post("/organisations", {"name": "Schule", "sites": sites})
    assert_problem(answer, 422, "sites.0.street", "sites.1.lat", "sites.1.lon")
    answer = coordinator.post("/mediators", AMIRA | {"home": {"address": "x" * 251}})
    assert_problem(answer, 422, "home.address")
