"""After an appointment: who requested it is asked how it was, once a day, and what they say is kept and passed on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from app.errors import ChangedMeanwhile, Invalid, NoLongerOpen
from app.journey import answering, reporting, thanking
from app.journey.history import SERVICE, Actor
from app.journey.reporting import Report
from app.journey.thanking import Words
from app.models import ActorKind, Appointment, Event, Mediator, Reporter, RequesterLink, Thanks
from app.worker import jobs
from tests.world import World

REQUESTER = Actor(ActorKind.REQUESTER)


def agreed(world: World, name: str = "Amira", starts: datetime | None = None, **values: Any) -> int:
    """Tomorrow's appointment at 10, to which somebody comes."""
    person, appointment = world.mediator(name, "kmr"), world.appointment("kmr", starts, **values)
    with world.change() as session:
        found = session.get_one(Mediator, person)
        answering.assign(session, world.now, world.links, appointment, found, SERVICE)
    return appointment


def say(
    world: World,
    appointment: int,
    said: Report | None,
    thanks: Words | None = None,
    by: Reporter = Reporter.REQUESTER,
    seen: str | None = None,
) -> None:
    with world.change() as session:
        reporting.report(session, world.now, world.links, appointment, REQUESTER, by, said, thanks=thanks, seen=seen)


def asked(world: World) -> list[str]:
    return [mail.text for mail in world.ways.mail.sent if "Wie war Ihr Termin?" in mail.subject]


def known(world: World, appointment: int) -> tuple[str, Report | None, str | None]:
    with world.change() as session:
        found = session.get_one(Appointment, appointment)
        by = found.reported_by.value if found.reported_by else None
        return found.status.value, reporting.said_of(found), by


def test_half_an_hour_after_its_end_one_mail_asks_how_it_was(world: World) -> None:
    appointment = agreed(world)
    world.work(days=1, hours=4, minutes=20)
    assert world.status(appointment) == "done"
    assert asked(world) == []
    world.work(minutes=15)
    [mail] = asked(world)
    assert f"{world.links.public_url}/r/" in mail
    world.work(days=3)
    assert len(asked(world)) == 1


def test_nobody_is_asked_in_the_evening_or_on_a_sunday(world: World) -> None:
    # Friday from 18 to 20 o'clock
    agreed(world, starts=world.now + timedelta(days=4, hours=11), duration_minutes=120)
    world.set_pool(text_from_minute=8 * 60, text_until_minute=20 * 60, text_weekends=False)
    world.work(days=4, hours=14)
    world.work(days=2)
    assert asked(world) == []
    # Monday at 8
    world.work(hours=11)
    assert len(asked(world)) == 1


def test_a_day_of_appointments_makes_one_mail_after_the_last(world: World) -> None:
    first = agreed(world)
    second = agreed(world, "Berfin", world.now + timedelta(days=1, hours=5))
    world.work(days=1, hours=4, minutes=40)
    assert (world.status(first), world.status(second)) == ("done", "filled")
    assert asked(world) == []
    world.work(hours=2)
    [mail] = asked(world)
    assert "einen weiteren Termin" in mail
    with world.change() as session:
        assert len(session.scalars(select(RequesterLink)).all()) == 2


def test_an_address_that_had_its_mail_today_gets_the_next_tomorrow(world: World) -> None:
    agreed(world)
    world.work(days=1, hours=5)
    assert len(asked(world)) == 1
    # asked for at short notice, after the mail had left
    agreed(world, "Berfin", world.now + timedelta(hours=1))
    world.work(hours=3)
    assert len(asked(world)) == 1
    world.work(days=1)
    assert len(asked(world)) == 2


def test_two_addresses_get_a_mail_each(world: World) -> None:
    agreed(world, contact_email="eins@schule.example")
    agreed(world, "Berfin", contact_email="zwei@schule.example")
    world.work(days=1, hours=5)
    assert len(asked(world)) == 2


def test_whoever_cancelled_has_no_address_or_has_said_it_is_not_asked(world: World) -> None:
    cancelled, told, silent = agreed(world), agreed(world, "Berfin"), agreed(world, "Cem")
    with world.change() as session:
        session.get_one(Appointment, silent).contact_email = ""
    world.cancel(cancelled)
    world.now += timedelta(days=1, hours=3, minutes=20)
    say(world, told, Report())
    world.work(hours=3)
    assert asked(world) == []


