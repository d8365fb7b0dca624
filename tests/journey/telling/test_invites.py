"""Who has an invite in the calendar, and how calendars know it again."""

from datetime import timedelta
from threading import Thread

import icalendar
import pytest
from sqlalchemy import select, text

from app import services
from app.extensions import db
from app.journey import answering
from app.journey.history import SERVICE
from app.links import Links
from app.models import Installation, LinkKind
from notifications.messages import Email
from notifications.transports import TransportError
from tests.conftest import SECRET
from tests.soak.waiting import wait_until
from tests.world import World

AMIRA, STAFF = "amira@mail.example", "sozialamt@beckum.example"


def asked(world: World) -> int:
    """Amira is asked about an appointment in four days; gives the appointment."""
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.work()
    return appointment


def agreed(world: World) -> int:
    """Amira has said yes, and both sides have their invite."""
    appointment = asked(world)
    world.accept(appointment, 1)
    world.work(seconds=11)
    return appointment


def mails_to(world: World, address: str) -> list[Email]:
    return [mail for mail in world.ways.mail.sent if mail.to == address]


def methods(world: World, address: str) -> list[str | None]:
    return [mail.calendar_method for mail in mails_to(world, address)]


def uids(world: World) -> set[str]:
    events = [icalendar.Event.from_ical(mail.calendar) for mail in world.ways.mail.sent if mail.calendar]
    return {str(one.walk("VEVENT")[0]["uid"]) for one in events}


def move_to(world: World, public_url: str) -> None:
    """The service gets another address, and is started anew."""
    services.of(world.app).links = Links(SECRET, public_url)


@pytest.mark.thorough
def test_who_never_had_an_invite_gets_no_cancellation_of_it(world: World) -> None:
    appointment = asked(world)
    world.cancel(appointment)
    world.work()
    [mail] = mails_to(world, STAFF)
    assert "abgesagt" in mail.text
    assert mail.calendar is None


@pytest.mark.thorough
def test_within_the_undo_seconds_nobody_has_an_invite_yet(world: World) -> None:
    appointment = asked(world)
    world.accept(appointment, 1)
    world.work(seconds=5)
    world.cancel(appointment)
    world.work(seconds=11)
    assert methods(world, AMIRA) == [None]
    assert methods(world, STAFF) == [None]
    assert "Abgesagt" in world.texts_to("Amira")[-1], "who said yes is told all the same"


@pytest.mark.thorough
def test_a_hand_back_within_the_undo_seconds_puts_nothing_into_calendars(world: World) -> None:
    appointment = asked(world)
    world.accept(appointment, 1)
    world.work(seconds=5)
    world.hand_back(appointment, 1)
    world.work(seconds=11)
    assert methods(world, AMIRA) == []
    assert set(methods(world, STAFF)) <= {None}


@pytest.mark.thorough
def test_who_has_an_invite_gets_its_cancellation(world: World) -> None:
    appointment = agreed(world)
    world.cancel(appointment)
    world.work()
    assert methods(world, AMIRA) == ["REQUEST", "CANCEL"]
    assert methods(world, STAFF) == ["REQUEST", "CANCEL"]


def test_an_invite_of_which_nobody_knows_whether_it_arrived_is_cancelled(world: World) -> None:
    appointment = asked(world)
    world.accept(appointment, 1)
    world.ways.mail.fail(TransportError("unknown", "mail_broken", "broken"), times=2)
    world.work(seconds=11)
    world.cancel(appointment)
    world.work(minutes=2)
    assert methods(world, AMIRA)[-1] == "CANCEL"


@pytest.mark.thorough
def test_a_new_contact_gets_no_cancellation_of_what_another_had(world: World) -> None:
    appointment = agreed(world)
    world.edit(appointment, contact_email="neu@beckum.example")
    world.work()
    world.now += timedelta(minutes=1)
    world.cancel(appointment)
    world.work()
    assert methods(world, "neu@beckum.example") == ["REQUEST", "CANCEL"], "the change brought the invite"


@pytest.mark.thorough
@pytest.mark.parametrize("host", ["neu.example.org", "localhost"])
def test_another_address_of_the_service_leaves_every_invite_its_identity(world: World, host: str) -> None:
    appointment = agreed(world)
    move_to(world, f"https://{host}")
    world.cancel(appointment)
    world.work()
    assert uids(world) == {f"appointment-{appointment}@localhost"}


def test_calendar_links_know_an_appointment_by_the_same_identity(world: World) -> None:
    appointment = agreed(world)
    path = world.link(appointment, 1, LinkKind.INVITE)
    move_to(world, "https://neu.example.org")
    calendar = world.app.test_client().get(path)
    assert f"UID:appointment-{appointment}@localhost" in calendar.text
    assert "METHOD" not in calendar.text, "what a link opens is no answer to anybody's invitation"
    assert calendar.mimetype_params == {"charset": "utf-8"}


@pytest.mark.thorough
def test_the_first_invite_takes_the_address_of_its_time(world: World) -> None:
    move_to(world, "https://pool.example.org")
    appointment = agreed(world)
    move_to(world, "https://neu.example.org")
    world.cancel(appointment)
    world.work()
    assert uids(world) == {f"appointment-{appointment}@pool.example.org"}
    with world.change() as session:
        assert session.execute(select(Installation.invite_host)).scalar_one() == "pool.example.org"


def test_of_two_processes_that_write_the_first_invite_at_once_one_decides(world: World) -> None:
    taken = []

    def write(host: str) -> None:
        with world.change() as session:
            taken.append(Links(SECRET, f"https://{host}").invite_host(session, keep=True))

    second = Thread(target=write, args=("two.example",))
    with world.change() as session:
        taken.append(Links(SECRET, "https://one.example").invite_host(session, keep=True))
        second.start()
        wait_until(lambda: somebody_waits(world), "the second waits for the first")
    second.join()
    assert taken == ["one.example", "one.example"]


def somebody_waits(world: World) -> bool:
    """Whether a transaction waits for another's; on SQLite, where all of them do, nobody can see it."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    with world.app.app_context():
        if db.engine.dialect.name == "sqlite":
            return True
        with db.engine.connect() as connection:
            return bool(connection.scalar(text(waiting)))


def accept_and_fail(world: World, appointment: int) -> None:
    """A yes whose transaction comes to nothing."""
    with world.change() as session:
        offer = world.offer(session, appointment, 1)
        answering.accept(session, world.now, world.links, offer.id, SERVICE, "link")
        raise RuntimeError


def test_an_invite_that_was_never_written_after_all_leaves_the_address_open(world: World) -> None:
    appointment = asked(world)
    with pytest.raises(RuntimeError):
        accept_and_fail(world, appointment)
    with world.change() as session:
        assert session.execute(select(Installation.invite_host)).scalar_one() is None
    world.accept(appointment, 1)
    with world.change() as session:
        assert session.execute(select(Installation.invite_host)).scalar_one() == "localhost"


@pytest.mark.thorough
def test_an_invite_that_waits_is_taken_back_with_the_appointment_and_not_cancelled(world: World) -> None:
    appointment = asked(world)
    world.accept(appointment, 1)
    world.ways.mail.fail(TransportError("transient", "mail_connect", "away"), times=100)
    world.work(seconds=11)
    world.cancel(appointment)
    world.work()
    world.ways.mail.failures.clear()
    world.work(minutes=10)
    for address in (AMIRA, STAFF):
        [mail] = mails_to(world, address)
        assert mail.subject.startswith("Abgesagt")
        assert mail.calendar is None
