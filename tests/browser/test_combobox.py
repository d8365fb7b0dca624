"""Choosing a language by typing, with the keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service

pytestmark = pytest.mark.browser


def test_the_first_hit_is_the_one_the_arrow_takes_and_unknown_words_take_the_choice_back(
    page: Page, service: Service
) -> None:
    service.log_in(page, "staff")
    page.goto(f"{service.url}/appointments/new")
    field, sent = page.get_by_role("combobox", name="Sprache", exact=True), page.locator("select[name=language]")
    expect(field).to_have_attribute("placeholder", "Bitte wählen oder tippen")
    field.fill("Arabisch")
    field.press("ArrowDown")
    field.press("Enter")
    expect(sent).to_have_value("ara")
    field.fill("Quatsch")
    field.press("Tab")
    expect(sent).to_have_value("")
    expect(field).to_have_value("Quatsch")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator(".kern-error")).to_contain_text("Nichts gefunden")
    field.fill("Türkisch")
    field.press("Tab")
    expect(sent).to_have_value("tur")
    expect(page.locator(".kern-error")).to_have_count(0)


def test_kurd_and_enter_asks_which_kurdish_is_meant(page: Page, service: Service) -> None:
    service.log_in(page, "staff")
    page.goto(f"{service.url}/appointments/new")
    field, which = page.get_by_role("combobox", name="Sprache", exact=True), page.get_by_label("Sorani")
    expect(which).to_be_hidden()
    field.fill("kurd")
    field.press("Enter")
    expect(page.locator("select[name=language]")).to_have_value("kur")
    expect(page.get_by_text("Welche Sprache ist gemeint?")).to_be_visible()
    which.check()
    field.fill("tigrinya")
    field.press("Enter")
    expect(which).to_be_hidden()


def test_a_language_that_nobody_speaks_says_so_once_it_is_chosen(page: Page, service: Service) -> None:
    service.log_in(page, "staff")
    page.goto(f"{service.url}/appointments/new")
    field = page.get_by_role("combobox", name="Sprache", exact=True)
    field.fill("wolof")
    field.press("Enter")
    expect(field).to_have_value("Wolof")
    expect(page.locator(".pool-combobox__note").first).to_have_text("spricht zurzeit niemand im Pool")
    field.fill("arabisch")
    field.press("Enter")
    expect(page.locator(".pool-combobox__note").first).to_be_hidden()
