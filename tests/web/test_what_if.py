"""What coordinators can ask of the coming weeks, what they see meanwhile, and what they read then."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.models import RUN_LEASE, Mediator, MediatorStatus, Role, WhatIfRun
from app.worker import jobs
from app.worker.tools import GoesOn
from app.worker.what_if import answer_what_ifs
from scheduler.forecast.changes import Changes, Comparison
from scheduler.forecast.history import History
from scheduler.forecast.what_if import what_if
from scheduler.model.problem import Problem
from tests.web.conftest import Browser
from tests.web.forms import send
from tests.world import World

PATH = "/recruiting/what-if"
NEW_PEOPLE = {
    "joining-0-people": "3", "joining-0-language": "kmr", "joining-0-hours": "8-18", "joining-0-days": ["0", "1", "3"],
}  # fmt: skip


def quickly(problem: Problem, history: History, changes: Changes, goes_on: GoesOn) -> Comparison:
    goes_on(0.25)
    return what_if(problem, history, changes, periods=40)


def answer(world: World, imagine: Callable[..., Comparison] = quickly) -> int:
    return answer_what_ifs(replace(world.worker, imagine=imagine))


def ask(client: FlaskClient, typed: dict[str, object] | None = None) -> str:
    """Give where the answer will be."""
    sent = send(client, PATH, typed or NEW_PEOPLE)
    assert sent.status_code == 303, re.findall(r"<li>(.*?)</li>", sent.text)
    return sent.location


def test_what_new_people_would_change_is_a_sentence_and_a_table(town: World, browser: Browser) -> None:
    town.appointment("kmr", town.now + timedelta(days=3, hours=3))
    client = browser(Role.COORDINATOR)
    where = ask(client)
    assert "meldet sich gerade nicht" in client.get(where).text, "no worker runs"
    jobs.beat(town.worker)
    waiting = client.get(where).text
    assert "3 neue Personen: Kurmandschi" in waiting
    assert "Wartet, bis der Rechner frei ist" in waiting
    assert f'hx-get="{where}/state"' in waiting
    assert answer(town) == 1
    page = client.get(f"{where}/state").text
    found = re.search(
        r"In den vier Wochen ab 23.\s?Nov. bleiben etwa ([\d,]+) statt 1,0 Anfragen unbesetzt: ([\d,]+) weniger", page
    )
    assert found is not None, page
    after, fewer = (float(one.replace(",", ".")) for one in found.groups())
    assert after + fewer == pytest.approx(1.0)
    assert f"−{found[2]}" in page
    assert "hx-get" not in page, "nothing changes any more"
    assert f"{found[2]} unbesetzt weniger" in client.get(PATH).text


def test_somebody_who_is_missed_is_asked_about_by_a_link(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    town.appointment("kmr", town.now + timedelta(days=3, hours=3))
    client = browser(Role.COORDINATOR)
    page = client.get(f"{PATH}?away={amira}").text
    assert f'<option selected value="{amira}">Amira</option>' in page
    first, last = re.findall(r'id="away-0-(?:first|last)"[^>]*value="([\d-]+)"', page)
    where = ask(client, {"away-0-mediator": amira, "away-0-first": first, "away-0-last": last})
    answer(town)
    page = client.get(where).text
    assert "Amira fehlt vom" in page
    assert re.search(r"bleiben etwa 1,0 statt 0,\d Anfragen unbesetzt: 0,\d mehr", page)
    with town.change() as session:
        session.get_one(Mediator, amira).status = MediatorStatus.PAUSED
    listed = client.get(PATH).text
    assert "Amira fehlt vom" in listed
    assert ">Amira</option>" not in listed
    with town.change() as session:
        session.get_one(Mediator, amira).status = MediatorStatus.ACTIVE
    again = client.get(f"{PATH}?from={where.rpartition('/')[2]}").text
    assert f'<option selected value="{amira}">Amira</option>' in again


def test_who_looks_on_sees_how_far_it_is_and_can_stop_it(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    where = ask(client)
    seen = []

    def looked_at(problem: Problem, history: History, changes: Changes, goes_on: GoesOn) -> Comparison:
        goes_on(0.25)
        seen.append(client.get(f"{where}/state").text)
        assert send(client, where, {}, f"{where}/cancel").status_code == 303
        seen.append(client.get(f"{where}/state").text)
        return quickly(problem, history, changes, goes_on)

    answer(town, looked_at)
    assert 'value="25"' in seen[0]
    assert "werden durchgespielt" in seen[0]
    assert "Wird abgebrochen" in seen[1]
    assert "Abgebrochen." in client.get(where).text


def test_a_worker_that_falls_silent_is_said(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    where = ask(client)
    with town.change() as session:
        run = session.scalars(select(WhatIfRun)).one()
        run.started_at = run.seen_at = town.now
    assert "werden durchgespielt" in client.get(where).text
    town.now += RUN_LEASE
    assert "meldet sich gerade nicht" in client.get(where).text


def test_what_could_not_be_calculated_is_said(town: World, browser: Browser) -> None:
    client = browser(Role.COORDINATOR)
    where = ask(client)

    def fails(*_: object) -> Comparison:
        raise MemoryError

    answer(town, fails)
    assert "Das ließ sich nicht berechnen." in client.get(where).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({}, "mindestens eine Zeile"),
        ({"joining-0-people": "3"}, "Bitte ergänzen Sie"),
        ({**NEW_PEOPLE, "joining-0-people": "drei"}, "Bitte ergänzen Sie"),
        ({**NEW_PEOPLE, "joining-0-people": "--5"}, "Bitte ergänzen Sie"),
        ({**NEW_PEOPLE, "joining-0-people": "5000"}, "von 1 bis 50"),
        ({"more-0-requests": "20", "more-0-language": "kmr"}, "wurde nichts angefragt"),
        ({"away-0-mediator": "99", "away-0-first": "1.12.2026", "away-0-last": "2.12.2026"}, "Bitte ergänzen Sie"),
    ],
)
def test_what_cannot_be_asked_is_said_and_nothing_typed_is_lost(
    town: World, browser: Browser, typed: dict[str, str], said: str
) -> None:
    refused = send(browser(Role.COORDINATOR), PATH, typed)
    assert refused.status_code == 422
    assert said in refused.text
    for name, value in typed.items():
        if name.endswith(("people", "requests", "first")):
            assert re.search(rf'name="{name}"[^>]*value="{value}"', refused.text)


def test_days_beyond_the_weeks_that_are_played_are_said_at_their_field(town: World, browser: Browser) -> None:
    amira = town.mediator("Amira", "kmr")
    beyond = {"away-1-mediator": str(amira), "away-1-first": "1.5.2027", "away-1-last": "9.5.2027"}
    typed = {"away-0-mediator": "", **beyond}
    page = send(browser(Role.COORDINATOR), PATH, typed).text
    [said] = re.findall(r'id="away-1-first-error">(.*?)</div>', page, re.DOTALL)
    assert "Durchgespielt werden die Tage vom 23.11.2026 bis 20.12.2026." in said


def test_no_more_is_asked_than_the_form_has_rows_for(town: World, browser: Browser) -> None:
    row = NEW_PEOPLE | {"joining-0-days": ["3", "0", "3"]}
    many: dict[str, object] = {
        key.replace("-0-", f"-{number}-"): value for number in range(9) for key, value in row.items()
    }
    where = ask(browser(Role.COORDINATOR), many)
    with town.change() as session:
        changes = Changes.from_json(session.get_one(WhatIfRun, int(where.rpartition("/")[2])).changes)
    assert [one.people for one in changes.joining] == [3, 3]
    assert changes.joining[0].days == (0, 3)


def test_another_pools_questions_are_not_there(town: World, browser: Browser) -> None:
    where = ask(browser(Role.COORDINATOR))
    World.build(town.app, town.now, "hagen")
    other = browser(Role.COORDINATOR, "hagen")
    for path in (where, f"{where}/state"):
        assert other.get(path).status_code == 404
    assert send(other, PATH, {}, f"{where}/cancel").status_code == 404
    assert "3 neue Personen" not in other.get(PATH).text


def test_staff_have_no_part_in_it(browser: Browser) -> None:
    assert browser(Role.STAFF).get(PATH).status_code == 403
