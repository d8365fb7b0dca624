"""What may be tried when nobody can come: permitted in the form or later, and shown step by step."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.models import Appointment, Pool, Role
from tests.web.forms import send, words_of
from tests.web.test_clearances import SETTINGS
from tests.world import World

Browser = Callable[..., FlaskClient]
FAR_AWAY = (52.52, 13.405)


def typed(town: World, **changes: Any) -> dict[str, Any]:
    """A request by staff for tomorrow at ten."""
    day = town.now + timedelta(days=1)
    return {
        "language": "tir", "date": f"{day:%Y-%m-%d}", "time": "10:00", "duration": "60", "place": "site:1",
        "topic": "office", "mediators_needed": "1", "fallback_mode": "y",
    } | changes  # fmt: skip


def only(town: World) -> Appointment:
    with town.change() as session:
        found = session.scalars(select(Appointment)).one()
        session.expunge(found)
        return found


def test_the_form_offers_the_telephone_unless_it_is_unticked(browser: Browser) -> None:
    page = browser().get("/appointments/new").text
    assert re.search(r"<input[^>]* checked[^>]* name=.fallback_mode", page)


def test_what_the_form_permits_is_kept(town: World, browser: Browser) -> None:
    client, day = browser(), town.now + timedelta(days=2)
    other = {"other_date": f"{day:%Y-%m-%d}", "other_time": "14:00"}
    wishes = typed(town, second_language="tur", fallback_language="y", **other)
    assert send(client, "/appointments/new", wishes).status_code == 303
    found = only(town)
    assert found.fallbacks == ["language", "mode", "time"]
    assert (found.accepted_languages, found.fallback_languages) == ([], ["tur"])
    assert [one[:10] for one in found.other_starts] == [f"{day:%Y-%m-%d}"]


def test_unless_it_is_to_wait_the_second_language_is_asked_for_at_once(town: World, browser: Browser) -> None:
    wishes = typed(town, second_language="tur", fallback_mode="")
    del wishes["fallback_mode"]
    assert send(browser(), "/appointments/new", wishes).status_code == 303
    found = only(town)
    assert (found.fallbacks, found.accepted_languages, found.fallback_languages) == ([], ["tur"], [])


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"other_date": "2026-13-40", "other_time": "10:00"}, "other_date-error"),
        ({"other_date": "", "other_time": "10:00"}, "other_date-error"),
        ({"other_date": "2027-01-05", "other_time": ""}, "other_time-error"),
        ({"other_date": "2020-01-05", "other_time": "10:00"}, "other_date-error"),
        ({"other_date": "2027-03-28", "other_time": "02:30"}, "other_date-error"),
    ],
)
def test_another_time_that_cannot_be_is_refused_at_its_field(
    town: World, browser: Browser, wrong: dict[str, str], where: str
) -> None:
    answer = send(browser(), "/appointments/new", typed(town, note="Im Hof klingeln", **wrong))
    assert answer.status_code == 422
    assert f'id="{where}"' in answer.text
    assert "Im Hof klingeln" in answer.text


def test_the_page_tells_what_was_tried_what_is_tried_and_what_comes_next(town: World, browser: Browser) -> None:
    near = town.mediator("Selam", "tir")
    town.mediator("Yonas", "tir", home=FAR_AWAY, max_travel_minutes=30)
    later = town.now + timedelta(days=3, hours=3)
    appointment = town.appointment("tir", fallbacks=("mode", "time"), other_starts=(later,))
    client = browser()
    town.work()
    page = words_of(client.get(f"/appointments/{appointment}").text)
    assert "Schritt für Schritt" in page
    assert "Wie angefragt" in page
    assert "spätestens" in page

    town.now += timedelta(minutes=5)
    town.decline(appointment, near)
    town.work()
    page = words_of(client.get(f"/appointments/{appointment}").text)
    assert "Ausweichweg läuft" in page
    assert "1 Person gefragt, sie hat nicht zugesagt." in page
    assert "1 Person kommt infrage." in page
    assert "Zu anderer Zeit: " in page
    assert "Wie angefragt: morgen, 10:00 Uhr, vor Ort" in page
    assert "So konnte niemand. Wir fragen jetzt am Telefon oder per Video." in page


def test_what_was_not_permitted_is_offered_and_tried_once_it_is(town: World, browser: Browser) -> None:
    town.mediator("Yonas", "tir", home=FAR_AWAY, max_travel_minutes=30)
    appointment = town.appointment("tir")
    town.work()
    client, path = browser(), f"/appointments/{appointment}"
    assert "Auch am Telefon oder per Video fragen" in client.get(path).text
    for _ in range(2):
        assert send(client, path, {"rung": "mode"}, f"{path}/fallbacks").status_code == 303
    assert only(town).fallbacks == ["mode"]
    town.work()
    assert town.asked(appointment) == {"Yonas"}


def test_what_the_rules_exclude_is_said_and_not_offered(town: World, browser: Browser) -> None:
    town.set_pool(forbidden_fallbacks={"mode": ["medical"]})
    town.mediator("Yonas", "tir", home=FAR_AWAY, max_travel_minutes=30)
    appointment = town.appointment("tir", fallbacks=("mode",), topic="medical")
    town.work()
    page = browser().get(f"/appointments/{appointment}").text
    assert "Die Regeln des Pools schließen das bei „Arzt und Gesundheit“ aus." in page
    assert "Auch am Telefon oder per Video fragen" not in page


def test_an_unknown_way_out_is_refused(town: World, browser: Browser) -> None:
    appointment = town.appointment("tir")
    path = f"/appointments/{appointment}"
    assert send(browser(), path, {"rung": "taxi"}, f"{path}/fallbacks").status_code == 400


def test_an_open_page_does_not_promise_what_is_due(town: World, browser: Browser) -> None:
    """Nobody has looked at it yet, for the worker is away."""
    town.mediator("Selam", "tir")
    appointment = town.appointment("tir", fallbacks=("mode",))
    town.work()
    due = only(town).fall_back_at
    assert due is not None
    town.now = due - timedelta(minutes=1)
    client = browser()
    page = client.get(f"/appointments/{appointment}").text
    assert "Dann versuchen wir spätestens den nächsten Weg." in page
    seen = page.split("seen=")[1].split('"')[0]
    path = f"/appointments/{appointment}/status?seen={seen}"
    assert client.get(path).status_code == 204
    town.now = due
    fresh = client.get(path)
    assert fresh.status_code == 200
    assert "Dann versuchen wir spätestens den nächsten Weg." not in fresh.text


def test_an_open_page_learns_that_another_way_is_tried(town: World, browser: Browser) -> None:
    near = town.mediator("Selam", "tir")
    town.mediator("Yonas", "tir", home=FAR_AWAY, max_travel_minutes=30)
    appointment = town.appointment("tir", fallbacks=("mode",))
    town.work()
    client = browser()
    page = client.get(f"/appointments/{appointment}").text
    seen = page.split("seen=")[1].split('"')[0]
    path = f"/appointments/{appointment}/status"
    assert client.get(f"{path}?seen={seen}").status_code == 204
    town.decline(appointment, near)
    town.work()
    fresh = client.get(f"{path}?seen={seen}")
    assert fresh.status_code == 200
    assert "Ausweichweg läuft" in fresh.text


def test_an_admin_says_for_which_topics_a_way_is_never_tried(town: World, browser: Browser) -> None:
    client = browser(Role.ADMIN)
    ticked = {"forbidden_mode": ["conflict", "medical"]}
    answer = send(client, "/settings", {**SETTINGS, **ticked})
    assert answer.status_code == 303
    with town.change() as session:
        assert session.get_one(Pool, town.pool_id).forbidden_fallbacks == {"mode": ["medical", "conflict"]}
    shown = client.get("/settings").text
    assert re.search(r"<input[^>]* checked[^>]* name=.forbidden_mode. type=.checkbox. value=.medical", shown)
    assert not re.search(r"<input[^>]* checked[^>]* name=.forbidden_time", shown)


def test_as_requested_goes_on_where_another_way_was_skipped(town: World, browser: Browser) -> None:
    first = town.mediator("Selam", "tir")
    appointment = town.appointment("tir", fallbacks=("mode",))
    town.work()
    town.mediator("Yonas", "tir", modes=("on_site",))
    with town.change() as session:
        session.get_one(Appointment, appointment).fall_back_at = town.now
    town.decline(appointment, first)
    town.work()
    assert town.asked(appointment) == {"Yonas"}
    page = words_of(browser().get(f"/appointments/{appointment}").text)
    assert re.search(r"Wie angefragt.{0,200}läuft jetzt", page, re.DOTALL)
    assert "übersprungen" in page
