"""What a page that is held open shows never changes without its mark: by no kind of change, and not by the clock."""

import contextlib
import itertools
import re
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import Template
from sqlalchemy import event, select

from app.extensions import db
from app.journey import history, reporting
from app.journey.history import SERVICE
from app.journey.reporting import Report
from app.journey.telling import alerts
from app.models import Alert, Appointment, Mediator, Message, MessageStatus, Organisation, Pool, Reporter, Role
from app.worker import jobs
from tests.effort import examples
from tests.world import World

Browser = Callable[..., FlaskClient]
Step = Callable[["Scene"], None]


class Scene:
    """Two appointments, two people, and whoever has their pages open."""

    def __init__(self, town: World, browser: Browser) -> None:
        self.town = town
        self.first = town.mediator("Amira", "kmr")
        self.second = town.mediator("Berat", "kmr")
        self.wanted = town.appointment("kmr", town.now + timedelta(hours=27), mediators_needed=2, reference="AZ 1")
        self.other = town.appointment("kmr", town.now + timedelta(days=5), reference="AZ 2")
        self.browser = browser
        status = f"/appointments/{self.wanted}/status"
        self.pages = [
            (Role.STAFF, status), (Role.COORDINATOR, status), (Role.COORDINATOR, "/board/rows"),
            (Role.COORDINATOR, "/board/rows"),
        ]  # fmt: skip
        self.login()
        self.seen: dict[tuple[int, str], str] = {}

    def login(self) -> None:
        """Nobody stays logged in for longer than half a day."""
        self.clients = {role: self.browser(role) for role in (Role.STAFF, Role.COORDINATOR)}
        self.since = self.town.now

    def look(self) -> list[tuple[str, str]]:
        """The mark and what is shown, of every page."""
        if self.town.now - self.since > timedelta(hours=8):
            self.login()
        found = []
        for number, (role, page) in enumerate(self.pages):
            client = self.clients[role]
            given = {"all": "1"} if number == 3 else {}
            answer = client.get(page, query_string=given)
            assert answer.status_code == 200, answer.text
            mark = re.search(r"seen=([^&\"]+)", answer.text)
            shown = re.sub(r'seen=[^&"]+|name="csrf_token" value="[^"]+"', "", answer.text)
            said = mark[1] if mark else ""
            if mark:
                assert client.get(page, query_string={"seen": said} | given).status_code == 204
                assert self.seen.setdefault((number, said), shown) == shown
            found.append((said, shown))
        return found

    def row(self, kind: type[Any], **values: object) -> None:
        """Change the first row of a kind."""
        with self.town.change() as session:
            row = session.scalars(select(kind).order_by(kind.id)).first()
            for name, value in values.items():
                setattr(row, name, value)


def quietly(step: Step) -> Step:
    """A step that may be impossible now."""

    def whole(scene: Scene) -> None:
        try:
            step(scene)
        except Exception:  # noqa: BLE001 - an answer that nobody may give any more changes nothing
            scene.town.work()

    return whole


def lost(scene: Scene) -> None:
    with scene.town.change() as session:
        wanted = session.get_one(Appointment, scene.wanted)
        history.record(session, scene.town.now, "message_failed", SERVICE, wanted, what="offer", code="30003")


def report(scene: Scene) -> None:
    town, by = scene.town, Reporter.COORDINATION
    with town.change() as session:
        reporting.report(session, town.now, town.links, scene.wanted, SERVICE, by, Report("client"))


def alert(scene: Scene) -> None:
    with scene.town.change() as session:
        person = session.get_one(Mediator, scene.first)
        where = (session, scene.town.now, scene.town.links, scene.town.pool_id)
        alerts.raise_alert(*where, "number_wrong", f"number:{person.id}", mediator=person, name=person.name)


def settle(scene: Scene) -> None:
    with scene.town.change() as session:
        for one in session.scalars(select(Alert)):
            alerts.settle(session, scene.town.now, scene.town.pool_id, one.subject)


