"""Idempotency-Key: sent again, the first answer comes again, and nothing happens twice."""

import multiprocessing
import threading
from collections import Counter
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.extensions import db
from app.factory import create_app
from app.models import Role
from tests.api.client import PLACE, ROOT, Caller, assert_problem, caller
from tests.conftest import config_for
from tests.world import World

WANTED = {"language": "kmr", "starts_at": "2026-11-24T10:00:00+01:00", "site": PLACE}
PEOPLE = 6
PATIENCE = 60


def _keyed(who: Caller, path: str, body: Any, key: str = "k-1") -> Any:
    return who.post(path, body, headers={"Idempotency-Key": key})


def test_a_repeated_request_gets_the_first_answer_and_makes_nothing_new(coordinator: Caller) -> None:
    first = _keyed(coordinator, "/appointments", WANTED)
    coordinator.patch(f"/appointments/{first.json['id']}", {"note": "später geändert"})
    again = _keyed(coordinator, "/appointments", dict(reversed(WANTED.items())))

    assert (again.status_code, again.json) == (201, first.json)
    assert coordinator.item("/appointments")["total"] == 1


def test_the_same_key_with_another_body_is_refused(coordinator: Caller) -> None:
    assert _keyed(coordinator, "/appointments", WANTED).status_code == 201
    assert_problem(_keyed(coordinator, "/appointments", WANTED | {"note": "x"}), 422, "Idempotency-Key")
    assert coordinator.item("/appointments")["total"] == 1


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_that_is_none_is_refused(coordinator: Caller, key: str) -> None:
    assert_problem(_keyed(coordinator, "/appointments", WANTED, key), 422, "Idempotency-Key")


def test_a_failed_request_keeps_no_answer(coordinator: Caller) -> None:
    body = WANTED | {"organisation": "Martinschule"}
    assert_problem(_keyed(coordinator, "/appointments", body), 422, "organisation")
    coordinator.made("/organisations", {"name": "Martinschule"})
    assert _keyed(coordinator, "/appointments", body).status_code == 201


def test_a_key_belongs_to_one_token_and_one_address(town: World, coordinator: Caller) -> None:
    other = caller(town, Role.STAFF)
    first, second = (_keyed(who, "/appointments", WANTED).json["id"] for who in (coordinator, other))
    assert first != second
    assert _keyed(coordinator, "/organisations", {"name": "Martinschule"}).status_code == 201


def test_every_kind_of_post_takes_a_key(town: World, coordinator: Caller) -> None:
    amira = town.mediator("Amira", "kmr")
    appointment = town.appointment("kmr")
    asked = [_keyed(coordinator, f"/appointments/{appointment}/offers", {"mediator": amira}) for _ in range(2)]
    assert asked[0].status_code == asked[1].status_code == 201
    assert asked[0].json == asked[1].json
    answers = [_keyed(coordinator, f"/offers/{asked[0].json['id']}/answer", {"answer": "accept"}) for _ in range(2)]
    assert answers[0].json == answers[1].json
    plans = [_keyed(coordinator, "/plan", None) for _ in range(2)]
    assert [one.status_code for one in plans] == [202, 202]
    assert plans[0].json == plans[1].json


def test_threads_with_one_key_at_once_make_one_appointment(world: World) -> None:
    who = caller(world)
    barrier, answers = threading.Barrier(PEOPLE), []

    def post() -> None:
        mine = Caller(world.app.test_client(), who.token)
        barrier.wait(PATIENCE)
        answers.append(_keyed(mine, "/appointments", WANTED))

    threads = [threading.Thread(target=post) for _ in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)

    assert [answer.status_code for answer in answers] == [201] * PEOPLE
    assert len({answer.json["id"] for answer in answers}) == 1
    assert who.item("/appointments")["total"] == 1


@pytest.mark.processes
def test_processes_with_one_key_at_once_make_one_mediator(world: World, database_url: str) -> None:
    who = caller(world)
    with world.app.app_context():
        db.engine.dispose()
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(PEOPLE), context.Queue()
    processes = [
        context.Process(target=_post_mediator, args=(database_url, who.token, barrier, results)) for _ in range(PEOPLE)
    ]
    for process in processes:
        process.start()
    seen = [results.get(timeout=PATIENCE) for _ in processes]
    for process in processes:
        process.join(PATIENCE)

    assert Counter(status for status, _ in seen) == {201: PEOPLE}
    assert len({made for _, made in seen}) == 1
    assert who.item("/mediators")["total"] == 1


def _post_mediator(database_url: str, token: str, barrier: Barrier, results: Any) -> None:
    client: FlaskClient = create_app(config_for(database_url)).test_client()
    barrier.wait(PATIENCE)
    answer = client.post(
        f"{ROOT}/mediators",
        json={"name": "Amira", "phone": "+4917139200001", "skills": [{"language": "kmr", "level": "C1"}]},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "one"},
    )
    results.put((answer.status_code, answer.json["id"] if answer.json else None))
