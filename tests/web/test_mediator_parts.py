"""A mediator's form in parts: folded, each says what is saved; open is what has to be looked at."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient

from app.models import Availability, Role
from app.web.coordinator.mediator_parts import week
from tests.web.forms import mediator_form, send
from tests.world import World

Browser = Callable[..., FlaskClient]


def opened(page: str) -> set[str]:
    return set(re.findall(r'id="part-(\w+)" open>', page))


def said(page: str) -> list[str]:
    plain = page.replace("\N{NO-BREAK SPACE}", " ").replace("\N{WORD JOINER}", "")
    return re.findall(r'pool-parts__state">([^<]*)<', plain)


def test_whoever_is_known_is_told_in_seven_lines(town: World, browser: Browser) -> None:
    amira = town.mediator(
        "Amira", "kmr", modes=("phone",), absences=((date(2026, 12, 21), date(2027, 1, 3)),), home_district="Roland",
        max_travel_minutes=20, max_appointments_per_day=2, excluded_topics=("school",), prefers_calls=True,
        urgent_opt_in=True, text_from=8 * 60, text_until=21 * 60,
    )  # fmt: skip
    page = browser(Role.COORDINATOR).get(f"/mediators/{amira}").text
    assert opened(page) == set()
    assert said(page) == [
        "0171 3920000, Aktiv",
        "Kurmandschi (Nordkurdisch) (C1), am Telefon",
        "Mo.–Fr. 07:00–19:00, abwesend 21. Dez. bis 3. Jan. 2027",
        "keine eingetragen",
        "Roland, in der Ortsmitte Beckum, höchstens 20 Min. Weg",
        "Anruf 08:00–21:00, auch kurzfristig",
        "höchstens 2 am Tag, ein Ausschluss",
    ]


def test_for_somebody_new_what_nobody_can_do_without_is_open(browser: Browser) -> None:
    page = browser(Role.COORDINATOR).get("/mediators/new").text
    assert opened(page) == {"person", "work", "times"}
    assert page.count('name="availability-') == 3
    assert 'name="absences-' not in page


@pytest.mark.parametrize(
    ("changes", "part"),
    [({"home_lat": "nah"}, "home"), ({"text_from": "26:00"}, "asking"), ({"max_minutes_per_day": "viel"}, "limits")],
)
def test_the_part_in_which_something_is_wrong_is_open(
    town: World, browser: Browser, changes: dict[str, str], part: str
) -> None:
    amira = town.mediator("Amira", "kmr")
    answer = send(browser(Role.COORDINATOR), f"/mediators/{amira}", mediator_form(**changes))
    assert (answer.status_code, opened(answer.text)) == (422, {part})
    assert said(answer.text) == [], "what is typed is not what is saved"


def test_a_row_more_opens_its_part_and_is_one_row(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    form = {name: value for name, value in mediator_form().items() if not name.startswith("absences")}
    answer = send(browser(Role.COORDINATOR), f"/mediators/{amira}", form | {"more": "absences"})
    assert opened(answer.text) == {"times"}
    assert re.findall(r'name="(absences-\d+)-first"', answer.text) == ["absences-0"]


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([], ""),
        ([(2, 480, 720)], "Mi. 08:00–12:00"),
        ([(2, 840, 1440), (2, 480, 720)], "Mi. 08:00–12:00, 14:00–24:00"),
        ([(0, 480, 720), (1, 480, 720), (4, 480, 720)], "Mo.–Di. 08:00–12:00; Fr. 08:00–12:00"),
        ([(day, 0, 1440) for day in range(7)], "Mo.–So. 00:00–24:00"),
    ],
)
def test_days_that_are_alike_stand_together(town: World, times: list[tuple[int, int, int]], words: str) -> None:
    rows = [Availability(weekday=day, starts_minute=starts, ends_minute=ends) for day, starts, ends in times]
    with town.app.test_request_context("/?lang=de"):
        found = week(rows)
    assert found.replace("\N{NO-BREAK SPACE}", " ").replace("\N{WORD JOINER}", "") == words
