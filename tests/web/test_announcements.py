"""Announcements: written, looked at, sent once, and looked back on."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from app.extensions import db
from app.models import Announcement, Mediator, MessageStatus, Organisation, Role
from tests.web.forms import token_in, words_of
from tests.world import World

Browser = Callable[..., FlaskClient]
NEW = "/announcements/new"
WISH: dict[str, Any] = {
    "audience": "mediators", "way": "mail", "subject": "Sommerfest", "text": "Am 5. Juni feiern wir.\n\nKommen Sie?",
}  # fmt: skip


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


def look(client: FlaskClient, **changes: Any) -> TestResponse:
    form = WISH | changes | {"step": "look", "csrf_token": token_in(client.get(NEW).text)}
    return client.post(NEW, data=form)


def send(client: FlaskClient, page: str, **changes: Any) -> TestResponse:
    seen = {name: hidden(page, name) for name in ("key", "seen", "csrf_token")}
    return client.post(NEW, data=WISH | changes | seen | {"step": "send"})


def written(town: World) -> list[tuple[str, str]]:
    return [(one.recipient_name, one.channel.value) for one in town.messages(kind="announcement")]


def test_what_is_looked_at_is_sent_as_it_was_shown(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    town.mediator("Berat", "kmr", email="")
    client = browser(Role.COORDINATOR)
    page = look(client)
    assert page.status_code == 200
    text = words_of(page.text)
    assert "Erreicht 2 Personen." in text
    assert "1 SMS, 1 SMS = 1 Teil, zusammen 1 Teil" in text
    assert "1 E-Mail<" in text
    assert "Sprachmittlerpool Beckum: Am 5. Juni feiern wir. Kommen Sie? Keine SMS mehr? Antworten Sie STOP." in text
    assert written(town) == [], "looking sends nothing"

    assert send(client, page.text).location == "/announcements"
    assert written(town) == [("Amira", "email"), ("Berat", "sms")]
    town.work()
    mail = town.ways.mail.sent[-1]
    assert (mail.to, mail.subject) == ("amira@mail.example", "Sommerfest")
    assert "Am 5. Juni feiern wir.\n\nKommen Sie?" in mail.text
    assert "Möchten Sie keine mehr bekommen" in mail.text
    shown = words_of(client.get("/announcements").text)
    assert "Auf dem Weg an 2 Personen. SMS gehen zu den Zeiten hinaus" in shown
    assert "Coordinator Beispiel" in shown
    assert "2 Personen, 1 Teil" in shown


def test_a_second_press_sends_nothing_more(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    client = browser(Role.COORDINATOR)
    page = look(client).text
    assert [send(client, page).status_code for _ in range(2)] == [303, 303]
    assert written(town) == [("Amira", "email")]
    with town.change() as session:
        assert session.scalar(select(func.count(Announcement.id))) == 1
    assert send(client, look(client).text).status_code == 303
    assert len(written(town)) == 2, "the same words once more are another announcement"


def test_where_it_reaches_others_meanwhile_the_numbers_are_shown_anew(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    client = browser(Role.COORDINATOR)
    page = look(client).text
    town.mediator("Berat", "kmr")
    answer = send(client, page)
    assert answer.status_code == 409
    assert "Erreicht 2 Personen." in answer.text
    assert written(town) == []
    assert send(client, answer.text).status_code == 303
    assert len(written(town)) == 2


def test_who_is_left_out_is_told_with_the_reason(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr", status="paused")
    stopped, broken = town.mediator("Berat", "kmr"), town.mediator("Cem", "kmr")
    town.mediator("Deniz", "kmr", status="left")
    town.mediator("Elif", "kmr")
    with town.change() as session:
        session.get_one(Mediator, stopped).opted_out_at = town.now
        session.get_one(Mediator, broken).phone_trouble = "30005"
    text = look(browser(Role.COORDINATOR), way="sms").text
    assert "Erreicht 1 Person." in text
    for words in ("in Pause: 1", "keine SMS gewünscht: 1", "Nummer nimmt keine SMS an: 1"):
        assert words in text
    assert "Erreicht 3 Personen." in look(browser(Role.COORDINATOR), way="both").text


def test_languages_and_districts_narrow_it(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr", "tur", home_district="Roland")
    town.mediator("Berat", "tir", home_district="Roland")
    town.mediator("Cem", "tir", home_district="Vellern")
    client = browser(Role.COORDINATOR)
    page = look(client, languages=["kmr", "tir"], districts=["Roland"])
    assert "Erreicht 2 Personen." in page.text
    assert page.text.count('name="languages" value="tir"') == 2
    assert send(client, page.text, languages=["kmr", "tir"], districts=["Roland"]).status_code == 303
    assert [name for name, _ in written(town)] == ["Amira", "Berat"]


def test_organisations_are_written_to_by_mail(town: World, browser: Browser) -> None:
    with town.change() as session:
        session.add(Organisation(name="Schule", email=""))
        session.add(Organisation(name="Alte Schule", email="alt@beckum.example", active=False))
    client = browser(Role.COORDINATOR)
    page = look(client, audience="organisations", way="sms").text
    assert "Erreicht 1 Einrichtung." in page
    assert "keine E-Mail-Adresse: 1" in page
    send(client, page, audience="organisations", way="sms")
    assert written(town) == [("Sozialamt", "email")]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"subject": " "}, "subject"),
        ({"text": ""}, "text"),
        ({"text": "x" * 1001}, "text"),
        ({"subject": "x" * 121}, "subject"),
        ({"way": "pigeon"}, "way"),
        ({"languages": ["xxx"]}, "languages"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(
    town: World, browser: Browser, changes: dict[str, Any], field: str
) -> None:
    town.mediator("Amira", "kmr")
    answer = look(browser(Role.COORDINATOR), **changes)
    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-error"', answer.text) == [field]
    kept = WISH | changes
    assert field == "subject" or f'value="{kept["subject"]}"' in answer.text
    assert field == "text" or "Am 5. Juni feiern wir." in answer.text


def test_back_to_the_form_everything_is_as_it_was(town: World, browser: Browser) -> None:
    town.mediator("Amira", "kmr")
    client = browser(Role.COORDINATOR)
    page = look(client, languages=["kmr"]).text
    form = WISH | {"languages": ["kmr"], "step": "edit", "csrf_token": hidden(page, "csrf_token")}
    answer = client.post(NEW, data=form)
    assert answer.status_code == 200
    assert re.search(r'checked[^>]*value="kmr"', answer.text)
    assert "Am 5. Juni feiern wir." in answer.text
    assert 'value="Sommerfest"' in answer.text


def test_nobody_to_write_to_leaves_nothing_to_press(browser: Browser) -> None:
    page = look(browser(Role.COORDINATOR)).text
    assert "Erreicht 0 Personen." in page
    assert 'value="send"' not in page


def test_what_failed_and_what_waits_is_counted(town: World, browser: Browser) -> None:
    for name in ("Amira", "Berat", "Cem", "Dilan"):
        town.mediator(name, "kmr")
    client = browser(Role.COORDINATOR)
    send(client, look(client).text)
    first, *_others, last = town.messages(kind="announcement")
    with town.change() as session:
        session.merge(last).status = MessageStatus.DISCARDED
        one = session.merge(first)
        one.status = MessageStatus.FAILED
        one.settled_at = town.now
    page = client.get("/announcements").text
    assert "1 Nachricht fehlgeschlagen" in page
    assert "2 Nachrichten warten" in page
    assert "1 Nachricht zurückgenommen" in page


def test_staff_neither_see_nor_send_them(town: World, browser: Browser) -> None:
    client = browser(Role.STAFF)
    for path in ("/announcements", NEW):
        assert client.get(path).status_code == 403
    token = token_in(client.get("/appointments/new").text)
    assert client.post(NEW, data=WISH | {"step": "send", "csrf_token": token}).status_code == 403


def test_many_take_no_more_questions_to_the_database_than_a_few(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    town.mediator("Amira", "kmr")
    few = statements(town, client)
    with town.change() as session:
        session.add_all(
            Mediator(
                name=f"Person {number}", phone=f"+49151{number:08}", email=f"p{number}@mail.example",
                created_at=town.now, pool_id=town.pool_id,
            )
            for number in range(300)
        )  # fmt: skip
    assert statements(town, client) == few
    assert len(written(town)) == 302


def statements(town: World, client: FlaskClient) -> int:
    """How many times the database is asked something while one is sent."""
    page, seen = look(client).text, list[str]()
    with town.app.app_context():
        engine = db.engine

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        seen.extend([statement] * statement.startswith("SELECT"))

    event.listen(engine, "before_cursor_execute", note)
    assert send(client, page).status_code == 303
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)


@pytest.mark.parametrize("field", ["languages", "districts"])
@pytest.mark.parametrize("before", [[], [""]])
def test_what_is_no_choice_is_refused_whatever_stands_before_it(
    town: World, browser: Browser, field: str, before: list[str]
) -> None:
    town.mediator("Amira", "kmr")
    answer = look(browser(Role.COORDINATOR), **{field: [*before, "nowhere"]})
    assert answer.status_code == 422
