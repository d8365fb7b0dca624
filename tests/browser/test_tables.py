"""A table comes in: chosen, looked at, its columns said, mended and taken, on a phone and by everybody."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, expect

from app.spreadsheets.imports import AT_ONCE
from tests.browser.conftest import Service

pytestmark = pytest.mark.browser
BAD = "Name;Handy;Sprachen\nZara Probe;12;Kurdisch C1\n"


def choose(page: Page, service: Service, text: str) -> None:
    page.goto(f"{service.url}/mediators/import")
    page.get_by_label("Datei").set_input_files(FilePayload(name="Liste.csv", mimeType="text/csv", buffer=text.encode()))
    page.get_by_role("button", name="Datei prüfen").click()


def check(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_who_waits_for_a_long_table_sees_it_read_and_can_stop_it_by_keyboard(page: Page, service: Service) -> None:
    service.log_in(page, "coordinator")
    rows = "".join(f"Zara Lang {one};0176 07{one:06d};Kurmanci C1\n" for one in range(AT_ONCE + 1))
    choose(page, service, f"Name;Handy;Sprachen\n{rows}")
    page.get_by_role("button", name=f"{AT_ONCE + 1} Personen übernehmen").click()
    expect(page.get_by_text("Gespeichert ist noch nichts")).to_be_visible()
    check(page)
    stop = page.get_by_role("button", name="Abbrechen")
    stop.focus()
    for _ in range(2):
        with page.expect_response("**/state"):
            """The page looks again by itself."""
    expect(stop).to_be_focused()
    stop.press("Enter")
    expect(page.get_by_text("Abgebrochen. Gespeichert wurde nichts.")).to_be_visible()
    check(page)


def test_a_table_is_looked_at_said_and_taken(page: Page, service: Service) -> None:
    service.log_in(page, "coordinator")
    # one pool serves the phone and the desk
    number = 10 + int(page.evaluate("innerWidth / 20"))
    name = f"Zara Probe {number}"
    choose(page, service, BAD)
    expect(page.get_by_role("alert")).to_contain_text("2 Fehler in der Datei")
    check(page)
    choose(page, service, f"Wer;Handy;Sprachen\n{name};0176 040690{number};Kurmanci C1\n")
    expect(page.get_by_role("alert")).to_contain_text("Name: Diese Spalte fehlt")
    check(page)
    page.get_by_label("Was steht in Spalte Wer?").select_option("name")
    page.get_by_role("button", name="Noch einmal prüfen").click()
    expect(page.get_by_role("status")).to_contain_text("Alles lesbar")
    check(page)
    page.get_by_role("button", name="1 Person übernehmen").click()
    expect(page.get_by_role("status")).to_contain_text("1 Person ist übernommen.")
    page.get_by_label("Name oder Sprache").fill(name)
    page.get_by_role("button", name="Suchen").click()
    expect(page.get_by_role("link", name=name)).to_be_visible()
