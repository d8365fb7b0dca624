"""The whole journey, clicked: request, phone, yes, invite."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import icalendar
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service

pytestmark = pytest.mark.browser
BERLIN = ZoneInfo("Europe/Berlin")


def test_a_request_is_clicked_through_to_the_invite(page: Page, service: Service, tmp_path: Path) -> None:
    service.log_in(page, "staff")
    page.goto(f"{service.url}/appointments/new")
    page.get_by_role("combobox", name="Sprache", exact=True).fill("arab")
    page.get_by_role("option", name="Arabisch", exact=True).click()
    # on another day for each size of screen, or it would be asked whether the second request is meant
    size = page.viewport_size
    day = service.now + timedelta(days=9 if size and size["width"] > 600 else 16)
    page.get_by_label("Datum", exact=True).fill(f"{day:%Y-%m-%d}")
    page.get_by_label("Beginn", exact=True).fill("10:00")
    page.get_by_label("Anlass").select_option("counselling")
    page.get_by_role("button", name="Anfrage senden").click()
    expect(page).to_have_url(re.compile(r"/appointments/\d+$"))
    appointment = page.url

    service.work()
    page.goto(f"{service.url}/phone")
    wanted = f"{day:%d.%m.} 10:00"
    question = page.locator(".pool-bubble", has_text=wanted).filter(has=page.get_by_role("link")).first
    question.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("dolmetschen")
    page.get_by_role("button", name="Ja, ich übernehme").click()
    expect(page.get_by_role("button", name="Rückgängig machen")).to_be_visible()
    with page.expect_download() as downloading:
        page.get_by_role("link", name=re.compile("Kalender")).first.click()
    downloading.value.save_as(tmp_path / "invite.ics")
    [event] = icalendar.Calendar.from_ical((tmp_path / "invite.ics").read_bytes()).events
    assert event.DTSTART.astimezone(BERLIN) == datetime(day.year, day.month, day.day, 10, tzinfo=BERLIN)

    service.now += timedelta(seconds=11)
    service.work()
    page.goto(appointment)
    expect(page.locator("main")).to_contain_text("kommt")
    page.goto(f"{service.url}/phone")
    confirmed = page.locator("details", has_text=re.compile(rf"Sprachmittlung gefunden: Arabisch.*{wanted}"))
    expect(confirmed.first).to_be_visible()


def test_a_wrong_request_says_so_at_the_field_and_keeps_what_was_typed(page: Page, service: Service) -> None:
    service.log_in(page, "staff")
    page.goto(f"{service.url}/appointments/new")
    page.get_by_label("Datum", exact=True).fill("2020-01-01")
    page.get_by_label("Beginn", exact=True).fill("10:00")
    page.get_by_label("Hinweis").fill("Zimmer 12")
    page.locator("form").evaluate_all("forms => forms.forEach(form => form.noValidate = true)")
    page.get_by_role("button", name="Anfrage senden").click()
    expect(page.locator("[aria-invalid=true]:visible").first).to_be_visible()
    expect(page.get_by_label("Hinweis")).to_have_value("Zimmer 12")
    expect(page.get_by_label("Datum", exact=True)).to_have_value("2020-01-01")


def test_without_javascript_a_request_can_still_be_made(service: Service, browser: object) -> None:
    context = browser.new_context(java_script_enabled=False, locale="de-DE")  # type: ignore[attr-defined]
    page = context.new_page()
    service.log_in(page, "staff")
    page.goto(f"{service.url}/appointments/new")
    page.get_by_label("Sprache", exact=True).select_option("ara")
    page.get_by_label("Datum", exact=True).fill(f"{service.now + timedelta(days=10):%Y-%m-%d}")
    page.get_by_label("Beginn", exact=True).fill("11:00")
    page.get_by_label("Anlass").select_option("office")
    page.get_by_role("button", name="Anfrage senden").click()
    expect(page).to_have_url(re.compile(r"/appointments/\d+$"))
    context.close()
