"""/m/<token>/open: what fits, taken with one press."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.models import LinkKind
from tests.web.forms import token_in, words_of
from tests.web.test_mediator import own_link
from tests.world import World


@pytest.fixture
def phone(town: World) -> FlaskClient:
    """A mediator's phone: no login, no cookies."""
    return town.app.test_client()


def open_page(town: World, person: int) -> str:
    return f"{own_link(town, person, LinkKind.MEDIATOR)}/open"


def test_one_press_takes_it_and_the_next_page_says_so(town: World, phone: FlaskClient) -> None:
    amira = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr", note="Zimmer 4", contact_phone="02521 29123")
    page = open_page(town, amira)
    assert page in phone.get(page.removesuffix("/open")).text
    seen = words_of(phone.get(page).text)
    assert "Di., 24. November, 10–11 Uhr, Kurmandschi (Nordkurdisch)" in seen
    assert "Passt zu Ihren Zeiten." in seen
    assert "Zimmer 4" not in seen
    assert "29123" not in seen
    token = token_in(phone.get(page).text)
    answer = phone.post(page, data={"csrf_token": token, "appointment": str(appointment)})
    assert answer.status_code == 303
    taken = words_of(phone.get(answer.location).text)
    assert "Zimmer 4" in taken
    assert "Rückgängig" in taken
    assert town.coming(appointment) == {"Amira"}
    assert "Kurmandschi" not in words_of(phone.get(page).text)


def test_a_page_held_open_says_who_was_faster(town: World, phone: FlaskClient) -> None:
    people = [town.mediator(name, "kmr") for name in ("Amira", "Bahar")]
    appointment = town.appointment("kmr")
    pages = [open_page(town, one) for one in people]
    tokens = [token_in(phone.get(one).text) for one in pages]
    answers = [
        phone.post(page, data={"csrf_token": token, "appointment": str(appointment)})
        for page, token in zip(pages, tokens, strict=True)
    ]
    assert [one.status_code for one in answers] == [303, 409]
    assert "schon besetzt" in words_of(answers[1].text)
    assert town.coming(appointment) == {"Amira"}


def test_what_somebody_else_is_asked_about_has_no_button(town: World, phone: FlaskClient) -> None:
    town.mediator("Bahar", "kmr")
    appointment = town.appointment("kmr", town.now + timedelta(days=4, hours=3))
    town.work()
    amira = town.mediator("Amira", "kmr")
    page = open_page(town, amira)
    town.appointment("kmr", town.now + timedelta(days=3, hours=3))
    text = phone.get(page).text
    assert "Gerade fragen wir jemand anderen, bis" in words_of(text)
    assert f'value="{appointment}"' not in text
    answer = phone.post(page, data={"csrf_token": token_in(text), "appointment": str(appointment)})
    assert answer.status_code == 409
    assert "Jemand anderes ist schon gefragt" in words_of(answer.text)


@pytest.mark.parametrize("given", ["", "abc", "99999", "-1", "9" * 40])
def test_nonsense_takes_nothing(town: World, phone: FlaskClient, given: str) -> None:
    amira = town.mediator("Amira", "kmr")
    town.appointment("kmr")
    page = open_page(town, amira)
    data = {"csrf_token": token_in(phone.get(page).text), "appointment": given}
    assert phone.post(page, data=data).status_code == 409
    assert phone.post(page, data=data | {"csrf_token": "made-up"}).status_code == 400


def test_a_link_of_another_kind_or_none_opens_nothing(town: World, phone: FlaskClient) -> None:
    amira = town.mediator("Amira", "kmr")
    town.appointment("kmr")
    town.work()
    feed = own_link(town, amira, LinkKind.FEED).split("/")[-1].removesuffix(".ics")
    for token in (feed, "made-up"):
        assert phone.get(f"/m/{token}/open").status_code == 404
        assert phone.post(f"/m/{token}/open").status_code == 404


def test_where_nothing_fits_it_says_what_happens_next(town: World, phone: FlaskClient) -> None:
    amira = town.mediator("Amira", "tur")
    town.appointment("kmr")
    assert "fragen wir Sie per SMS" in words_of(phone.get(open_page(town, amira)).text)
