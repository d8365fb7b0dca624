"""Chromium finds nothing that would keep it from installing a mediator's pages."""

import pytest
from playwright.sync_api import Page

from app import services
from app.models import LinkKind, Mediator
from app.transaction import transaction
from tests.browser.conftest import Service, beckum

pytestmark = pytest.mark.browser


def test_own_pages_can_be_installed(page: Page, service: Service) -> None:
    pool_id = beckum(service)
    with service.app.app_context(), transaction(pool_id) as session:
        links = services.of(service.app).links
        own = links.url(links.issue(session, service.now, LinkKind.MEDIATOR, session.get_one(Mediator, 1)))
    page.goto(own)
    browser = page.context.new_cdp_session(page)
    assert browser.send("Page.getAppManifest")["errors"] == []
    found = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # the window of a test is one that keeps nothing, and nothing can be installed in it
    assert [one["errorId"] for one in found if one["errorId"] != "in-incognito"] == []
