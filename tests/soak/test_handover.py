"""How soon somebody is asked: from a request until the provider has the first SMS about it."""

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Select, select

from app import tenancy
from app.models import Appointment, Message
from app.transaction import transaction
from tests import postgres
from tests.conftest import migrated
from tests.fake_twilio import FakeTwilio
from tests.soak.busy_towns import body_of_request, fill
from tests.soak.conftest import Figures
from tests.soak.recording import reference_of
from tests.soak.scale import SOAK, scaled
from tests.soak.service import TOKEN, Service
from tests.soak.town import opened
from tests.soak.traffic import post_json
from tests.soak.waiting import wait_until
from tests.world import World

TOWNS, PEOPLE, SEARCHING = scaled(2, 20), scaled(20, 75), scaled(10, 150)
CLIENTS = 32
# requests a second -> for how many seconds, and what 95 of a hundred may wait for
RATES = {0.5: (scaled(4, 60), 0.7), 20.0: (scaled(1, 60), 1.5), 50.0: (scaled(1, 30), 3.0)}
ON_SQLITE = 1.0


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.postgres
@pytest.mark.parametrize("rate", RATES)
def test_somebody_is_asked_soon_after_a_request(rate: float, tmp_path: Path, figures: Figures) -> None:
    with postgres.Cluster() as cluster:
        address = f"{cluster.address}/postgres"
        migrated(address)
        posts, asked, wanted = _run(address, tmp_path, rate)
    _note(figures, posts, asked, wanted)
    if SOAK:
        assert _percentile(asked, 95) <= RATES[rate][1]
        assert rate == max(RATES) or _percentile(posts, 50) <= 0.1


@pytest.mark.soak
@pytest.mark.processes
def test_somebody_is_asked_soon_on_sqlite(tmp_path: Path, figures: Figures) -> None:
    address = f"sqlite:///{tmp_path / 'pool.sqlite3'}"
    migrated(address)
    posts, asked, wanted = _run(address, tmp_path, min(RATES))
    _note(figures, posts, asked, wanted)
    if SOAK:
        assert _percentile(asked, 95) <= ON_SQLITE


def _run(address: str, folder: Path, rate: float) -> tuple[list[float], list[float], int]:
    """Seconds of each POST, seconds until each first SMS (both shortest first), and how many requests there were."""
    dice = random.Random(20261125)
    with opened(address) as world, FakeTwilio(auth_token=TOKEN) as twilio:
        worlds = [world, *(World.build(world.app, world.now, f"town{number}") for number in range(1, TOWNS))]
        for one in worlds:
            fill(one, dice, people=PEOPLE, searching=SEARCHING)
        tokens = [one.token() for one in worlds]
        with Service(address, folder, twilio.url, workers=({},)) as service:
            number = max(1, int(rate * RATES[rate][0]))
            choices = [dice.randrange(TOWNS) for _ in range(number)]
            requests = [partial(_request, service.url, tokens[at], body_of_request(worlds[at], dice)) for at in choices]
            before = _newest(world)
            posts = drive(requests, rate)
            wait_until(partial(_all_placed, world), "all are placed", 300, every=0.2)
            wait_until(partial(_all_sent, world), "all are sent", 300, every=0.2)
            return posts, _waited(world, twilio, before), number


def _request(base: str, token: str, body: Mapping[str, object]) -> int:
    return post_json(f"{base}/api/v1/appointments", body, token)


def drive(requests: Sequence[Callable[[], int]], rate: float) -> list[float]:
    """Send them, `rate` a second, whether the service keeps up or not; gives how long each took, shortest first."""
    clock, began = threading.Event(), time.monotonic()

    def take(number: int) -> float:
        due = began + number / rate
        clock.wait(max(0.0, due - time.monotonic()))
        status = requests[number]()
        assert status == 201, status
        return time.monotonic() - due

    with ThreadPoolExecutor(CLIENTS) as clients:
        return sorted(clients.map(take, range(len(requests))))


def _newest(world: World) -> int:
    with world.app.app_context(), transaction(None) as session, tenancy.across_pools(session):
        return session.scalars(select(Appointment.id).order_by(Appointment.id.desc()).limit(1)).one()


def _all_placed(world: World) -> bool:
    return _none(world, select(Appointment.id).where(Appointment.place_at.is_not(None)))


def _all_sent(world: World) -> bool:
    return _none(world, select(Message.id).where(Message.kind == "offer", Message.sent_at.is_(None)))


def _none(world: World, rows: Select[int]) -> bool:
    with world.app.app_context(), transaction(None) as session, tenancy.across_pools(session):
        return session.scalar(rows.limit(1)) is None


def _waited(world: World, twilio: FakeTwilio, before: int) -> list[float]:
    """Seconds from each newer appointment until the provider had the first SMS about it, shortest first."""
    taken: dict[int, datetime] = {}
    for message in twilio.messages:
        taken[reference_of(message)] = datetime.fromisoformat(message["_created"])
    with world.app.app_context(), transaction(None) as session, tenancy.across_pools(session):
        rows = session.execute(
            select(Message.id, Message.appointment_id, Appointment.created_at)
            .join(Appointment, Message.appointment_id == Appointment.id)
            .where(Message.kind == "offer", Message.provider_id.is_not(None), Appointment.id > before)
        ).all()
    first: dict[int | None, float] = {}
    for number, appointment, created_at in rows:
        waited = (taken[number] - created_at).total_seconds()
        first[appointment] = min(waited, first.get(appointment, waited))
    return sorted(first.values())


def _note(figures: Figures, posts: list[float], asked: list[float], wanted: int) -> None:
    assert len(asked) > wanted // 2
    figures("requests", wanted)
    figures("asked about", len(asked))
    for name, values in (("POST", posts), ("request to SMS", asked)):
        figures(f"{name}: median s", round(_percentile(values, 50), 3))
        figures(f"{name}: 95th percentile s", round(_percentile(values, 95), 3))


def _percentile(values: list[float], share: int) -> float:
    return values[min(len(values) - 1, len(values) * share // 100)]
