"""A status page that is held open tells the truth within five seconds, whatever becomes of the appointment."""

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import services, tenancy
from app.journey import answering, requesting
from app.journey.history import SERVICE, mediator_actor
from app.journey.request import Request
from app.models import Account, Appointment, Offer, OfferStatus, Organisation, Pool
from app.transaction import transaction
from tests.browser.conftest import Service

pytestmark = pytest.mark.browser
T = TypeVar("T")


def in_beckum(service: Service, work: Callable[[Session], T]) -> T:
    with service.app.app_context():
        with transaction(None) as session, tenancy.across_pools(session):
            pool_id = session.execute(select(Pool.id).where(Pool.key == "beckum")).scalar_one()
        with transaction(pool_id) as session:
            return work(session)


def request(service: Service) -> int:
    """Staff ask for Arabic in nine days, by phone; somebody is asked."""

    def ask(session: Session) -> int:
        account = session.execute(select(Account).where(Account.email == "staff@beckum.example")).scalar_one()
        organisation = session.get_one(Organisation, account.organisation_id)
        starts = (service.now + timedelta(days=9)).replace(hour=9, minute=0)
        wanted = Request("ara", starts, mode="phone", topic="counselling")
        return requesting.request(session, service.now, organisation, wanted, SERVICE).id

    appointment = in_beckum(service, ask)
    service.work()
    return appointment


def answer(service: Service, appointment: int, step: Callable[..., object], *words: str) -> None:
    """Let whoever was asked first answer."""

    def take(session: Session) -> None:
        asked = select(Offer).where(
            Offer.appointment_id == appointment, Offer.status.in_((OfferStatus.SENT, OfferStatus.ACCEPTED))
        )
        offer = session.scalars(asked.order_by(Offer.rank, Offer.id)).first()
        assert offer
        links, actor = services.of(service.app).links, mediator_actor(offer.mediator)
        step(session, service.now, links, offer.id, actor, *words)

    in_beckum(service, take)


def cancel(service: Service, appointment: int) -> None:
    def end(session: Session) -> Appointment:
        return requesting.cancel(session, service.now, services.of(service.app).links, appointment, SERVICE)

    in_beckum(service, end)


def test_a_page_held_open_tells_the_truth_within_five_seconds_each_time(page: Page, service: Service) -> None:
    page.clock.install()
    appointment = request(service)
    service.log_in(page, "staff")
    page.goto(f"{service.url}/appointments/{appointment}")
    live, about = page.locator("#live"), page.locator("#about")
    expect(live).to_contain_text("Wir fragen gerade")

    def says_after_5_seconds(words: str) -> None:
        expect(live).not_to_contain_text(words)
        page.clock.run_for(5_000)
        expect(live).to_contain_text(words)

    answer(service, appointment, answering.accept, "link")
    says_after_5_seconds("Zusage wird gerade bestätigt")
    expect(live).not_to_contain_text("Jemand kommt")

    answer(service, appointment, answering.undo)
    says_after_5_seconds("Wir fragen gerade")
    expect(live).not_to_contain_text("hat zugesagt")

    answer(service, appointment, answering.accept, "link")
    says_after_5_seconds("Zusage wird gerade bestätigt")
    service.now += timedelta(seconds=10)
    says_after_5_seconds("Jemand kommt")
    expect(live.locator("a[href^='tel:']")).to_be_visible()

    answer(service, appointment, answering.hand_back)
    says_after_5_seconds("kann doch nicht")
    expect(live).not_to_contain_text("Jemand kommt")
    expect(live.locator("a[href^='tel:']")).to_have_count(0)

    expect(about).to_contain_text("Termin absagen")
    cancel(service, appointment)
    says_after_5_seconds("Abgesagt")
    expect(about).not_to_contain_text("Termin absagen")
