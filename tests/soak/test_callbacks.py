"""The provider's reports, shuffled and repeated, and the reports of those who only pretend to be the provider."""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from multiprocessing.synchronize import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from app import services
from app.extensions import db
from app.models import Base, Channel, Message, MessageStatus
from tests.soak.conftest import Figures
from tests.soak.phones import signed
from tests.soak.processes import side_by_side
from tests.soak.scale import scaled
from tests.soak.service import TOKEN
from tests.soak.town import number_of
from tests.world import World

CALLBACKS, FORGED = scaled(2_000, 100_000), scaled(300, 10_000)
MESSAGES = CALLBACKS // 20
PROCESSES = 4
PATH = "/webhooks/twilio/status"
# Twilio's words by rank: of those that end it there are two, and whichever is told first stays.
RANK = {
    "queued": 0, "accepted": 0, "sending": 1, "sent": 2, "delivered": 3, "read": 3, "undelivered": 3, "failed": 3,
}  # fmt: skip
STORIES = (
    ("queued", "sending", "sent", "delivered"),
    ("accepted", "sent", "delivered", "read"),
    ("sending", "sent", "undelivered"),
    ("queued", "failed"),
    ("queued", "sending"),
    ("sent",),
    # told by two deliveries of one message, which never happens and must not confuse either
    ("sent", "delivered", "undelivered"),
)
BEFORE = (MessageStatus.SENT, MessageStatus.SENDING, MessageStatus.UNKNOWN, MessageStatus.QUEUED)
STANDS = {"delivered": "delivered", "read": "delivered", "undelivered": "failed", "failed": "failed"}


@dataclass(frozen=True)
class Report:
    """One status callback: about which message, and what it says."""

    message: int
    status: str

    @property
    def query(self) -> str:
        return f"?message={self.message}"

    @property
    def form(self) -> dict[str, str]:
        return {"MessageSid": f"SM{self.message:032x}", "MessageStatus": self.status}


@pytest.fixture
def town(world: World) -> World:
    """A town whose provider signs."""
    services.of(world.app).config = replace(services.of(world.app).config, twilio_auth_token=TOKEN)
    return world


@pytest.mark.soak
@pytest.mark.processes
@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
def test_callbacks_in_any_order_leave_each_message_at_the_highest_rank_it_was_told(
    town: World, figures: Figures
) -> None:
    dice = random.Random(20261122)
    ids = _messages(town, MESSAGES)
    stories = {number: STORIES[index % len(STORIES)] for index, number in enumerate(ids)}
    reports = [Report(number, status) for number, story in stories.items() for status in story]
    reports += dice.choices(reports, k=CALLBACKS - len(reports))
    dice.shuffle(reports)
    statuses = side_by_side(town.app, _deliver, [reports[start::PROCESSES] for start in range(PROCESSES)])

    figures("callbacks", len(reports))
    figures("messages", len(ids))
    assert sum(statuses, Counter()) == Counter({204: CALLBACKS})
    for row in town.messages(kind="test"):
        story = stories[row.id]
        highest = max(RANK[status] for status in story)
        allowed = {STANDS.get(status, "sent") for status in story if RANK[status] == highest or highest < 3}
        assert row.status.value in allowed


@pytest.mark.soak
def test_forged_callbacks_are_all_refused_and_nothing_is_written(town: World, figures: Figures) -> None:
    ids = _messages(town, 50)
    before = _dump(town)
    client = town.app.test_client()
    answers = Counter(
        client.post(path, data=form, headers=headers).status_code for path, form, headers in _forgeries(ids)
    )
    figures("forged callbacks", sum(answers.values()))
    assert answers == Counter({403: FORGED})
    assert _dump(town) == before


def _forgeries(ids: list[int]) -> Iterator[tuple[str, Mapping[str, str], Mapping[str, str]]]:
    """Address, form and headers of calls that the provider never made: each differs from a true one in one thing."""
    dice = random.Random(20261122)
    for number in range(FORGED):
        report = Report(dice.choice(ids), dice.choice(("delivered", "failed", "sent")))
        url = f"http://localhost{PATH}{report.query}"
        path, form, signature = PATH + report.query, report.form, signed(url, report.form)
        if number % 8 == 0:
            signature = signature[::-1]
        elif number % 8 == 1:
            signature = ""
        elif number % 8 == 2:
            signature = signed(url, form, token="a guess")
        elif number % 8 == 3:
            form = form | {"MessageStatus": "undelivered"}
        elif number % 8 == 4:
            path = f"{PATH}?message={report.message + 1}"
        elif number % 8 == 5:
            signature = signed(url.replace("localhost", "pool.example"), form)
        elif number % 8 == 6:
            form = form | {"ErrorCode": "30005"}
        else:
            path, form = "/webhooks/twilio/inbound", {"MessageSid": "SM1", "From": number_of(1), "Body": "STOP"}
        yield path, form, {"X-Twilio-Signature": signature} if signature else {}


def _deliver(app: Flask, reports: list[Report], barrier: Barrier) -> Counter[int]:
    client = app.test_client()
    barrier.wait()
    seen: Counter[int] = Counter()
    for report in reports:
        headers = {"X-Twilio-Signature": signed(f"http://localhost{PATH}{report.query}", report.form)}
        seen[client.post(PATH + report.query, data=report.form, headers=headers).status_code] += 1
    return seen


def _messages(world: World, count: int) -> list[int]:
    """Messages that are on their way, in each state in which a report can meet one; gives their ids."""
    with world.change() as session:
        rows = [
            Message(
                pool_id=world.pool_id,
                channel=Channel.SMS,
                kind="test",
                dedupe_key=f"test:{number}",
                recipient=number_of(number),
                body="Guten Tag",
                status=BEFORE[number % len(BEFORE)],
                attempts=1,
                created_at=world.now,
                due_at=world.now,
            )
            for number in range(count)
        ]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def _dump(world: World) -> dict[str, list[str]]:
    """Every row of every table."""
    with world.app.app_context(), db.engine.connect() as connection:
        return {
            table.name: sorted(str(row) for row in connection.execute(sa.select(table)))
            for table in Base.metadata.sorted_tables
        }
