"""A phone can keep a mediator's own pages beside its other programs."""

import struct

import pytest
from flask.testing import FlaskClient

from app.models import LinkKind
from tests.web.test_mediator import own_link
from tests.world import World


@pytest.fixture
def phone(town: World) -> FlaskClient:
    """A mediator's phone: no login, no cookies."""
    return town.app.test_client()


def pixels(png: bytes) -> tuple[int, int]:
    """Width and height, as the file's head says."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_it_leads_to_the_persons_own_page(town: World, phone: FlaskClient) -> None:
    own = own_link(town, town.mediator("Amira", "kmr"), LinkKind.MEDIATOR)
    assert f'<link rel="manifest" href="{own}/manifest.webmanifest">' in phone.get(own).text
    answer = phone.get(f"{own}/manifest.webmanifest")
    assert answer.content_type == "application/manifest+json"
    told = answer.get_json(force=True)
    assert told["start_url"] == own
    assert phone.get(told["start_url"]).status_code == 200
    assert (told["lang"], told["dir"]) == ("de", "ltr")


def test_its_icons_are_as_large_as_it_says(town: World, phone: FlaskClient) -> None:
    own = own_link(town, town.mediator("Amira", "kmr"), LinkKind.MEDIATOR)
    icons = phone.get(f"{own}/manifest.webmanifest").get_json(force=True)["icons"]
    assert {one["purpose"] for one in icons} == {"any", "maskable"}
    for one in icons:
        picture = phone.get(one["src"])
        assert one["sizes"] == "{}x{}".format(*pixels(picture.data))


def test_it_is_in_the_language_of_the_page(town: World, phone: FlaskClient) -> None:
    own = own_link(town, town.mediator("Amira", "kmr", locale="fa"), LinkKind.MEDIATOR)
    told = phone.get(f"{own}/manifest.webmanifest").get_json(force=True)
    assert (told["lang"], told["dir"]) == ("fa", "rtl")


def test_a_link_that_opens_nothing_has_none(town: World, phone: FlaskClient) -> None:
    assert phone.get("/m/nothing/manifest.webmanifest").status_code == 404
    for page in ("/m/nothing", "/m", "/login"):
        assert 'rel="manifest"' not in phone.get(page).text