def test_after_a_week_without_a_worker_nobody_is_asked_about_what_is_forgotten(world: World) -> None:
    agreed(world)
    world.work(days=8)
    assert asked(world) == []


def test_two_workers_at_once_ask_once(world: World) -> None:
    for name in ("Amira", "Berfin", "Cem"):
        agreed(world, name)
    world.now += timedelta(days=1, hours=5)
    jobs.close_appointments(world.worker)
    together = Barrier(4)

    def sweep(_number: int) -> int:
        together.wait(timeout=30)
        return jobs.ask_afterwards(world.worker)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(sweep, range(4)))
    assert len(world.messages(kind="requester_afterwards")) == 1
    with world.change() as session:
        assert len(session.scalars(select(RequesterLink)).all()) == 3


def test_pools_ask_of_their_own_appointments_alone(world: World) -> None:
    other = World.build(world.app, world.now, "ahlen")
    agreed(world, contact_email="schule@beide.example")
    agreed(other, "Berfin", contact_email="schule@beide.example")
    world.work(days=1, hours=5)
    assert len(world.messages(kind="requester_afterwards")) == 1
    assert len(other.messages(kind="requester_afterwards")) == 1


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (Report(), "done"),
        (Report(came_late=True, lasted_minutes=75), "done"),
        (Report(missed_by="mediator"), "missed"),
        (Report(missed_by="client"), "missed"),
    ],
)
def test_what_is_said_is_kept_and_can_be_corrected(world: World, said: Report, status: str) -> None:
    appointment = agreed(world)
    world.work(days=1, hours=5)
    say(world, appointment, said)
    assert known(world, appointment) == (status, said, "requester")
    say(world, appointment, Report(lasted_minutes=50))
    assert known(world, appointment) == ("done", Report(lasted_minutes=50), "requester")


def test_the_same_pressed_twice_leaves_one_line(world: World) -> None:
    appointment = agreed(world)
    world.work(days=1, hours=5)
    for _ in range(2):
        say(world, appointment, Report(came_late=True), Words("help"))
    with world.change() as session:
        kinds = [one.kind for one in session.scalars(select(Event).where(Event.appointment_id == appointment))]
    assert (kinds.count("came_late"), kinds.count("thanked")) == (1, 1)


def test_nothing_is_said_before_it_begins_nor_after_two_weeks(world: World) -> None:
    appointment = agreed(world)
    with pytest.raises(NoLongerOpen, match="attendance_not_yet"):
        say(world, appointment, Report())
    world.work(days=1, hours=4)
    world.now += timedelta(days=14, minutes=1)
    with pytest.raises(NoLongerOpen, match="attendance_closed"):
        say(world, appointment, Report())
    say(world, appointment, Report(), by=Reporter.COORDINATION)
    assert known(world, appointment) == ("done", Report(), "coordination")


def test_nothing_is_said_of_what_was_cancelled(world: World) -> None:
    appointment = agreed(world)
    world.cancel(appointment)
    world.now += timedelta(days=2)
    with pytest.raises(NoLongerOpen, match="attendance_cancelled"):
        say(world, appointment, Report())


def test_the_word_of_the_coordination_stands_but_thanks_are_taken(world: World) -> None:
    appointment = agreed(world)
    world.work(days=1, hours=5)
    say(world, appointment, Report(), by=Reporter.COORDINATION)
    with pytest.raises(NoLongerOpen, match="attendance_settled"):
        say(world, appointment, Report(missed_by="client"))
    say(world, appointment, None, Words("calm"))
    assert known(world, appointment) == ("done", Report(), "coordination")
    with world.change() as session:
        assert session.execute(select(Thanks.choice)).scalar_one() == "calm"


def test_the_coordination_confirms_what_the_requester_said_and_then_it_stands(world: World) -> None:
    appointment = agreed(world)
    world.work(days=1, hours=5)
    say(world, appointment, Report())
    say(world, appointment, Report(), by=Reporter.COORDINATION)
    assert known(world, appointment) == ("done", Report(), "coordination")


def test_a_page_held_open_does_not_overwrite_what_it_never_showed(world: World) -> None:
    appointment = agreed(world)
    world.work(days=1, hours=5)
    with world.change() as session:
        seen = reporting.version(session, session.get_one(Appointment, appointment))
    say(world, appointment, Report(missed_by="client"))
    with pytest.raises(ChangedMeanwhile):
        say(world, appointment, Report(), seen=seen)
    # a second press on the same button says the same
    say(world, appointment, Report(missed_by="client"), seen=seen)
    assert known(world, appointment) == ("missed", Report(missed_by="client"), "requester")


