"""What the message log says of messages that did not arrive, and of those that took their place."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from app.journey import answering
from app.journey.history import SERVICE
from app.models import Channel, Mediator, Message, MessageStatus, Role
from app.web.error_texts import fault_words
from notifications.transports import TransportError
from notifications.transports.delivery_errors import MAIL_WORDS, Fault
from tests.world import World

Browser = Callable[..., FlaskClient]


def message(town: World, key: str, channel: Channel, *, instead_of: int | None = None, error: str = "") -> int:
    """A message that failed if there is an error; gives its id."""
    with town.change() as session:
        row = Message(
            channel=channel, kind="offer", dedupe_key=key, recipient="+4917139200001", recipient_name="Amira",
            body="Guten Tag", status=MessageStatus.FAILED if error else MessageStatus.SENT,
            created_at=town.now, due_at=town.now, sent_at=town.now, error_code=error or None,
            instead_of_id=instead_of,
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def test_a_failure_is_told_in_plain_words_with_its_code(town: World, browser: Browser) -> None:
    message(town, "one", Channel.SMS, error="30003")
    message(town, "two", Channel.SMS, error="99999")
    page = browser(Role.COORDINATOR).get("/messages").text
    assert "Das Telefon ist aus, oder es ging niemand ran." in page
    assert "(Fehler 30003)" in page
    assert "Der Anbieter nennt einen Grund, den wir nicht kennen." in page


@pytest.mark.parametrize(
    ("first", "then", "said"),
    [
        (Channel.SMS, Channel.EMAIL, "statt einer SMS, die nicht ankam"),
        (Channel.SMS, Channel.VOICE, "statt einer SMS, die nicht ankam"),
        (Channel.VOICE, Channel.SMS, "statt eines Anrufs, den niemand annahm"),
        (Channel.EMAIL, Channel.VOICE, "statt einer E-Mail, die nicht ankam"),
        (Channel.SMS, Channel.SMS, "noch einmal, weil es zuerst nicht ankam"),
    ],
)
def test_a_message_says_what_it_takes_the_place_of(
    town: World, browser: Browser, first: Channel, then: Channel, said: str
) -> None:
    failed = message(town, "one", first, error="30003")
    town.now += timedelta(minutes=1)
    message(town, "two", then, instead_of=failed)
    page = browser(Role.COORDINATOR).get("/messages").text
    assert page.count(said) == 1
    assert page.index(said) < page.index("Das Telefon ist aus"), "the newer stands above"


def test_calls_are_listed_by_themselves_and_their_numbers_masked(town: World, browser: Browser) -> None:
    message(town, "one", Channel.VOICE)
    message(town, "two", Channel.SMS)
    client = browser(Role.COORDINATOR)
    page = client.get("/messages?channel=voice").text
    assert page.count("Anruf <span") == 1
    assert "+4917139200001" not in page


def test_what_is_no_longer_needed_stands_where_that_was_seen_not_when_it_was_due(town: World, browser: Browser) -> None:
    void = message(town, "one", Channel.SMS)
    with town.change() as session:
        row = session.get_one(Message, void)
        row.status, row.sent_at, row.finished_at = MessageStatus.DISCARDED, None, town.now
        row.due_at, row.body = town.now + timedelta(days=9), "Erinnerung"
    town.now += timedelta(minutes=1)
    message(town, "two", Channel.SMS)
    page = browser(Role.COORDINATOR).get("/messages").text
    assert page.index("Guten Tag") < page.index("Erinnerung")
    assert "vorgesehen" not in page


def test_every_fault_has_a_sentence_of_its_own(town: World) -> None:
    codes = {"30005", "21610", "30007", "30003", "30008", "20429", "20003", "21408", "connect", "nonsense"}
    with town.app.test_request_context():
        sentences = {fault_words(code) for code in codes}
    assert len(sentences) == len(Fault)
    assert not any(one.startswith("fault.") for one in sentences)


def test_what_a_mail_server_does_has_words_that_blame_no_sms_provider(town: World) -> None:
    with town.app.test_request_context():
        sentences = {word: fault_words(f"{word}:554 5.7.1") for word in MAIL_WORDS}
    assert len(set(sentences.values())) == len(MAIL_WORDS)
    assert not any("SMS" in one or one.startswith("fault.") for one in sentences.values())


@pytest.mark.thorough
def test_mail_that_is_held_back_is_named_in_the_log_and_on_the_board(town: World, browser: Browser) -> None:
    amira, appointment = town.mediator("Amira", "kmr"), town.appointment("kmr", town.now + timedelta(days=3))
    with town.change() as session:
        person = session.get_one(Mediator, amira)
        answering.assign(session, town.now, town.links, appointment, person, SERVICE)
    refused = TransportError("transient", "mail_auth:535 5.7.8", "refused", timedelta(minutes=5), holds_all=True)
    town.ways.mail.fail(refused, times=100)
    town.work(seconds=11)
    client = browser(Role.COORDINATOR)
    board = client.get("/board").text
    assert "Der Mailserver nimmt unsere Anmeldung nicht an (Meldung 535 5.7.8). 2 E-Mails warten." in board
    assert client.get("/messages?channel=email").text.count("Der Mailserver nimmt unsere Anmeldung nicht an.") == 2
    town.ways.mail.failures.clear()
    town.work(minutes=6)
    assert "Anmeldung" not in client.get("/board").text


def test_what_may_not_be_asked_this_way_says_what_may(town: World) -> None:
    client = town.app.test_client()
    answer = client.post("/healthz")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
    assert client.head("/login").status_code == 200
