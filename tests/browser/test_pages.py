"""Every page, as a person and a screen reader meet it: no axe violation, nothing wider than the screen."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Service

pytestmark = pytest.mark.browser
GUESTS = ("/", "/login", "/phone", "/o/wrong-token")
STAFF = ("/appointments", "/appointments/new", "/account/password", "/gaps")
COORDINATORS = (
    "/board", "/coverage", "/coverage?view=past&mode=phone&topic=none", "/coverage/report", "/coverage/tir/wed/10:00",
    "/recruiting", "/gaps",
    "/mediators", "/mediators/new", "/mediators/1", "/messages", "/statistics",
    "/announcements", "/announcements/new",
    "/mediators/import", "/organisations/import", "/appointments/import",
    "/appointments/new", "/nowhere",
)  # fmt: skip
ADMINS = (
    "/settings", "/settings/accounts", "/settings/accounts/new", "/settings/accounts/1", "/settings/accounts/2",
    "/settings/tokens",
)  # fmt: skip


def check(page: Page, service: Service, paths: tuple[str, ...]) -> None:
    for path in paths:
        answer = page.goto(service.url + path)
        assert answer is not None
        assert answer.status < 500, path
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"{path} is {width} px wider than the screen"


def test_pages_for_guests(page: Page, service: Service) -> None:
    check(page, service, GUESTS)


@pytest.mark.parametrize(("role", "paths"), [("staff", STAFF), ("coordinator", COORDINATORS), ("admin", ADMINS)])
def test_pages_behind_the_login(page: Page, service: Service, role: str, paths: tuple[str, ...]) -> None:
    service.work()
    service.log_in(page, role)
    check(page, service, paths)


def test_the_report_is_printed_on_one_sheet(page: Page, service: Service) -> None:
    service.work()
    service.log_in(page, "coordinator")
    page.goto(service.url + "/coverage/report")
    paper = page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1


def test_nothing_is_too_wide_at_320_px(browser: Browser, service: Service) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 700}, locale="de-DE")
    page = context.new_page()
    service.log_in(page, "admin")
    for path in (*GUESTS[2:], *STAFF, *COORDINATORS, *ADMINS):
        page.goto(service.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    context.close()


def test_an_announcement_of_one_long_word_stays_on_the_screen(browser: Browser, service: Service) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="de-DE")
    page = context.new_page()
    service.log_in(page, "coordinator")
    page.goto(service.url + "/announcements/new")
    page.check("[name=way][value=both]")
    page.fill("[name=subject]", "Sommer" * 19)
    page.fill("[name=text]", "https://pool.example.org/" + "sommer" * 19)
    for step in ("look", "send"):
        page.click(f"[name=step][value={step}]")
        page.wait_for_load_state()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, step
    assert page.locator("summary", has_text="Sommer" * 19).is_visible()
    context.close()