def test_a_page_held_open_takes_no_thanks_away_that_it_never_showed(world: World) -> None:
    appointment = agreed(world)
    world.work(days=1, hours=5)
    say(world, appointment, Report())
    with world.change() as session:
        seen = reporting.version(session, session.get_one(Appointment, appointment))
    say(world, appointment, Report(), Words("help"))
    with pytest.raises(ChangedMeanwhile):
        say(world, appointment, Report(), Words(), Reporter.COORDINATION, seen)
    with world.change() as session:
        assert session.execute(select(Thanks.choice)).scalar_one() == "help"


@pytest.mark.parametrize(
    ("said", "thanks", "field"),
    [
        (Report(missed_by="weather"), None, "missed_by"),
        (Report(lasted_minutes=0), None, "lasted_minutes"),
        (Report(lasted_minutes=1441), None, "lasted_minutes"),
        (Report(missed_by="client", came_late=True), None, "came_late"),
        (Report(missed_by="client", lasted_minutes=5), None, "lasted_minutes"),
        (Report(), Words("gold"), "thanks"),
        (Report(), Words("", "x" * 141), "words"),
        (Report(missed_by="mediator"), Words("help"), "thanks"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(
    world: World, said: Report, thanks: Words | None, field: str
) -> None:
    appointment = agreed(world)
    world.work(days=1, hours=5)
    with pytest.raises(Invalid) as refused:
        say(world, appointment, said, thanks)
    assert [one.field for one in refused.value.problems] == [field]
    assert known(world, appointment) == ("done", None, None)


def mails_of_thanks(world: World) -> list[str]:
    return [mail.text for mail in world.ways.mail.sent if "Ein Danke für Sie" in mail.subject]


def test_thanks_reach_the_mediator_once_and_can_be_bettered_for_some_minutes(world: World) -> None:
    appointment = agreed(world)
    world.work(days=1, hours=5)
    say(world, appointment, Report(), Words("calm"))
    say(world, appointment, Report(), Words("help", "Bis bald!"))
    world.work(minutes=11)
    [mail] = mails_of_thanks(world)
    assert "Danke, das war eine große Hilfe." in mail
    assert "Bis bald!" in mail
    assert "Ruhe" not in mail
    assert f"{world.links.public_url}/m/" in mail
    say(world, appointment, Report(), Words("again"))
    world.work(hours=1)
    assert len(mails_of_thanks(world)) == 1, "who has been thanked is not written to again"


def test_thanks_taken_back_in_time_never_leave(world: World) -> None:
    appointment = agreed(world)
    world.work(days=1, hours=5)
    say(world, appointment, Report(), Words("help"))
    say(world, appointment, Report(missed_by="mediator"))
    world.work(hours=1)
    assert mails_of_thanks(world) == []
    with world.change() as session:
        assert session.scalars(select(Thanks)).all() == []


def test_thanks_wait_for_the_hours_of_the_mediator(world: World) -> None:
    appointment = agreed(world)
    world.work(days=1, hours=5)
    world.set_pool(text_from_minute=8 * 60, text_until_minute=12 * 60)
    say(world, appointment, Report(), Words("help"))
    world.work(hours=1)
    assert mails_of_thanks(world) == []
    world.work(days=1)
    assert len(mails_of_thanks(world)) == 1


def test_whoever_has_no_mailbox_gets_an_sms_without_the_own_words(world: World) -> None:
    appointment = agreed(world)
    with world.change() as session:
        session.execute(select(Mediator)).scalar_one().email = ""
    world.work(days=1, hours=5)
    say(world, appointment, Report(), Words("help", "Frau K. war froh"))
    world.work(minutes=11)
    text = world.texts_to("Amira")[-1]
    assert "Danke, das war eine große Hilfe." in text
    assert "Frau K." not in text


def test_whoever_wants_no_messages_finds_the_thanks_on_their_page_alone(world: World) -> None:
    appointment = agreed(world)
    with world.change() as session:
        session.execute(select(Mediator)).scalar_one().opted_out_at = world.now
    world.work(days=1, hours=5)
    say(world, appointment, Report(), Words("help"))
    world.work(minutes=11)
    assert world.messages(kind=thanking.KIND) == []
    with world.change() as session:
        assert session.execute(select(Thanks.choice)).scalar_one() == "help"
