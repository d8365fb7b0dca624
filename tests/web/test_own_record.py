"""What mediators did, year by year, as a certificate, and everything that is kept of them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.models import AppointmentStatus, Assignment, AssignmentState, Link, LinkKind, Offer, OfferStatus
from tests.world import World


@pytest.fixture
def client(sqlite_world: World) -> FlaskClient:
    return sqlite_world.app.test_client()


def own(world: World, mediator: int) -> str:
    with world.change() as session:
        link = session.execute(
            select(Link).where(Link.mediator_id == mediator, Link.kind == LinkKind.MEDIATOR)
        ).scalar_one()
        return world.links.url(link).removeprefix(world.links.public_url)


def was_there(
    world: World, mediator: int, starts: datetime, status: AppointmentStatus = AppointmentStatus.DONE, minutes: int = 90
) -> None:
    appointment = world.past("kmr", starts, status)
    with world.change() as session:
        offer = Offer(
            appointment_id=appointment, mediator_id=mediator, round=1, language="kmr", status=OfferStatus.ACCEPTED,
            created_at=starts,
        )  # fmt: skip
        session.add(offer)
        session.flush()
        session.add(
            Assignment(
                appointment_id=appointment, mediator_id=mediator, offer_id=offer.id, seat=0, language="kmr",
                starts_at=starts, ends_at=starts + timedelta(minutes=minutes), state=AssignmentState.ACTIVE,
                created_at=starts,
            )
        )  # fmt: skip


def test_years_end_at_midnight_in_the_pools_time(sqlite_world: World, client: FlaskClient) -> None:
    world = sqlite_world
    me = world.mediator("Zozan", "kmr")
    # in Berlin it is a quarter past midnight already
    was_there(world, me, datetime(2025, 12, 31, 23, 15, tzinfo=UTC))
    was_there(world, me, datetime(2025, 12, 31, 20, 0, tzinfo=UTC))
    page = client.get(f"{own(world, me)}/record").text
    assert page.index(">2026<") < page.index(">2025<")
    assert "Kurmandschi" in page
    assert "Sozialamt" in page
    for year in (2025, 2026):
        said = client.get(f"{own(world, me)}/record/{year}").text
        assert "Zozan hat ehrenamtlich im Sprachmittlerpool Beckum" in said
        assert '<span dir="auto">1</span>' in said
        # ninety minutes are rounded as on the page of their own
        assert '<span dir="auto">2</span>' in said
        assert ("noch nicht zu Ende" in said) == (year == 2026)


def test_what_did_not_take_place_is_not_counted(sqlite_world: World, client: FlaskClient) -> None:
    world = sqlite_world
    me = world.mediator("Zozan", "kmr")
    was_there(world, me, world.now - timedelta(days=9), AppointmentStatus.CANCELLED)
    was_there(world, me, world.now - timedelta(days=8), AppointmentStatus.MISSED)
    was_there(world, me, world.now + timedelta(days=1), AppointmentStatus.FILLED)
    assert "sobald der erste vorbei ist" in client.get(f"{own(world, me)}/record").text


@pytest.mark.parametrize("year", ["2025", "0", "99999999999"])
def test_a_year_of_nothing_has_no_certificate_and_leads_back(
    sqlite_world: World, client: FlaskClient, year: str
) -> None:
    me = sqlite_world.mediator("Zozan", "kmr")
    answer = client.get(f"{own(sqlite_world, me)}/record/{year}")
    assert answer.status_code == 404
    assert f"{own(sqlite_world, me)}/record" in answer.text


def test_a_certificate_is_german_whatever_they_read(sqlite_world: World, client: FlaskClient) -> None:
    world = sqlite_world
    me = world.mediator("Zozan", "kmr", "ukr", locale="uk")
    was_there(world, me, world.now - timedelta(days=8))
    assert "Мої завдання" in client.get(f"{own(world, me)}/record").text
    page = client.get(f"{own(world, me)}/record/2026").text
    assert '<html lang="de"' in page
    assert "Kurmandschi (Nordkurdisch), Ukrainisch" in page


def test_their_data_are_a_file_with_their_own_name_and_no_way_in(sqlite_world: World, client: FlaskClient) -> None:
    me = sqlite_world.mediator("Zozan", "kmr")
    answer = client.get(f"{own(sqlite_world, me)}/data")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="meine-daten.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    kept = json.loads(answer.data)
    assert kept["mediator"]["name"] == "Zozan"
    assert own(sqlite_world, me).rpartition("/")[2] not in answer.text


@pytest.mark.parametrize("page", ["record", "record/2026", "data"])
def test_a_link_that_has_ended_opens_none_of_it(sqlite_world: World, client: FlaskClient, page: str) -> None:
    world = sqlite_world
    me = world.mediator("Zozan", "kmr")
    link = own(world, me)
    with world.change() as session:
        for one in session.scalars(select(Link)):
            one.revoked_at = world.now
    answer = client.get(f"{link}/{page}")
    assert answer.status_code == 404
    assert "Zozan" not in answer.text
