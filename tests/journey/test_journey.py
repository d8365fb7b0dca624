"""The whole way of an appointment as one story, on both databases."""

from datetime import datetime, timedelta

import icalendar
import vobject
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from notifications.messages import Email
from tests.web.forms import token_in
from tests.world import World


def test_a_request_becomes_an_sms_a_yes_and_a_calendar_invite(world: World) -> None:  # noqa: PLR0915 - one story
    amira = world.mediator("Amira", "kmr", "tur")
    berat = world.mediator("Berat", "kmr")
    world.mediator("Cem", "tur")

    # Staff ask for Kurmanji tomorrow at ten.
    appointment = world.appointment("kmr", topic="school")
    assert world.status(appointment) == "open"

    # The worker plans, and asks those who fit; both of them, because it is short notice.
    world.work()
    assert world.status(appointment) == "offering"
    assert world.asked(appointment) == {"Amira", "Berat"}
    assert not world.texts_to("Cem")
    [question] = world.texts_to("Amira")
    assert "Kurmandschi" in question
    assert world.link(appointment, amira) in question

    # Berat opens his link and thinks about it.
    other_phone = world.app.test_client()
    his_link = world.link(appointment, berat)
    his_token = token_in(other_phone.get(his_link).text)

    # Amira opens hers, looks at it twenty times, and says yes.
    phone = world.app.test_client()
    link = world.link(appointment, amira)
    for _ in range(20):
        assert phone.get(link).status_code == 200
    assert world.status(appointment) == "offering"
    answer(phone, link, "accept")
    assert world.status(appointment) == "filled"
    assert world.coming(appointment) == {"Amira"}

    # Berat is a moment too late, and is told so kindly.
    late = other_phone.post(his_link, data={"answer": "accept", "csrf_token": his_token})
    assert late.status_code == 409
    assert "schon besetzt" in late.text
    assert "schon besetzt" in other_phone.get(his_link).text
    assert world.coming(appointment) == {"Amira"}

    # When the undo seconds are over, both sides get a confirmation with an invite.
    assert len(world.texts_to("Amira")) == 1
    world.work(seconds=11)
    assert len(world.texts_to("Amira")) == 2
    to_amira, to_staff = mail_to(world, "amira@mail.example"), mail_to(world, "sozialamt@beckum.example")
    assert "Amira" in to_staff.text
    starts = datetime.fromisoformat("2026-11-24T10:00:00+01:00")
    assert invite_start(to_amira.calendar) == starts
    assert invite_start(to_staff.calendar) == starts

    # A day and two hours before, she is reminded.
    world.work(hours=3)
    world.work(hours=22)
    assert len(world.texts_to("Amira")) == 4

    # Something comes up: she hands back, and Berat is asked again at once.
    answer(phone, link, "hand_back")
    world.work()
    assert world.asked(appointment) == {"Berat"}
    assert len(world.texts_to("Berat")) == 2
    cancelled = mail_to(world, "amira@mail.example")
    assert cancelled.calendar_method == "CANCEL"
    assert invite_uid(cancelled.calendar) == invite_uid(to_amira.calendar)
    assert sequence(cancelled.calendar) > sequence(to_amira.calendar)

    # Berat comes, and when it is over, it is done.
    answer(other_phone, world.link(appointment, berat), "accept")
    world.work(seconds=11)
    assert world.coming(appointment) == {"Berat"}
    world.work(hours=4)
    assert world.status(appointment) == "done"
    assert not [message for message in world.messages() if message.status.value in {"unknown", "failed"}]


def test_nobody_left_to_ask_is_said_with_the_reason(world: World) -> None:
    world.mediator("Amira", "kmr", availability=((6, 600, 720),))
    world.mediator("Berat", "kmr", level="A2", availability=())
    appointment = world.appointment("kmr", min_level="B2")
    world.work()
    assert world.status(appointment) == "unfilled"
    told = mail_to(world, "sozialamt@beckum.example")
    assert "2 Personen sprechen Kurmandschi" in told.text
    assert "1 spricht die Sprache nicht auf dem gewünschten Niveau" in told.text
    assert not world.texts_to("Amira")


def test_a_no_and_a_silence_ask_the_next(world: World) -> None:
    people = {name: world.mediator(name, "kmr") for name in ("Amira", "Berat", "Cem", "Dilan", "Evin")}
    appointment = world.appointment("kmr", world.now + timedelta(days=7))
    world.work()
    first = world.asked(appointment)
    refuser = min(first)
    answer(world.app.test_client(), world.link(appointment, people[refuser]), "decline")
    second = world.asked(appointment)
    assert second > first - {refuser}, "a no asks the next at once, without a worker"
    assert refuser not in second
    world.work()

    world.work(hours=13)
    third = world.asked(appointment)
    assert third
    assert not third & (first | second)


def answer(phone: FlaskClient, link: str, what: str) -> TestResponse:
    return phone.post(link, data={"answer": what, "csrf_token": token_in(phone.get(link).text)})


def mail_to(world: World, address: str) -> Email:
    return [mail for mail in world.ways.mail.sent if mail.to == address][-1]


def invite_start(calendar: bytes | None) -> datetime:
    event = event_in(calendar)
    assert calendar is not None
    other: datetime = vobject.readOne(calendar.decode()).vevent.dtstart.value
    assert other == event.DTSTART
    return other


def invite_uid(calendar: bytes | None) -> str:
    return str(event_in(calendar)["UID"])


def sequence(calendar: bytes | None) -> int:
    number: int = event_in(calendar).sequence
    return number


def event_in(calendar: bytes | None) -> icalendar.Event:
    assert calendar is not None
    [event] = icalendar.Calendar.from_ical(calendar).events
    return event
