"""What a browser does when a login is over, and with a password that is passed on."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service

pytestmark = pytest.mark.browser


def test_a_page_left_open_leads_to_the_login_and_back_to_itself(page: Page, service: Service) -> None:
    page.clock.install()
    service.log_in(page, "coordinator")
    page.goto(f"{service.url}/board?language=ara")
    service.now += timedelta(hours=12)
    # it asks by itself every ten seconds; nobody touches it
    page.clock.run_for(10_000)
    page.wait_for_url("**/login")
    expect(page.get_by_role("heading", name="Anmelden")).to_be_visible()
    page.get_by_label("E-Mail").fill("coordinator@beckum.example")
    page.get_by_label("Passwort").fill("demo-demo-demo-demo")
    page.locator("main").get_by_role("button", name="Anmelden").click()
    page.wait_for_url("**/board?language=ara")


def test_a_new_colleague_gets_in_and_takes_a_password_of_their_own(page: Page, service: Service) -> None:
    width = (page.viewport_size or {"width": 0})["width"]
    service.log_in(page, "admin")
    page.goto(f"{service.url}/settings")
    page.get_by_role("link", name="Konten").click()
    page.get_by_role("link", name="Konto anlegen").click()
    page.get_by_label("Name", exact=True).fill("Nora Neu")
    page.get_by_label("E-Mail").fill(f"nora{width}@beckum.example")
    page.get_by_label("Koordination").check()
    password = page.get_by_label("Erstes Passwort").input_value()
    page.get_by_role("button", name="Konto anlegen").click()
    expect(page.get_by_text("Nora Neu kann sich jetzt anmelden.")).to_be_visible()
    page.get_by_role("button", name="Abmelden").click()

    page.goto(f"{service.url}/login")
    page.get_by_label("E-Mail").fill(f"nora{width}@beckum.example")
    page.get_by_label("Passwort").fill(password)
    page.locator("main").get_by_role("button", name="Anmelden").click()
    page.get_by_role("link", name="Mein Konto").click()
    page.get_by_label("Bisheriges Passwort").fill(password)
    page.get_by_label("Neues Passwort", exact=True).fill("four other words here")
    page.get_by_label("Neues Passwort noch einmal").fill("four other words here")
    page.get_by_role("button", name="Passwort ändern").click()
    expect(page.get_by_text("Ihr Passwort ist geändert.")).to_be_visible()
