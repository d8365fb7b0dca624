"""The board: what needs a coordinator, in one order; what runs by itself stands apart."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.journey.telling import alerts
from app.models import Alert, Appointment, AppointmentStatus, Role
from tests.world import World

Browser = Callable[..., FlaskClient]
GROUPS = ("Heute und morgen", "In den nächsten sieben Tagen", "Später")


def shown(page: str) -> dict[str, list[str]]:
    """Group -> ids of its rows, in order; "" holds what is folded away."""
    folded = page.split('class="pool-quiet"')[1]
    found = {"": re.findall(r'id="(row-\d+|alert-row-\d+)"', folded)}
    for section in re.findall(r'<section aria-labelledby="group-.*?</section>', page, re.DOTALL):
        title = re.search(r"<h2[^>]*>([^<]*)</h2>", section)
        assert title
        found[title[1]] = re.findall(r'id="(row-\d+|alert-row-\d+)"', section)
    return found


def standing(town: World, appointment: int, status: AppointmentStatus, chance: float | None = None) -> str:
    """Let an appointment stand there; gives the id of its row."""
    with town.change() as session:
        found = session.get_one(Appointment, appointment)
        found.status, found.chance = status, chance
    return f"row-{appointment}"


def test_appointments_and_alerts_stand_in_one_order_by_how_soon_they_are(town: World, browser: Browser) -> None:
    far, near, soon = (town.appointment("kmr", town.now + timedelta(**ahead)) for ahead in (
        {"days": 20}, {"days": 4}, {"hours": 5},
    ))  # fmt: skip
    rows = [standing(town, one, AppointmentStatus.UNFILLED) for one in (far, near, soon)]
    number = town.wrong_number(town.mediator("Amira", "kmr"))
    with town.change() as session:
        alerts.raise_alert(session, town.now, town.links, town.pool_id, "outage", "outage", number=3)
        everybody = session.execute(select(Alert.id).where(Alert.kind == "outage")).scalar_one()
    found = shown(browser(Role.COORDINATOR).get("/board").text)
    assert list(found) == ["", *GROUPS]
    assert [found[group] for group in GROUPS] == [
        [f"alert-row-{everybody}", rows[2]], [rows[1], f"alert-row-{number}"], [rows[0]],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "chance", "ahead", "wanting"),
    [
        (AppointmentStatus.UNFILLED, None, {"days": 9}, True),
        (AppointmentStatus.OFFERING, 0.49, {"days": 9}, True),
        (AppointmentStatus.OFFERING, 0.5, {"days": 9}, False),
        (AppointmentStatus.OPEN, None, {"days": 9}, False),
        (AppointmentStatus.OPEN, None, {"hours": 23}, True),
        (AppointmentStatus.OFFERING, 0.79, {"hours": 23}, True),
        (AppointmentStatus.OFFERING, 0.8, {"hours": 23}, False),
        (AppointmentStatus.OFFERING, 0.79, {"hours": 25}, False),
    ],
)
def test_who_needs_nobody_is_folded_away(
    town: World, browser: Browser, status: AppointmentStatus, chance: float | None, ahead: dict[str, int], wanting: bool
) -> None:
    row = standing(town, town.appointment("kmr", town.now + timedelta(**ahead)), status, chance)
    client = browser(Role.COORDINATOR)
    page = client.get("/board").text
    found = shown(page)
    assert (row in found.pop(""), [row] in found.values()) == (not wanting, wanting)
    assert ("1 Termin." in page, "Ein weiterer Termin läuft von selbst." in page) == (wanting, not wanting)
    everything = shown(client.get("/board?all=1").text)
    everything.pop("")
    assert [row] in everything.values()


def test_nothing_to_do_is_said_as_such_and_an_empty_filter_too(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    assert "Im Moment ist nichts zu tun." in client.get("/board").text
    standing(town, town.appointment("kmr"), AppointmentStatus.UNFILLED)
    assert "Kein Termin, der Sie braucht, passt zu diesem Filter." in client.get("/board?language=tir").text


def test_one_button_is_the_first_to_press(town: World, browser: Browser) -> None:
    for days in (3, 4, 12):
        standing(town, town.appointment("kmr", town.now + timedelta(days=days)), AppointmentStatus.UNFILLED)
    page = browser(Role.COORDINATOR).get("/board").text
    buttons = re.findall(r'class="kern-btn kern-btn--(\w+)[^"]*" aria-label="Jemanden fragen', page)
    assert buttons == ["primary", "secondary", "secondary"]


def test_a_long_board_comes_in_pages_and_what_runs_leads_to_all_of_it(town: World, browser: Browser) -> None:
    for number in range(25):
        standing(
            town, town.appointment("kmr", town.now + timedelta(days=3, hours=number)), AppointmentStatus.OFFERING, 0.9
        )
    client = browser(Role.COORDINATOR)
    page = client.get("/board").text
    assert "25 Termine laufen von selbst" in page
    assert len(shown(page)[""]) == 20
    assert 'href="/board?all=1"' in page
    everything = client.get("/board?all=1").text
    assert "25 offene Termine." in everything
    assert sum(len(rows) for rows in shown(everything).values()) == 25
    for number in range(30):
        standing(town, town.appointment("tir", town.now + timedelta(days=8, hours=number)), AppointmentStatus.UNFILLED)
    assert "Seite 2 von 2" in client.get("/board?all=1&page=2").text
