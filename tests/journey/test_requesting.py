"""What staff ask, change and cancel; what is wrong with a request is said field by field."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from app.errors import Invalid, NoLongerOpen
from app.journey import answering
from app.journey.history import SERVICE
from app.journey.request import Place
from app.journey.timing.local_time import instant
from tests.world import TOWN_HALL, World


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"language": "xxx"}, "language", "unknown_language"),
        ({"language": "deu"}, "language", "german_needs_none"),
        ({"accepted_languages": ("kmr",)}, "accepted_languages", "same_language"),
        ({"accepted_languages": ("qqq",)}, "accepted_languages", "unknown_language"),
        ({"starts": timedelta(minutes=-1)}, "starts_at", "past"),
        ({"starts": timedelta(days=400)}, "starts_at", "too_far_ahead"),
        ({"duration_minutes": -30}, "duration_minutes", "ends_before_start"),
        ({"duration_minutes": 10_000}, "duration_minutes", "out_of_range"),
        ({"mode": "by pigeon"}, "mode", "unknown_choice"),
        ({"topic": "gossip"}, "topic", "unknown_choice"),
        ({"min_level": "Z9"}, "min_level", "unknown_choice"),
        ({"gender": "x"}, "gender", "unknown_choice"),
        ({"place": None}, "site", "place_required"),
        ({"place": Place("", 51, 8)}, "site", "required"),
        ({"place": Place("Mond", 500, 8)}, "site", "coordinates"),
        ({"mediators_needed": 0}, "mediators_needed", "out_of_range"),
        ({"mediators_needed": 99}, "mediators_needed", "out_of_range"),
        ({"preferred_mediators": (4711,)}, "preferred_mediators", "unknown_mediator"),
        ({"note": "x" * 1001}, "note", "too_long"),
        ({"reference": "x" * 61}, "reference", "too_long"),
    ],
)
def test_what_is_wrong_is_named_at_its_field(sqlite_world: World, wrong: dict[str, Any], field: str, code: str) -> None:
    values = {"language": "kmr"} | wrong
    if "starts" in values:
        values["starts"] = sqlite_world.now + values["starts"]
    with pytest.raises(Invalid) as refused:
        sqlite_world.appointment(**values)
    assert (field, code) in [(problem.field, problem.code) for problem in refused.value.problems]


def test_a_naive_time_is_refused(sqlite_world: World) -> None:
    with pytest.raises(Invalid) as refused:
        sqlite_world.appointment("kmr", datetime(2026, 12, 1, 10, 0))  # noqa: DTZ001 - naive on purpose
    assert [problem.code for problem in refused.value.problems] == ["naive_time"]


@pytest.mark.parametrize(
    ("day", "clock", "code"),
    [(date(2027, 3, 28), time(2, 30), "skipped_hour"), (date(2026, 10, 25), time(2, 30), "doubled_hour")],
)
def test_the_two_hours_that_do_not_fit_are_refused_by_name(day: date, clock: time, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        instant(day, clock, "Europe/Berlin")
    assert [problem.code for problem in refused.value.problems] == [code]


@pytest.mark.parametrize(("day", "utc_hour"), [(date(2026, 7, 1), 8), (date(2026, 12, 1), 9), (date(2027, 3, 28), 8)])
def test_ten_o_clock_in_berlin_is_one_instant(day: date, utc_hour: int) -> None:
    assert instant(day, time(10, 0), "Europe/Berlin").hour == utc_hour


def filled(world: World) -> tuple[int, int]:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.work()
    with world.change() as session:
        answering.accept(session, world.now, world.links, world.offer(session, appointment, amira).id, SERVICE, "link")
    world.work(seconds=11)
    return appointment, amira


@pytest.mark.thorough
def test_a_new_time_keeps_the_mediator_and_tells_everybody(world: World) -> None:
    appointment, _ = filled(world)
    world.edit(appointment, starts_at=world.now + timedelta(days=4, hours=3))
    world.work()
    assert world.status(appointment) == "filled"
    assert world.coming(appointment) == {"Amira"}
    assert len(world.texts_to("Amira")) == 3
    first, second = [mail for mail in world.ways.mail.sent if mail.to == "amira@mail.example"]
    assert first.calendar is not None
    assert second.calendar is not None
    assert b"SEQUENCE:0" in first.calendar
    assert b"SEQUENCE:1" in second.calendar
    uids = [
        [line for line in mail.calendar.splitlines() if line.startswith(b"UID")]
        for mail in (first, second)
        if mail.calendar
    ]
    assert uids[0] == uids[1]


@pytest.mark.thorough
def test_another_language_lets_the_mediator_go_and_looks_again(world: World) -> None:
    appointment, _ = filled(world)
    world.mediator("Berat", "tur")
    world.edit(appointment, language="tur")
    world.work()
    assert world.asked(appointment) == {"Berat"}
    assert [mail.calendar_method for mail in world.ways.mail.sent if mail.to == "amira@mail.example"] == [
        "REQUEST",
        "CANCEL",
    ]


@pytest.mark.thorough
def test_a_move_asks_those_again_who_said_no(world: World) -> None:
    amira = world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.work()
    with world.change() as session:
        answering.decline(session, world.now, world.links, world.offer(session, appointment, amira).id, SERVICE, "link")
    world.work()
    assert world.status(appointment) == "unfilled"
    world.edit(appointment, starts_at=world.now + timedelta(days=4, hours=3))
    world.work()
    assert world.asked(appointment) == {"Amira"}
    assert len(world.texts_to("Amira")) == 2


def test_a_change_of_the_note_disturbs_nobody_who_was_only_asked(world: World) -> None:
    world.mediator("Amira", "kmr")
    appointment = world.appointment("kmr", world.now + timedelta(days=3, hours=3))
    world.work()
    world.edit(appointment, note="Zimmer 12")
    world.work()
    assert world.asked(appointment) == {"Amira"}
    assert len(world.texts_to("Amira")) == 1


@pytest.mark.thorough
def test_cancelling_tells_who_is_expected_and_ends_every_question(world: World) -> None:
    appointment, amira = filled(world)
    world.cancel(appointment)
    world.work()
    assert world.status(appointment) == "cancelled"
    assert world.coming(appointment) == set()
    assert "amira@mail.example" in [mail.to for mail in world.ways.mail.sent if mail.calendar_method == "CANCEL"]
    assert "sozialamt@beckum.example" in [mail.to for mail in world.ways.mail.sent if mail.calendar_method == "CANCEL"]
    page = world.app.test_client().get(world.link(appointment, amira))
    assert page.status_code == 410
    before = len(world.ways.sms.sent)
    world.work(days=4)
    assert len(world.ways.sms.sent) == before, "no reminder of what was cancelled"


def test_what_is_over_can_be_neither_changed_nor_cancelled(world: World) -> None:
    appointment, _ = filled(world)
    world.work(days=4)
    assert world.status(appointment) == "done"
    with pytest.raises(NoLongerOpen):
        world.edit(appointment, note="zu spät")
    with pytest.raises(NoLongerOpen):
        world.cancel(appointment)


@pytest.mark.thorough
def test_two_mediators_are_both_needed(world: World) -> None:
    people = [world.mediator(name, "kmr") for name in ("Amira", "Berat")]
    appointment = world.appointment("kmr", world.now + timedelta(days=3, hours=3), mediators_needed=2, place=TOWN_HALL)
    world.work()
    assert world.asked(appointment) == {"Amira", "Berat"}
    for number, person in enumerate(people):
        with world.change() as session:
            offer = world.offer(session, appointment, person)
            answering.accept(session, world.now, world.links, offer.id, SERVICE, "link")
        assert world.status(appointment) == ("offering", "filled")[number]
    assert world.coming(appointment) == {"Amira", "Berat"}


def uid_in(calendar: bytes) -> bytes:
    [uid] = [line for line in calendar.splitlines() if line.startswith(b"UID")]
    return uid
