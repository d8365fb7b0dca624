"""A series from the form to its page, and what a mediator sees of it."""

from typing import Any

import pytest
from sqlalchemy import select

from app.models import Appointment, Role
from tests.web.conftest import Browser
from tests.web.forms import send, words_of
from tests.world import World

FORM = {
    "language": "kmr", "date": "2026-12-02", "time": "10:00", "duration": "60", "place": "phone", "topic": "school",
    "mediators_needed": "1", "rhythm": "weekly", "count": "4", "without_holidays": "y", "same_person": "y",
}  # fmt: skip


def form(**changes: Any) -> dict[str, Any]:
    """What is typed; None leaves a field out."""
    return {name: value for name, value in (FORM | changes).items() if value is not None}


def mark_in(page: str) -> str:
    """What the button says that sends the dates that are shown."""
    return page.split('name="dates_seen" value="')[1].split('"', maxsplit=1)[0]


def asked_for(town: World) -> list[Appointment]:
    with town.change() as session:
        rows = list(session.scalars(select(Appointment).order_by(Appointment.starts_at)))
        session.expunge_all()
        return rows


def test_the_dates_are_shown_before_they_are_sent(town: World, browser: Browser) -> None:
    client = browser(Role.STAFF)
    shown = send(client, "/appointments/new", form(without_school_holidays="y"))
    assert shown.status_code == 200
    assert "Schulferien, fällt aus" in shown.text
    # said where the page begins, and no button sends what was not looked at
    assert words_of(shown.text).index("Noch ist nichts angefragt") < words_of(shown.text).index("Beginn")
    assert "Anfrage senden" not in words_of(shown.text)
    assert asked_for(town) == []
    sent = send(client, "/appointments/new", form(without_school_holidays="y", dates_seen=mark_in(shown.text)))
    assert sent.status_code == 303
    assert [one.starts_at.day for one in asked_for(town)] == [2, 9, 16, 13]
    page = words_of(client.get(sent.location).text)
    assert "4 Termine liegen vor Ihnen, 0 sind sicher" in page
    assert "Wir fragen zuerst nach der ganzen Reihe" in page
    assert page.count("Einzeln suchen wir ab") == 3


def test_what_was_shown_is_what_is_sent(town: World, browser: Browser) -> None:
    client = browser(Role.STAFF)
    seen = mark_in(send(client, "/appointments/new", form(do="dates")).text)
    assert send(client, "/appointments/new", form(count="5", dates_seen=seen)).status_code == 200
    assert asked_for(town) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"count": "500"}, "2 bis 60"),
        ({"count": None}, "den letzten Tag oder die Zahl"),
        ({"until": "2027-01-20"}, "nicht beides"),
        ({"count": None, "until": "2026-12-01"}, "vor dem ersten Termin"),
        ({"count": None, "until": "2028-12-01"}, "höchstens ein Jahr"),
        ({"left_out": "irgendwann"}, "Bitte geben Sie Tage an"),
        ({"rhythm": "own", "own_days": ""}, "nennen Sie die weiteren Tage"),
        ({"date": "2026-11-01"}, "schon vorbei"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_typed_is_lost(
    town: World, browser: Browser, changes: dict[str, Any], said: str
) -> None:
    answer = send(browser(Role.STAFF), "/appointments/new", form(note="Zimmer 4", **changes))
    assert answer.status_code == 422
    assert said in words_of(answer.text)
    assert "Zimmer 4" in answer.text
    assert asked_for(town) == []


def test_a_mediator_sees_all_dates_and_one_press_takes_them(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    client = browser(Role.STAFF)
    shown = send(client, "/appointments/new", form())
    sent = send(client, "/appointments/new", form(dates_seen=mark_in(shown.text)))
    town.work()
    ids = [one.id for one in asked_for(town)]
    link = town.link(ids[0], amira)
    page = client.get(link).text
    assert "Können Sie zu dieser Reihe kommen?" in page
    assert page.count('class="pool-dates__day') == 4
    assert send(client, link, {"answer": "accept"}).status_code == 303
    town.work(seconds=11)
    agreed = client.get(link).text
    assert agreed.count('class="pool-dates__day') == 3
    assert town.link(ids[1], amira) in agreed
    assert "4 sind sicher" in words_of(client.get(sent.location).text)
    assert "Termin 2 von 4 einer Reihe" in words_of(client.get(f"/appointments/{ids[1]}").text)
    cancelled = send(client, sent.location, {}, to=f"{sent.location}/cancel")
    assert cancelled.status_code == 303
    town.work()
    assert {town.status(one) for one in ids} == {"cancelled"}
    assert len(town.texts_to("Amira")) == 3
    assert "4 Termine" in town.texts_to("Amira")[-1]


def test_a_series_of_somebody_else_is_not_there(town: World, browser: Browser) -> None:
    assert browser(Role.STAFF).get("/series/999").status_code == 404
