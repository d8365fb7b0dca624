"""What runs out is told six weeks before: once to each person, once a day to the coordinators."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from app.journey.history import SERVICE
from app.models import Alert, ClearanceNotice, Mediator, MessageStatus
from app.registry import mediators
from app.registry.mediator_data import data_of
from app.worker import jobs
from notifications.alerts import alert_words
from tests.world import World

# the tests begin on 23 November 2026; six weeks later it is 4 January 2027
LAST_TOLD, LATER = date(2027, 1, 4), date(2027, 1, 5)


def member(world: World, name: str, until: date, **values: Any) -> int:
    return world.mediator(name, "kmr", membership_until=until, **values)


def renew(world: World, mediator_id: int, **changes: Any) -> None:
    with world.change() as session:
        data = replace(data_of(session.get_one(Mediator, mediator_id)), **changes)
        mediators.update(session, world.now, world.links, mediator_id, data, SERVICE)


def alerts(world: World) -> list[tuple[str, bool]]:
    """What the coordinators were told, and whether it is still open."""
    with world.change() as session:
        found = session.scalars(select(Alert).where(Alert.kind == "clearances").order_by(Alert.id))
        return [(alert_words(one.kind, one.data).headline, one.resolved_at is None) for one in found]


def test_the_alert_names_who_and_what_in_both_languages() -> None:
    people = [
        {"name": "Amira", "kind": "conduct", "last": "2026-11-03"},
        {"name": "Berat", "kind": "membership", "last": "2026-12-31"},
    ]
    german = alert_words("clearances", {"people": people, "today": "2026-11-23"})
    assert german.headline == "2 Nachweise laufen ab oder sind abgelaufen."
    assert german.advice.startswith(
        "Amira: Führungszeugnis abgelaufen am 3.11.2026; Berat: Mitgliedschaft bis 31.12.2026."
    )
    english = alert_words("clearances", {"people": people * 3, "today": "2026-11-23"}, language="en")
    assert english.headline == "6 clearances run out or have run out."
    assert (
        "Amira: certificate of good conduct ran out on 3 Nov 2026; Berat: membership until 31 Dec 2026"
        in english.advice
    )
    assert "All of them are in the list of mediators." in english.advice


def told(world: World) -> list[tuple[str, str]]:
    """To whom something of it was written, and by which way."""
    found = world.messages(kind="membership_ends")
    return [(one.recipient_name, one.channel.value) for one in found]


def test_six_weeks_before_and_not_a_day_earlier(world: World) -> None:
    member(world, "Amira", LAST_TOLD)
    member(world, "Berat", LATER)
    world.work()
    assert told(world) == [("Amira", "email")]
    assert alerts(world) == [("Ein Nachweis läuft ab oder ist abgelaufen: Amira.", True)]
    world.work(days=1)
    assert told(world) == [("Amira", "email"), ("Berat", "email")]


def test_one_alert_and_one_mail_a_day_however_many_people(world: World) -> None:
    for number in range(7):
        member(world, f"Person {number}", LAST_TOLD, email=f"p{number}@mail.example")
    world.work()
    assert alerts(world) == [("7 Nachweise laufen ab oder sind abgelaufen.", True)]
    assert len(world.messages(kind="alert")) == 1
    assert len(told(world)) == 7
    member(world, "Nachzügler", LAST_TOLD, email="n@mail.example")
    world.work(hours=1)
    assert len(alerts(world)) == 1, "what comes up later waits for the next day"
    world.work(days=1)
    assert len(alerts(world)) == 2
    assert len(told(world)) == 8


def test_it_is_never_said_again_whatever_the_clock_does(world: World) -> None:
    member(world, "Amira", LAST_TOLD)
    world.work()
    for days in (1, 20, -30, -60, 90):
        world.work(days=days)
    assert told(world) == [("Amira", "email")]
    assert len(alerts(world)) == 1


def test_who_has_no_address_gets_an_sms_at_an_hour_for_it(world: World) -> None:
    world.set_pool(text_from_minute=9 * 60, text_until_minute=18 * 60, phone="02521 29-0")
    member(world, "Amira", date(2026, 12, 31), email="")
    world.work()
    assert world.texts_to("Amira") == []
    world.work(hours=2)
    assert world.texts_to("Amira") == [
        (
            "Sprachmittlerpool Beckum: Ihre Mitgliedschaft gilt noch bis 31.12.2026. Bitte erneuern Sie sie. "
            "Fragen: 02521 29-0"
        )
    ]


def test_who_renews_in_time_hears_nothing_more(world: World) -> None:
    world.set_pool(text_from_minute=9 * 60, text_until_minute=18 * 60)
    amira = member(world, "Amira", date(2026, 12, 31), email="")
    world.work()
    renew(world, amira, membership_until=date(2027, 12, 31))
    world.work(hours=3)
    assert world.texts_to("Amira") == []
    assert [one.status for one in world.messages(kind="membership_ends")] == [MessageStatus.DISCARDED]
    assert [is_open for _, is_open in alerts(world)] == [False]
    world.work(days=30)
    assert len(told(world)) == 1, "only when the new one runs out is there anything to say"


def test_who_leaves_before_their_hour_hears_nothing(world: World) -> None:
    world.set_pool(text_from_minute=9 * 60, text_until_minute=18 * 60)
    amira = member(world, "Amira", date(2026, 12, 31), email="")
    world.work()
    renew(world, amira, status="left")
    world.work(hours=3)
    assert world.texts_to("Amira") == []


def test_another_change_takes_nothing_back(world: World) -> None:
    world.set_pool(text_from_minute=9 * 60, text_until_minute=18 * 60)
    amira = member(world, "Amira", date(2026, 12, 31), email="")
    world.work()
    renew(world, amira, training_on=date(2026, 11, 1))
    world.work(hours=3)
    assert len(world.texts_to("Amira")) == 1


def test_what_has_run_out_already_is_told_to_coordinators_alone(world: World) -> None:
    member(world, "Amira", date(2026, 11, 22))
    world.work()
    assert told(world) == []
    assert len(alerts(world)) == 1


@pytest.mark.parametrize("status", ["paused", "left"])
def test_nobody_is_bothered_about_who_is_not_there(world: World, status: str) -> None:
    member(world, "Amira", LAST_TOLD, status=status)
    world.work()
    assert (told(world), alerts(world)) == ([], [])


def test_who_wants_no_sms_and_has_no_address_is_not_written_to(world: World) -> None:
    amira = member(world, "Amira", LAST_TOLD, email="")
    with world.change() as session:
        session.get_one(Mediator, amira).opted_out_at = world.now
    world.work()
    assert told(world) == []
    assert len(alerts(world)) == 1


def test_two_workers_at_once_say_it_once(world: World) -> None:
    for number in range(3):
        member(world, f"Person {number}", LAST_TOLD, email=f"p{number}@mail.example")
    together = Barrier(4)

    def sweep(_number: int) -> int:
        together.wait(timeout=30)
        return jobs.tell_what_runs_out(world.worker)

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(sweep, range(4)))
    assert len(alerts(world)) == 1
    assert sorted(told(world)) == [(f"Person {number}", "email") for number in range(3)]
    with world.change() as session:
        assert session.scalar(select(func.count(ClearanceNotice.id))) == 3


def test_pools_are_told_of_their_own_people_alone(world: World) -> None:
    other = World.build(world.app, world.now, "ahlen")
    member(other, "Amira", LAST_TOLD)
    member(world, "Berat", LAST_TOLD + timedelta(days=1))
    world.work()
    assert told(other) == [("Amira", "email")]
    assert told(world) == []
    assert alerts(world) == []
