"""An announcement leaves once, at each one's hours, in as many statements however many it reaches."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import event, func, select

from app.errors import ChangedMeanwhile, Invalid
from app.extensions import db
from app.journey import announcing
from app.journey.history import SERVICE
from app.journey.telling.recipients import Wish, reach
from app.models import Announcement, Channel, Consent, Mediator, Message, MessageStatus, Pool
from app.registry import mediators
from app.registry.mediator_data import data_of
from app.transaction import transaction
from tests.world import World

WISH = Wish("mediators", (), (), "sms", "Sommerfest", "Am 5. Juni feiern wir.")


def seen(world: World, wish: Wish = WISH) -> str:
    with world.change() as session:
        return announcing.mark_of(wish, reach(session, session.get_one(Pool, world.pool_id), wish))


def send(world: World, wish: Wish = WISH, key: str = "one", mark: str | None = None) -> int:
    mark = seen(world, wish) if mark is None else mark
    with world.change() as session:
        return announcing.send(session, world.now, world.pool_id, wish, key, SERVICE, seen=mark).id


def written(world: World) -> list[tuple[str, str]]:
    return [(one.recipient_name, one.channel.value) for one in world.messages(kind="announcement")]


def db_is_postgres(world: World) -> bool:
    with world.app.app_context():
        return db.engine.dialect.name == "postgresql"


def test_two_presses_at_the_same_moment_send_once(world: World) -> None:
    for number in range(5):
        world.mediator(f"Person {number}", "kmr", email="")
    mark, together = seen(world), Barrier(4)

    def press(_number: int) -> int:
        together.wait(timeout=30)
        return send(world, mark=mark)

    with ThreadPoolExecutor(4) as presses:
        assert len(set(presses.map(press, range(4)))) == 1
    assert written(world) == [(f"Person {number}", "sms") for number in range(5)]
    with world.change() as session:
        assert session.scalar(select(func.count(Announcement.id))) == 1


def test_who_stops_or_comes_in_between_keeps_it_from_leaving(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    world.mediator("Berat", "kmr")
    mark = seen(world)
    with world.change() as session:
        session.get_one(Mediator, amira).opted_out_at = world.now
    with pytest.raises(ChangedMeanwhile):
        send(world, mark=mark)
    assert written(world) == []


def test_a_text_waits_for_the_hours_of_each_and_a_mail_does_not(world: World) -> None:
    world.set_pool(text_from_minute=9 * 60, text_until_minute=18 * 60)
    world.mediator("Amira", "kmr")
    world.mediator("Berat", "kmr", text_from=6 * 60, text_until=22 * 60)
    send(world, replace(WISH, way="both"))
    world.work()
    assert (len(world.texts_to("Amira")), len(world.texts_to("Berat"))) == (0, 1)
    assert {one.to for one in world.ways.mail.sent} == {"amira@mail.example", "berat@mail.example"}
    world.work(hours=2)
    assert world.texts_to("Amira") == [
        "Sprachmittlerpool Beckum: Am 5. Juni feiern wir. Keine SMS mehr? Antworten Sie STOP."
    ]


def test_who_withdrew_their_consent_gets_no_sms(world: World) -> None:
    world.mediator("Amira", "kmr")
    with world.change() as session:
        session.execute(select(Consent)).scalar_one().withdrawn_at = world.now
        pool = session.get_one(Pool, world.pool_id)
        assert reach(session, pool, WISH).left_out == {"no_consent": 1}
        assert [one.to.channel for one in reach(session, pool, replace(WISH, way="mail")).letters] == ["email"]


def test_everybody_is_written_to_in_their_language_and_told_how_to_stop(world: World) -> None:
    world.mediator("Amira", "kmr", locale="en")
    send(world)
    world.work()
    assert world.texts_to("Amira")[0].endswith("No more SMS? Answer STOP.")


def test_other_scripts_are_kept_and_cost_more_parts(world: World) -> None:
    world.mediator("Amira", "kmr")
    arabic = replace(WISH, text="نحتفل في الخامس من يونيو " * 5)
    send(world, arabic)
    world.work()
    assert "الخامس" in world.texts_to("Amira")[0]
    with world.change() as session:
        # 26 letters of the pool's name, 124 of the text, 35 of how to stop, a space: in parts of 67
        assert session.execute(select(Announcement.segments)).scalar_one() == 3


def test_a_failed_one_is_said_otherwise_and_still_counts_to_it(world: World) -> None:
    world.mediator("Amira", "kmr")
    sent = send(world)
    with world.change() as session:
        one = session.execute(select(Message)).scalar_one()
        one.status, one.error_code = MessageStatus.FAILED, "30003"
    world.work(minutes=5)
    assert {one.announcement_id for one in world.messages(kind="announcement")} == {sent}
    assert len(world.messages(kind="announcement")) > 1


def test_whose_mail_says_it_anyway_gets_no_second_one_for_an_sms_that_failed(world: World) -> None:
    world.mediator("Amira", "kmr")
    send(world, replace(WISH, way="both"))
    with world.change() as session:
        one = session.scalars(select(Message).where(Message.channel == Channel.SMS)).one()
        one.status, one.error_code = MessageStatus.FAILED, "21610"
    world.work(minutes=5)
    assert [one.to for one in world.ways.mail.sent] == ["amira@mail.example"]


@pytest.mark.parametrize("status", ["paused", "left"])
def test_who_pauses_or_leaves_before_their_hour_hears_nothing(world: World, status: str) -> None:
    world.set_pool(text_from_minute=9 * 60, text_until_minute=18 * 60)
    amira = world.mediator("Amira", "kmr", email="")
    world.mediator("Berat", "kmr", email="")
    send(world)
    with world.change() as session:
        data = replace(data_of(session.get_one(Mediator, amira)), status=status)
        mediators.update(session, world.now, world.links, amira, data, SERVICE)
    world.work(hours=3)
    assert (len(world.texts_to("Amira")), len(world.texts_to("Berat"))) == (0, 1)


@pytest.mark.parametrize("changes", [{"text": ""}, {"subject": "a\nb"}, {"audience": "all"}, {"way": ""}])
def test_what_cannot_be_is_refused(world: World, changes: dict[str, Any]) -> None:
    world.mediator("Amira", "kmr")
    with pytest.raises(Invalid) as refused:
        send(world, replace(WISH, **changes), mark="")
    assert {one.field for one in refused.value.problems} == set(changes)


def test_another_pool_is_left_in_peace(world: World) -> None:
    other = World.build(world.app, world.now, "ahlen")
    other.mediator("Berat", "kmr")
    world.mediator("Amira", "kmr")
    send(world)
    assert written(other) == []
    assert send(other) != 0, "the same key belongs to each pool by itself"


def test_a_thousand_take_few_statements(world: World) -> None:
    with world.change() as session:
        people = [
            Mediator(name=f"Person {number}", phone=f"+49151{number:08}", email="", created_at=world.now)
            for number in range(1000)
        ]
        for one in people:
            one.consents = [Consent(kind="sms", version="1", given_at=world.now)]
        session.add_all(people)
    mark, statements = seen(world), list[str]()

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement.split(" ", 1)[0])

    with world.app.app_context(), transaction(world.pool_id) as session:
        event.listen(db.engine, "before_cursor_execute", note)
        announcing.send(session, world.now, world.pool_id, WISH, "one", SERVICE, seen=mark)
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(written(world)) == 1000
    assert statements.count("SELECT") < 12
    if db_is_postgres(world):
        assert len(statements) < 20, "SQLite, which is at hand, inserts row by row"
