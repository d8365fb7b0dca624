"""The list of the pool's people: found, sorted, in pages, and who needs something."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from app.extensions import db
from app.models import Mediator, MediatorStatus, Role
from tests.world import World

Browser = Callable[..., FlaskClient]


@pytest.fixture
def shown(browser: Browser) -> Callable[..., list[str]]:
    """The names that the list shows for a query, in its order."""
    return partial(names, browser(Role.COORDINATOR))


def names(client: FlaskClient, **query: str) -> list[str]:
    """As `shown`, in a browser that is there already."""
    page = client.get("/mediators", query_string=query)
    assert page.status_code == 200
    return re.findall(r'scope="row"><a [^>]*>([^<]*)</a>', page.text)


def helped(town: World, mediator: int, **ahead: float) -> None:
    """Let somebody accept an appointment that begins so far ahead."""
    appointment = town.appointment("kmr", town.now + timedelta(**ahead))
    town.ask(appointment, mediator)
    town.accept(appointment, mediator)


def test_people_are_found_by_name_language_and_status(town: World, shown: Callable[..., list[str]]) -> None:
    town.mediator("Amira", "kmr")
    town.mediator("Berat Öztürk", "tur", email="")
    town.mediator("Cem", "tur", status="left")
    assert shown() == ["Amira", "Berat Öztürk"]
    assert shown(q="ami") == ["Amira"]
    assert shown(q="OZTURK") == shown(q="öztürk") == ["Berat Öztürk"]
    assert shown(language="tur") == ["Berat Öztürk"]
    assert shown(status="left") == ["Cem"]


def test_people_are_found_by_how_a_language_begins_in_any_spelling(
    town: World, shown: Callable[..., list[str]]
) -> None:
    town.mediator("Amira", "kmr")
    town.mediator("Berat", "tur")
    assert shown(q="türk") == shown(q="Turkc") == ["Berat"]
    assert shown(q="kurd") == ["Amira"]  # a word for several languages
    assert shown(q="isch") == []
    assert shown(q="t") == ["Berat"]  # one letter is no language yet, but part of a name


def test_what_no_list_can_be_asked_for_shows_everybody(town: World, shown: Callable[..., list[str]]) -> None:
    town.mediator("Amira", "kmr")
    assert shown(q="%") == []
    assert shown(q="\x00", page="99999999999") == ["Amira"]
    assert shown(sort="king", todo="maybe", status="?") == ["Amira"]


def test_the_list_is_sorted_as_its_headings_say_and_turned_round(town: World, browser: Browser) -> None:
    ayla = town.mediator("ayla", "kmr", home_district="Beckum")
    zeki = town.mediator("Zeki", "kmr", home_district="")
    town.mediator("Özlem", "kmr", email="", home_district="Ahlen")
    helped(town, ayla, days=1)
    town.now += timedelta(days=3)
    helped(town, zeki, days=1)
    town.now += timedelta(days=3)
    helped(town, ayla, days=2)

    # not before, for nobody stays logged in for a week
    client = browser(Role.COORDINATOR)
    shown = partial(names, client)
    assert shown() == ["ayla", "Özlem", "Zeki"]
    assert shown(sort="-name") == ["Zeki", "Özlem", "ayla"]
    assert shown(sort="district") == ["Özlem", "ayla", "Zeki"]
    assert shown(sort="-district") == ["ayla", "Özlem", "Zeki"]
    assert shown(sort="last") == ["Özlem", "ayla", "Zeki"]  # who never came has waited longest
    assert shown(sort="-last") == ["Zeki", "ayla", "Özlem"]
    assert shown(sort="next") == ["ayla", "Özlem", "Zeki"]
    page = client.get("/mediators?sort=last&q=a").text
    assert 'aria-sort="ascending"><a href="/mediators?q=a&amp;sort=-last">' in page


def test_who_needs_something_is_marked_counted_and_shown_alone(
    town: World, browser: Browser, shown: Callable[..., list[str]]
) -> None:
    town.mediator("Amira", "kmr")
    changes: dict[str, dict[str, object]] = {
        "Berat": {"phone_trouble": "30005"},
        "Cem": {"opted_out_at": town.now},
        "Deniz": {"availability": []},
        "Emine": {"availability": [], "status": MediatorStatus.PAUSED},
        "Fatma": {"phone_trouble": "30005", "status": MediatorStatus.LEFT},
    }
    for name, values in changes.items():
        one = town.mediator(name, "kmr")
        with town.change() as session:
            for field, value in values.items():
                setattr(session.get_one(Mediator, one), field, value)
    page = browser(Role.COORDINATOR).get("/mediators").text
    assert "Bei 3 Personen ist etwas zu tun" in page
    assert page.count("pool-hint--to-do") == 3
    for note in ("Nummer prüfen", "keine SMS", "keine freien Zeiten", "Pause"):
        assert f">{note}</span>" in page
    assert shown(todo="1") == ["Berat", "Cem", "Deniz"]


def test_a_long_list_comes_in_pages_with_as_many_statements_as_a_short_one(
    town: World, browser: Browser, shown: Callable[..., list[str]]
) -> None:
    town.mediator("Person 00", "kmr", email="")
    client = browser(Role.COORDINATOR)
    few = statements(town, client)
    for number in range(1, 45):
        town.mediator(f"Person {number:02}", "kmr", email="")
    assert statements(town, client) == few
    assert shown() == [f"Person {number:02}" for number in range(20)]
    assert shown(page="3") == shown(page="77") == [f"Person {number:02}" for number in range(40, 45)]
    assert "Seite 3 von 3" in client.get("/mediators?page=3").text


def statements(town: World, client: FlaskClient) -> int:
    """How many statements the list takes."""
    seen = []
    with town.app.app_context():
        engine = db.engine

    def note(*_: object) -> None:
        seen.append(1)

    event.listen(engine, "before_cursor_execute", note)
    client.get("/mediators")
    event.remove(engine, "before_cursor_execute", note)
    return len(seen)
