"""Mediators' pages in their eleven languages on the narrowest phone: nothing clipped, nothing that axe finds."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from app import services
from app.models import LinkKind, Mediator, Offer, OfferStatus, Pool
from app.models.locales import MEDIATOR_LOCALES
from app.transaction import transaction
from tests.browser.conftest import Service, beckum

pytestmark = pytest.mark.browser
# the longest words, and both directions of writing
SAMPLE = ("de", "bg", "fa")
LANGUAGES = tuple(MEDIATOR_LOCALES) if os.environ.get("SOAK") else SAMPLE
# an element whose words are wider than its box, or that stands beyond the edge of the screen
CLIPPED = """() => {
  const found = [], width = document.documentElement.clientWidth
  for (const one of document.querySelectorAll('main *, header *, nav *')) {
    const style = getComputedStyle(one), box = one.getBoundingClientRect()
    if (!box.width || !box.height || style.visibility === 'hidden' || one.closest('.kern-sr-only, .pool-skip')) continue
    if (style.clipPath !== 'none' || one.closest('details:not([open]) > :not(summary)')) continue
    const own = [...one.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim())
    if (!own) continue
    const range = document.createRange()
    range.selectNodeContents(one)
    for (const line of range.getClientRects()) {
      if (line.left < -0.5 || line.right > width + 0.5) { found.push(one.outerHTML.slice(0, 160)); break }
    }
    if (style.overflowX !== 'visible' && one.scrollWidth > one.clientWidth + 1) found.push(one.outerHTML.slice(0, 160))
  }
  return found
}"""


def addresses(service: Service) -> list[str]:
    """Every page of a mediator who is asked something, and those that are open to everybody."""
    pool_id = beckum(service)
    with service.app.app_context(), transaction(pool_id) as session:
        session.get_one(Pool, pool_id).takes_applications = True
        links = services.of(service.app).links
        open_offer = select(Offer).where(Offer.status == OfferStatus.SENT).order_by(Offer.id).limit(1)
        offer = session.scalars(open_offer).one()
        person = session.get_one(Mediator, offer.mediator_id)
        asked = links.issue(session, service.now, LinkKind.OFFER, person, offer)
        start = links.url(links.issue(session, service.now, LinkKind.MEDIATOR, person))
        return [
            links.url(asked), start, *(f"{start}/{page}" for page in ("times", "away", "settings", "open")),
            f"{service.url}/m", f"{service.url}/m/nothing", f"{service.url}/join",
        ]  # fmt: skip


def check(page: Page, address: str, locale: str) -> None:
    answer = page.goto(f"{address}?lang={locale}")
    assert answer is not None
    assert answer.status in {200, 404}, address
    for is_open in (False, True):
        if is_open:
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, (address, locale)
        assert page.evaluate(CLIPPED) == [], (address, locale)
        found = Axe().run(page)
        assert found.violations_count == 0, f"{address} {locale}: {found.generate_report()}"


@pytest.mark.parametrize("locale", LANGUAGES)
def test_no_words_are_clipped_at_320_px(browser: Browser, service: Service, locale: str) -> None:
    service.work()
    context = browser.new_context(viewport={"width": 320, "height": 700}, locale="de-DE")
    page = context.new_page()
    for address in addresses(service):
        check(page, address, locale)
    context.close()


def test_the_language_is_switched_without_javascript(browser: Browser, service: Service) -> None:
    context = browser.new_context(java_script_enabled=False, locale="de-DE", viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{service.url}/m")
    page.locator(".pool-tongues > summary").click()
    page.get_by_role("link", name="العربية").click()
    assert page.locator("html").get_attribute("dir") == "rtl"
    page.goto(f"{service.url}/join")
    assert page.locator("html").get_attribute("lang") == "ar"
    context.close()
