"""`flask person`: what is kept can be read by a program; who is forgotten is said, and who is not there is refused."""

import json
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import update

from app.models import Event, Message, MessageStatus
from tests.world import World


def run(world: World, *words: str) -> Result:
    return world.app.test_cli_runner().invoke(args=["person", *words])


def exported(world: World, mediator: int) -> dict[str, Any]:
    done = run(world, "export", str(mediator))
    assert done.exit_code == 0, done.output
    read: dict[str, Any] = json.loads(done.stdout)
    return read


def test_all_that_is_kept_is_there_and_nothing_that_opens_anything(sqlite_world: World) -> None:
    world = sqlite_world
    me = world.mediator("Zozan", "kmr", "deu")
    over = world.appointment("kmr")
    world.work()
    world.accept(over, me)
    world.work(seconds=11)
    world.write("Zozan", "Bis morgen")
    kept = exported(world, me)
    assert kept["mediator"]["name"] == "Zozan"
    assert [one["language"] for one in kept["languages"]] == ["kmr", "deu"]
    assert len(kept["weekly_times"]) == 5
    assert [one["kind"] for one in kept["consents"]] == ["sms"]
    assert [one["status"] for one in kept["offers"]] == ["accepted"]
    assert kept["assignments"][0]["appointment"]["organisation"] == "Sozialamt"
    assert [one["body"] for one in kept["messages_from_their_number"]] == ["Bis morgen"]
    assert {one["channel"] for one in kept["messages_to_them"]} == {"sms", "email"}
    assert "accepted" in [one["kind"] for one in kept["history"]]
    assert "hash" not in json.dumps(kept)


def test_others_are_not_in_it(sqlite_world: World) -> None:
    world = sqlite_world
    me, other = world.mediator("Zozan", "kmr"), world.mediator("Berivan", "kmr")
    appointment = world.appointment("kmr", mediators_needed=2)
    world.work()
    world.accept(appointment, me)
    world.accept(appointment, other)
    world.work(seconds=11)
    assert "Berivan" not in run(world, "export", str(me)).stdout


def test_reading_it_leaves_a_line(sqlite_world: World) -> None:
    me = sqlite_world.mediator("Zozan", "kmr")
    exported(sqlite_world, me)
    with sqlite_world.change() as session:
        assert "mediator_exported" in [one.kind for one in session.query(Event).all()]


def test_forgetting_says_so_once_and_once_more(sqlite_world: World) -> None:
    me = str(sqlite_world.mediator("Zozan", "kmr"))
    assert run(sqlite_world, "erase", me).stdout == f"Mediator {me} is forgotten.\n"
    assert run(sqlite_world, "erase", me).stdout == f"Mediator {me} was forgotten before.\n"
    assert exported(sqlite_world, int(me))["mediator"]["phone"] == ""


@pytest.mark.parametrize("command", ["export", "erase"])
@pytest.mark.parametrize("number", ["99", "0", "x", "99999999999999999999"])
def test_who_is_not_there_is_refused(sqlite_world: World, command: str, number: str) -> None:
    done = run(sqlite_world, command, number)
    assert done.exit_code != 0
    assert not done.stdout
    assert number in done.stderr


def test_what_is_just_being_sent_keeps_them_and_says_so(sqlite_world: World) -> None:
    world = sqlite_world
    me = world.mediator("Zozan", "kmr")
    world.appointment("kmr")
    world.work()
    with world.change() as session:
        session.execute(update(Message).values(status=MessageStatus.SENDING))
    done = run(world, "erase", str(me))
    assert (done.exit_code, "try again in a minute" in done.stderr) == (1, True)
    assert exported(world, me)["mediator"]["name"] == "Zozan"
