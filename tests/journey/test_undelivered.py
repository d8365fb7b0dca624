"""What fails for good is seen to: flagged, told, said once more, or said by another channel."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.models import Alert, Mediator, Message, Pool
from app.outbox import receipts
from notifications.transports import TransportError
from tests.world import World


def ask_one(world: World, **values: object) -> int:
    """One mediator, one appointment in four days; gives the appointment."""
    world.mediator("Amira", "kmr", **values)
    return world.appointment("kmr", world.now + timedelta(days=4, hours=3))


def report(world: World, message: int, code: str) -> None:
    """The provider's callback says that it failed."""
    with world.change() as session:
        receipts.record_callback(session, world.now, message, "SM1", "failed", code)


def alerts(world: World) -> list[str]:
    with world.change() as session:
        return list(session.scalars(select(Alert.kind).where(Alert.resolved_at.is_(None)).order_by(Alert.id)))


@pytest.mark.thorough
@pytest.mark.parametrize("code", ["21211", "30005", "30006"])
def test_a_number_that_does_not_exist_is_flagged_and_the_question_goes_by_mail(world: World, code: str) -> None:
    appointment = ask_one(world)
    world.work()
    [first] = world.messages(kind="offer")
    report(world, first.id, code)
    world.work()
    [mail] = [one for one in world.ways.mail.sent if one.to == "amira@mail.example"]
    assert world.link(appointment, 1) in mail.text
    assert world.status(appointment) == "offering"
    assert alerts(world) == ["number_wrong"]
    with world.change() as session:
        assert session.execute(select(Mediator.phone_trouble)).scalar_one() == code


@pytest.mark.thorough
def test_who_has_no_mail_is_called(world: World) -> None:
    ask_one(world, email="")
    world.work()
    [first] = world.messages(kind="offer")
    report(world, first.id, "30005")
    world.work()
    assert [call.to for call in world.ways.sms.called] == [first.recipient]


@pytest.mark.thorough
def test_what_failed_for_an_unknown_reason_is_sent_once_more_and_not_twice(world: World) -> None:
    ask_one(world)
    world.work()
    for _ in range(3):
        newest = world.messages(kind="offer", channel="sms")[-1]
        if newest.status.value == "sent":
            report(world, newest.id, "30008")
        world.work(minutes=2)
    assert len(world.texts_to("Amira")) == 2
    assert len([one for one in world.ways.mail.sent if one.to == "amira@mail.example"]) == 1, "then by mail"
    assert alerts(world) == []


@pytest.mark.thorough
def test_a_queue_that_is_full_is_tried_three_times_more(world: World) -> None:
    ask_one(world)
    world.work()
    for _ in range(6):
        newest = world.messages(kind="offer", channel="sms")[-1]
        if newest.status.value == "sent":
            report(world, newest.id, "30001")
        world.work(minutes=3)
    assert len(world.texts_to("Amira")) == 4


@pytest.mark.thorough
def test_a_phone_that_is_off_is_not_waited_for(world: World) -> None:
    appointment = ask_one(world, email="")
    world.ways.sms.can_call = False
    world.mediator("Berat", "kmr")
    world.work()
    [asked] = world.asked(appointment)
    [first] = world.messages(kind="offer")
    report(world, first.id, "30003")
    world.work()
    assert world.asked(appointment) == {"Amira", "Berat"} - {asked}
    assert alerts(world) == []


@pytest.mark.thorough
def test_filtered_messages_are_told_to_the_coordinator_once(world: World) -> None:
    ask_one(world, email="")
    world.ways.sms.can_call = False
    world.work()
    [first] = world.messages(kind="offer")
    report(world, first.id, "30007")
    world.work()
    world.work(minutes=5)
    assert alerts(world) == ["filtered"]
    told = [mail for mail in world.ways.mail.sent if mail.to == "pool@beckum.example"]
    assert len(told) == 1
    assert "Werbung" in told[0].text


@pytest.mark.thorough
def test_who_wrote_stop_to_the_provider_is_never_asked_again(world: World) -> None:
    appointment = ask_one(world)
    world.ways.sms.fail(TransportError("permanent", "opted_out", "wants no SMS"))
    world.work()
    assert world.status(appointment) == "unfilled"
    world.appointment("kmr", world.now + timedelta(days=5, hours=3))
    world.work(hours=1)
    assert not world.texts_to("Amira")
    assert not [one for one in world.ways.mail.sent if one.to == "amira@mail.example"]


def test_a_confirmation_that_cannot_be_delivered_at_all_calls_for_a_coordinator(world: World) -> None:
    from app.journey import answering
    from app.journey.history import SERVICE

    appointment = ask_one(world, email="")
    world.work()
    with world.change() as session:
        offer = world.offer(session, appointment, 1)
        answering.accept(session, world.now, world.links, offer.id, SERVICE, "link")
    world.ways.sms.fail(TransportError("permanent", "30006", "a landline"))
    world.work(seconds=11)
    assert alerts(world) == ["number_wrong", "not_reached"]
    told = [mail for mail in world.ways.mail.sent if mail.to == "pool@beckum.example"]
    assert any("wichtige Nachricht" in mail.text for mail in told)


@pytest.mark.thorough
def test_an_outage_is_told_and_settles_by_itself(world: World) -> None:
    ask_one(world)
    world.ways.sms.fail(TransportError("transient", "503", "away"), times=10_000)
    world.work()
    assert alerts(world) == []
    for _ in range(4):
        world.work(minutes=2)
    assert alerts(world) == ["outage"]
    world.ways.sms.failures.clear()
    world.work(minutes=6)
    world.work()
    assert alerts(world) == []
    assert len(world.texts_to("Amira")) == 1


@pytest.mark.parametrize(("slow", "expected"), [(0, []), (1, ["slow"])])
def test_one_in_ten_slower_than_five_minutes_is_told(world: World, slow: int, expected: list[str]) -> None:
    with world.change() as session:
        for number in range(10):
            due = world.now - timedelta(minutes=20)
            late = timedelta(minutes=6 if number < slow else 1)
            session.add(
                Message(
                    channel="sms", kind="test", dedupe_key=f"slow:{number}", recipient="+491713920000", body="Text",
                    created_at=due, due_at=due, sent_at=due + late, finished_at=due + late, status="delivered",
                )
            )  # fmt: skip
    world.work()
    assert alerts(world) == expected


@pytest.mark.thorough
def test_an_alert_mail_that_fails_raises_no_alert_about_itself(world: World) -> None:
    ask_one(world, email="")
    world.ways.sms.can_call = False
    world.ways.sms.fail(TransportError("permanent", "30007", "filtered"))
    world.ways.mail.fail(TransportError("permanent", "550", "no such mailbox"))
    world.work()
    world.work(hours=1)
    assert alerts(world) == ["filtered"]
    with world.change() as session:
        assert session.execute(select(Pool.email)).scalar_one() == "pool@beckum.example"
