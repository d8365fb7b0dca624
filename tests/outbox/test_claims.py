"""What a message becomes on its way to the provider."""

from datetime import timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import event, select

from app.extensions import db
from app.models import Installation, Message, Pool
from app.worker import jobs
from notifications.messages import Email
from notifications.transports.base import Receipt
from tests.world import World


def agreed(world: World, **values: object) -> None:
    """Amira has said yes, and both sides have their mail."""
    amira = world.mediator("Amira", "kmr", **values)
    appointment = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.work()
    world.accept(appointment, amira)
    world.work(seconds=11)


@pytest.mark.thorough
def test_answers_to_a_mail_go_to_the_pool(world: World) -> None:
    agreed(world)
    mails = world.ways.mail.sent
    assert {mail.to for mail in mails} == {"amira@mail.example", "sozialamt@beckum.example"}
    assert {str(mail.as_mime()["Reply-To"]) for mail in mails} == {"pool@beckum.example"}


def test_answers_go_to_the_pool_where_it_is_now(world: World) -> None:
    world.ways.mail.failures = []
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=4, hours=3))
    world.work()
    world.accept(appointment, amira)
    world.set_pool(email="neu@beckum.example")
    world.work(seconds=11)
    assert {mail.reply_to for mail in world.ways.mail.sent} == {"neu@beckum.example"}


@pytest.mark.thorough
@pytest.mark.parametrize(("locale", "language"), [("de", "de"), ("en", "en")])
def test_the_html_part_says_which_language_it_is_in(world: World, locale: str, language: str) -> None:
    agreed(world, locale=locale)
    written = {mail.to: mail.as_mime() for mail in world.ways.mail.sent}
    for to, expected in (("amira@mail.example", language), ("sozialamt@beckum.example", "de")):
        html = written[to].get_body(("html",))
        assert html is not None
        assert f'<html lang="{expected}">' in html.get_content()


def test_two_installations_under_one_domain_make_no_message_id_twice(world: World) -> None:
    agreed(world)
    with world.change() as session:
        key = session.execute(select(Installation.key)).scalar_one()
    ids = {str(mail.as_mime()["Message-ID"]) for mail in world.ways.mail.sent}
    assert len(ids) == 2
    assert all(key in one and one.endswith("@beckum.example>") for one in ids)


@pytest.mark.thorough
def test_a_mail_that_is_sent_again_has_the_same_message_id(world: World) -> None:
    agreed(world)
    with world.change() as session:
        rows = session.scalars(select(Message).where(Message.channel == "email")).all()
        for row in rows:
            row.status, row.due_at = row.status.__class__.QUEUED, world.now
    world.work(seconds=1)
    ids = [str(message_from_bytes(mail.as_mime().as_bytes())["Message-ID"]) for mail in world.ways.mail.sent]
    assert len(ids) == 4
    assert len(set(ids)) == 2


class Kept:
    """A mail server that takes everything, under an id as long as a domain may be."""

    def __init__(self) -> None:
        self.sent: list[Email] = []

    def send(self, message: Email) -> Receipt:
        self.sent.append(message)
        return Receipt(f"<{message.reference}@{'a' * 200}.example>", "sent")

    def find(self, *_message: object) -> Receipt | None:
        return None


@pytest.mark.thorough
def test_a_long_domain_does_not_keep_a_mail_from_being_noted_as_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world.ways, "mail", Kept())
    agreed(world)
    assert {one.status.value for one in world.messages(channel="email")} == {"sent"}
    world.work(minutes=2)
    assert len(world.ways.mail.sent) == 2


@pytest.mark.thorough
def test_sending_reads_whose_mail_it_is_with_the_mail(sqlite_world: World) -> None:
    """One statement to find a message, one to write it down: a pool or link is no further one."""
    agreed(sqlite_world)
    read: list[str] = []
    with sqlite_world.app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *given: read.append(given[2]))
    with sqlite_world.change() as session:
        for row in session.scalars(select(Message).where(Message.channel == "email")):
            row.status, row.due_at = row.status.__class__.QUEUED, sqlite_world.now
        assert session.scalars(select(Pool.id)).all() == [1]
    read.clear()
    jobs.deliver_mails(sqlite_world.worker)
    asked = [one for one in read if one.lstrip().upper().startswith("SELECT")]
    assert len(asked) == 2 + 1, "to claim each of two, and to find that there is no third"
