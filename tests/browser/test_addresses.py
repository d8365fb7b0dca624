"""Addresses on forms, by keyboard, on a phone and at a desk: typed, asked about, chosen, told."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service
from tests.browser.test_tables import check

pytestmark = pytest.mark.browser


def test_a_home_is_typed_asked_about_and_chosen(page: Page, service: Service) -> None:
    service.log_in(page, "coordinator")
    page.goto(f"{service.url}/mediators/1")
    page.get_by_text("Wohnort und Weg").click()
    expect(page.get_by_label("Breitengrad")).to_be_hidden()
    address = page.get_by_label("Adresse", exact=False).first
    address.fill("Neuenkirchen")
    address.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Das kann mehrere Orte meinen")
    expect(address).to_have_value("Neuenkirchen")
    check(page)
    first = page.get_by_role("group", name="Welcher Ort ist gemeint?").get_by_role("radio").first
    first.focus()
    first.press("Space")
    first.press("Enter")
    expect(
        page.get_by_text("Gefunden: Neuenkirchen (48485), Ortsmitte, 71,1 km von der Ortsmitte Beckum.")
    ).to_be_visible()
    check(page)


def test_an_address_is_asked_for_only_where_it_is_none_of_the_sites(page: Page, service: Service) -> None:
    service.log_in(page, "staff")
    page.goto(f"{service.url}/appointments/new")
    address = page.get_by_label("Adresse", exact=True)
    expect(address).to_be_hidden()
    page.get_by_label("Vor Ort: an einer anderen Adresse").check()
    expect(address).to_be_visible()
    check(page)
    address.fill("Ennigerloh")
    page.get_by_label("Name des Ortes").focus()
    expect(page.get_by_text("Gefunden: Ennigerloh, Ortsmitte, 9,2 km von der Ortsmitte Beckum.")).to_be_visible()
    check(page)
    address.fill("Am Mond 1, Xyzstadt")
    page.get_by_role("button", name="Anfrage senden").click()
    expect(page.get_by_role("alert")).to_contain_text("Diese Adresse finden wir nicht")
    expect(address).to_have_value("Am Mond 1, Xyzstadt")
    check(page)
