"""The whole way of an appointment as one story, on both databases."""

from datetime import datetime, timedelta

import icalendar
import vobject
from flask.testing import FlaskClient

from tests.world import World


def test_a_request_becomes_an_sms_a_yes_and_a_calendar_invite(world: World) -> None:
    amira = world.mediator("Amira", "kmr", "tur")
    berat = world.mediator("Berat", "kmr")
    world.mediator("Cem", "tur")

    # Staff ask for Kurmanji tomorrow at ten.
    appointment = world.appointment("kmr", topic="school")
    assert world.status(appointment) == "open"

    # The worker plans, and asks those who fit: one planned, and alternates because it is short notice.
    world.work()
    assert world.status(appointment) == "offering"
    assert world.asked(appointment) == {"Amira", "Berat"}
    assert not world.texts_to("Cem")
    [question] = world.texts_to("Amira")
    assert "Kurmandschi" in question
    assert world.link(appointment, amira) in question

    # Amira opens her link, looks at it twenty times, and says yes.
    phone = world.app.test_client()
    link = world.link(appointment, amira)
    for _ in range(20):
        assert phone.get(link).status_code == 200
    assert world.status(appointment) == "offering"
    answer(phone, link, "accept")
    assert world.status(appointment) == "filled"
    assert world.coming(appointment) == {"Amira"}

    # Berat is a moment too late, and is told so kindly.
    other_phone = world.app.test_client()
    late = answer(other_phone, world.link(appointment, berat), "accept", token_from=phone.get(link).text)
    assert late.status_code in {400, 409}
    assert "schon besetzt" in other_phone.get(world.link(appointment, berat)).text
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
    assert b"METHOD:CANCEL" in cancelled.calendar
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
    people = [world.mediator(name, "kmr") for name in ("Amira", "Berat", "Cem", "Dilan", "Evin")]
    appointment = world.appointment("kmr", world.now + timedelta(days=7))
    world.work()
    first = world.asked(appointment)
    assert len(first) == 2, "one planned and one alternate"
    phone = world.app.test_client()
    refuser = next(one for one in people if answer_if_asked(world, phone, appointment, one))
    world.work()
    second = world.asked(appointment)
    assert len(second) == 2
    assert name_of(world, refuser) not in second
    world.work(hours=13)
    third = world.asked(appointment)
    assert not third & first
    assert third


def answer(phone: FlaskClient, link: str, what: str, token_from: str | None = None) -> object:
    from tests.web.forms import token_in

    page = token_from or phone.get(link).text
    return phone.post(link, data={"answer": what, "csrf_token": token_in(page)})


def mail_to(world: World, address: str):
    return [mail for mail in world.ways.mail.sent if mail.to == address][-1]


def invite_start(calendar: bytes) -> datetime:
    read = icalendar.Calendar.from_ical(calendar)
    [event] = read.walk("VEVENT")
    other = vobject.readOne(calendar.decode()).vevent.dtstart.value
    assert event.start == other
    return event.start


def invite_uid(calendar: bytes) -> str:
    [event] = icalendar.Calendar.from_ical(calendar).walk("VEVENT")
    return str(event["uid"])


def sequence(calendar: bytes) -> int:
    [event] = icalendar.Calendar.from_ical(calendar).walk("VEVENT")
    return int(event["sequence"])