CHANGES: dict[str, Step] = {
    "the worker works": lambda scene: scene.town.work(),
    "a yes": lambda scene: scene.town.accept(scene.wanted, scene.first),
    "another yes": lambda scene: scene.town.accept(scene.wanted, scene.second),
    "a no": lambda scene: scene.town.decline(scene.wanted, scene.first),
    "undone": lambda scene: scene.town.undo(scene.wanted, scene.first),
    "handed back": lambda scene: scene.town.hand_back(scene.wanted, scene.first),
    "cancelled": lambda scene: scene.town.cancel(scene.wanted),
    "the other is cancelled": lambda scene: scene.town.cancel(scene.other),
    "a new request": lambda scene: void(scene.town.appointment("kmr", scene.town.now + timedelta(hours=50))),
    "a note": lambda scene: scene.town.edit(scene.wanted, note=f"Zimmer {scene.town.now}"),
    "moved": lambda scene: scene.town.edit(scene.wanted, starts_at=scene.town.now + timedelta(days=2, hours=1)),
    "a report": report,
    "an alert": alert,
    "alerts end": settle,
    "a person's name": lambda scene: scene.row(Mediator, name=f"Amira {scene.town.now:%H%M%S}"),
    "a person's number": lambda scene: scene.row(Mediator, phone=f"+49171{scene.town.now:%d%H%M%S}"),
    "an organisation's name": lambda scene: scene.row(Organisation, name=f"Amt {scene.town.now}"),
    "the pool's number": lambda scene: scene.row(Pool, phone=f"+4930{scene.town.now:%d%H%M%S}"),
    "the pool's zone": lambda scene: scene.row(Pool, timezone="Europe/Lisbon"),
    "a chance": lambda scene: scene.row(Appointment, chance=0.5 + scene.town.now.second / 1000),
    "why nobody": lambda scene: scene.row(Appointment, explanation={"busy": scene.town.now.minute}),
    "when we look again": lambda scene: scene.row(Appointment, look_again_at=scene.town.now + timedelta(minutes=90)),
    "a worker lives": lambda scene: void(jobs.beat(scene.town.worker)),
    "a message fails": lost,
    "a message is lost": lambda scene: scene.row(Message, status=MessageStatus.FAILED, error_code="30005"),
}
CLOCK = (1, 9, 11, 31, 60, 600, 3601, 6 * 3600, 25 * 3600)


def void(_: object) -> None:
    """Nothing."""


def test_no_page_changes_without_its_mark(town: World, browser: Browser, sqlite_url: str) -> None:
    began = town.now
    file = sqlite_url.removeprefix("sqlite:///")
    with (
        contextlib.closing(sqlite3.connect(":memory:")) as at_first,
        contextlib.closing(sqlite3.connect(file)) as lived_in,
    ):
        lived_in.backup(at_first)

        @settings(max_examples=examples(25), deadline=None)
        @example(steps=[6 * 3600, 25 * 3600, "the worker works"])  # over, and said so only when it is looked at
        @given(steps=st.lists(st.sampled_from([*CHANGES, *CLOCK]), min_size=3, max_size=9))
        def unmarked(steps: list[str | int]) -> None:
            # pages grow with what is on them, so each story begins with an empty pool
            at_first.backup(lived_in)
            town.now = began
            live_through(Scene(town, browser), steps)

        unmarked()


def live_through(scene: Scene, steps: list[str | int]) -> None:
    """Look before and after each step: whatever shows something else has another mark."""
    before = scene.look()
    for step in steps:
        if isinstance(step, int):
            scene.town.now += timedelta(seconds=step)
        else:
            quietly(CHANGES[step])(scene)
        after = scene.look()
        for (old, shown_before), (new, shown) in zip(before, after, strict=True):
            assert shown == shown_before or new != old, step
        before = after


@pytest.mark.parametrize(
    ("step", "page"),
    [
        ("a yes", 0), ("a no", 1), ("a person's name", 2), ("a person's number", 1), ("an organisation's name", 2),
        ("a note", 0), ("moved", 2), ("cancelled", 0), ("a chance", 2), ("when we look again", 2), ("an alert", 3),
        ("a message fails", 1),
    ],
)  # fmt: skip
def test_a_change_is_shown_at_the_next_look(town: World, browser: Browser, step: str, page: int) -> None:
    scene = Scene(town, browser)
    town.work()
    alert(scene)
    if "person" in step:
        town.accept(scene.wanted, scene.first)
        town.now += timedelta(seconds=20)
    if step == "an alert":
        settle(scene)
    before = scene.look()[page]
    CHANGES[step](scene)
    after = scene.look()[page]
    assert after[1] != before[1]
    assert after[0] != before[0]


def test_the_clock_alone_is_told(town: World, browser: Browser) -> None:
    scene = Scene(town, browser)
    town.work()
    town.accept(scene.wanted, scene.first)
    marks = [scene.look()]
    # an undo runs out; it is today; in five hours; in four; it has begun; it is over
    for seconds in (11, 18 * 3600, 4 * 3600, 3600, 4.5 * 3600, 3600):
        town.now += timedelta(seconds=seconds)
        marks.append(scene.look())
    for before, after in itertools.pairwise(marks):
        assert [one[0] for one in after[:2]] != [one[0] for one in before[:2]]
    # what has begun has left the board
    for before, after in itertools.pairwise(marks[:-1]):
        assert after[2][0] != before[2][0]


@pytest.mark.parametrize(("page", "statements"), [("/board/rows", 7), ("/appointments/{}/status", 2)])
def test_a_poll_that_finds_nothing_new_draws_nothing_and_asks_little(
    town: World, browser: Browser, monkeypatch: pytest.MonkeyPatch, page: str, statements: int
) -> None:
    scene = Scene(town, browser)
    town.work()
    address, client = page.format(scene.wanted), scene.clients[Role.COORDINATOR]
    mark = re.search(r"seen=([^&\"]+)", client.get(address).text)
    assert mark
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    with town.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    monkeypatch.setattr(Template, "render", None)
    assert client.get(f"{address}?seen={mark[1]}").status_code == 204
    event.remove(engine, "before_cursor_execute", note)
    assert len([one for one in asked if one.startswith("SELECT")]) <= statements
