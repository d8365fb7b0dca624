"""The board and what is done from it: undone by keyboard, watched without a reload."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import delete, select

from app.models import Heartbeat, PlanPhase, PlanRun, PlanRunStatus
from app.transaction import transaction
from tests.browser.conftest import Service, beckum

pytestmark = pytest.mark.browser


def no_violations(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def somebody_to_ask(service: Service, page: Page) -> None:
    """Open the page of an appointment for which somebody may be asked."""
    page.goto(f"{service.url}/board?all=1")
    ways = page.locator("a[href$='/candidates']").evaluate_all("all => all.map(one => one.href)")
    for way in ways:
        page.goto(way)
        if page.locator("#proposal").count():
            return
    pytest.fail("nobody may be asked about anything")


def test_a_question_is_undone_by_keyboard_and_the_banner_says_what_that_would_be(service: Service, page: Page) -> None:
    service.work()
    service.log_in(page, "coordinator")
    somebody_to_ask(service, page)
    page.locator(".pool-proposal form button").first.click()
    banner = page.locator("#undo")
    expect(banner).to_be_focused()
    expect(banner).to_contain_text("als hätten Sie nicht gefragt")
    no_violations(page)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Rückgängig")).to_be_focused()
    size = page.get_by_role("button", name="Rückgängig").bounding_box()
    assert size is not None
    assert size["height"] >= 44
    service.now += timedelta(seconds=11)
    service.work()
    expect(banner).to_contain_text("Die SMS kann schon angekommen sein.")
    expect(page.get_by_role("button", name="Rückgängig")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".pool-flash")).to_contain_text("ist zurückgezogen. Die SMS war schon unterwegs")


def test_the_first_appointment_is_on_the_first_screen_and_says_what_helps(service: Service, page: Page) -> None:
    service.work()
    service.log_in(page, "coordinator")
    page.goto(f"{service.url}/board?all=1")
    first = page.locator(".pool-board__row").first.bounding_box()
    assert first is not None
    assert first["y"] + 100 < 844
    helps = page.locator(".pool-board__help a")
    for line in page.locator(".pool-board__row").all():
        line.scroll_into_view_if_needed()
    expect(helps.first).to_be_visible()
    said = helps.first.inner_text()
    page.evaluate("htmx.ajax('GET', '/board/rows?all=1', {target: '#board', swap: 'outerMorph'})")
    expect(helps.first).to_have_text(said)
    helps.first.click()
    expect(page.locator(".pool-steps h3").first).to_have_text(said)


def under_way(service: Service, *, searching: bool) -> None:
    """Let somebody be at the newest plan, or let them be gone again."""
    with service.app.app_context(), transaction(beckum(service)) as session:
        run = session.execute(select(PlanRun).order_by(PlanRun.id.desc()).limit(1)).scalar_one()
        if searching:
            session.add(Heartbeat(worker="somebody", started_at=service.now, seen_at=service.now, rings=False))
            run.advance(PlanRunStatus.RUNNING)
            run.claimed_by, run.started_at = "somebody", service.now
            run.phase, run.coverage, run.coverage_bound = PlanPhase.SEARCHING, 38.9, 40.0
        else:
            session.execute(delete(Heartbeat).where(Heartbeat.worker == "somebody"))
            run.put_back()


def test_a_plan_is_watched_while_it_is_made(service: Service, page: Page) -> None:
    service.log_in(page, "coordinator")
    page.goto(f"{service.url}/board")
    page.get_by_role("button", name="Neu planen").click()
    strip = page.locator("#plan")
    expect(strip).to_contain_text("Ein neuer Plan ist vorgemerkt.")
    under_way(service, searching=True)
    expect(strip).to_contain_text("97 % dessen, was mit den Leuten höchstens möglich ist")
    no_violations(page)
    expect(page.get_by_role("button", name="Suche beenden, das Beste bis jetzt nehmen")).to_be_visible()
    under_way(service, searching=False)
    service.now += timedelta(seconds=31)
    service.work()
    expect(strip).to_contain_text("Der Plan ist fertig.")
    expect(page.get_by_role("button", name="Suche beenden")).to_have_count(0)
