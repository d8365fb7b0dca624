"""Many at once, as real processes: one appointment has one winner, one person is in one place."""

import multiprocessing
from collections import Counter
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.models import (
    Appointment,
    AppointmentStatus,
    Assignment,
    AssignmentState,
    LinkKind,
    Mediator,
    Offer,
    OfferStatus,
)
from tests.web.forms import token_in
from tests.world import World

PEOPLE = 64
ROUNDS = 20
PATIENCE = 120


@pytest.mark.processes
def test_of_64_who_say_yes_at_once_one_wins_in_each_of_20_rounds(world: World) -> None:
    people = [world.mediator(f"Person{number}", "kmr") for number in range(PEOPLE)]
    appointments = [
        world.appointment("kmr", world.now + timedelta(days=1 + round_, hours=4)) for round_ in range(ROUNDS)
    ]
    links = _ask_everybody(world, appointments, people)
    answers = _race(world, [[links[appointment][person] for appointment in appointments] for person in people])

    for round_, appointment in enumerate(appointments):
        seen = Counter(answers[person][round_] for person in range(PEOPLE))
        assert seen == {"yes": 1, "taken": PEOPLE - 1}
        assert len(world.coming(appointment)) == 1
        assert world.status(appointment) == "filled"


@pytest.mark.processes
def test_one_person_who_says_yes_to_16_overlapping_appointments_at_once_gets_one(
    world: World, database_url: str
) -> None:
    amira = world.mediator("Amira", "kmr")
    starts = world.now + timedelta(days=2, hours=3)
    appointments = [world.appointment("kmr", starts + timedelta(minutes=3 * number)) for number in range(16)]
    links = _ask_everybody(world, appointments, [amira])
    answers = _race(world, [[links[appointment][amira]] for appointment in appointments])

    assert Counter(answer for [answer] in answers) == {"yes": 1, "busy": 15}
    with world.change() as session:
        held = session.scalars(select(Assignment).where(Assignment.state == AssignmentState.ACTIVE)).all()
        assert len(held) == 1


def _ask_everybody(world: World, appointments: list[int], people: list[int]) -> dict[int, dict[int, str]]:
    """Put a question to everybody about everything; gives appointment -> person -> path of the link."""
    paths: dict[int, dict[int, str]] = {appointment: {} for appointment in appointments}
    with world.change() as session:
        mediators = session.scalars(select(Mediator).where(Mediator.id.in_(people))).all()
        for held in session.scalars(select(Appointment).where(Appointment.id.in_(appointments))).all():
            held.status = AppointmentStatus.OFFERING
            for mediator in mediators:
                offer = Offer(
                    appointment_id=held.id,
                    mediator_id=mediator.id,
                    round=1,
                    language="kmr",
                    status=OfferStatus.SENT,
                    created_at=world.now,
                    sent_at=world.now,
                    due_at=held.starts_at,
                )
                session.add(offer)
                session.flush()
                link = world.links.issue(session, world.now, LinkKind.OFFER, mediator, offer)
                paths[held.id][mediator.id] = world.links.url(link).removeprefix(world.links.public_url)
    return paths


def _race(world: World, paths: list[list[str]]) -> list[list[str]]:
    """Each list of links is answered with yes by a process of its own, round by round; all start together."""
    # the processes inherit an application whose templates are warm, but no connection
    world.app.test_client().get(paths[0][0])
    with world.app.app_context():
        db.session.remove()
        db.engine.dispose()
    context = multiprocessing.get_context("fork")
    barrier, results = context.Barrier(len(paths)), context.Queue()
    processes = [
        context.Process(target=_say_yes, args=(world.app, number, mine, barrier, results))
        for number, mine in enumerate(paths)
    ]
    for process in processes:
        process.start()
    found = dict(results.get(timeout=PATIENCE) for _ in processes)
    for process in processes:
        process.join(PATIENCE)
        assert process.exitcode == 0
    return [found[number] for number in range(len(paths))]


def _say_yes(app: Flask, number: int, paths: list[str], barrier: Barrier, results: Any) -> None:
    phone = app.test_client()
    tokens = [token_in(phone.get(path).text) for path in paths]
    answers = []
    for path, token in zip(paths, tokens, strict=True):
        barrier.wait(PATIENCE)
        answer = phone.post(path, data={"answer": "accept", "csrf_token": token})
        answers.append(_word(answer.status_code, answer.text))
    results.put((number, answers))


def _word(status: int, text: str) -> str:
    if status < 400:
        return "yes"
    return "taken" if "schon besetzt" in text else "busy" if status == 409 else f"{status}"
