"""The day before: does it stay as agreed? And afterwards: did it take place?"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.errors import Invalid, NoLongerOpen
from app.journey import answering, reporting
from app.journey.history import SERVICE
from app.journey.reporting import Report
from app.models import Alert, Assignment, Reporter
from tests.world import World


@pytest.fixture
def agreed(world: World) -> int:
    """An appointment in three days that Amira has agreed to, in a pool that asks again."""
    world.set_pool(reconfirm=True)
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=3))
    world.work()
    world.write("Amira", "JA 1")
    world.work(seconds=11)
    return appointment


def open_alerts(world: World) -> list[str]:
    with world.change() as session:
        return list(session.scalars(select(Alert.kind).where(Alert.resolved_at.is_(None))))


@pytest.mark.thorough
def test_a_yes_the_day_before_is_thanked_and_nobody_is_alerted(world: World, agreed: int) -> None:
    world.work(days=2)
    question = world.texts_to("Amira")[-1]
    assert "bleibt" in question
    assert "JA 1" in question
    assert world.write("Amira", "ja") == "reconfirmed"
    assert "bleibt" in world.answers_to("Amira")[-1]
    world.work(hours=10)
    assert open_alerts(world) == []
    assert world.coming(agreed) == {"Amira"}


@pytest.mark.thorough
def test_no_answer_tells_the_coordinator_once_and_a_late_yes_settles_it(world: World, agreed: int) -> None:
    world.work(days=2)
    world.work(hours=3, minutes=59)
    assert open_alerts(world) == []
    world.work(minutes=1)
    world.work(hours=1)
    assert open_alerts(world) == ["no_reconfirmation"]
    assert world.coming(agreed) == {"Amira"}, "silence takes nothing away"
    assert len([mail for mail in world.ways.mail.sent if mail.to == "pool@beckum.example"]) == 1
    assert world.write("Amira", "JA 1") == "reconfirmed"
    assert open_alerts(world) == []


@pytest.mark.thorough
def test_a_no_the_day_before_starts_the_search_again(world: World, agreed: int) -> None:
    world.mediator("Berat", "kmr")
    world.work(days=2)
    assert world.write("Amira", "NEIN") == "handed_back"
    world.work()
    assert world.asked(agreed) == {"Berat"}


@pytest.mark.thorough
def test_who_agrees_within_the_last_day_is_not_asked_again(world: World) -> None:
    world.set_pool(reconfirm=True)
    world.mediator("Amira", "kmr")
    world.appointment("kmr", world.now + timedelta(hours=20), mode="phone")
    world.mediator("Berat", "kmr", availability=tuple((day, 0, 1440) for day in range(7)))
    world.work()
    [name] = world.asked(1)
    world.write(name, "JA")
    world.work(hours=10)
    assert open_alerts(world) == []
    with world.change() as session:
        assert session.execute(select(Assignment.reconfirm_asked_at)).scalar_one() is None


@pytest.mark.thorough
def test_a_new_time_asks_anew(world: World, agreed: int) -> None:
    world.work(days=2)
    world.write("Amira", "ja")
    world.edit(agreed, starts_at=world.now + timedelta(days=3))
    world.work(days=2)
    assert "bleibt" in world.texts_to("Amira")[-1]
    world.work(hours=4)
    assert open_alerts(world) == ["no_reconfirmation"]


def test_a_pool_that_does_not_wish_it_reminds_only(world: World) -> None:
    world.mediator("Amira", "kmr")
    world.appointment("kmr", world.now + timedelta(days=3))
    world.work()
    world.write("Amira", "JA 1")
    world.work(days=2)
    assert "Erinnerung" in world.texts_to("Amira")[-1]
    world.work(hours=10)
    assert open_alerts(world) == []


@pytest.mark.thorough
@pytest.mark.parametrize("who", ["mediator", "client"])
def test_what_did_not_take_place_can_be_said_and_corrected(world: World, agreed: int, who: str) -> None:
    with world.change() as session, pytest.raises(NoLongerOpen):
        reporting.report(session, world.now, world.links, agreed, SERVICE, Reporter.COORDINATION, Report(who))
    world.work(days=3, hours=2)
    assert world.status(agreed) == "done"
    for missed, expected in ((who, "missed"), (who, "missed"), (None, "done")):
        with world.change() as session:
            reporting.report(session, world.now, world.links, agreed, SERVICE, Reporter.COORDINATION, Report(missed))
        assert world.status(agreed) == expected
    with world.change() as session, pytest.raises(Invalid):
        reporting.report(session, world.now, world.links, agreed, SERVICE, Reporter.COORDINATION, Report("the weather"))


@pytest.mark.thorough
def test_nobody_hands_back_what_has_begun(world: World, agreed: int) -> None:
    world.now += timedelta(days=3)
    with world.change() as session, pytest.raises(NoLongerOpen):
        answering.hand_back(session, world.now, world.links, 1, SERVICE)
