"""Nothing is lost, nothing is said twice, and what nobody can know is called unknown."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app import outbox
from app.models import Channel, Message
from app.outbox import receipts
from app.worker import jobs, planning
from notifications.messages import Sms
from notifications.transports import Receipt, TransportError
from tests.world import World


def queue(world: World, key: str = "one", **values: object) -> int:
    with world.change() as session:
        message = Message(
            channel=Channel.SMS,
            kind="test",
            dedupe_key=key,
            recipient="+491713920000",
            body="Guten Tag",
            created_at=world.now,
            due_at=world.now,
        )
        for name, value in values.items():
            setattr(message, name, value)
        outbox.put(session, message)
        return message.id


def state(world: World, message_id: int) -> str:
    return next(message.status.value for message in world.messages() if message.id == message_id)


def test_a_message_leaves_when_it_is_due_and_not_before(world: World) -> None:
    message = queue(world, due_at=world.now + timedelta(hours=1))
    world.work(minutes=59)
    assert not world.ways.sms.sent
    world.work(minutes=1)
    assert len(world.ways.sms.sent) == 1
    assert state(world, message) == "sent"


def test_the_same_thing_is_said_once(world: World) -> None:
    queue(world)
    with world.change() as session:
        second = Message(
            channel=Channel.SMS, kind="test", dedupe_key="one", recipient="+491713920000", body="again",
            created_at=world.now, due_at=world.now,
        )  # fmt: skip
        assert not outbox.put(session, second)
    world.work()
    assert [sms.body for sms in world.ways.sms.sent] == ["Guten Tag"]


def test_a_message_of_a_transaction_that_failed_never_leaves(world: World) -> None:
    def fail() -> None:
        with world.change() as session:
            message = Message(
                channel=Channel.SMS, kind="test", dedupe_key="x", recipient="+491713920000", body="never",
                created_at=world.now, due_at=world.now,
            )  # fmt: skip
            outbox.put(session, message)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    world.work()
    assert not world.ways.sms.sent


def test_what_came_too_late_is_discarded(world: World) -> None:
    message = queue(world, expires_at=world.now + timedelta(minutes=5))
    world.work(minutes=6)
    assert state(world, message) == "discarded"
    assert not world.ways.sms.sent


def test_a_provider_that_is_busy_is_tried_again_later(world: World) -> None:
    world.ways.sms.fail(TransportError("transient", "20429", "busy", timedelta(seconds=7)))
    message = queue(world)
    world.work()
    assert state(world, message) == "queued"
    world.work(seconds=6)
    assert not world.ways.sms.sent
    world.work(seconds=1)
    assert state(world, message) == "sent"


def test_a_number_that_is_wrong_is_tried_once(world: World) -> None:
    world.ways.sms.fail(TransportError("permanent", "21211", "no such number"))
    message = queue(world)
    world.work()
    world.work(hours=1)
    assert state(world, message) == "failed"
    assert not world.ways.sms.sent


def test_an_unknown_outcome_that_the_provider_has_is_not_sent_again(world: World) -> None:
    world.ways.sms.fail(TransportError("unknown", "timeout", "no answer"))
    message = queue(world)
    world.work()
    world.work(hours=1)
    assert state(world, message) == "sent"
    assert len(world.ways.sms.sent) == 1


def test_an_unknown_outcome_that_the_provider_does_not_have_is_sent_once_more(world: World) -> None:
    message = queue(world)
    with world.change() as session:
        row = session.execute(select(Message).where(Message.id == message)).scalar_one()
        row.status = row.status.__class__.SENDING
        row.attempts, row.claimed_by = 1, "a worker that died"
        row.claimed_at = row.lease_until = world.now
    world.work(seconds=16)
    assert state(world, message) == "unknown"
    for _ in range(3):
        world.work(seconds=31)
    assert state(world, message) == "sent"
    assert len(world.ways.sms.sent) == 1
    assert world.messages()[0].unknown_outcomes == 1


@pytest.mark.parametrize("order", [("sent", "delivered"), ("delivered", "sent"), ("delivered", "failed", "sent")])
def test_callbacks_in_any_order_never_take_a_final_state_back(world: World, order: tuple[str, ...]) -> None:
    message = queue(world)
    world.work()
    for said in order:
        with world.change() as session:
            assert receipts.record_callback(session, world.now, message, "SM1", said, "")  # type: ignore[arg-type]
    assert state(world, message) == "delivered"


def test_a_malformed_message_fails_and_holds_nobody_up(world: World) -> None:
    broken = queue(world, "broken", recipient="nobody")
    fine = queue(world, "fine")
    world.work()
    assert state(world, broken) == "failed"
    assert state(world, fine) == "sent"


def test_a_fault_in_the_way_out_holds_nobody_up_and_is_looked_into(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever broke, nobody can say whether the message was taken."""
    first, second = queue(world, "first"), queue(world, "second")
    send = world.ways.sms.send

    def breaks(message: Sms) -> Receipt:
        if message.reference == str(first):
            raise RuntimeError("a fault of the program")
        return send(message)

    monkeypatch.setattr(world.ways.sms, "send", breaks)
    jobs.deliver_texts(world.worker)
    assert (state(world, first), state(world, second)) == ("unknown", "sent")
    monkeypatch.undo()
    for _ in range(3):
        world.work(seconds=31)
    assert state(world, first) == "sent"
    assert len(world.ways.sms.sent) == 2


def test_no_link_stands_in_the_database(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr")
    planning.plan(world.worker)
    token = world.link(appointment, amira).rpartition("/")[2]
    [question] = [message for message in world.messages() if message.kind == "offer"]
    assert token not in question.body
    world.work()
    assert token in world.texts_to("Amira")[0]
