"""What mediators see speaks their language: chosen on the page, in their settings, or as their browser says."""

import re

import pytest
from flask.testing import FlaskClient

from app.catalogue import translations
from app.models import LinkKind
from app.models.locales import LOCALES, MEDIATOR_LOCALES, RIGHT_TO_LEFT
from tests.web.forms import words_of
from tests.web.test_mediator import asked, own_link
from tests.world import World


@pytest.fixture
def phone(town: World) -> FlaskClient:
    """A mediator's phone: no login, no cookies."""
    return town.app.test_client()


def said(locale: str, key: str) -> str:
    return translations(locale).gettext(key)


@pytest.mark.parametrize("locale", MEDIATOR_LOCALES)
def test_every_page_is_written_in_it(town: World, phone: FlaskClient, locale: str) -> None:
    amira = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr", topic="school")
    town.work()
    link, own = town.link(appointment, amira), own_link(town, amira, LinkKind.MEDIATOR)
    pages = {
        link: "offer.yes", own: "own.assignments", f"{own}/times": "times.save", f"{own}/away": "away.heading",
        f"{own}/settings": "mine.heading", f"{own}/open": "fitting.title", "/m": "own_link.submit",
        "/join": "joining.heading",
    }  # fmt: skip
    town.set_pool(takes_applications=True)
    for path, key in pages.items():
        answer = phone.get(path, query_string={"lang": locale})
        assert answer.status_code == 200, path
        assert said(locale, key) in words_of(answer.text), path
        direction = "rtl" if locale in RIGHT_TO_LEFT else "ltr"
        assert f'<html lang="{locale}" dir="{direction}"' in answer.text, path
        assert f'href="?lang={locale}"' in answer.text, path


def test_the_choice_is_remembered_and_needs_no_address(town: World, phone: FlaskClient) -> None:
    town.set_pool(takes_applications=True)
    assert said("uk", "joining.heading") in words_of(phone.get("/join?lang=uk").text)
    assert said("uk", "own_link.submit") in words_of(phone.get("/m").text)
    assert said("ku", "own_link.submit") in words_of(phone.get("/m?lang=ku").text)


def test_a_browsers_language_is_believed_where_nobody_is_known_yet(town: World, phone: FlaskClient) -> None:
    page = phone.get("/m", headers={"Accept-Language": "fa-IR,fa;q=0.9,de;q=0.5"})
    assert said("fa", "own_link.submit") in words_of(page.text)


def test_what_somebody_has_chosen_for_themselves_counts_more(town: World, phone: FlaskClient) -> None:
    amira = town.mediator("Amira", "kmr", locale="tr")
    page = phone.get(own_link(town, amira, LinkKind.MEDIATOR), headers={"Accept-Language": "fr"})
    assert said("tr", "own.assignments") in words_of(page.text)


def test_pages_of_others_stay_in_the_two_languages_they_are_written_in(town: World, phone: FlaskClient) -> None:
    phone.get("/m?lang=ar")
    page = phone.get("/login").text
    assert '<html lang="de" dir="ltr"' in page
    assert re.findall(r'hreflang="(\w+)"', page) == list(LOCALES)
    assert '<html lang="de" dir="ltr"' in phone.get("/login?lang=ar").text


def test_a_link_that_opens_nothing_says_so_in_the_readers_language(phone: FlaskClient) -> None:
    page = phone.get("/m/nothing?lang=bg")
    assert page.status_code == 404
    assert said("bg", "error_page.own_link.title") in words_of(page.text)


@pytest.mark.parametrize("locale", [*sorted(RIGHT_TO_LEFT), "ru"])
def test_times_cannot_be_read_backwards(town: World, phone: FlaskClient, locale: str) -> None:
    _, [link] = asked(town, "Amira")
    page = phone.get(link, query_string={"lang": locale}).text
    dashed = re.search(r"\d\s*\N{WORD JOINER}?–", page)
    assert bool(dashed) == (locale not in RIGHT_TO_LEFT)
