"""How soon a message is with the provider while the service is busy: 50 requests a second on two cores."""

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from app import outbox, tenancy
from app.clock import utc_now
from app.models import Appointment, Channel, Message, MessageStatus, Offer, PlanRun, PlanRunStatus
from app.transaction import transaction
from tests import postgres
from tests.conftest import migrated
from tests.fake_twilio import FakeTwilio
from tests.soak.asking import percentile
from tests.soak.conftest import Figures
from tests.soak.recording import reference_of
from tests.soak.scale import SOAK, scaled
from tests.soak.service import TOKEN, Service
from tests.soak.town import number_of, opened, people, questions
from tests.soak.traffic import ARABIC, Town, drive, steps
from tests.soak.waiting import wait_until
from tests.world import World

RATE, SECONDS = scaled(20, 50), scaled(5, 60)
TOWNS = scaled(2, 20)
WAVE = 200
# seconds, for 95 of a hundred
HANDED_OVER_WITHIN = 10.0


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.postgres
def test_95_of_a_hundred_messages_are_with_the_provider_in_ten_seconds(tmp_path: Path, figures: Figures) -> None:
    with postgres.Cluster() as cluster:
        address = f"{cluster.address}/postgres"
        migrated(address)
        with opened(address) as world, FakeTwilio(auth_token=TOKEN) as twilio:
            worlds = [world, *(World.build(world.app, world.now, f"town{number}") for number in range(1, TOWNS))]
            each = RATE * SECONDS // TOWNS
            towns = [Town(one, number, each) for number, one in enumerate(worlds)]
            with Service(address, tmp_path, twilio.url) as service:
                seen = drive(service.url, steps(towns, RATE * SECONDS), RATE)
                wait_until(partial(_all_sent, world), "everything that is due is sent", 300, every=0.2)
                busy = _waited(world, twilio, Message.due_at)
                meanwhile = (Message.kind == "offer", Appointment.language == ARABIC)
                asked = _waited(world, twilio, Appointment.created_at, *meanwhile)
                _wave(world)
                wait_until(partial(_all_sent, world), "the wave is sent", 300, every=0.2)
                wave = _waited(world, twilio, Message.due_at, Message.kind == "wave")

    for (kind, status), count in sorted(seen.items()):
        figures(f"requests: {kind}, answered {status}", count)
    for name, waited in (("busy minute", busy), ("from request to first question", asked), (f"wave of {WAVE}", wave)):
        figures(f"{name}: messages", len(waited))
        figures(f"{name}: median s", round(percentile(waited, 50), 2))
        figures(f"{name}: 95th percentile s", round(percentile(waited, 95), 2))
    assert {status for _, status in seen} <= {200, 201, 303, 409}
    assert len(wave) == WAVE
    if SOAK:
        assert percentile(busy, 95) <= HANDED_OVER_WITHIN
        assert percentile(wave, 95) <= HANDED_OVER_WITHIN


def _wave(world: World) -> None:
    """Two hundred are asked about one appointment, in one transaction."""
    crowd = people(world, WAVE, "kmr", first=500_000)
    with world.change() as session:
        asked, appointment = questions(session, world, crowd, world.now + timedelta(days=3))
        now = utc_now()
        for index, (number, _) in enumerate(asked):
            message = Message(
                channel=Channel.SMS,
                kind="wave",
                dedupe_key=f"wave:{number}",
                recipient=number_of(500_000 + index),
                appointment_id=appointment,
                offer_id=number,
                body=f"Kurmandschi im Rathaus? JA {number} oder NEIN {number}",
                created_at=now,
                due_at=now,
            )
            outbox.put(session, message)


def _all_sent(world: World) -> bool:
    """Nothing that is due, or will be once the undo seconds are over, waits any more, and nobody is yet to be asked."""
    soon = utc_now() + timedelta(seconds=15)
    settled = (MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.DISCARDED)
    waiting = (
        select(Message.id).where(
            Message.channel == Channel.SMS, Message.due_at <= soon, Message.status.not_in(settled)
        ),
        select(Appointment.id).where(Appointment.place_at.is_not(None)),
        select(PlanRun.id).where(
            PlanRun.status.in_((PlanRunStatus.QUEUED, PlanRunStatus.RUNNING)), PlanRun.due_at <= utc_now()
        ),
    )
    with world.app.app_context(), transaction(None) as session, tenancy.across_pools(session):
        return all(session.scalar(rows.limit(1)) is None for rows in waiting)


def _waited(
    world: World, twilio: FakeTwilio, since: InstrumentedAttribute[datetime], *which: ColumnElement[bool]
) -> list[float]:
    """Seconds from an instant of each SMS, or of its appointment, until the provider had it, shortest first."""
    taken: dict[int, datetime] = {}
    for message in reversed(twilio.messages):
        taken[reference_of(message)] = datetime.fromisoformat(message["_created"])
    # without an id of the provider's: asked before the test began
    handed_over = Message.status.in_((MessageStatus.SENT, MessageStatus.DELIVERED)) & Message.provider_id.is_not(None)
    with world.app.app_context(), transaction(None) as session, tenancy.across_pools(session):
        rows = session.execute(
            select(Message.id, since)
            .outerjoin(Offer, Message.offer_id == Offer.id)
            .outerjoin(Appointment, Message.appointment_id == Appointment.id)
            .where(handed_over, Message.channel == Channel.SMS, *which)
        ).all()
    return sorted((taken[number] - instant).total_seconds() for number, instant in rows)
