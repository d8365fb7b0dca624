"""Many at once, as real processes: one appointment has one winner, one person is in one place."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from typing import Literal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import services
from app.models import Assignment, AssignmentState, InboundMessage
from app.transaction import reading
from tests.soak.conftest import Figures
from tests.soak.phones import signed
from tests.soak.processes import side_by_side
from tests.soak.scale import scaled
from tests.soak.service import TOKEN
from tests.soak.town import number_of, people, questions
from tests.web.forms import token_in
from tests.world import World

PEOPLE = 64
ROUNDS = scaled(6, 200)
INBOUND = "/webhooks/twilio/inbound"

Way = Literal["link", "sms", "coordinator"]
WAYS: tuple[Way, ...] = ("link", "sms", "coordinator")


@dataclass(frozen=True)
class Answers:
    """What one process does: which way it answers, who it is, a coordinator's token, number and path of each offer."""

    way: Way
    person: int
    token: str
    offers: list[tuple[int, str]]


@pytest.fixture
def town(world: World) -> World:
    """A town whose provider signs."""
    services.of(world.app).config = replace(services.of(world.app).config, twilio_auth_token=TOKEN)
    return world


@pytest.mark.soak
@pytest.mark.processes
def test_of_64_who_say_yes_at_once_by_link_sms_or_telephone_one_wins_each_round(town: World, figures: Figures) -> None:
    asked = people(town, PEOPLE)
    rounds = [_ask(town, asked, number) for number in range(ROUNDS)]
    tokens = _tokens(town, PEOPLE)
    answers = [
        Answers(WAYS[index % 3], index, tokens[index], [offers[index] for offers, _ in rounds])
        for index in range(PEOPLE)
    ]
    # templates are compiled once, before the fork
    town.app.test_client().get(answers[0].offers[0][1])
    seen = side_by_side(town.app, _say_yes, answers)

    winners = Counter(
        answers[who].way for number in range(ROUNDS) for who in range(PEOPLE) if seen[who][number] == "yes"
    )
    figures("rounds", ROUNDS)
    for way in WAYS:
        figures(f"won by {way}", winners[way])
    for number, (_, appointment) in enumerate(rounds):
        assert Counter(seen[who][number] for who in range(PEOPLE)) == {"yes": 1, "taken": PEOPLE - 1}
        assert len(town.coming(appointment)) == 1
        assert town.status(appointment) == "filled"
    losers = [
        (index, number) for index in range(1, PEOPLE, 3) for number in range(ROUNDS) if seen[index][number] != "yes"
    ]
    assert len(town.messages(kind="already_taken")) == len(losers)


@pytest.mark.soak
@pytest.mark.processes
def test_one_person_who_says_yes_to_16_overlapping_appointments_at_once_gets_one(town: World) -> None:
    amira = people(town, 1)
    starts = town.now + timedelta(days=2, hours=3)
    offers = []
    with town.change() as session:
        for number in range(16):
            [one], _ = questions(session, town, amira, starts + timedelta(minutes=3 * number))
            offers.append(one)
    answers = side_by_side(town.app, _say_yes, [Answers("link", 0, "", [one]) for one in offers])

    assert Counter(answer for [answer] in answers) == {"yes": 1, "busy": 15}
    with town.change() as session:
        held = session.scalars(select(Assignment).where(Assignment.state == AssignmentState.ACTIVE)).all()
        assert len(held) == 1


def _ask(world: World, asked: list[int], number: int) -> tuple[list[tuple[int, str]], int]:
    with world.change() as session:
        return questions(session, world, asked, world.now + timedelta(days=1 + number, hours=4))


def _tokens(world: World, count: int) -> list[str]:
    """A coordinator's token for each, because a token has an allowance of requests."""
    return [world.token() for _ in range(count)]


def _say_yes(app: Flask, mine: Answers, barrier: Barrier) -> list[str]:
    """Answer one question after the other, each at the same moment as everybody else."""
    client = app.test_client()
    forms = [token_in(client.get(path).text) for _, path in mine.offers] if mine.way == "link" else []
    said = []
    for number, (offer, path) in enumerate(mine.offers):
        barrier.wait()
        if mine.way == "link":
            said.append(_by_link(client, path, forms[number]))
        elif mine.way == "sms":
            said.append(_by_sms(app, client, mine.person, offer))
        else:
            said.append(_by_telephone(client, mine.token, offer))
    return said


def _by_link(client: FlaskClient, path: str, form_token: str) -> str:
    answer = client.post(path, data={"answer": "accept", "csrf_token": form_token})
    if answer.status_code < 400:
        return "yes"
    return "taken" if "schon besetzt" in answer.text else "busy" if answer.status_code == 409 else answer.status


def _by_sms(app: Flask, client: FlaskClient, person: int, offer: int) -> str:
    form = {"MessageSid": f"SM{offer:032x}", "From": number_of(person), "Body": f"JA {offer}"}
    headers = {"X-Twilio-Signature": signed(f"http://localhost{INBOUND}", form)}
    answer = client.post(INBOUND, data=form, headers=headers)
    if answer.status_code != 200:
        return answer.status
    with app.app_context():
        outcome = _outcome(form["MessageSid"])
    return {"accepted": "yes", "already_taken": "taken"}.get(outcome, outcome)


def _outcome(sid: str) -> str:
    return reading(None).execute(select(InboundMessage.outcome).where(InboundMessage.provider_id == sid)).scalar_one()


def _by_telephone(client: FlaskClient, token: str, offer: int) -> str:
    headers = {"Authorization": f"Bearer {token}"}
    answer = client.post(f"/api/v1/offers/{offer}/answer", json={"answer": "accept"}, headers=headers)
    if answer.status_code == 200:
        return "yes"
    said = answer.get_json() or {}
    return "taken" if answer.status_code == 409 and "besetzt" in f"{said}" else f"{answer.status} {said}"
