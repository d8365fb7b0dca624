"""Neu planen: wished for on the board, watched, ended, and told in one sentence."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.models import PlanPhase, PlanRun, PlanRunStatus, Role
from app.worker import jobs, planning
from tests.web.forms import send, token_in
from tests.world import World

Browser = Callable[..., FlaskClient]


@pytest.fixture
def coordinator(browser: Browser) -> FlaskClient:
    return browser(Role.COORDINATOR)


def wished(client: FlaskClient) -> int:
    """Press the button; gives the plan's id."""
    answer = send(client, "/board", {}, "/board/plan")
    assert answer.status_code == 303
    return int(answer.location.rpartition("=")[2])


def set_to(town: World, run: int, **values: Any) -> None:
    with town.change() as session:
        found = session.get_one(PlanRun, run)
        for name, value in values.items():
            setattr(found, name, value)


def under_way(town: World, run: int, **values: Any) -> None:
    """Let a worker that is alive be at it."""
    jobs.beat(town.worker)
    lease = {"lease_until": town.now + timedelta(minutes=5), "claimed_by": "test", "started_at": town.now}
    set_to(town, run, **{"status": PlanRunStatus.RUNNING} | lease | values)


def shown(client: FlaskClient, run: int) -> str:
    return client.get(f"/board/plan/{run}").text.replace("\xa0", " ")


def test_a_plan_is_wished_for_and_what_came_of_it_is_told(town: World, coordinator: FlaskClient) -> None:
    town.mediator("Amira", "kmr")
    appointment, lacking = town.appointment("kmr"), town.appointment("tir")
    town.left_to_plan(appointment, lacking)
    run = wished(coordinator)
    page = coordinator.get(f"/board?plan={run}").text
    assert "Ein neuer Plan ist vorgemerkt." in page
    assert f'<noscript><p><a class="pool-tap" href="/board?plan={run}">' in page
    planning.plan(town.worker)
    assert (town.asked(appointment), town.status(lacking)) == ({"Amira"}, "unfilled")
    said = shown(coordinator, run)
    assert "Für 1 Termin wird jetzt jemand gefragt. Für 1 Termin sind nicht genug Leute da." in said
    assert "Mehr geht mit den Leuten nicht." in said
    assert "hx-get" not in said, "it is over"


def test_a_plan_that_changes_nothing_says_so(town: World, coordinator: FlaskClient) -> None:
    town.mediator("Amira", "kmr")
    town.appointment("kmr")
    town.work()
    town.work(minutes=2)
    run = wished(coordinator)
    town.work(minutes=1)
    assert "Es bleibt alles, wie es war. Mehr geht mit den Leuten nicht." in shown(coordinator, run)


def test_twice_wished_is_one_plan(town: World, coordinator: FlaskClient) -> None:
    town.appointment("kmr")
    assert wished(coordinator) == wished(coordinator)
    with town.change() as session:
        assert len(session.scalars(select(PlanRun)).all()) == 1


def test_while_it_searches_the_page_says_how_far_it_is(town: World, coordinator: FlaskClient) -> None:
    town.appointment("kmr")
    run = wished(coordinator)
    under_way(town, run)
    assert "Termine und freie Zeiten werden gelesen." in shown(coordinator, run)
    set_to(town, run, phase=PlanPhase.SEARCHING)
    assert "Die Suche hat gerade begonnen." in shown(coordinator, run)
    assert "Suche beenden" not in shown(coordinator, run), "there is nothing to take yet"
    town.now += timedelta(seconds=4)
    jobs.beat(town.worker)
    set_to(town, run, coverage=38.9, coverage_bound=40.0)
    said = shown(coordinator, run)
    assert "Seit 4 Sekunden. Bis jetzt besetzt er 97 % dessen, was mit den Leuten höchstens möglich ist." in said
    assert '<progress class="pool-plan__bar" max="100" value="97"' in said
    set_to(town, run, phase=PlanPhase.WRITING)
    assert "Er wird eingetragen" in shown(coordinator, run)


def test_what_the_page_says_already_is_not_sent_again(town: World, coordinator: FlaskClient) -> None:
    run = wished(coordinator)
    found = re.search(r'hx-get="([^"]+)"', shown(coordinator, run))
    assert found
    assert coordinator.get(found[1]).status_code == 204
    under_way(town, run)
    assert coordinator.get(found[1]).status_code == 200


def test_the_search_is_ended_from_the_page(town: World, coordinator: FlaskClient) -> None:
    run = wished(coordinator)
    under_way(town, run, phase=PlanPhase.SEARCHING, coverage=1.0, coverage_bound=2.0)
    page = coordinator.get(f"/board?plan={run}").text
    assert "Suche beenden, das Beste bis jetzt nehmen" in page
    for _ in range(2):
        answer = coordinator.post(f"/board/plan/{run}/stop", data={"csrf_token": token_in(page)})
        assert answer.status_code == 303
    assert "Die Suche endet gleich." in shown(coordinator, run)
    set_to(town, run, status=PlanRunStatus.DONE, result={"ended": True, "coverage": 1.0, "coverage_bound": 2.0})
    assert "Sie haben die Suche beendet" in shown(coordinator, run)
    coordinator.get("/board")
    coordinator.post(f"/board/plan/{run}/stop", data={"csrf_token": token_in(page)})
    assert "Die Suche endet gleich." not in coordinator.get(f"/board?plan={run}").text, "it has ended"
    with town.change() as session:
        assert session.get_one(PlanRun, run).status is PlanRunStatus.DONE


@pytest.mark.parametrize("gone", ["lease", "worker"])
def test_a_plan_whose_worker_is_gone_is_told_so_and_is_taken_over(
    town: World, coordinator: FlaskClient, gone: str
) -> None:
    run = wished(coordinator)
    under_way(town, run, **({"lease_until": town.now - timedelta(seconds=1)} if gone == "lease" else {}))
    if gone == "worker":
        town.now += timedelta(seconds=13)
    assert "Der Plan ist stehen geblieben." in shown(coordinator, run)
    planning.wish_for_plans(town.worker)
    assert "Der Plan wurde unterbrochen." in shown(coordinator, run)
    planning.plan(town.worker)
    assert "Der Plan ist fertig." in shown(coordinator, run)


def test_a_plan_that_failed_is_told_so(town: World, coordinator: FlaskClient) -> None:
    run = wished(coordinator)
    under_way(town, run, status=PlanRunStatus.FAILED)
    assert "Der Plan ist nicht gelungen." in shown(coordinator, run)


def test_no_plan_of_another_pool_and_none_that_is_not_there_is_shown_or_ended(
    town: World, coordinator: FlaskClient, browser: Browser
) -> None:
    run = wished(coordinator)
    page = coordinator.get("/board").text
    World.build(town.app, town.now, key="hagen")
    stranger = browser(Role.COORDINATOR, "hagen")
    assert stranger.get(f"/board/plan/{run}").status_code == 404
    assert "Ein neuer Plan" not in stranger.get(f"/board?plan={run}").text
    token = {"csrf_token": token_in(stranger.get("/board").text)}
    assert stranger.post(f"/board/plan/{run}/stop", data=token).status_code == 404
    assert coordinator.post("/board/plan/999/stop", data={"csrf_token": token_in(page)}).status_code == 404
    assert coordinator.get("/board?plan=999").status_code == 200
