"""A list in stretches shows every row once, in order, whichever way one goes and whatever comes in meanwhile."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import Message
from app.web import stretches
from app.web.stretches import Stretch, asked_stretch
from tests.world import World


@pytest.fixture
def log(world: World, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Ids of eleven messages in the order of the log, several of the same moment; three make a stretch."""
    monkeypatch.setattr(stretches, "LENGTH", 3)
    with world.change() as session:
        for number in range(11):
            due = world.now - timedelta(minutes=number % 4)
            left = due if number % 2 else None
            message = Message(
                channel="sms", kind="offer", dedupe_key=str(number), recipient="+49171", body="", created_at=due,
                due_at=due if left else due - timedelta(hours=9), sent_at=left, finished_at=None if left else due,
            )  # fmt: skip
            session.add(message)
            session.flush()
        found = session.scalars(select(Message)).all()
        return [one.id for one in sorted(found, key=lambda one: (one.happened_at, one.id), reverse=True)]


def asked(world: World, query: str, *, newest_first: bool = True) -> tuple[list[int], Stretch[Message]]:
    with world.app.test_request_context(f"/messages?{query}"), world.change() as session:
        moment = Message.happened_at.expression
        found = asked_stretch(session, select(Message), Message, moment, newest_first=newest_first)
        return [one.id for one in found.rows], found


@pytest.mark.parametrize("newest_first", [True, False])
def test_going_on_shows_every_row_once_in_order_and_back_again(
    world: World, log: list[int], newest_first: bool
) -> None:
    expected = log if newest_first else log[::-1]
    shown, seen = asked(world, "", newest_first=newest_first)
    assert seen.before is None
    there = [shown]
    while seen.after is not None:
        shown, seen = asked(world, f"after={seen.after}", newest_first=newest_first)
        there.append(shown)
    assert [one for rows in there for one in rows] == expected
    back = [shown]
    while seen.before is not None:
        shown, seen = asked(world, f"before={seen.before}", newest_first=newest_first)
        back.append(shown)
    # what comes before less than a stretch is the beginning, whole
    assert back[::-1][1:] == there[1:] or back[-1] == there[0]
    assert seen.before is None


def test_what_comes_in_meanwhile_moves_nothing_off_the_next_stretch(world: World, log: list[int]) -> None:
    _, seen = asked(world, "")
    with world.change() as session:
        session.add(
            Message(
                channel="sms", kind="offer", dedupe_key="new", recipient="+49171", body="", created_at=world.now,
                due_at=world.now + timedelta(minutes=1),
            )
        )  # fmt: skip
    assert asked(world, f"after={seen.after}")[0] == log[3:6]


@pytest.mark.parametrize("query", ["after=4711", "before=4711", "after=x", "after=99999999999999999999", "before=-1"])
def test_a_row_that_is_not_there_leads_to_the_beginning(world: World, log: list[int], query: str) -> None:
    assert asked(world, query)[0] == log[:3]


def test_a_row_of_another_pool_is_not_there(world: World, log: list[int]) -> None:
    other = World.build(world.app, world.now, "ahlen")
    shown, seen = asked(other, f"after={log[5]}")
    assert (shown, seen.before, seen.after) == ([], None, None)
