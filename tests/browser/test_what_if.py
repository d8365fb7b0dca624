"""Asking what would be if, by keyboard: while the page looks for the answer, nothing is taken from under a finger."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service
from tests.browser.test_tables import check

pytestmark = pytest.mark.browser


def test_who_waits_for_an_answer_can_stop_it_by_keyboard(page: Page, service: Service) -> None:
    service.log_in(page, "coordinator")
    page.goto(f"{service.url}/recruiting/what-if")
    check(page)
    page.get_by_label("Wie viele Anfragen").first.fill("5")
    page.get_by_role("group", name="Es wird mehr angefragt").get_by_label("Sprache").first.select_option("ara")
    page.get_by_role("button", name="Durchspielen").press("Enter")
    expect(page.get_by_text("Der Rechner meldet sich gerade nicht")).to_be_visible()
    stop = page.get_by_role("button", name="Abbrechen")
    stop.focus()
    for _ in range(2):
        with page.expect_response("**/state"):
            """The page looks again by itself."""
    expect(stop).to_be_focused()
    check(page)
    stop.press("Enter")
    expect(page.get_by_text("Abgebrochen.")).to_be_visible()
    check(page)
