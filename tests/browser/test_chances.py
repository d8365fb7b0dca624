"""The chance while a request is filled in, with scripts and without."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Service

pytestmark = pytest.mark.browser
FIGURE = ".pool-ask__figure"


def fill_in(page: Page, service: Service, language: str, clock: str = "10:00") -> None:
    page.goto(f"{service.url}/appointments/new")
    page.get_by_role("combobox", name="Sprache", exact=True).fill(language)
    page.get_by_role("option", name=language, exact=True).click()
    page.get_by_label("Datum", exact=True).fill(f"{service.now + timedelta(days=8):%Y-%m-%d}")
    page.get_by_label("Beginn", exact=True).fill(clock)
    page.get_by_label(re.compile("^Hinweis")).fill("Zimmer 12")


def sound(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


@pytest.mark.parametrize("width", [390, 1280])
def test_it_follows_what_is_typed_and_a_suggestion_is_taken_over(page: Page, service: Service, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    service.log_in(page, "staff")
    page.goto(f"{service.url}/appointments/new")
    expect(page.locator("#chance")).to_contain_text("fehlt noch: Sprache, Datum und Beginn.")
    fill_in(page, service, "Tigrinya", "20:00")
    expect(page.locator(FIGURE)).to_be_visible()
    expect(page.locator("#chance-said")).to_contain_text("infrage")
    sound(page)
    beside = page.locator("#chance").bounding_box()
    language = page.get_by_role("combobox", name="Sprache", exact=True).bounding_box()
    place, topic = (page.get_by_label(name, exact=True).bounding_box() for name in ("Telefon", "Anlass"))
    assert beside
    assert language
    assert place
    assert topic
    if width == 1280:
        assert beside["x"] > language["x"] + language["width"]
    else:
        assert place["y"] < beside["y"] < topic["y"], "below what decides it"
    better = page.locator(".pool-better__take").first
    what = better.locator(".pool-better__what").inner_text()
    chance = re.sub(r"\D", "", better.locator(".pool-better__chance").inner_text())
    assert all((box := one.bounding_box()) and box["height"] >= 44 for one in page.locator(".pool-better__take").all())
    better.click()
    expect(page.locator(FIGURE)).to_have_text(re.compile(rf"^{chance}\s%$"))
    expect(page.get_by_label(re.compile("^Hinweis"))).to_have_value("Zimmer 12")
    assert what
    sound(page)


def as_of(service: Service) -> str:
    """What the panel says it is as of, at this minute."""
    return f"Stand: {service.now.astimezone(ZoneInfo('Europe/Berlin')):%H:%M} Uhr"


def test_held_open_while_the_world_changes_it_says_as_of_when(page: Page, service: Service) -> None:
    service.log_in(page, "staff")
    fill_in(page, service, "Arabisch")
    before = as_of(service)
    expect(page.locator("#chance")).to_contain_text(before)
    service.now += timedelta(minutes=7)
    expect(page.locator("#chance")).to_contain_text(before)
    page.get_by_role("button", name="Neu berechnen").click()
    expect(page.locator("#chance")).to_contain_text(as_of(service))
    expect(page.get_by_label(re.compile("^Hinweis"))).to_have_value("Zimmer 12")


def test_enter_in_a_field_sends_nothing(page: Page, service: Service) -> None:
    service.log_in(page, "staff")
    fill_in(page, service, "Arabisch")
    page.get_by_label("Anlass").select_option("counselling")
    page.get_by_label("Beginn", exact=True).press("Enter")
    expect(page.locator(FIGURE)).to_be_visible()
    expect(page).to_have_url(re.compile("/appointments/new"))


def test_without_scripts_a_button_computes_it_and_another_takes_over(browser: Browser, service: Service) -> None:
    context = browser.new_context(java_script_enabled=False, locale="de-DE", viewport={"width": 390, "height": 844})
    page = context.new_page()
    service.log_in(page, "staff")
    page.goto(f"{service.url}/appointments/new")
    page.get_by_label("Sprache", exact=True).select_option("tir")
    day = service.now + timedelta(days=8)
    page.get_by_label("Datum", exact=True).fill(f"{day:%Y-%m-%d}")
    page.get_by_label("Beginn", exact=True).fill("20:00")
    page.get_by_label(re.compile("^Hinweis")).fill("Zimmer 12")
    page.get_by_role("button", name="Chance berechnen").click()
    expect(page.locator(FIGURE)).to_be_visible()
    better = page.locator(".pool-better__take").first
    chance = re.sub(r"\D", "", better.locator(".pool-better__chance").inner_text())
    better.click()
    expect(page.locator(FIGURE)).to_have_text(re.compile(rf"^{chance}\s%$"))
    expect(page.get_by_label(re.compile("^Hinweis"))).to_have_value("Zimmer 12")
    expect(page).to_have_url(re.compile("/appointments/new"))
    context.close()


def test_a_slip_is_asked_about(page: Page, service: Service) -> None:
    service.log_in(page, "staff")
    fill_in(page, service, "Arabisch", "03:00")
    page.get_by_label("Anlass").select_option("counselling")
    page.get_by_role("button", name="Anfrage senden").click()
    expect(page.get_by_role("alert")).to_contain_text("außerhalb der üblichen Zeiten")
    sound(page)
    page.get_by_role("button", name="So senden").click()
    expect(page).to_have_url(re.compile(r"/appointments/\d+$"))
