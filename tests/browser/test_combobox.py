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
