"""The board with its alerts, and the question whether it stays: usable by everybody, and pleasant with a script."""

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app import services
from app.journey.telling import alerts
from app.models import Absence, Alert, Appointment, Assignment, LinkKind, Mediator
from app.transaction import reading, transaction
from tests.browser.conftest import Service, beckum

pytestmark = pytest.mark.browser


def raise_alerts(service: Service, count: int) -> None:
    """Say of so many people that their number is wrong, unless it has been said."""
    links, pool_id = services.of(service.app).links, beckum(service)
    with service.app.app_context(), transaction(pool_id) as session:
        for alert in session.scalars(select(Alert).where(Alert.resolved_at.is_(None))):
            alert.resolved_at = service.now
        session.flush()
        for person in session.scalars(select(Mediator).order_by(Mediator.id).limit(count)).all():
            person.phone_trouble = "30005"
            subject = f"number_wrong:mediator:{person.id}"
            alerts.raise_alert(
                session, service.now, links, pool_id, "number_wrong", subject,
                mediator=person, name=person.name, code="30005",
            )  # fmt: skip


def assigned(service: Service) -> str:
    """The link of somebody who has agreed to come and is now asked whether it stays so."""
    links, pool_id = services.of(service.app).links, beckum(service)
    with service.app.app_context(), transaction(pool_id) as session:
        seat = session.scalars(
            select(Assignment)
            .where(Assignment.state == "active", Assignment.starts_at > service.now + timedelta(hours=2))
            .order_by(Assignment.starts_at)
            .limit(1)
        ).one()
        seat.reconfirm_asked_at, seat.reconfirmed_at = service.now, None
        url: str = links.url(links.issue(session, service.now, LinkKind.OFFER, seat.mediator, seat.offer))
    return url


@pytest.fixture(scope="module")
def cookies() -> dict[str, Any]:
    """Role -> the cookies of somebody who has logged in: the login takes only so many attempts a minute."""
    return {}


def arrive(page: Page, service: Service, cookies: dict[str, Any], role: str) -> None:
    """Be logged in."""
    if role in cookies:
        page.context.add_cookies(cookies[role])
        return
    service.log_in(page, role)
    expect(page.get_by_text("Abmelden").first).to_be_attached()
    cookies[role] = page.context.cookies()


def check(page: Page, where: str) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, f"{where}: {found.generate_report()}"
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, f"{where} is {width} px wider than the screen"


def test_alerts_are_readable_by_everybody_and_leave_at_a_click(
    page: Page, service: Service, cookies: dict[str, Any]
) -> None:
    raise_alerts(service, 7)
    arrive(page, service, cookies, "coordinator")
    page.goto(f"{service.url}/board")
    check(page, "the board")
    page.get_by_text("2 weitere Hinweise").click()
    check(page, "the board with all alerts")
    before = page.locator('[id^="alert-row-"]')
    expect(before).to_have_count(7)
    page.evaluate("window.sameDocument = true")
    before.first.get_by_role("button", name="Erledigt").click()
    expect(before).to_have_count(6)
    expect(page.get_by_role("status").filter(has_text="Der Hinweis ist erledigt.")).to_have_count(1)
    assert page.evaluate("window.sameDocument") is True, "a script swaps the board, the page stays"


def test_a_person_whose_number_is_wrong_and_the_settings_are_readable_by_everybody(
    page: Page, service: Service, cookies: dict[str, Any]
) -> None:
    raise_alerts(service, 1)
    arrive(page, service, cookies, "admin")
    for path in ("/mediators", "/mediators/1", "/settings"):
        page.goto(service.url + path)
        check(page, path)


def test_whether_it_stays_is_answered_with_one_tap(page: Page, service: Service) -> None:
    page.goto(assigned(service))
    expect(page.get_by_role("heading", level=1)).to_have_text("Bleibt es dabei?")
    check(page, "the question whether it stays")
    page.get_by_role("button", name="Ja, es bleibt dabei").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Danke, es bleibt dabei")
    check(page, "the thanks")


def test_a_person_who_is_away_when_they_are_expected_is_readable_by_everybody(
    page: Page, service: Service, cookies: dict[str, Any]
) -> None:
    with service.app.app_context(), transaction(beckum(service)) as session:
        seat = session.scalars(
            select(Assignment).where(Assignment.state == "active", Assignment.starts_at > service.now).limit(1)
        ).one()
        day = seat.starts_at.date()
        seat.mediator.absences = [Absence(first_day=day, last_day=day)]
        mediator_id = seat.mediator_id
    arrive(page, service, cookies, "coordinator")
    page.goto(f"{service.url}/mediators/{mediator_id}")
    expect(page.get_by_role("heading", name="passt nicht mehr")).to_be_visible()
    check(page, "somebody who is away")


def test_coordinators_see_what_exactly_happened(page: Page, service: Service, cookies: dict[str, Any]) -> None:
    arrive(page, service, cookies, "coordinator")
    with service.app.app_context():
        session = reading(beckum(service))
        over = session.scalars(select(Appointment.id).where(Appointment.status == "done").limit(1)).one()
    page.goto(f"{service.url}/appointments/{over}")
    page.get_by_text("Was genau geschah").click()
    expect(page.get_by_role("button", name="Die Klientin oder der Klient kam nicht")).to_be_visible()
    check(page, "an appointment that is over")
