"""The large pool is one that the service could have made, of the promised size, and the same each time."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from app import links, tenancy
from app.extensions import db
from app.models import (
    SEEKING,
    Appointment,
    AppointmentStatus,
    Assignment,
    Link,
    LinkKind,
    Mediator,
    Message,
    Offer,
    OfferStatus,
    Skill,
)
from app.transaction import transaction
from benchmarks.large_pool import fill
from benchmarks.request_history import NOW

SCALE = 0.2


@pytest.fixture
def rows(app: Flask) -> Any:
    with app.app_context():
        with db.engine.begin() as connection:
            fill(connection, SCALE)
        yield db.session()


def count(rows: Session, *conditions: Any) -> int:
    with tenancy.across_pools(rows):
        return rows.scalar(select(func.count()).where(*conditions)) or 0


def test_it_has_the_promised_size(rows: Session) -> None:
    assert count(rows, Appointment.id > 0) == 508
    assert count(rows, Mediator.id > 0) == 2
    # two people can be asked no three times
    assert 508 <= count(rows, Offer.id > 0) <= 508 * 3


def test_states_are_those_the_journey_leaves(rows: Session) -> None:
    assert count(rows, Appointment.ends_at <= NOW, Appointment.status.in_((AppointmentStatus.OPEN, "offering"))) == 0
    assert count(rows, Appointment.starts_at > NOW, Appointment.status == AppointmentStatus.DONE) == 0
    assert 5 <= count(rows, Appointment.starts_at > NOW, Appointment.status.in_(SEEKING)) <= 15
    taken = select(Assignment.appointment_id)
    assert count(rows, Appointment.status == AppointmentStatus.DONE, Appointment.id.not_in(taken)) == 0
    assert count(rows, Offer.status == OfferStatus.ACCEPTED) == count(rows, Assignment.id > 0) > 300
    speaks = select(Skill.id).where(Skill.mediator_id == Offer.mediator_id, Skill.language == Offer.language)
    assert count(rows, Offer.id > 0, ~speaks.exists()) == 0
    assert count(rows, Message.due_at > NOW, Message.sent_at.is_not(None)) == 0
    assert count(rows, Appointment.starts_at < NOW - timedelta(days=365 * 4)) > 50


def test_links_open_what_was_asked(rows: Session, app: Flask) -> None:
    with tenancy.across_pools(rows):
        newest = rows.scalars(select(Link).order_by(Link.id.desc()).limit(1)).one()
    token = links.Links("a secret of the benchmarks, long enough", "http://localhost").url(newest).rpartition("/")[2]
    found = links.find(rows, NOW, token, LinkKind.OFFER)
    assert found is not None
    assert found.offer_id == newest.offer_id


def test_the_service_goes_on_where_it_ends(rows: Session) -> None:
    newest = rows.connection().scalar(select(func.max(Mediator.id))) or 0
    rows.rollback()
    with transaction(1) as session:
        added = Mediator(name="Neu", phone="+491713920000", created_at=NOW)
        session.add(added)
        session.flush()
        assert added.id > newest


def test_the_same_seed_gives_the_same_rows(sqlite_app: Flask) -> None:
    def made(connection: Connection, seed: int) -> list[Any]:
        nested = connection.begin_nested()
        fill(connection, 0.05, seed)
        found = connection.execute(select(Appointment.language, Appointment.starts_at, Appointment.status)).all()
        nested.rollback()
        return [tuple(one) for one in found]

    with sqlite_app.app_context(), db.engine.begin() as connection:
        assert made(connection, 1) == made(connection, 1) != made(connection, 2)
