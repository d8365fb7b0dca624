"""Lines of the board say what would help, in the words of the candidates' page."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from flask.testing import FlaskClient

from app.models import Appointment, AppointmentStatus, Role
from app.web.coordinator.board import MOST_HELPED
from tests.web.forms import words_of
from tests.world import World

Browser = Callable[..., FlaskClient]


@pytest.fixture
def coordinator(browser: Browser) -> FlaskClient:
    return browser(Role.COORDINATOR)


def lacking(town: World, **ahead: float) -> int:
    """An appointment for which nobody was found."""
    appointment = town.appointment("kmr", town.now + timedelta(**({"days": 1, "hours": 3} | ahead)))
    with town.change() as session:
        session.get_one(Appointment, appointment).status = AppointmentStatus.UNFILLED
    return appointment


def asks_for(page: str) -> list[str]:
    """The addresses at which a page looks up what would help."""
    return [unescape(one) for one in re.findall(r'hx-get="(/board/\d+/help[^"]*)"', page)]


def steps(page: str) -> list[tuple[str, str]]:
    """Heading and words of each step of the candidates' panel."""
    return re.findall(r"<h3>([^<]*)</h3><p>([^<]*)</p>", page)


def said(client: FlaskClient, address: str) -> tuple[str, str]:
    found = re.search(r'<b>Hilft:</b> <a href="([^"]*)">(.*)</p>', client.get(address).text, re.DOTALL)
    assert found
    return found[1], words_of(re.sub("<[^>]*>", "", found[2]))


@pytest.mark.parametrize("modes", [("phone",), ("on_site", "phone")])
def test_a_line_says_the_first_step_of_the_candidates_page_and_leads_to_it(
    town: World, coordinator: FlaskClient, modes: tuple[str, ...]
) -> None:
    for name in ("Amira", "Berat", "Cem"):
        town.mediator(name, "kmr", modes=modes)
    appointment = lacking(town)
    [address] = asks_for(coordinator.get("/board").text)
    page, words = said(coordinator, address)
    assert page == f"/board/{appointment}/candidates#helps"
    candidates = coordinator.get(page).text
    assert 'id="helps"' in candidates
    title, rest = steps(candidates)[0]
    assert words == words_of(f"{title} – {rest}")
    assert ("Am Telefon" in words) == (modes == ("phone",)), "if they can come, they are asked together"


def test_where_nothing_helps_nothing_is_said(town: World, coordinator: FlaskClient) -> None:
    lacking(town)
    [address] = asks_for(coordinator.get("/board").text)
    assert "Hilft" not in coordinator.get(address).text


def test_the_first_lines_ask_and_the_others_do_not(town: World, coordinator: FlaskClient) -> None:
    numbers = [lacking(town, days=1 + number) for number in range(MOST_HELPED + 3)]
    found = [int(re.findall(r"\d+", one)[0]) for one in asks_for(coordinator.get("/board").text)]
    assert found == numbers[:MOST_HELPED]


def test_what_a_line_says_already_is_not_sent_again_until_it_is_something_else(
    town: World, coordinator: FlaskClient
) -> None:
    town.mediator("Amira", "kmr", modes=("phone",))
    lacking(town)
    [first] = asks_for(coordinator.get("/board").text)
    [again] = asks_for(coordinator.get(first).text)
    assert coordinator.get(again).status_code == 204
    town.mediator("Berat", "kmr", modes=("phone",))
    assert "2 Personen mehr" in coordinator.get(again).text


def test_a_line_that_says_something_else_looks_it_up_anew(town: World, coordinator: FlaskClient) -> None:
    appointment = lacking(town)
    before = asks_for(coordinator.get("/board").text)
    assert before == asks_for(coordinator.get("/board").text)
    with town.change() as session:
        session.get_one(Appointment, appointment).explanation = {"busy": 1}
    assert before != asks_for(coordinator.get("/board").text)


def test_of_what_seeks_nobody_or_is_another_pools_nothing_is_told(
    town: World, coordinator: FlaskClient, browser: Browser
) -> None:
    town.mediator("Amira", "kmr", modes=("phone",))
    appointment = lacking(town)
    World.build(town.app, town.now, key="hagen")
    assert browser(Role.COORDINATOR, "hagen").get(f"/board/{appointment}/help").status_code == 404
    town.cancel(appointment)
    answer = coordinator.get(f"/board/{appointment}/help")
    assert (answer.status_code, "Hilft" in answer.text) == (200, False)
