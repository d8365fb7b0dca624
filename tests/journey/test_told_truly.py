"""Whoever is told of a change is told what concerns them, by what they know of it, and nothing that is not so."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.errors import ChangedMeanwhile
from app.journey import requesting
from app.journey.history import SERVICE
from app.journey.request import RequestChanges
from app.journey.wanted import version_of
from app.models import Alert, Appointment, Mediator, MediatorStatus
from app.registry import mediators
from app.registry.mediator_data import data_of
from tests.world import World

STAFF = "sozialamt@beckum.example"


def at(world: World, hour: int) -> datetime:
    """The day after tomorrow at this hour, Berlin."""
    return world.now.replace(hour=hour - 1, minute=0, second=0) + timedelta(days=2)


def agreed(world: World, mediator: int, hour: int = 10) -> int:
    """An appointment to which somebody is coming, who has been told."""
    appointment = world.appointment("kmr", at(world, hour))
    world.ask(appointment, mediator)
    world.accept(appointment, mediator)
    world.work(seconds=11)
    return appointment


def mails_to_staff(world: World) -> list[str]:
    """What the requester was written, oldest first."""
    return [mail.text for mail in world.ways.mail.sent if mail.to == STAFF]


def test_who_cannot_come_to_the_new_time_is_told_of_the_old_one(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = agreed(world, amira, 10)
    agreed(world, amira, 15)
    world.edit(appointment, starts_at=at(world, 15))
    world.work(seconds=5)
    told = world.texts_to("Amira")[-1]
    assert told.startswith("Abgesagt")
    assert "10:00" in told
    assert "15:00" not in told
    changed = next(text for text in mails_to_staff(world)[::-1] if "die Änderung" in text)
    assert "Wer zugesagt hatte, kann so leider nicht kommen" in changed
    assert "ist informiert" not in changed


def test_who_still_comes_is_named_and_nobody_is_said_to_be_missing(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = agreed(world, amira)
    world.edit(appointment, starts_at=at(world, 11))
    world.work(seconds=5)
    assert "Amira ist informiert" in mails_to_staff(world)[-1]
    assert "Wer zugesagt hatte" not in mails_to_staff(world)[-1]


@pytest.mark.parametrize("email", ["", "amira@mail.example"])
def test_who_is_taken_out_by_the_pool_is_told_by_sms(world: World, email: str) -> None:
    amira = world.mediator("Amira", "kmr", email=email)
    appointment = agreed(world, amira)
    with world.change() as session:
        left = replace(data_of(session.get_one(Mediator, amira)), status=MediatorStatus.LEFT.value)
        mediators.update(session, world.now, world.links, amira, left, SERVICE)
    world.work(seconds=5)
    assert world.texts_to("Amira")[-1].startswith("Abgesagt")
    assert world.coming(appointment) == set()


def test_who_hands_back_is_thanked_and_not_called_off(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = agreed(world, amira)
    world.hand_back(appointment, amira)
    world.work(seconds=5)
    mail = [one for one in world.ways.mail.sent if one.to == "amira@mail.example"][-1]
    assert mail.subject.startswith("Zurückgegeben")
    assert "abgesagt" not in mail.text
    assert mail.calendar_method == "CANCEL"
    assert not any(text.startswith("Abgesagt") for text in world.texts_to("Amira"))


@pytest.mark.parametrize(
    ("changes", "texts", "mails"),
    [({"reference": "AZ 17"}, 0, 0), ({"note": "Zimmer 12"}, 0, 1), ({"duration_minutes": 90}, 1, 1)],
)
def test_nobody_is_texted_about_the_small_print(world: World, changes: RequestChanges, texts: int, mails: int) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = agreed(world, amira)
    texts_before, mails_before = len(world.texts_to("Amira")), len(world.ways.mail.sent)
    world.edit(appointment, **changes)
    world.work(seconds=5)
    assert len(world.texts_to("Amira")) - texts_before == texts
    to_her = [mail for mail in world.ways.mail.sent[mails_before:] if mail.to == "amira@mail.example"]
    assert len(to_her) == mails


def test_a_change_of_what_somebody_else_has_changed_meanwhile_is_refused(world: World) -> None:
    appointment = world.appointment("kmr")
    with world.change() as session:
        seen = version_of(session.get_one(Appointment, appointment))
    world.edit(appointment, starts_at=at(world, 15))
    note: RequestChanges = {"note": "Zimmer 12"}
    with pytest.raises(ChangedMeanwhile), world.change() as session:
        requesting.change(session, world.now, world.links, appointment, note, SERVICE, seen=seen)
    with world.change() as session:
        found = session.get_one(Appointment, appointment)
        assert found.note == ""
        current = version_of(found)
        requesting.change(session, world.now, world.links, appointment, note, SERVICE, seen=current)
        assert found.note == "Zimmer 12"


@pytest.mark.parametrize("email", ["", "amira@mail.example"])
def test_after_stop_nothing_more_is_texted_and_what_matters_goes_another_way(world: World, email: str) -> None:
    amira = world.mediator("Amira", "kmr", email=email)
    appointment = world.appointment("kmr")
    world.ask(appointment, amira)
    world.work()
    world.accept(appointment, amira)
    world.write("Amira", "STOP")
    world.work(seconds=11)
    world.work(seconds=5)
    asked, *after = world.texts_to("Amira")
    assert "Kommen Sie?" in asked
    assert len(after) == 1, "that it is the last"
    with world.change() as session:
        raised = [one.kind for one in session.scalars(select(Alert))]
    assert ("not_reached" in raised) == (email == "")
    assert any(mail.to == email for mail in world.ways.mail.sent) == (email != "")
