"""Towns large enough to be loaded: people by the hundred and questions that are out, written without the journey."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.clock import utc_now
from app.models import (
    Appointment,
    AppointmentStatus,
    Availability,
    Channel,
    LinkKind,
    Mediator,
    Message,
    MessageStatus,
    Offer,
    OfferStatus,
    Organisation,
    Skill,
)
from tests.conftest import application
from tests.world import TOWN_HALL, World


def number_of(person: int) -> str:
    """The telephone number of the person with that index; valid, and nobody else's."""
    return f"+491520{person:07d}"


def people(world: World, count: int, language: str = "kmr", *, first: int = 0) -> list[int]:
    """Enter people who are free on all days and may be texted at any hour; gives their ids, in order."""
    with world.change() as session:
        rows = [_person(world.now, number, language) for number in range(first, first + count)]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def _person(now: datetime, number: int, language: str) -> Mediator:
    return Mediator(
        name=f"Person {number}",
        phone=number_of(number),
        home_lat=TOWN_HALL.lat,
        home_lon=TOWN_HALL.lon,
        urgent_opt_in=True,
        text_from_minute=0,
        text_until_minute=24 * 60,
        text_weekends=True,
        created_at=now,
        skills=[Skill(language=language, level="C1")],
        availability=[Availability(weekday=weekday, starts_minute=0, ends_minute=24 * 60) for weekday in range(7)],
    )


def questions(
    session: Session, world: World, asked: list[int], starts: datetime, language: str = "kmr"
) -> tuple[list[tuple[int, str]], int]:
    """All these are asked about one appointment; gives each one's number of the offer and path of the link, and its id.

    The SMS that ask them were delivered long ago.
    """
    organisation = session.query(Organisation).first()
    assert organisation is not None
    held = Appointment(
        organisation_id=organisation.id,
        language=language,
        starts_at=starts,
        ends_at=starts + timedelta(hours=1),
        mode="phone",
        status=AppointmentStatus.OFFERING,
        created_at=world.now,
    )
    session.add(held)
    session.flush()
    offers = [
        Offer(
            appointment_id=held.id,
            mediator_id=person,
            round=1,
            wave=1,
            language=language,
            status=OfferStatus.SENT,
            created_at=world.now,
            sent_at=world.now,
            due_at=starts,
        )
        for person in asked
    ]
    session.add_all(offers)
    session.flush()
    session.add_all(delivered(offer, world.now) for offer in offers)
    found = []
    for offer in offers:
        link = world.links.issue(session, world.now, LinkKind.OFFER, offer.mediator, offer)
        found.append((offer.id, world.links.url(link).removeprefix(world.links.public_url)))
    return found, held.id


def delivered(offer: Offer, asked_at: datetime) -> Message:
    """The SMS that asked this question, long since on the phone."""
    return Message(
        channel=Channel.SMS,
        kind="offer",
        dedupe_key=f"asked:{offer.id}",
        recipient=offer.mediator.phone,
        mediator_id=offer.mediator_id,
        appointment_id=offer.appointment_id,
        offer_id=offer.id,
        body="Haben Sie Zeit?",
        status=MessageStatus.DELIVERED,
        attempts=1,
        created_at=asked_at,
        due_at=asked_at,
        sent_at=asked_at,
        finished_at=asked_at,
    )


@contextmanager
def opened(address: str) -> Iterator[World]:
    """A town on a migrated, empty database, at the present time; its connections are closed at the end."""
    with application(address) as app:
        yield World.build(app, utc_now().replace(second=0, microsecond=0))
