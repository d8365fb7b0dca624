"""Requests at a steady rate, and how soon somebody is asked about each: until the provider has the first SMS."""

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from sqlalchemy import Select, select

from app import tenancy
from app.models import Appointment, Message
from app.transaction import transaction
from tests.fake_twilio import FakeTwilio
from tests.soak.busy_towns import body_of_request
from tests.soak.conftest import Figures
from tests.soak.recording import reference_of
from tests.soak.traffic import post_json
from tests.soak.waiting import wait_until
from tests.world import World

CLIENTS = 32
Request = Callable[[], int]


def requests_to(base: str, worlds: Sequence[World], dice: random.Random, number: int) -> list[Request]:
    """So many requests, each to one of these pools, ready to be sent."""
    tokens = [one.token() for one in worlds]
    choices = [dice.randrange(len(worlds)) for _ in range(number)]
    return [partial(_request, base, tokens[at], body_of_request(worlds[at], dice)) for at in choices]


def _request(base: str, token: str, body: Mapping[str, object]) -> int:
    return post_json(f"{base}/api/v1/appointments", body, token)


def drive(requests: Sequence[Request], rate: float) -> list[float]:
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


def newest(world: World) -> int:
    """The last appointment there is, of all pools."""
    with world.app.app_context(), transaction(None) as session, tenancy.across_pools(session):
        return session.scalars(select(Appointment.id).order_by(Appointment.id.desc()).limit(1)).one()


def wait_until_asked(world: World, patience: float = 300) -> None:
    """Until nothing is to be placed and no question waits to leave (seconds)."""
    placing = select(Appointment.id).where(Appointment.place_at.is_not(None))
    waiting = select(Message.id).where(Message.kind == "offer", Message.sent_at.is_(None))
    wait_until(partial(is_none, world, placing), "all are placed", patience, every=0.2)
    wait_until(partial(is_none, world, waiting), "all are sent", patience, every=0.2)


def is_none(world: World, rows: Select[int]) -> bool:
    """Whether no pool has such a row."""
    with world.app.app_context(), transaction(None) as session, tenancy.across_pools(session):
        return session.scalar(rows.limit(1)) is None


def waited(world: World, twilio: FakeTwilio, before: int) -> list[float]:
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
        seconds = (taken[number] - created_at).total_seconds()
        first[appointment] = min(seconds, first.get(appointment, seconds))
    return sorted(first.values())


def note(figures: Figures, posts: list[float], asked: list[float], wanted: int) -> None:
    """Write down how many were asked about, and how soon."""
    assert len(asked) > wanted // 2
    figures("requests", wanted)
    figures("asked about", len(asked))
    for name, values in (("POST", posts), ("request to SMS", asked)):
        figures(f"{name}: median s", round(percentile(values, 50), 3))
        figures(f"{name}: 95th percentile s", round(percentile(values, 95), 3))


def percentile(values: Sequence[float], share: int) -> float:
    """Of values in order, that which so many of a hundred do not pass."""
    return values[min(len(values) - 1, len(values) * share // 100)]
