"""A form that is held open while somebody else saves it: nobody overwrites unseen, and nothing typed is lost."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.models import Role
from tests.web.forms import mediator_form
from tests.world import World

Browser = Callable[..., FlaskClient]
# page -> what one person types, and what the other typed before; both into fields that the page has
FORMS = {
    "mediator": ({"name": "Amira Yıldız-Kaya"}, {"name": "Amira Kaya"}),
    "organisation": ({"name": "Kita Nord", "active": "y"}, {"name": "Kita Süd", "active": "y"}),
    "site": ({"name": "Halle A"}, {"name": "Halle B"}),
    "settings": ({"name": "Pool Nord"}, {"name": "Pool Süd"}),
    "appointment": ({"note": "Hintereingang"}, {"note": "Zimmer 4"}),
}


@pytest.fixture
def address(town: World, request: pytest.FixtureRequest) -> str:
    """The page of the form under test, with something to edit."""
    # the world's own is more than a form takes
    town.set_pool(max_texts_per_day=3)
    organisation = f"/settings/organisations/{town.organisation_id}"
    pages: dict[str, Callable[[], str]] = {
        "mediator": lambda: f"/mediators/{town.mediator('Amira', 'kmr')}",
        "organisation": lambda: organisation,
        "site": lambda: f"{organisation}/sites/1",
        "settings": lambda: "/settings",
        "appointment": lambda: f"/appointments/{town.appointment('kmr')}/edit",
    }
    return pages[request.param]()


def filled(page: str) -> dict[str, str]:
    """What the form of a page would send if nothing were typed: hidden fields, texts, and what is chosen."""
    form = re.search(r'<form class="pool-(?:form|ask).*?</form>', page, re.DOTALL)
    assert form is not None
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]+)"', tag)
        if name and (not kind or kind[1] not in {"checkbox", "radio"} or " checked" in tag):
            found[name[1]] = value[1] if value else ""
    for name_, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form[0], re.DOTALL):
        chosen = re.search(
            r'<option[^>]*value="([^"]*)"[^>]*selected|<option[^>]*selected[^>]*value="([^"]*)"', options
        )
        found[name_] = (chosen[1] or chosen[2] or "") if chosen else ""
    for name_, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', form[0]):
        found[name_] = text.strip()
    return found


@pytest.mark.parametrize(("kind", "address"), [(one, one) for one in FORMS], indirect=["address"])
def test_what_somebody_else_saved_meanwhile_is_not_overwritten_unseen(
    kind: str, address: str, browser: Browser
) -> None:
    mine, theirs = FORMS[kind]
    one, other = browser(Role.ADMIN), browser(Role.ADMIN)
    extra = mediator_form() if kind == "mediator" else {}
    held, shown = filled(one.get(address).text), filled(other.get(address).text)
    assert other.post(address, data=extra | shown | theirs).status_code == 303

    refused = one.post(address, data=extra | held | mine)
    assert refused.status_code == 409
    assert "inzwischen" in refused.text
    typed, saved = next(iter(mine.items())), next(iter(theirs.items()))
    assert filled(refused.text)[typed[0]] == typed[1], "what was typed is kept"
    assert filled(one.get(address).text)[saved[0]] == saved[1], "and what is saved is the other's"

    again = filled(refused.text)
    assert one.post(address, data=extra | again | mine).status_code == 303
    assert filled(one.get(address).text)[typed[0]] == typed[1]


@pytest.mark.parametrize(("kind", "address"), [("organisation", "organisation")], indirect=["address"])
def test_a_form_with_a_mistake_still_knows_what_it_was_filled_in_with(
    kind: str, address: str, browser: Browser
) -> None:
    mine, theirs = FORMS[kind]
    one, other = browser(Role.ADMIN), browser(Role.ADMIN)
    mistaken = one.post(address, data=filled(one.get(address).text) | mine | {"email": "nobody"})
    assert mistaken.status_code == 422
    assert other.post(address, data=filled(other.get(address).text) | theirs).status_code == 303
    assert one.post(address, data=filled(mistaken.text) | mine | {"email": ""}).status_code == 409
