"""A country that our account at the provider may not write to is one matter, whoever lives there."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.journey import answering
from app.journey.history import SERVICE
from app.models import Alert, Event, Mediator
from notifications.alerts import alert_words
from notifications.transports import TransportError
from tests.world import World

CLOSED = TransportError("permanent", "21408", "the country is not enabled")


def alerts(world: World) -> list[Alert]:
    with world.change() as session:
        found = list(session.scalars(select(Alert).where(Alert.resolved_at.is_(None)).order_by(Alert.id)))
        session.expunge_all()
        return found


def told(world: World) -> list[str]:
    return [mail.text for mail in world.ways.mail.sent if mail.to == "pool@beckum.example"]


@pytest.mark.thorough
def test_several_people_abroad_are_one_alert_that_names_the_country(world: World) -> None:
    for number, name in enumerate(("Amira", "Berat", "Olena")):
        world.mediator(name, "kmr", phone=f"+38050123456{number}")
    world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.ways.sms.fail(CLOSED, times=9)
    world.work()
    world.work(minutes=5)
    [alert] = alerts(world)
    assert (alert.kind, alert.subject) == ("region", "region")
    assert alert.mediator_id is None
    [mail] = told(world)
    assert "Ukraine" in mail
    assert "21408" in mail
    assert "Amira" not in mail


def test_who_has_an_address_is_asked_there_at_once(world: World) -> None:
    world.mediator("Amira", "kmr", phone="+380501234567")
    world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.ways.sms.fail(CLOSED)
    world.work()
    assert [mail.to for mail in world.ways.mail.sent if mail.to.startswith("amira")] == ["amira@mail.example"]
    with world.change() as session:
        assert session.execute(select(Mediator.phone_trouble)).scalar_one() is None, "the number is right"


@pytest.mark.thorough
def test_a_call_to_such_a_country_becomes_an_sms(world: World) -> None:
    world.mediator("Amira", "kmr", phone="+380501234567", email="")
    with world.change() as session:
        session.execute(select(Mediator)).scalar_one().prefers_calls = True
    world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.ways.sms.fail(TransportError("permanent", "21215", "the country is not enabled"))
    world.work()
    world.work()
    assert [alert.kind for alert in alerts(world)] == ["region"]
    assert len(world.texts_to("Amira")) == 1


def confirmed_but_not_told(world: World) -> int:
    """A yes whose confirmation the provider does not take, to somebody with no other way to reach them."""
    world.mediator("Amira", "kmr", phone="+380501234567", email="")
    appointment = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.work()
    with world.change() as session:
        answering.accept(session, world.now, world.links, world.offer(session, appointment, 1).id, SERVICE, "link")
    world.ways.sms.sent.clear()
    world.ways.sms.fail(CLOSED, times=3)
    world.work(seconds=11)
    return appointment


@pytest.mark.thorough
def test_what_can_be_said_no_other_way_is_said_once_the_country_is_enabled(world: World) -> None:
    appointment = confirmed_but_not_told(world)
    for _ in range(4):
        world.work(hours=1, minutes=1)
    [said] = [text for text in world.texts_to("Amira") if "eingeplant" in text or "Zusage" in text or "Danke" in text]
    assert said
    for _ in range(3):
        world.work(hours=1, minutes=1)
    assert len(world.messages(kind="confirmation", channel="sms", status="sent")) == 1
    assert {alert.kind for alert in alerts(world)} == {"region", "not_reached"}
    with world.change() as session:
        lines = session.scalars(
            select(Event).where(Event.appointment_id == appointment, Event.kind == "message_failed")
        ).all()
    assert len(lines) == 1, "that it is tried again in vain is no news"


@pytest.mark.thorough
def test_it_is_not_tried_for_ever(world: World) -> None:
    confirmed_but_not_told(world)
    world.ways.sms.fail(CLOSED, times=1000)
    for _ in range(80):
        world.work(hours=1, minutes=1)
    assert len(world.messages(kind="confirmation", channel="sms")) < 60
    assert not [one for one in world.messages(kind="confirmation", channel="sms") if one.status.value == "queued"]


@pytest.mark.parametrize(("language", "country"), [("de", "Türkei"), ("en", "Türkiye")])
def test_the_alert_names_the_country_in_the_readers_language(language: str, country: str) -> None:
    words = alert_words("region", {"code": "21408", "country": "TR"}, language="de" if language == "de" else "en")
    assert country in words.headline or "Turkey" in words.headline
    assert "21408" in words.headline
    assert words.advice
    unnamed = alert_words("region", {"code": "21408"}, language="de")
    assert "()" not in unnamed.headline
    assert "  " not in unnamed.headline
